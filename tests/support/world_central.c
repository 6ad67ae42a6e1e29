/* SPDX-License-Identifier: Apache-2.0 */
/* The world's central system: answers, books, and a check of every payload by the schema. */
#include "world_private.h"

#include <time.h>

#include "../../lib/protocol/datetime.h"
#include "../../lib/protocol/iso8601.h"
#include "../../lib/protocol/schema.h"

bool evcp__status_legal(enum evcp_status from, enum evcp_status to);

#define MESSAGE_TIMEOUT_MS 30000 /* default of the key */

/* ---- what arrives ------------------------------------------------------------------------ */

static void keep_call(struct world *w, const char *action, const struct evcp__fact *fact,
                      json_t *payload)
{
    if (w->call_count == w->call_capacity) {
        w->call_capacity = w->call_capacity == 0 ? 64 : w->call_capacity * 2;
        w->calls = realloc(w->calls, w->call_capacity * sizeof *w->calls);
    }
    struct world_call *c = &w->calls[w->call_count++];
    memset(c, 0, sizeof *c);
    snprintf(c->action, sizeof c->action, "%s", action);
    memcpy(c->id, fact->id, sizeof c->id);
    c->payload = payload;
    c->at = w->mono;
    world__log_json(w, "-->", action, payload);
}

static void check_schema(struct world *w, const char *action, enum evcp__schema_side side,
                         const json_t *payload)
{
    char path[EVCP__SCHEMA_PATH_MAX];
    const struct evcp__schema *s = evcp__schema_find(&evcp__schema_ocpp16, action, side);
    if (s == NULL ||
        evcp__schema_check(s, payload, EVCP__SCHEMA_STRICT, path, sizeof path) != EVCP__SCHEMA_OK) {
        world__violation(w, "%s breaks the schema at %s", action, s == NULL ? "action" : path);
    }
}

/* ---- books ----------------------------------------------------------------------------------- */

static struct world_book *book_by_message(struct world *w, const char *id)
{
    for (size_t i = 0; i < w->book_count; i++) {
        if (strcmp(w->book[i].message_id, id) == 0) {
            return &w->book[i];
        }
    }
    return NULL;
}

static struct world_book *book_by_id(struct world *w, json_int_t id)
{
    for (size_t i = 0; i < w->book_count; i++) {
        if (w->book[i].id == id) {
            return &w->book[i];
        }
    }
    return NULL;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s == NULL ? "" : s;
}

static int64_t time_of(const json_t *o, const char *key)
{
    int64_t ms = 0;
    return evcp__datetime_parse(text_of(o, key), &ms) ? ms : 0;
}

static struct world_book *book_start(struct world *w, const struct evcp__fact *f, const json_t *p)
{
    struct world_book *b = book_by_message(w, f->id);
    if (b != NULL) {
        return b; /* a retry: the same transaction */
    }
    if (w->book_count == WORLD_BOOK_MAX) {
        world__violation(w, "the books of the test are full");
        return NULL;
    }
    b = &w->book[w->book_count++];
    memset(b, 0, sizeof *b);
    b->id = w->next_id;
    w->next_id = w->next_id == INT32_MAX ? 1 : w->next_id + 1;
    memcpy(b->message_id, f->id, sizeof b->message_id);
    snprintf(b->tag, sizeof b->tag, "%s", text_of(p, "idTag"));
    b->connector = (int)json_integer_value(json_object_get(p, "connectorId"));
    b->start_wh = json_integer_value(json_object_get(p, "meterStart"));
    b->start_ms = time_of(p, "timestamp");
    return b;
}

static void book_stop(struct world *w, const json_t *p)
{
    struct world_book *b = book_by_id(w, json_integer_value(json_object_get(p, "transactionId")));
    int64_t stop = json_integer_value(json_object_get(p, "meterStop"));
    if (b == NULL) {
        w->orphans++;
        return;
    }
    if (b->stopped && b->stop_wh != stop) {
        world__violation(w, "transaction %d ends twice, differently", b->id);
    }
    b->stopped = true;
    b->stop_wh = stop;
    b->stop_ms = time_of(p, "timestamp");
    snprintf(b->reason, sizeof b->reason, "%s", text_of(p, "reason"));
}

