/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machine 3: the durable FIFO of transaction messages (OCPP 1.6 3.7). One in flight; retries by
 * TransactionMessageAttempts and -RetryInterval; a lost link is no attempt and deletes nothing;
 * what is refused for good goes to quarantine.
 */
#include "core_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct evcp__slice key_of(uint64_t number, uint8_t bytes[8])
{
    evcp__key_u64(number, bytes);
    return (struct evcp__slice){bytes, 8};
}

/* ---- the queue in the store -------------------------------------------------------------- */

static int see_key(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct evcp__outbox *o = context;
    (void)value;
    if (key.size != 8) {
        return 0;
    }
    uint64_t number = evcp__key_to_u64(key.data);
    if (o->count == 0) {
        o->head = number;
    }
    o->next = number + 1;
    o->count++;
    return 0;
}

int evcp__outbox_load(struct evcp__core *core)
{
    struct evcp__outbox *o = &core->outbox;
    memset(o, 0, sizeof *o);
    o->next = 1;
    o->retry = EVCP__NEVER;
    EVCP__TRY(
        evcp__scan(core->env.store, EVCP__SPACE_OUTBOX, (struct evcp__slice){"", 0}, see_key, o));
    o->state = o->count > 0 ? EVCP__OUTBOX_READY : EVCP__OUTBOX_EMPTY;
    return evcp__quarantine_load(core);
}

int evcp__outbox_put(struct evcp__core *core, struct evcp__entry *entry)
{
    struct evcp__outbox *o = &core->outbox;
    struct evcp__writer w;
    struct evcp__slice record;
    uint8_t bytes[8];
    evcp__message_id(core, entry->id);
    EVCP__TRY(evcp__entry_encode(entry, &w, &record));
    EVCP__TRY(evcp__put(core->env.store, EVCP__SPACE_OUTBOX, key_of(o->next, bytes), record));
    if (o->count == 0) {
        o->head = o->next;
    }
    o->next++;
    o->count++;
    core->signals |= EVCP__SIGNAL_QUEUED;
    return EVCP_OK;
}

/* Every connector can still begin and end a transaction when meter values are refused. */
static uint32_t reserve(const struct evcp__core *core)
{
    return 4u * core->connectors;
}

static uint32_t limit(const struct evcp__core *core)
{
    return core->env.config->outbox_max;
}

bool evcp__outbox_room_for_values(const struct evcp__core *core)
{
    return core->outbox.count + reserve(core) < limit(core) &&
           core->env.store->ops->room(core->env.store) > EVCP__RECORD_MAX;
}

/* A start needs room for its end and for the ends of all that run. */
bool evcp__outbox_room_for_start(const struct evcp__core *core)
{
    return core->outbox.count + 2u + core->connectors <= limit(core) &&
           core->env.store->ops->room(core->env.store) > 0;
}

static int read_head(struct evcp__core *core, struct evcp__entry *e, struct evcp__slice *record)
{
    uint8_t bytes[8];
    EVCP__TRY(
        evcp__get(core->env.store, EVCP__SPACE_OUTBOX, key_of(core->outbox.head, bytes), record));
    return evcp__entry_decode(*record, e);
}

static int first_key(void *context, struct evcp__slice key, struct evcp__slice value)
{
    (void)value;
    if (key.size != 8) {
        return 0;
    }
    *(uint64_t *)context = evcp__key_to_u64(key.data);
    return 1;
}

static int pop(struct evcp__core *core)
{
    struct evcp__outbox *o = &core->outbox;
    uint8_t bytes[8];
    EVCP__TRY(evcp__del(core->env.store, EVCP__SPACE_OUTBOX, key_of(o->head, bytes)));
    o->count--;
    o->attempts = 0;
    o->retry = EVCP__NEVER;
    o->overflow = false;
    o->head++;
    return o->count == 0 ? EVCP_OK
                         : evcp__scan(core->env.store, EVCP__SPACE_OUTBOX, key_of(o->head, bytes),
                                      first_key, &o->head);
}

/* ---- what an acknowledgement means ------------------------------------------------------- */

static struct evcp__tx *running(struct evcp__core *core, uint64_t number)
{
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__tx *tx = core->connector[i].session.tx;
        if (tx != NULL && tx->number == number) {
            return tx;
        }
    }
    return NULL;
}

