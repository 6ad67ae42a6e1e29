/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contactor, lock and faults: what is wanted follows from the session, what is told follows from
 * what is wanted, and what is not confirmed in time becomes a fault.
 */
#include "core_private.h"

#include <string.h>

#define METER_CHECK_S 10 /* a meter that failed is read again */

/* ---- faults ------------------------------------------------------------------------------ */

/* False: it is a warning, and a fault is told already. */
static bool set_fault(struct evcp__connector *c, const struct evcp_fault *fault)
{
    /* EVCommunicationError is a warning (OCPP 1.6 7.6): no state of its own */
    bool warning = fault->warning || fault->code == EVCP_ERROR_EV_COMMUNICATION_ERROR;
    if (warning && c->faulted) {
        return false;
    }
    c->fault = *fault;
    c->fault.warning = warning;
    c->own_lock_fault = false;
    if (!warning) {
        c->faulted = true;
        c->fault_raised = true;
    }
    return true;
}

/* What is wrong with the charge point is wrong with every connector: nothing charges. */
static void report_fault(struct evcp__core *core, struct evcp__connector *c,
                         const struct evcp_fault *fault)
{
    if (!set_fault(c, fault) || c->number != 0 || c->fault.warning) {
        return;
    }
    for (uint16_t i = 1; i <= core->connectors; i++) {
        core->connector[i].fault_raised = true;
    }
}

static void copy_info(struct evcp_fault *fault, const char *info)
{
    size_t length = strlen(info);
    if (length > EVCP__INFO_MAX) {
        length = EVCP__INFO_MAX;
    }
    memcpy(fault->info, info, length);
    fault->info[length] = '\0';
}

static int own_fault(struct evcp__core *core, struct evcp__connector *c, enum evcp_error_code code,
                     const char *info, bool warning)
{
    struct evcp_fault fault = {.code = code, .warning = warning};
    copy_info(&fault, info);
    if (set_fault(c, &fault)) {
        c->own_lock_fault = code == EVCP_ERROR_CONNECTOR_LOCK_FAILURE;
    }
    return evcp__notify(core, EVCP_EVENT_HARDWARE, c->number, info, NULL);
}

int evcp__hardware_fault(struct evcp__core *core, struct evcp__connector *c,
                         enum evcp_error_code code, const char *info)
{
    return own_fault(core, c, code, info, false);
}

int evcp__hardware_meter_failed(struct evcp__core *core, struct evcp__connector *c, bool warning)
{
    bool told = c->meter_failed && c->fault.warning == warning;
    c->meter_failed = true;
    c->meter_check = evcp__after_s(core, METER_CHECK_S);
    return told ? EVCP_OK
                : own_fault(core, c, EVCP_ERROR_POWER_METER_FAILURE, "meter cannot be read",
                            warning);
}

static void clear(struct evcp__connector *c)
{
    memset(&c->fault, 0, sizeof c->fault);
    c->faulted = false;
    c->own_lock_fault = false;
    c->open_failed = false;
    c->unlock_failed = false;
    c->meter_failed = false;
    c->meter_check = EVCP__NEVER;
}

/* ---- contactor --------------------------------------------------------------------------- */

/* Confirmed; a contactor that a restart found closed may wait for the confirmation as it is. */
static bool holds_cable(const struct evcp__core *core, const struct evcp__connector *c)
{
    bool moving = c->lock_end != EVCP__NEVER && !c->contactor_closed;
    return !evcp__has_lock(core) || (c->locked && c->lock_wanted && !c->lock_failed && !moving);
}

static bool vehicle_takes(const struct evcp__core *core, const struct evcp__connector *c)
{
    return c->plugged && !c->ev_gone && c->ev == EVCP_EV_READY && holds_cable(core, c);
}

static bool is_sound(const struct evcp__core *core, const struct evcp__connector *c)
{
    return !c->faulted && !core->connector[0].faulted &&
           c->fault.code != EVCP_ERROR_EV_COMMUNICATION_ERROR;
}

static bool wants_energy(const struct evcp__core *core, const struct evcp__connector *c)
{
    const struct evcp__tx *tx = c->session.tx;
    /* Resumed: as it is, until a cable is reported or missed. */
    bool vehicle = c->plug_known ? vehicle_takes(core, c) : c->contactor_wanted;
    return c->session.state == EVCP__SESSION_ENERGIZED && tx != NULL && !tx->withheld && vehicle &&
           evcp__supplied(core, c) && is_sound(core, c);
}

