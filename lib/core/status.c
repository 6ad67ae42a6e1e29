/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status of a connector, derived from its session and from reality, and when it is reported
 * (OCPP 1.6 4.9, 7.7; errata 3.19, 3.22).
 */
#include "core_private.h"

#include <assert.h>
#include <string.h>

/* ---- what it is -------------------------------------------------------------------------- */

static enum evcp_status of_charge_point(const struct evcp__connector *c)
{
    return c->faulted       ? EVCP_STATUS_FAULTED
           : c->inoperative ? EVCP_STATUS_UNAVAILABLE
                            : EVCP_STATUS_AVAILABLE;
}

/* SuspendedEVSE wins over SuspendedEV (4.9). */
static enum evcp_status of_transaction(const struct evcp__core *core,
                                       const struct evcp__connector *c)
{
    bool ev_trouble = c->fault.code == EVCP_ERROR_EV_COMMUNICATION_ERROR;
    bool unknown = !c->plug_known && !c->contactor_closed; /* resumed, no cable reported yet */
    if (c->session.tx->withheld || !evcp__supplied(core, c) || ev_trouble || unknown) {
        return EVCP_STATUS_SUSPENDED_EVSE;
    }
    if (c->ev_gone || (c->plug_known && c->ev != EVCP_EV_READY)) {
        return EVCP_STATUS_SUSPENDED_EV;
    }
    if (c->contactor_closed) {
        return EVCP_STATUS_CHARGING;
    }
    /* The contactor is about to close: nothing has changed for the driver yet. */
    return c->current.status == EVCP_STATUS_AVAILABLE ||
                   c->current.status == EVCP_STATUS_UNAVAILABLE ||
                   c->current.status == EVCP_STATUS_FINISHING ||
                   c->current.status == EVCP_STATUS_FAULTED
               ? EVCP_STATUS_PREPARING
               : c->current.status;
}

enum evcp_status evcp__status_of(const struct evcp__core *core, const struct evcp__connector *c)
{
    if (c->number == 0) {
        return of_charge_point(c);
    }
    if (c->faulted) {
        return EVCP_STATUS_FAULTED;
    }
    switch (c->session.state) {
    case EVCP__SESSION_ENERGIZED: return of_transaction(core, c);
    case EVCP__SESSION_FINISHING: return EVCP_STATUS_FINISHING;
    case EVCP__SESSION_AUTHORIZING:
    case EVCP__SESSION_WAITING:
    case EVCP__SESSION_LOCKING: return EVCP_STATUS_PREPARING;
    case EVCP__SESSION_IDLE:
    case EVCP__SESSION_STATES: break;
    }
    if (!evcp__operative(core, c)) {
        return EVCP_STATUS_UNAVAILABLE;
    }
    return c->plugged ? EVCP_STATUS_PREPARING : EVCP_STATUS_AVAILABLE;
}

/* Told where it is news: it suspends the transaction, or it is what ended it (4.9). */
static bool shows_ev_gone(const struct evcp__connector *c, enum evcp_status status)
{
    bool ended_it =
        status == EVCP_STATUS_FINISHING && c->session.stop_reason == EVCP_STOP_EV_DISCONNECTED;
    return c->ev_gone && c->fault.code == EVCP_ERROR_NO_ERROR &&
           (status == EVCP_STATUS_SUSPENDED_EV || ended_it);
}

/* EVCommunicationError tells of a vehicle: not while none is there (7.6). */
static void fit_error(struct evcp__reported *r)
{
    bool vehicle = r->status == EVCP_STATUS_PREPARING || r->status == EVCP_STATUS_SUSPENDED_EV ||
                   r->status == EVCP_STATUS_SUSPENDED_EVSE || r->status == EVCP_STATUS_FINISHING;
    if (r->fault.code == EVCP_ERROR_EV_COMMUNICATION_ERROR && !vehicle) {
        memset(&r->fault, 0, sizeof r->fault);
    }
}

void evcp__status_of_now(const struct evcp__core *core, const struct evcp__connector *c,
                         struct evcp__reported *out)
{
    static const char ev_gone[] = "EV side disconnected";
    memset(out, 0, sizeof *out);
    out->status = evcp__status_of(core, c);
    out->fault = c->fault;
    fit_error(out);
    if (shows_ev_gone(c, out->status)) {
        memcpy(out->fault.info, ev_gone, sizeof ev_gone);
    }
}