static void book_values(struct world *w, const json_t *p)
{
    const json_t *id = json_object_get(p, "transactionId");
    struct world_book *b = id == NULL ? NULL : book_by_id(w, json_integer_value(id));
    if (id != NULL && b == NULL) {
        w->orphans++;
    }
    if (b != NULL) {
        b->meter_values++;
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static const struct world_tag *find_tag(const struct world *w, const char *tag)
{
    for (size_t i = 0; i < w->tag_count; i++) {
        if (strcasecmp(w->tags[i].tag, tag) == 0) {
            return &w->tags[i];
        }
    }
    return NULL;
}

static json_t *tag_info(const struct world *w, const char *tag)
{
    const struct world_tag *t = find_tag(w, tag);
    json_t *info = json_pack("{s:s}", "status", t == NULL ? "Invalid" : t->status);
    if (t != NULL && t->parent[0] != '\0') {
        json_object_set_new(info, "parentIdTag", json_string(t->parent));
    }
    if (t != NULL && t->expiry_ms != 0) {
        char text[EVCP__ISO8601_SIZE];
        evcp__iso8601_format(t->expiry_ms, text);
        json_object_set_new(info, "expiryDate", json_string(text));
    }
    return info;
}

static json_t *time_now(const struct world *w)
{
    char text[EVCP__ISO8601_SIZE];
    evcp__iso8601_format(world_utc(w), text);
    return json_string(text);
}

static json_t *natural_answer(struct world *w, const struct evcp__fact *f, const json_t *p)
{
    struct world_book *b;
    switch (f->kind) {
    case EVCP__FACT_BOOT:
        return json_pack("{s:s, s:i, s:o}", "status", w->boot_status, "interval", w->boot_interval,
                         "currentTime", time_now(w));
    case EVCP__FACT_HEARTBEAT: return json_pack("{s:o}", "currentTime", time_now(w));
    case EVCP__FACT_AUTHORIZE:
        return json_pack("{s:o}", "idTagInfo", tag_info(w, text_of(p, "idTag")));
    case EVCP__FACT_STARTED:
        b = book_start(w, f, p);
        return json_pack("{s:i, s:o}", "transactionId", b == NULL ? 0 : b->id, "idTagInfo",
                         tag_info(w, text_of(p, "idTag")));
    case EVCP__FACT_ENDED: book_stop(w, p); return json_object();
    case EVCP__FACT_UPDATED: book_values(w, p); return json_object();
    case EVCP__FACT_STATUS:
    case EVCP__FACT_KINDS: break;
    }
    return json_object();
}

/* "SILENCE": lost on the way; "ERROR:Code": refused and not booked; JSON: booked, answered so. */
static const char *scripted(struct world *w, enum evcp__fact_kind kind)
{
    if (w->script_count[kind] == 0) {
        return w->silent ? "SILENCE" : NULL;
    }
    const char *s = w->script[kind][0];
    w->script_count[kind]--;
    memmove(w->script[kind], w->script[kind] + 1, w->script_count[kind] * sizeof w->script[0][0]);
    return s;
}

static struct world_pending *free_pending(struct world *w)
{
    for (size_t i = 0; i < sizeof w->pending / sizeof w->pending[0]; i++) {
        if (!w->pending[i].active) {
            return &w->pending[i];
        }
    }
    return NULL;
}

static void plan_answer(struct world *w, const struct evcp__fact *f, json_t *payload,
                        const char *error)
{
    struct world_pending *p = free_pending(w);
    if (p == NULL) {
        json_decref(payload);
        return;
    }
    p->active = true;
    p->kind = f->kind;
    memcpy(p->id, f->id, sizeof p->id);
    p->payload = payload;
    snprintf(p->error, sizeof p->error, "%s", error);
    p->sent = w->mono;
    p->due = w->mono + w->latency;
}

static void answer(struct world *w, const struct evcp__fact *f, const json_t *p)
{
    const char *s = scripted(w, f->kind);
    if (s == NULL) {
        plan_answer(w, f, natural_answer(w, f, p), "");
    } else if (strncmp(s, "ERROR:", 6) == 0) {
        plan_answer(w, f, NULL, s + 6);
    } else if (strcmp(s, "SILENCE") != 0) {
        json_decref(natural_answer(w, f, p));
        plan_answer(w, f, json_loads(s, 0, NULL), "");
    }
}

/* 4.9: from one status to the next as the table has it; the first after a connect, or after a
 * registration, is no transition. */
static void check_transition(struct world *w, const struct evcp__fact *f)
{
    if (f->kind == EVCP__FACT_BOOT) {
        memset(w->shown, 0, sizeof w->shown);
    }
    if (f->kind != EVCP__FACT_STATUS) {
        return;
    }
    int before = w->shown[f->connector];
    if (before != 0 && !evcp__status_legal((enum evcp_status)(before - 1), f->status)) {
        world__violation(w, "connector %u goes from status %d to %d", f->connector, before - 1,
                         f->status);
    }
    w->shown[f->connector] = (int)f->status + 1;
}

void world__receive(struct world *w, const struct evcp__fact *fact)
{
    const char *action;
    json_t *payload = evcp__ocpp16.encode_fact(fact, &action);
    if (!w->connected) {
        json_decref(payload);
        return;
    }
    for (size_t i = 0; i < sizeof w->pending / sizeof w->pending[0]; i++) {
        if (w->pending[i].active && w->mono - w->pending[i].sent < MESSAGE_TIMEOUT_MS) {
            world__violation(w, "%s is sent while another CALL is in flight", action);
        }
    }
    check_schema(w, action, EVCP__SCHEMA_REQUEST, payload);
    check_transition(w, fact);
    keep_call(w, action, fact, payload);
    answer(w, fact, payload);
}

/* A retry has the id of the first transmission: either answer is for it. */
static void forget_twins(struct world *w, const char *id)
{
    for (size_t i = 0; i < sizeof w->pending / sizeof w->pending[0]; i++) {
        if (w->pending[i].active && strcmp(w->pending[i].id, id) == 0) {
            json_decref(w->pending[i].payload);
            memset(&w->pending[i], 0, sizeof w->pending[i]);
        }
    }
}

static const char *const fact_names[] = {
    "BootNotification", "Heartbeat",   "StatusNotification", "Authorize",
    "StartTransaction", "MeterValues", "StopTransaction"};

/* Works on a copy: the step may send the next CALL, whose answer takes the free place. */
static void deliver(struct world *w, struct world_pending *place)
{
    struct world_pending p = *place;
    enum evcp__fact_kind kind;
    struct evcp__answer a;
    memset(place, 0, sizeof *place);
    forget_twins(w, p.id);
    memset(&a, 0, sizeof a);
    if (w->core != NULL && evcp__core_in_flight(w->core, p.id, &kind)) {
        if (p.payload != NULL) {
            world__log_json(w, "<--", fact_names[kind], p.payload);
        } else {
            world__log(w, "<-- %s CALLERROR %s", fact_names[kind], p.error);
        }
        if (p.payload != NULL) {
            evcp__ocpp16.decode_answer(kind, p.payload, &a);
        }
        a.kind = kind;
        a.id = p.id;
        a.failed = a.failed || p.payload == NULL;
        a.security = strcmp(p.error, "SecurityError") == 0;
        a.error = p.payload == NULL ? p.error : a.error;
        struct evcp__event e = {.kind = EVCP__EV_ANSWER, .u.answer = &a};
        world__step(w, &e);
    }
    json_decref(p.payload);
}

bool world__deliver(struct world *w)
{
    for (size_t i = 0; i < sizeof w->pending / sizeof w->pending[0]; i++) {
        if (w->pending[i].active && w->pending[i].due <= w->mono) {
            deliver(w, &w->pending[i]);
            return true;
        }
    }
    return false;
}

uint64_t world__answers_due(const struct world *w)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < sizeof w->pending / sizeof w->pending[0]; i++) {
        if (w->pending[i].active && w->pending[i].due < at) {
            at = w->pending[i].due;
        }
    }
    return at;
}