bool evcp__supplied(const struct evcp__core *core, const struct evcp__connector *c)
{
    return c->supply && core->connector[0].supply;
}

static int tell_contactor(struct evcp__core *core, const struct evcp__connector *c, bool close)
{
    struct evcp_event *event;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_CONTACTOR, c->number, NULL, &event));
    event->accepted = close;
    return EVCP_OK;
}

static int give_limit(struct evcp__core *core, const struct evcp__connector *c, bool close)
{
    struct evcp__effect *fx;
    const struct evcp_connector_config *config = core->env.config->connector;
    int32_t most = config == NULL ? 0 : config[c->number - 1].max_current_ma;
    if (core->env.config->hardware->limit == NULL) {
        return EVCP_OK;
    }
    EVCP__TRY(evcp__effect(core, &fx, EVCP__FX_LIMIT));
    fx->connector = c->number;
    fx->milliampere = !close ? 0 : most > 0 ? most : INT32_MAX;
    return EVCP_OK;
}

static int move(struct evcp__core *core, struct evcp__connector *c, bool close)
{
    c->contactor_wanted = close;
    c->contactor_busy = true;
    c->contactor_end =
        evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_CONTACTOR_TIMEOUT));
    EVCP__TRY(give_limit(core, c, close));
    EVCP__TRY(evcp__effect_simple(core, EVCP__FX_CONTACTOR, c->number, close));
    return tell_contactor(core, c, close);
}

static void contactor_is(struct evcp__connector *c, bool closed)
{
    c->contactor_closed = closed;
    c->open_failed = c->open_failed && closed;
    if (closed == c->contactor_wanted) {
        c->contactor_busy = false;
        c->contactor_end = EVCP__NEVER;
    }
}

static int contactor_failed(struct evcp__core *core, struct evcp__connector *c)
{
    c->contactor_busy = false;
    c->contactor_end = EVCP__NEVER;
    c->open_failed = !c->contactor_wanted; /* not told again before somebody looked at it */
    return own_fault(core, c, EVCP_ERROR_POWER_SWITCH_FAILURE,
                     c->contactor_wanted ? "contactor did not close" : "contactor did not open",
                     false);
}

static int contactor_result(struct evcp__core *core, struct evcp__connector *c,
                            const struct evcp__hardware_result *r)
{
    if (r->on != c->contactor_wanted || r->result == EVCP_PENDING) {
        return EVCP_OK; /* overtaken by a later command, or a report will come */
    }
    if (r->result != EVCP_OK) {
        return contactor_failed(core, c);
    }
    contactor_is(c, r->on);
    return EVCP_OK;
}

static int contactor_reported(struct evcp__core *core, struct evcp__connector *c, bool closed)
{
    bool surprise = !c->contactor_busy && closed != c->contactor_wanted && c->number != 0;
    contactor_is(c, closed);
    if (!surprise) {
        return EVCP_OK;
    }
    return own_fault(core, c, EVCP_ERROR_POWER_SWITCH_FAILURE,
                     closed ? "contactor closed by itself" : "contactor opened by itself", false);
}

/* ---- lock -------------------------------------------------------------------------------- */

bool evcp__has_lock(const struct evcp__core *core)
{
    return core->env.config->hardware->lock != NULL;
}

int evcp__lock_want(struct evcp__core *core, struct evcp__connector *c, bool lock)
{
    c->lock_wanted = lock;
    c->unlock_failed = false;
    c->lock_end =
        evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_CONTACTOR_TIMEOUT));
    return evcp__effect_simple(core, EVCP__FX_LOCK, c->number, lock);
}

static int answer_unlock(struct evcp__core *core, struct evcp__connector *c, bool unlocked)
{
    struct evcp__request r = {.kind = EVCP__REQ_UNLOCK};
    if (!c->unlock_request) {
        return EVCP_OK;
    }
    c->unlock_request = false;
    memcpy(r.id, c->unlock_id, sizeof r.id);
    return evcp__reply(core, &r, unlocked ? EVCP__OUT_UNLOCKED : EVCP__OUT_UNLOCK_FAILED, NULL);
}

static int lock_done(struct evcp__core *core, struct evcp__connector *c, bool locked)
{
    c->locked = locked;
    c->unlock_failed = false;
    if (locked == c->lock_wanted) {
        c->lock_end = EVCP__NEVER;
    }
    if (locked) {
        return EVCP_OK;
    }
    if (c->own_lock_fault && c->fault.warning) {
        clear(c); /* it opened after all */
    }
    return answer_unlock(core, c, true);
}