/* ---- legal transitions (4.9) ------------------------------------------------------------- */

#define BIT(x) (1u << EVCP_STATUS_##x)

static const uint16_t legal[] = {
    [EVCP_STATUS_AVAILABLE] = BIT(PREPARING) | BIT(RESERVED) | BIT(UNAVAILABLE) | BIT(FAULTED),
    [EVCP_STATUS_PREPARING] = BIT(AVAILABLE) | BIT(CHARGING) | BIT(SUSPENDED_EV) |
                              BIT(SUSPENDED_EVSE) | BIT(FINISHING) | BIT(FAULTED),
    [EVCP_STATUS_CHARGING] = BIT(AVAILABLE) | BIT(SUSPENDED_EV) | BIT(SUSPENDED_EVSE) |
                             BIT(FINISHING) | BIT(UNAVAILABLE) | BIT(FAULTED),
    [EVCP_STATUS_SUSPENDED_EV] = BIT(AVAILABLE) | BIT(CHARGING) | BIT(SUSPENDED_EVSE) |
                                 BIT(FINISHING) | BIT(UNAVAILABLE) | BIT(FAULTED),
    [EVCP_STATUS_SUSPENDED_EVSE] = BIT(AVAILABLE) | BIT(CHARGING) | BIT(SUSPENDED_EV) |
                                   BIT(FINISHING) | BIT(UNAVAILABLE) | BIT(FAULTED),
    [EVCP_STATUS_FINISHING] = BIT(AVAILABLE) | BIT(PREPARING) | BIT(UNAVAILABLE) | BIT(FAULTED),
    [EVCP_STATUS_RESERVED] = BIT(AVAILABLE) | BIT(PREPARING) | BIT(UNAVAILABLE) | BIT(FAULTED),
    [EVCP_STATUS_UNAVAILABLE] = BIT(AVAILABLE) | BIT(PREPARING) | BIT(CHARGING) |
                                BIT(SUSPENDED_EV) | BIT(SUSPENDED_EVSE) | BIT(FAULTED),
    [EVCP_STATUS_FAULTED] = BIT(AVAILABLE) | BIT(PREPARING) | BIT(CHARGING) | BIT(SUSPENDED_EV) |
                            BIT(SUSPENDED_EVSE) | BIT(FINISHING) | BIT(RESERVED) | BIT(UNAVAILABLE),
};

bool evcp__status_legal(enum evcp_status from, enum evcp_status to)
{
    return from == to || (legal[from] & (1u << to)) != 0;
}

enum evcp_status evcp__status_bridge(enum evcp_status from, enum evcp_status to)
{
    static const enum evcp_status bridges[] = {EVCP_STATUS_PREPARING, EVCP_STATUS_AVAILABLE};
    if (evcp__status_legal(from, to)) {
        return to;
    }
    for (size_t i = 0; i < sizeof bridges / sizeof bridges[0]; i++) {
        if (evcp__status_legal(from, bridges[i]) && evcp__status_legal(bridges[i], to)) {
            return bridges[i];
        }
    }
    return EVCP_STATUS_AVAILABLE; /* two steps away: the next settling takes the second */
}

/* ---- reporting --------------------------------------------------------------------------- */

static bool same(const struct evcp__reported *a, const struct evcp__reported *b)
{
    return a->status == b->status && a->fault.code == b->fault.code &&
           strcmp(a->fault.info, b->fault.info) == 0 &&
           strcmp(a->fault.vendor_code, b->fault.vendor_code) == 0 &&
           strcmp(a->fault.vendor_id, b->fault.vendor_id) == 0;
}

static struct evcp__status_note *note_at(struct evcp__core *core, size_t i)
{
    return &core->notes[(core->note_first + i) % core->note_max];
}

/* Too many wait: the oldest gives way, the current status always follows. */
static void queue(struct evcp__core *core, const struct evcp__status_note *note)
{
    assert(core->note_max > 0);
    if (core->note_count == core->note_max) {
        core->note_first = (core->note_first + 1) % core->note_max;
        core->note_count--;
    }
    *note_at(core, core->note_count++) = *note;
}

int evcp__status_queue(struct evcp__core *core, uint16_t connector,
                       const struct evcp__reported *what)
{
    struct evcp__status_note note = {
        .connector = connector, .stamp = evcp__clock_stamp(&core->clock, core->now), .what = *what};
    queue(core, &note);
    return EVCP_OK;
}