void world__forget_answers(struct world *w)
{
    for (size_t i = 0; i < sizeof w->pending / sizeof w->pending[0]; i++) {
        json_decref(w->pending[i].payload);
        memset(&w->pending[i], 0, sizeof w->pending[i]);
    }
    memset(w->shown, 0, sizeof w->shown);
}

/* ---- requests -------------------------------------------------------------------------------- */

static const char *action_of(enum evcp__request_kind kind)
{
    static const char *const names[] = {
        "ChangeAvailability",     "ChangeConfiguration",   "ClearCache",
        "DataTransfer",           "GetConfiguration",      "GetLocalListVersion",
        "RemoteStartTransaction", "RemoteStopTransaction", "Reset",
        "SendLocalList",          "TriggerMessage",        "UnlockConnector"};
    return names[kind];
}

void world__replied(struct world *w, const struct evcp__reply *reply)
{
    if (reply->id[0] == '\0') {
        return; /* evcp_setting_set() */
    }
    if (strcmp(w->answered, reply->id) == 0) {
        world__violation(w, "a CALL is answered twice");
    }
    memcpy(w->answered, reply->id, sizeof w->answered);
    w->reply_after = w->call_count;
    if (strcmp(w->asked, reply->id) != 0) {
        return; /* of an earlier CALL, for instance a slow UnlockConnector */
    }
    if (reply->refusal != EVCP__REFUSE_NONE) {
        snprintf(w->reply, sizeof w->reply, "ERROR:%d", (int)reply->refusal);
        world__log(w, "==> %s CALLERROR", action_of(reply->kind));
        return;
    }
    json_t *payload = evcp__ocpp16.encode_reply(reply);
    check_schema(w, action_of(reply->kind), EVCP__SCHEMA_RESPONSE, payload);
    char *text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(w->reply, sizeof w->reply, "%s", text);
    world__log(w, "==> %s %s", action_of(reply->kind), text);
    free(text);
    json_decref(payload);
}