/* A cable that cannot be locked prevents the transaction; one that cannot be unlocked is only
 * reported: the driver is done. */
static int lock_failed(struct evcp__core *core, struct evcp__connector *c)
{
    c->lock_end = EVCP__NEVER;
    if (c->lock_wanted) {
        c->lock_failed = true; /* not tried again before it was wanted open */
        return evcp__session_input(core, c, EVCP__IN_LOCK_FAILED);
    }
    c->unlock_failed = true; /* not told again before somebody looked at it */
    EVCP__TRY(answer_unlock(core, c, false));
    return own_fault(core, c, EVCP_ERROR_CONNECTOR_LOCK_FAILURE, "cable lock did not open", true);
}

static int lock_result(struct evcp__core *core, struct evcp__connector *c,
                       const struct evcp__hardware_result *r)
{
    if (r->on != c->lock_wanted || r->result == EVCP_PENDING) {
        return EVCP_OK;
    }
    return r->result == EVCP_OK ? lock_done(core, c, r->on) : lock_failed(core, c);
}

static bool wants_lock(const struct evcp__connector *c)
{
    return c->session.state == EVCP__SESSION_LOCKING ||
           c->session.state == EVCP__SESSION_ENERGIZED || c->keep_locked;
}

static int settle_lock(struct evcp__core *core, struct evcp__connector *c)
{
    bool want = wants_lock(c) && !c->unlock_request;
    if (!evcp__has_lock(core) || c->number == 0) {
        return EVCP_OK;
    }
    if (!want && (c->contactor_closed || c->contactor_busy)) {
        /* never release a cable under load */
        return c->contactor_busy ? EVCP_OK : answer_unlock(core, c, false);
    }
    if (want != c->lock_wanted) {
        c->lock_failed = false;
        return evcp__lock_want(core, c, want);
    }
    bool stray = !want && c->locked && !c->unlock_failed;
    return (stray || c->unlock_request) && c->lock_end == EVCP__NEVER
               ? evcp__lock_want(core, c, false)
               : EVCP_OK;
}

/* The lock holds, or there is none: the transaction may begin. */
static int settle_begin(struct evcp__core *core, struct evcp__connector *c)
{
    bool begun;
    if (c->session.state != EVCP__SESSION_LOCKING || !holds_cable(core, c)) {
        return EVCP_OK;
    }
    EVCP__TRY(evcp__charging_begin(core, c, &begun));
    return evcp__session_input(core, c, EVCP__IN_LOCKED);
}

/* ---- for core.c -------------------------------------------------------------------------- */

int evcp__hardware_settle(struct evcp__core *core, struct evcp__connector *c)
{
    if (c->number == 0) {
        return EVCP_OK;
    }
    EVCP__TRY(settle_begin(core, c));
    bool want = wants_energy(core, c);
    bool stray = !want && !c->contactor_wanted && c->contactor_closed && !c->contactor_busy &&
                 !c->open_failed;
    if (want != c->contactor_wanted || stray) {
        EVCP__TRY(move(core, c, want));
    }
    return settle_lock(core, c);
}

int evcp__hardware_result(struct evcp__core *core, const struct evcp__hardware_result *r)
{
    struct evcp__connector *c = evcp__connector_at(core, r->connector);
    switch (r->call) {
    case EVCP__HW_CONTACTOR: return c == NULL ? EVCP_OK : contactor_result(core, c, r);
    case EVCP__HW_LOCK: return c == NULL ? EVCP_OK : lock_result(core, c, r);
    case EVCP__HW_RESET: return evcp__reset_result(core, r->result);
    case EVCP__HW_LIMIT:
        return r->result < 0 ? evcp__notify(core, EVCP_EVENT_HARDWARE, r->connector,
                                            "the limit callback failed", NULL)
                             : EVCP_OK;
    case EVCP__HW_CLOCK:
        return r->result < 0 ? evcp__notify(core, EVCP_EVENT_HARDWARE, 0,
                                            "the clock_set callback failed", NULL)
                             : EVCP_OK;
    }
    return EVCP_OK;
}

static void cable_gone(struct evcp__connector *c)
{
    c->ev_gone = false;
    c->ev = EVCP_EV_ABSENT;
    c->keep_locked = false;
    if (c->own_lock_fault) {
        clear(c);
    }
}

