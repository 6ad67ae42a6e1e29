/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our CALLs: one in flight, the most urgent first (registration, what was asked for, drivers who
 * wait, statuses, heartbeat, and last the outbox), and what their answers are for.
 */
#include "core_private.h"

#include <stdlib.h>
#include <string.h>

#define CLOCK_WAY_MS  2000 /* an answer that took longer corrects no clock */
#define CLOCK_STEP_MS 1000 /* smaller corrections are not worth telling the hardware */

/* ---- sending ----------------------------------------------------------------------------- */

static struct evcp__fact *new_fact(struct evcp__core *core, enum evcp__fact_kind kind,
                                   uint16_t connector)
{
    struct evcp__fact *f = calloc(1, sizeof *f);
    if (f != NULL) {
        f->kind = kind;
        f->connector = connector;
        f->utc_ms = evcp__utc(core);
        evcp__message_id(core, f->id);
    }
    return f;
}

/* Takes the fact over, also on failure. */
static int send(struct evcp__core *core, struct evcp__fact *fact, bool from_outbox)
{
    struct evcp__effect *fx;
    int rc = evcp__effect(core, &fx, EVCP__FX_CALL);
    if (rc != EVCP_OK) {
        evcp__fact_free(fact);
        return rc;
    }
    fx->fact = fact;
    memset(&core->call, 0, sizeof core->call);
    core->call.active = true;
    core->call.kind = fact->kind;
    core->call.connector = fact->connector;
    core->call.from_outbox = from_outbox;
    memcpy(core->call.id, fact->id, sizeof core->call.id);
    core->call.sent = core->now.mono_ms;
    core->call.end =
        evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_MESSAGE_TIMEOUT));
    evcp__link_active(core);
    return EVCP_OK;
}

static int send_boot(struct evcp__core *core)
{
    struct evcp__fact *f = new_fact(core, EVCP__FACT_BOOT, 0);
    if (f == NULL) {
        return EVCP_ENOMEM;
    }
    f->identity = core->env.config;
    core->link.boot_next = EVCP__NEVER;
    core->trigger_boot = false;
    return send(core, f, false);
}

static int send_heartbeat(struct evcp__core *core)
{
    struct evcp__fact *f = new_fact(core, EVCP__FACT_HEARTBEAT, 0);
    core->trigger_heartbeat = false;
    core->link.clock_sync = EVCP__NEVER; /* planned anew by evcp__link_active() */
    return f == NULL ? EVCP_ENOMEM : send(core, f, false);
}

static int send_authorize(struct evcp__core *core, struct evcp__connector *c, bool for_stop)
{
    struct evcp__fact *f = new_fact(core, EVCP__FACT_AUTHORIZE, c->number);
    if (f == NULL) {
        return EVCP_ENOMEM;
    }
    f->token = for_stop ? c->session.stop_token : c->session.token;
    EVCP__TRY(send(core, f, false));
    core->call.token = for_stop ? c->session.stop_token : c->session.token;
    core->call.for_stop = for_stop;
    c->session.ask = false;
    c->session.asked = true;
    return EVCP_OK;
}

static int send_status(struct evcp__core *core)
{
    struct evcp__status_note note = core->notes[core->note_first];
    struct evcp__fact *f = new_fact(core, EVCP__FACT_STATUS, note.connector);
    if (f == NULL) {
        return EVCP_ENOMEM;
    }
    core->note_first = (core->note_first + 1) % core->note_max;
    core->note_count--;
    f->status = note.what.status;
    f->fault = note.what.fault;
    int rc = evcp__clock_resolve(&core->clock, core->env.store, &note.stamp, &f->utc_ms);
    if (rc != EVCP_OK) {
        evcp__fact_free(f);
        return rc;
    }
    core->connector[note.connector].delivered_once = false; /* whatever becomes of the answer */
    EVCP__TRY(send(core, f, false));
    core->call.note = note;
    return EVCP_OK;
}

static int send_outbox(struct evcp__core *core)
{
    struct evcp__fact *f = NULL;
    while (f == NULL && evcp__outbox_ready(core)) {
        EVCP__TRY(evcp__outbox_head(core, &f));
    }
    if (f == NULL) {
        return EVCP_OK;
    }
    core->late.active = false;
    EVCP__TRY(send(core, f, true));
    return evcp__outbox_input(core, EVCP__OUT_SENT, NULL);
}

static int send_meter(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__fact *f;
    c->trigger_meter = false;
    EVCP__TRY(evcp__meter_triggered(core, c, &f));
    if (f == NULL) {
        return EVCP_OK;
    }
    evcp__message_id(core, f->id);
    return send(core, f, false);
}