static bool in_process(const struct world *w)
{
    return w->core != NULL && w->connected;
}

const char *world_call(struct world *w, const char *action, const char *payload)
{
    static unsigned number;
    struct evcp__request r;
    char id[32];
    char text[256];
    w->reply[0] = '\0';
    if (!in_process(w)) {
        return w->reply;
    }
    json_t *json = json_loads(payload, 0, NULL);
    snprintf(id, sizeof id, "cs-%u", ++number);
    memcpy(w->asked, id, sizeof id);
    world__log_json(w, "<==", action, json);
    enum evcp__rpc_code code = evcp__ocpp16.decode_request(id, action, json, &r, text, sizeof text);
    if (code != EVCP__RPC_OK) {
        snprintf(w->reply, sizeof w->reply, "ERROR:%s", evcp__rpc_code_name(code));
    } else {
        struct evcp__event e = {.kind = EVCP__EV_REQUEST, .u.request = &r};
        world__step(w, &e);
        evcp__ocpp16.release_request(&r);
    }
    json_decref(json);
    world_settle(w);
    return w->reply;
}

const char *world_list(struct world *w, int version, const char *tags)
{
    json_t *list = json_array();
    char copy[1024];
    char *save = NULL;
    snprintf(copy, sizeof copy, "%s", tags);
    for (char *t = strtok_r(copy, ",", &save); t != NULL; t = strtok_r(NULL, ",", &save)) {
        json_array_append_new(
            list, json_pack("{s:s, s:{s:s}}", "idTag", t, "idTagInfo", "status", "Accepted"));
    }
    json_t *p = json_pack("{s:i, s:s, s:o}", "listVersion", version, "updateType", "Full",
                          "localAuthorizationList", list);
    char *text = json_dumps(p, JSON_COMPACT);
    json_decref(p);
    const char *reply = world_call(w, "SendLocalList", text);
    free(text);
    return reply;
}