static int tell_delivered(struct evcp__core *core, const struct evcp__tx *tx, bool start)
{
    struct evcp_event *event;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_DELIVERED, tx->connector, NULL, &event));
    event->accepted = start;
    event->transaction = tx->number;
    event->transaction_id = tx->has_id ? tx->id : -1;
    event->energy_wh = start ? tx->meter_start_wh : tx->meter_stop_wh;
    return EVCP_OK;
}

static int started(struct evcp__core *core, struct evcp__tx *tx, const struct evcp__answer *a)
{
    struct evcp__tx *run = running(core, tx->number);
    struct evcp__tx *target = run != NULL ? run : tx;
    bool stop = false;
    target->has_id = true;
    target->id = a->transaction_id;
    /* What was told stays: a later correction of the clock must not put the end before it. */
    EVCP__TRY(
        evcp__clock_resolve(&core->clock, core->env.store, &target->start, &target->start.utc_ms));
    if (a->has_info) {
        EVCP__TRY(evcp__identify_learn(core, &target->token, &a->info));
    }
    if (a->has_info && run != NULL) { /* what is over cannot be stopped any more */
        EVCP__TRY(evcp__charging_judged(core, run, &a->info, &stop));
    }
    if (stop) {
        core->connector[run->connector].stop_wanted = true;
    }
    if (run != NULL) {
        memcpy(core->connector[run->connector].session.parent, run->parent, sizeof run->parent);
    }
    EVCP__TRY(evcp__tx_put(core, target));
    return tell_delivered(core, target, true);
}

static int ended(struct evcp__core *core, struct evcp__tx *tx, const struct evcp__answer *a)
{
    if (a->has_info && tx->stop_token.value[0] != '\0') {
        EVCP__TRY(evcp__identify_learn(core, &tx->stop_token, &a->info));
    }
    EVCP__TRY(tell_delivered(core, tx, false));
    /* Its start is in quarantine: the record stays, for what it says. */
    return tx->given_up ? EVCP_OK : evcp__tx_del(core, tx);
}

static bool unusable(int rc)
{
    return rc == EVCP_ECORRUPT || rc == EVCP_EVERSION || rc == EVCP_ENOENT;
}

/* The record was readable when the message was composed; if it is not any more, the central
 * system has what it said. */
static int acknowledge(struct evcp__core *core, const struct evcp__answer *a)
{
    struct evcp__entry e;
    struct evcp__slice record;
    struct evcp__tx tx;
    EVCP__TRY(read_head(core, &e, &record));
    if (e.kind == EVCP__FACT_UPDATED) {
        return pop(core); /* may wait for the next commit: a repeat is harmless */
    }
    int rc = evcp__tx_get(core, e.tx, &tx);
    if (rc == EVCP_OK) {
        rc = e.kind == EVCP__FACT_STARTED ? started(core, &tx, a) : ended(core, &tx, a);
    }
    if (rc != EVCP_OK && !unusable(rc)) {
        return rc;
    }
    evcp__durable(core);
    return pop(core);
}

/* ---- giving up --------------------------------------------------------------------------- */

static int start_given_up(struct evcp__core *core, uint64_t number)
{
    struct evcp__tx stored;
    struct evcp__tx *tx = running(core, number);
    if (tx == NULL) {
        EVCP__TRY(evcp__tx_get(core, number, &stored));
        tx = &stored;
    }
    tx->given_up = true;
    return evcp__tx_put(core, tx);
}

static int set_aside(struct evcp__core *core, const char *why)
{
    struct evcp__entry e;
    struct evcp__slice record;
    uint8_t copy[EVCP__RECORD_MAX];
    int rc = read_head(core, &e, &record);
    if (rc != EVCP_OK && rc != EVCP_ECORRUPT && rc != EVCP_EVERSION) {
        return rc;
    }
    record.size = record.size < sizeof copy ? record.size : sizeof copy;
    memcpy(copy, record.data, record.size);
    record.data = copy;
    if (rc == EVCP_OK && e.kind == EVCP__FACT_STARTED) {
        rc = start_given_up(core, e.tx);
        if (rc != EVCP_OK && rc != EVCP_ENOENT && rc != EVCP_ECORRUPT) {
            return rc;
        }
    }
    EVCP__TRY(evcp__quarantine(core, core->outbox.head, record, why));
    evcp__durable(core);
    return pop(core);
}