/* ---- choosing ---------------------------------------------------------------------------- */

static bool boot_is_due(const struct evcp__core *core)
{
    switch (core->link.state) {
    case EVCP_LINK_BOOTING:
    case EVCP_LINK_PENDING:
    case EVCP_LINK_REJECTED: return core->trigger_boot || evcp__due(core, core->link.boot_next);
    case EVCP_LINK_DOWN:
    case EVCP_LINK_CONNECTING:
    case EVCP_LINK_ONLINE: break;
    }
    return false;
}

static bool may_send_triggered(const struct evcp__core *core)
{
    return core->link.state == EVCP_LINK_PENDING || core->link.state == EVCP_LINK_ONLINE;
}

static int pump_triggered(struct evcp__core *core)
{
    for (uint16_t i = 0; i <= core->connectors && !core->call.active; i++) {
        if (core->connector[i].trigger_meter) {
            EVCP__TRY(send_meter(core, &core->connector[i]));
        }
    }
    return !core->call.active && core->trigger_heartbeat ? send_heartbeat(core) : EVCP_OK;
}

static int pump_authorize(struct evcp__core *core)
{
    for (uint16_t i = 1; i <= core->connectors && !core->call.active; i++) {
        struct evcp__connector *c = &core->connector[i];
        if (c->session.ask) {
            return send_authorize(core, c, false);
        }
        if (c->session.stop_ask && !c->session.asked) {
            return send_authorize(core, c, true);
        }
    }
    return EVCP_OK;
}

static bool heartbeat_is_due(const struct evcp__core *core)
{
    return evcp__due(core, core->link.heartbeat) || evcp__due(core, core->link.clock_sync);
}

/* An UnlockConnector is answered before what follows from it is sent (OCTT TC_018_1). */
static bool unlock_pending(const struct evcp__core *core)
{
    for (uint16_t i = 1; i <= core->connectors; i++) {
        if (core->connector[i].unlock_request) {
            return true;
        }
    }
    return false;
}

static int pump_online(struct evcp__core *core)
{
    bool waits = unlock_pending(core);
    EVCP__TRY(pump_authorize(core));
    if (core->call.active) {
        return EVCP_OK;
    }
    if (core->note_count > 0 && !waits) {
        return send_status(core);
    }
    if (heartbeat_is_due(core)) {
        return send_heartbeat(core);
    }
    return waits ? EVCP_OK : send_outbox(core);
}

int evcp__calls_pump(struct evcp__core *core)
{
    if (core->call.active) {
        return EVCP_OK;
    }
    if (boot_is_due(core)) {
        return send_boot(core);
    }
    if (may_send_triggered(core)) {
        EVCP__TRY(pump_triggered(core));
    }
    if (!core->call.active && core->link.state == EVCP_LINK_PENDING && core->note_count > 0) {
        return send_status(core); /* only triggered ones are queued while Pending */
    }
    return core->call.active || !evcp__online(core) ? EVCP_OK : pump_online(core);
}

/* ---- answers ----------------------------------------------------------------------------- */

/* The time is as old as the answer was long under way: half of that is added. A slow answer tells
 * less than a clock that runs already. */
int evcp__clock_answer(struct evcp__core *core, int64_t utc_ms)
{
    bool first;
    int64_t jump;
    struct evcp__effect *fx;
    uint64_t way_ms = core->now.mono_ms - core->call.sent;
    if (utc_ms <= 0 || (core->clock.known && way_ms > CLOCK_WAY_MS)) {
        return EVCP_OK;
    }
    utc_ms += (int64_t)(way_ms / 2);
    EVCP__TRY(evcp__clock_set(&core->clock, core->env.store, core->now, utc_ms, &first, &jump));
    if (!first && jump < CLOCK_STEP_MS && jump > -CLOCK_STEP_MS) {
        return EVCP_OK;
    }
    evcp__durable(core); /* a message that is repeated after a power cut has the same times */
    evcp__meter_replan(core);
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_CLOCK, 0,
                           first ? "time known" : "time corrected by the central system", NULL));
    if (core->env.config->hardware->clock_set == NULL) {
        return EVCP_OK;
    }
    EVCP__TRY(evcp__effect(core, &fx, EVCP__FX_CLOCK_SET));
    fx->utc_ms = utc_ms;
    return EVCP_OK;
}

static int answer_outbox(struct evcp__core *core, const struct evcp__answer *a)
{
    return evcp__outbox_input(core, a->failed ? EVCP__OUT_FAILED_ONCE : EVCP__OUT_ACKNOWLEDGED, a);
}