void world_tag(struct world *w, const char *tag, const char *status, const char *parent)
{
    struct world_tag *t = (struct world_tag *)(uintptr_t)find_tag(w, tag);
    if (t == NULL) {
        t = &w->tags[w->tag_count++];
        memset(t, 0, sizeof *t);
        snprintf(t->tag, sizeof t->tag, "%s", tag);
    }
    t->status = status;
    snprintf(t->parent, sizeof t->parent, "%s", parent == NULL ? "" : parent);
}

void world_script(struct world *w, enum evcp__fact_kind kind, const char *answer)
{
    w->script[kind][w->script_count[kind]++] = answer;
}

/* ---- reading --------------------------------------------------------------------------------- */

const struct world_call *world_next(struct world *w, const char *action)
{
    while (w->call_read < w->call_count) {
        const struct world_call *c = &w->calls[w->call_read++];
        if (strcmp(c->action, action) == 0) {
            return c;
        }
    }
    return NULL;
}

size_t world_count(const struct world *w, const char *action)
{
    size_t n = 0;
    for (size_t i = 0; i < w->call_count; i++) {
        n += strcmp(w->calls[i].action, action) == 0;
    }
    return n;
}

const char *world_text(const struct world_call *call, const char *member)
{
    static char text[4][512];
    static unsigned turn;
    char *out = text[turn++ % 4];
    const json_t *v = call == NULL ? NULL : json_object_get(call->payload, member);
    out[0] = '\0';
    if (json_is_string(v)) {
        snprintf(out, sizeof text[0], "%s", json_string_value(v));
    } else if (json_is_integer(v)) {
        snprintf(out, sizeof text[0], "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    }
    return out;
}

static void check_order(struct world *w, size_t i)
{
    const struct world_book *b = &w->book[i];
    if (!b->stopped) {
        world__violation(w, "transaction %d of %s never ended in the books", b->id, b->tag);
    } else if (b->stop_wh < b->start_wh || b->stop_ms < b->start_ms) {
        world__violation(w, "transaction %d ends before it begins", b->id);
    }
    for (size_t k = i + 1; k < w->book_count; k++) {
        if (w->book[k].connector == b->connector && w->book[k].start_wh < b->stop_wh) {
            world__violation(w, "transactions %d and %d overlap", b->id, w->book[k].id);
        }
    }
}

/* Energy is billed by whole Wh: at most two roundings a transaction. */
static void check_energy(struct world *w, uint16_t connector)
{
    int64_t billed = 0;
    int64_t n = 0;
    for (size_t i = 0; i < w->book_count; i++) {
        if (w->book[i].connector == connector) {
            billed += w->book[i].stop_wh - w->book[i].start_wh;
            n++;
        }
    }
    int64_t delivered = w->connector[connector].delivered_mwh / 1000;
    /* A transaction that was ended just before the cut does not bill what flows in the dark. */
    int64_t dark = w->connector[connector].dark_mwh / 1000;
    int64_t opening = 2 * n; /* a late contactor still passes current when the register was read */
    if (billed > delivered + n + 1 || billed < delivered - dark - opening - n - 1) {
        world__violation(w, "connector %u delivered %lld Wh, the books say %lld", connector,
                         (long long)delivered, (long long)billed);
    }
}

void world_check_books(struct world *w)
{
    size_t waiting = w->core == NULL ? 0 : evcp__core_outbox_count(w->core);
    if (waiting > 0) {
        world__violation(w, "%zu messages are left in the outbox", waiting);
    }
    if (w->orphans > 0) {
        world__violation(w, "%zu messages without a transaction that is in the books", w->orphans);
    }
    for (size_t i = 0; i < w->book_count; i++) {
        check_order(w, i);
    }
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        check_energy(w, i);
    }
}