/* ---- machine ----------------------------------------------------------------------------- */

static bool more(const struct evcp__core *core)
{
    return core->outbox.count > 1;
}

static uint32_t attempts_allowed(const struct evcp__core *core)
{
    int32_t n = evcp__setting_int(core->settings, EVCP__KEY_TRANSACTION_MESSAGE_ATTEMPTS);
    return n < 1 ? 1u : (uint32_t)n;
}

static bool attempts_left(const struct evcp__core *core)
{
    return core->outbox.attempts + 1 < attempts_allowed(core);
}

static bool last_and_more(const struct evcp__core *core)
{
    return !attempts_left(core) && more(core);
}

static int schedule_retry(struct evcp__core *core, const struct evcp__answer *a)
{
    int32_t interval =
        evcp__setting_int(core->settings, EVCP__KEY_TRANSACTION_MESSAGE_RETRY_INTERVAL);
    (void)a;
    core->outbox.attempts++;
    core->outbox.retry = core->now.mono_ms + (uint64_t)interval * 1000u * core->outbox.attempts;
    return EVCP_OK;
}

static int give_up(struct evcp__core *core, const struct evcp__answer *a)
{
    return set_aside(core,
                     a != NULL && a->error != NULL
                         ? a->error
                         : "the central system did not answer; see TransactionMessageAttempts");
}

static int wait_over(struct evcp__core *core, const struct evcp__answer *a)
{
    (void)a;
    core->outbox.retry = EVCP__NEVER;
    return EVCP_OK;
}

struct rule {
    enum evcp__outbox_state state;
    enum evcp__outbox_input input;
    bool (*guard)(const struct evcp__core *);
    enum evcp__outbox_state next;
    int (*act)(struct evcp__core *, const struct evcp__answer *);
};

#define S(x) EVCP__OUTBOX_##x
#define I(x) EVCP__OUT_##x

/* clang-format off */
static const struct rule rules[] = {
    {S(EMPTY),     I(QUEUED),       NULL,          S(READY),     NULL},
    {S(EMPTY),     I(LINK_LOST),    NULL,          S(EMPTY),     NULL},

    {S(READY),     I(QUEUED),       NULL,          S(READY),     NULL},
    {S(READY),     I(SENT),         NULL,          S(IN_FLIGHT), NULL},
    {S(READY),     I(LINK_LOST),    NULL,          S(READY),     NULL},

    {S(IN_FLIGHT), I(QUEUED),       NULL,          S(IN_FLIGHT), NULL},
    {S(IN_FLIGHT), I(ACKNOWLEDGED), more,          S(READY),     acknowledge},
    {S(IN_FLIGHT), I(ACKNOWLEDGED), NULL,          S(EMPTY),     acknowledge},
    {S(IN_FLIGHT), I(FAILED_ONCE),  attempts_left, S(WAITING),   schedule_retry},
    {S(IN_FLIGHT), I(FAILED_ONCE),  last_and_more, S(READY),     give_up},
    {S(IN_FLIGHT), I(FAILED_ONCE),  NULL,          S(EMPTY),     give_up},
    {S(IN_FLIGHT), I(LINK_LOST),    NULL,          S(READY),     NULL},

    /* Late: not answered in time, and not sent again yet. */
    {S(READY),     I(ACKNOWLEDGED), more,          S(READY),     acknowledge},
    {S(READY),     I(ACKNOWLEDGED), NULL,          S(EMPTY),     acknowledge},
    {S(WAITING),   I(ACKNOWLEDGED), more,          S(READY),     acknowledge},
    {S(WAITING),   I(ACKNOWLEDGED), NULL,          S(EMPTY),     acknowledge},

    {S(WAITING),   I(QUEUED),       NULL,          S(WAITING),   NULL},
    {S(WAITING),   I(TIMER),        NULL,          S(READY),     wait_over},
    {S(WAITING),   I(LINK_LOST),    NULL,          S(WAITING),   NULL},
};
/* clang-format on */

#undef S
#undef I