static int answer_status(struct evcp__core *core, const struct evcp__call *call,
                         const struct evcp__answer *a)
{
    struct evcp__connector *c = evcp__connector_at(core, call->connector);
    if (a->failed || c == NULL) {
        return EVCP_OK; /* no retry: the next change, or the next reconnect, tells again */
    }
    c->delivered = call->note.what;
    c->delivered_once = true;
    return EVCP_OK;
}

static int dispatch(struct evcp__core *core, const struct evcp__call *call,
                    const struct evcp__answer *a)
{
    if (call->from_outbox) {
        return answer_outbox(core, a);
    }
    switch (call->kind) {
    case EVCP__FACT_BOOT: return evcp__link_boot_answer(core, a);
    case EVCP__FACT_HEARTBEAT: return a->failed ? EVCP_OK : evcp__clock_answer(core, a->utc_ms);
    case EVCP__FACT_STATUS: return answer_status(core, call, a);
    case EVCP__FACT_AUTHORIZE: return evcp__identify_answer(core, call, a);
    case EVCP__FACT_STARTED:
    case EVCP__FACT_UPDATED:
    case EVCP__FACT_ENDED:
    case EVCP__FACT_KINDS: break;
    }
    return EVCP_OK;
}

/* The central system forgot us: register again. That is no attempt of the message (J errata 3.10)
 */
static int unregistered(struct evcp__core *core, const struct evcp__call *call,
                        const struct evcp__answer *a)
{
    if (call->from_outbox) {
        EVCP__TRY(evcp__outbox_input(core, EVCP__OUT_LINK_LOST, NULL));
    }
    if (call->kind == EVCP__FACT_AUTHORIZE) {
        EVCP__TRY(evcp__identify_answer(core, call, a));
    }
    evcp__status_drop(core);
    return evcp__link_input(core, EVCP__LINK_UNREGISTERED,
                            "the central system answered SecurityError: registering again");
}

static bool is_for(const struct evcp__call *call, const struct evcp__answer *a)
{
    return call->active && a->id != NULL && strcmp(call->id, a->id) == 0;
}

/* A slow central system took the message after all. A late refusal was counted as silence. */
static int answer_late(struct evcp__core *core, const struct evcp__answer *a)
{
    core->late.active = false;
    evcp__link_active(core);
    return a->failed ? EVCP_OK : evcp__outbox_input(core, EVCP__OUT_ACKNOWLEDGED, a);
}

int evcp__calls_answer(struct evcp__core *core, const struct evcp__answer *a)
{
    struct evcp__call call = core->call;
    if (!is_for(&core->call, a) && is_for(&core->late, a)) {
        return answer_late(core, a);
    }
    if (!call.active) {
        return EVCP_OK;
    }
    core->call.active = false;
    evcp__link_active(core);
    if (a->failed && a->security && call.kind != EVCP__FACT_BOOT) {
        return unregistered(core, &call, a);
    }
    return dispatch(core, &call, a);
}

int evcp__calls_timer(struct evcp__core *core)
{
    if (!core->call.active || !evcp__due(core, core->call.end)) {
        return EVCP_OK;
    }
    struct evcp__answer silence = {
        .kind = core->call.kind, .failed = true, .error = "no answer within MessageTimeout"};
    struct evcp__call unanswered = core->call;
    EVCP__TRY(evcp__calls_answer(core, &silence));
    if (unanswered.from_outbox && !core->call.active) {
        core->late = unanswered;
        core->late.active = core->outbox.state == EVCP__OUTBOX_WAITING;
    }
    return EVCP_OK;
}

/* A lost link fails nothing: queued messages stay, a waiting driver is decided for at once. */
int evcp__calls_lost(struct evcp__core *core)
{
    evcp__status_drop(core);
    core->call.active = false;
    core->late.active = false;
    core->trigger_boot = false;
    core->trigger_heartbeat = false;
    EVCP__TRY(evcp__outbox_input(core, EVCP__OUT_LINK_LOST, NULL));
    for (uint16_t i = 0; i <= core->connectors; i++) {
        struct evcp__connector *c = &core->connector[i];
        c->trigger_meter = false;
        if (c->session.state == EVCP__SESSION_AUTHORIZING || c->session.stop_ask) {
            EVCP__TRY(evcp__identify_again(core, c, EVCP__REACH_OFFLINE));
        }
    }
    return EVCP_OK;
}

uint64_t evcp__calls_deadline(const struct evcp__core *core)
{
    return core->call.active ? core->call.end : EVCP__NEVER;
}