static void keep_extra(struct evcp__core *core, const struct evcp__status_note *note)
{
    if (core->extra_count < EVCP__STATUS_EXTRAS_MAX) {
        core->extra[core->extra_count++] = *note;
    }
}

void evcp__status_drop(struct evcp__core *core)
{
    if (core->call.active && core->call.kind == EVCP__FACT_STATUS && core->call.note.extra) {
        keep_extra(core, &core->call.note); /* nobody knows whether it arrived */
    }
    for (size_t i = 0; i < core->note_count; i++) {
        if (note_at(core, i)->extra) {
            keep_extra(core, note_at(core, i));
        }
    }
    core->note_count = 0;
}

static void queue_extras(struct evcp__core *core)
{
    for (size_t i = 0; i < core->extra_count; i++) {
        queue(core, &core->extra[i]);
    }
    core->extra_count = 0;
}

static int tell(struct evcp__core *core, const struct evcp__connector *c,
                const struct evcp__reported *what)
{
    struct evcp_event *event;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_STATUS, c->number,
                           what->fault.info[0] != '\0' ? what->fault.info : NULL, &event));
    event->status = what->status;
    event->error_code = what->fault.code;
    return EVCP_OK;
}

/* It bears the time at which it began, however late it is told (6.47). */
static void queue_current(struct evcp__core *core, const struct evcp__connector *c)
{
    struct evcp__status_note note = {.connector = c->number, .stamp = c->since, .what = c->current};
    queue(core, &note);
}

static int report(struct evcp__core *core, struct evcp__connector *c,
                  const struct evcp__reported *what)
{
    c->current = *what;
    c->reported_once = true;
    if (evcp__online(core)) {
        queue_current(core, c);
    }
    return tell(core, c, what);
}

static int report_by_bridge(struct evcp__core *core, struct evcp__connector *c,
                            const struct evcp__reported *now)
{
    while (c->reported_once && !evcp__status_legal(c->current.status, now->status)) {
        struct evcp__reported step = *now;
        step.status = evcp__status_bridge(c->current.status, now->status);
        fit_error(&step);
        EVCP__TRY(report(core, c, &step));
    }
    return report(core, c, now);
}

/* A status has to last for MinimumStatusDuration; one that returns to what was reported is not. */
int evcp__status_settle(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__reported now;
    evcp__status_of_now(core, c, &now);
    if (c->reported_once && same(&now, &c->current)) {
        c->candidate_due = EVCP__NEVER;
        return EVCP_OK;
    }
    int32_t hold = evcp__setting_int(core->settings, EVCP__KEY_MINIMUM_STATUS_DURATION);
    if (c->candidate_due == EVCP__NEVER || !same(&now, &c->candidate)) {
        c->candidate = now;
        c->candidate_since = evcp__clock_stamp(&core->clock, core->now);
        c->candidate_due = evcp__after_s(core, hold);
    }
    if (hold > 0 && c->reported_once && !evcp__due(core, c->candidate_due)) {
        return EVCP_OK;
    }
    c->candidate_due = EVCP__NEVER;
    c->since = c->candidate_since;
    return report_by_bridge(core, c, &now);
}

/* After registration all, after a mere reconnect those that changed (errata 3.22, OCPP-J 5.4). */
int evcp__status_all(struct evcp__core *core, bool changed_only)
{
    evcp__status_drop(core);
    queue_extras(core);
    for (uint16_t i = 0; i <= core->connectors; i++) {
        struct evcp__connector *c = &core->connector[i];
        if (!changed_only || !c->delivered_once || !same(&c->current, &c->delivered)) {
            queue_current(core, c);
        }
    }
    return EVCP_OK;
}

int evcp__status_extra(struct evcp__core *core, enum evcp_error_code code, const char *info)
{
    struct evcp__status_note note = {.extra = true,
                                     .stamp = evcp__clock_stamp(&core->clock, core->now),
                                     .what = core->connector[0].current};
    note.what.fault.code = code;
    size_t length = strlen(info);
    memcpy(note.what.fault.info, info, length < EVCP__INFO_MAX ? length + 1 : EVCP__INFO_MAX);
    note.what.fault.info[EVCP__INFO_MAX] = '\0';
    if (evcp__online(core)) {
        queue(core, &note);
    } else {
        keep_extra(core, &note);
    }
    return tell(core, &core->connector[0], &note.what);
}

uint64_t evcp__status_deadline(const struct evcp__connector *c)
{
    return c->candidate_due;
}