bool evcp__outbox_decides(unsigned state, unsigned input)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].state == state && rules[i].input == input && rules[i].guard == NULL) {
            return true;
        }
    }
    return false;
}

int evcp__outbox_input(struct evcp__core *core, enum evcp__outbox_input input,
                       const struct evcp__answer *answer)
{
    struct evcp__outbox *o = &core->outbox;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];
        if (r->state != o->state || r->input != input || (r->guard && !r->guard(core))) {
            continue;
        }
        o->state = r->next;
        return r->act == NULL ? EVCP_OK : r->act(core, answer);
    }
    return EVCP_OK;
}

int evcp__outbox_timer(struct evcp__core *core)
{
    return evcp__due(core, core->outbox.retry) ? evcp__outbox_input(core, EVCP__OUT_TIMER, NULL)
                                               : EVCP_OK;
}

uint64_t evcp__outbox_deadline(const struct evcp__core *core)
{
    return core->outbox.retry;
}

bool evcp__outbox_ready(const struct evcp__core *core)
{
    return core->outbox.state == EVCP__OUTBOX_READY;
}

/* ---- the head as a fact ------------------------------------------------------------------ */

static int32_t id_of(const struct evcp__tx *tx)
{
    return tx->has_id ? tx->id : -1; /* errata 3.18: given up, or never told */
}

static int fill_started(struct evcp__core *core, const struct evcp__tx *tx, struct evcp__fact *f)
{
    f->token = tx->token;
    f->meter_wh = tx->meter_start_wh;
    return evcp__clock_resolve(&core->clock, core->env.store, &tx->start, &f->utc_ms);
}

static int fill_ended(struct evcp__core *core, const struct evcp__tx *tx, struct evcp__fact *f)
{
    f->transaction_id = id_of(tx);
    f->token = tx->stop_token;
    f->meter_wh = tx->meter_stop_wh;
    f->reason = tx->reason;
    int64_t start = tx->start.utc_ms;
    EVCP__TRY(evcp__clock_resolve(&core->clock, core->env.store, &tx->end, &f->utc_ms));
    if (!tx->has_id) {
        EVCP__TRY(evcp__clock_resolve(&core->clock, core->env.store, &tx->start, &start));
    }
    if (f->utc_ms < start) {
        f->utc_ms = start; /* a wrong clock, corrected meanwhile or by nobody */
    }
    return evcp__meter_data(core, tx, f);
}

static int fill_updated(struct evcp__core *core, const struct evcp__entry *e,
                        const struct evcp__tx *tx, struct evcp__fact *f)
{
    f->in_transaction = e->tx != 0;
    f->transaction_id = e->tx != 0 ? id_of(tx) : -1;
    return evcp__meter_values(core, e->group, e->groups, f);
}

static int fill(struct evcp__core *core, const struct evcp__entry *e, struct evcp__fact *f)
{
    struct evcp__tx tx;
    assert(e->tx != 0 || e->kind == EVCP__FACT_UPDATED); /* else the record is damaged */
    f->kind = e->kind;
    f->connector = e->connector;
    memcpy(f->id, e->id, sizeof f->id);
    if (e->tx != 0) {
        EVCP__TRY(evcp__tx_get(core, e->tx, &tx));
    }
    if (e->kind == EVCP__FACT_UPDATED) {
        return fill_updated(core, e, &tx, f);
    }
    return e->kind == EVCP__FACT_STARTED ? fill_started(core, &tx, f) : fill_ended(core, &tx, f);
}

int evcp__outbox_head(struct evcp__core *core, struct evcp__fact **fact)
{
    struct evcp__entry e;
    struct evcp__slice record;
    *fact = NULL;
    struct evcp__fact *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return EVCP_ENOMEM;
    }
    int rc = read_head(core, &e, &record);
    if (rc == EVCP_OK) {
        rc = fill(core, &e, f);
    }
    if (rc == EVCP_OK) {
        *fact = f;
        return EVCP_OK;
    }
    evcp__fact_free(f);
    if (!unusable(rc)) {
        return rc;
    }
    EVCP__TRY(set_aside(core, "the stored message cannot be read"));
    core->outbox.state = core->outbox.count > 0 ? EVCP__OUTBOX_READY : EVCP__OUTBOX_EMPTY;
    return EVCP_OK;
}