static int report_plugged(struct evcp__core *core, struct evcp__connector *c, bool plugged)
{
    bool was = c->plugged;
    bool first = !c->plug_known;
    c->plug_known = true;
    c->plugged = plugged;
    if (plugged && was) {
        return EVCP_OK;
    }
    if (plugged) {
        c->ev = c->ev == EVCP_EV_ABSENT ? EVCP_EV_READY : c->ev; /* until it is told otherwise */
        EVCP__TRY(evcp__identify_follow(core, c));
    } else {
        cable_gone(c);
    }
    if (plugged == was && !first) {
        return EVCP_OK;
    }
    return evcp__session_input(core, c, plugged ? EVCP__IN_PLUGGED : EVCP__IN_UNPLUGGED);
}

static int report_ev(struct evcp__core *core, struct evcp__connector *c, enum evcp_ev_state ev)
{
    bool was_gone = c->ev_gone;
    c->ev = ev;
    c->ev_gone = c->plugged && ev == EVCP_EV_ABSENT;
    if (c->ev_gone == was_gone) {
        return EVCP_OK;
    }
    return evcp__session_input(core, c, c->ev_gone ? EVCP__IN_EV_GONE : EVCP__IN_EV_BACK);
}

static int report_lock(struct evcp__core *core, struct evcp__connector *c, bool locked)
{
    bool surprise = !locked && c->locked && c->lock_wanted && c->lock_end == EVCP__NEVER &&
                    c->session.state == EVCP__SESSION_ENERGIZED;
    EVCP__TRY(lock_done(core, c, locked));
    return surprise ? own_fault(core, c, EVCP_ERROR_CONNECTOR_LOCK_FAILURE,
                                "cable lock opened by itself", false)
                    : EVCP_OK;
}

static int report_stop(struct evcp__core *core, struct evcp__connector *c,
                       enum evcp_stop_reason reason)
{
    if (c->number != 0) {
        evcp__want_stop(c, reason, NULL);
        return EVCP_OK;
    }
    for (uint16_t i = 1; i <= core->connectors; i++) {
        evcp__want_stop(&core->connector[i], reason, NULL);
    }
    return EVCP_OK;
}

int evcp__hardware_report(struct evcp__core *core, const struct evcp_report *r)
{
    struct evcp__connector *c = evcp__connector_at(core, r->connector);
    if (c == NULL) {
        return EVCP_OK; /* evcp_report_*() refused it already */
    }
    switch (r->kind) {
    case EVCP_REPORT_PLUGGED: return report_plugged(core, c, r->on);
    case EVCP_REPORT_EV: return report_ev(core, c, r->ev);
    case EVCP_REPORT_SUPPLY: c->supply = r->on; return EVCP_OK;
    case EVCP_REPORT_CONTACTOR: return contactor_reported(core, c, r->on);
    case EVCP_REPORT_LOCK: return report_lock(core, c, r->on);
    case EVCP_REPORT_FAULT: report_fault(core, c, &r->fault); return EVCP_OK;
    case EVCP_REPORT_CLEAR: clear(c); return EVCP_OK;
    case EVCP_REPORT_TOKEN: return evcp__identify(core, r->connector, &r->token);
    case EVCP_REPORT_STOP: return report_stop(core, c, r->reason);
    }
    return EVCP_OK;
}

/* A meter that answers again ends its own fault. */
static int check_meter(struct evcp__core *core, struct evcp__connector *c)
{
    int64_t wh;
    if (evcp__meter_energy(core, c, &wh) != EVCP_OK) {
        c->meter_check = evcp__after_s(core, METER_CHECK_S);
        return EVCP_OK;
    }
    c->meter_check = EVCP__NEVER;
    if (c->fault.code == EVCP_ERROR_POWER_METER_FAILURE) {
        clear(c);
    }
    c->meter_failed = false;
    return EVCP_OK;
}

int evcp__hardware_timer(struct evcp__core *core, struct evcp__connector *c)
{
    if (evcp__due(core, c->contactor_end)) {
        EVCP__TRY(contactor_failed(core, c));
    }
    if (evcp__due(core, c->lock_end)) {
        EVCP__TRY(lock_failed(core, c));
    }
    return evcp__due(core, c->meter_check) ? check_meter(core, c) : EVCP_OK;
}

uint64_t evcp__hardware_deadline(const struct evcp__connector *c)
{
    return evcp__earlier(c->contactor_end, evcp__earlier(c->lock_end, c->meter_check));
}
