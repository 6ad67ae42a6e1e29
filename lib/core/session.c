/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machine 2: the session of one connector, from identification to unplugging. What happens around
 * it (decision, lock, contactor, status) follows from its state.
 */
#include "core_private.h"

#include <stdlib.h>
#include <string.h>

typedef int action(struct evcp__core *core, struct evcp__connector *c);

static void no_timers(struct evcp__connector *c)
{
    c->session.wait_end = EVCP__NEVER;
    c->session.ask_end = EVCP__NEVER;
    c->session.ask = false;
    c->session.asked = false;
}

/* ---- guards ------------------------------------------------------------------------------ */

static bool plugged(struct evcp__core *core, struct evcp__connector *c)
{
    (void)core;
    return c->plugged && !c->ev_gone;
}

static bool stops_when_ev_gone(struct evcp__core *core, struct evcp__connector *c)
{
    (void)c;
    return evcp__setting_bool(core->settings, EVCP__KEY_STOP_TRANSACTION_ON_EV_SIDE_DISCONNECT);
}

/* The one before is over, its cable is still there. */
static bool was_finishing(struct evcp__core *core, struct evcp__connector *c)
{
    (void)core;
    return c->session.finishing;
}

/* Adopted at power-on, and its cable was not reported yet. */
static bool unresumed(struct evcp__core *core, struct evcp__connector *c)
{
    (void)core;
    return c->session.wait_end != EVCP__NEVER;
}

static bool begun(struct evcp__core *core, struct evcp__connector *c)
{
    (void)core;
    return c->session.tx != NULL;
}

/* ---- actions ----------------------------------------------------------------------------- */

static int forget(struct evcp__core *core, struct evcp__connector *c)
{
    (void)core;
    no_timers(c);
    memset(&c->session.token, 0, sizeof c->session.token);
    c->session.parent[0] = '\0';
    c->session.remote = false;
    c->session.shared = false;
    c->session.finishing = false;
    return EVCP_OK;
}

static int ask(struct evcp__core *core, struct evcp__connector *c)
{
    no_timers(c);
    c->session.ask = true;
    c->session.ask_end =
        evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_AUTHORIZE_TIMEOUT));
    if (!c->plugged) {
        c->session.wait_end =
            evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_CONNECTION_TIME_OUT));
    }
    return EVCP_OK;
}

static int ask_again(struct evcp__core *core, struct evcp__connector *c)
{
    c->session.finishing = true;
    return ask(core, c);
}

static int wait_for_cable(struct evcp__core *core, struct evcp__connector *c)
{
    no_timers(c);
    c->session.wait_end =
        evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_CONNECTION_TIME_OUT));
    return EVCP_OK;
}

/* ConnectionTimeOut counts from Preparing (errata 3.89): a running wait goes on. */
static int wait_on_for_cable(struct evcp__core *core, struct evcp__connector *c)
{
    uint64_t end = c->session.wait_end;
    EVCP__TRY(wait_for_cable(core, c));
    c->session.wait_end = evcp__earlier(end, c->session.wait_end);
    return EVCP_OK;
}

static int cable_came(struct evcp__core *core, struct evcp__connector *c)
{
    (void)core;
    c->session.wait_end = EVCP__NEVER;
    return EVCP_OK;
}

static int stop_waiting(struct evcp__core *core, struct evcp__connector *c)
{
    (void)core;
    no_timers(c);
    return EVCP_OK;
}

static int wait_for_token(struct evcp__core *core, struct evcp__connector *c)
{
    int32_t seconds = evcp__setting_int(core->settings, EVCP__KEY_PLUG_IN_TIMEOUT);
    no_timers(c);
    if (seconds > 0) {
        c->session.wait_end = evcp__after_s(core, seconds);
    }
    return EVCP_OK;
}

static int lock_failed(struct evcp__core *core, struct evcp__connector *c)
{
    EVCP__TRY(forget(core, c));
    return evcp__hardware_fault(core, c, EVCP_ERROR_CONNECTOR_LOCK_FAILURE,
                                "cable lock did not close");
}

static int end(struct evcp__core *core, struct evcp__connector *c)
{
    no_timers(c);
    return evcp__charging_end(core, c);
}

static int end_for(struct evcp__core *core, struct evcp__connector *c, enum evcp_stop_reason reason)
{
    c->session.stop_reason = reason;
    memset(&c->session.stop_token, 0, sizeof c->session.stop_token);
    return end(core, c);
}

static int end_unplugged(struct evcp__core *core, struct evcp__connector *c)
{
    EVCP__TRY(end_for(core, c, EVCP_STOP_EV_DISCONNECTED));
    return forget(core, c);
}

/* The cable stays locked unless both keys allow it to go (OCPP 1.6 4.10). */
static int end_ev_gone(struct evcp__core *core, struct evcp__connector *c)
{
    if (!evcp__setting_bool(core->settings, EVCP__KEY_UNLOCK_CONNECTOR_ON_EV_SIDE_DISCONNECT)) {
        evcp__keep_locked(c, c->session.tx);
    }
    return end_for(core, c, EVCP_STOP_EV_DISCONNECTED);
}

static int end_faulted(struct evcp__core *core, struct evcp__connector *c)
{
    return end_for(core, c, EVCP_STOP_OTHER);
}

/* Without the lock nothing may flow: what was resumed after a power cut ends here. */
static int end_unlocked(struct evcp__core *core, struct evcp__connector *c)
{
    EVCP__TRY(end_for(core, c, EVCP_STOP_OTHER));
    return evcp__hardware_fault(core, c, EVCP_ERROR_CONNECTOR_LOCK_FAILURE,
                                "cable lock did not close");
}

/* After a power cut there is no cable, or nobody reports one: the vehicle is gone. */
static int end_not_resumed(struct evcp__core *core, struct evcp__connector *c)
{
    enum evcp_stop_reason cut =
        core->env.config->restarted ? EVCP_STOP_REBOOT : EVCP_STOP_POWER_LOSS;
    EVCP__TRY(end_for(core, c, core->env.rebuilt ? EVCP_STOP_EV_DISCONNECTED : cut));
    return forget(core, c);
}

/* ---- table ------------------------------------------------------------------------------- */

struct rule {
    enum evcp__session_state state;
    enum evcp__session_input input;
    bool (*guard)(struct evcp__core *, struct evcp__connector *);
    enum evcp__session_state next;
    action *act; /* NULL with next == state: ignored on purpose */
};

#define S(x) EVCP__SESSION_##x
#define I(x) EVCP__IN_##x

/* clang-format off */
static const struct rule rules[] = {
    {S(IDLE), I(ASK),         NULL,    S(AUTHORIZING), ask},
    {S(IDLE), I(ACCEPTED),    plugged, S(LOCKING),     stop_waiting},
    {S(IDLE), I(ACCEPTED),    NULL,    S(WAITING),     wait_for_cable},
    {S(IDLE), I(REFUSED),     NULL,    S(IDLE),        NULL}, /* PlugInTimeout goes on */
    {S(IDLE), I(CANCEL),      NULL,    S(IDLE),        NULL},
    {S(IDLE), I(PLUGGED),     NULL,    S(IDLE),        wait_for_token},
    {S(IDLE), I(UNPLUGGED),   NULL,    S(IDLE),        forget},
    {S(IDLE), I(LOCKED),      NULL,    S(IDLE),        NULL},
    {S(IDLE), I(LOCK_FAILED), NULL,    S(IDLE),        NULL},
    {S(IDLE), I(TIMEOUT),     plugged, S(FINISHING),   forget}, /* B6, errata 3.20 */
    {S(IDLE), I(TIMEOUT),     NULL,    S(IDLE),        forget},
    {S(IDLE), I(EV_GONE),     NULL,    S(IDLE),        NULL},
    {S(IDLE), I(EV_BACK),     NULL,    S(IDLE),        wait_for_token},
    {S(IDLE), I(STOP),        NULL,    S(IDLE),        NULL}, /* nothing runs */
    {S(IDLE), I(FAULT),       NULL,    S(IDLE),        NULL},

    {S(AUTHORIZING), I(ASK),         NULL,    S(AUTHORIZING), NULL},
    {S(AUTHORIZING), I(ACCEPTED),    plugged, S(LOCKING),     stop_waiting},
    {S(AUTHORIZING), I(ACCEPTED),    NULL,    S(WAITING),     wait_on_for_cable},
    {S(AUTHORIZING), I(REFUSED),     was_finishing, S(FINISHING), forget},
    {S(AUTHORIZING), I(REFUSED),     NULL,    S(IDLE),        forget},
    {S(AUTHORIZING), I(CANCEL),      was_finishing, S(FINISHING), forget},
    {S(AUTHORIZING), I(CANCEL),      NULL,    S(IDLE),        forget},
    {S(AUTHORIZING), I(PLUGGED),     NULL,    S(AUTHORIZING), cable_came},
    {S(AUTHORIZING), I(UNPLUGGED),   NULL,    S(IDLE),        forget}, /* its answer is dropped */
    {S(AUTHORIZING), I(LOCKED),      NULL,    S(AUTHORIZING), NULL},
    {S(AUTHORIZING), I(LOCK_FAILED), NULL,    S(AUTHORIZING), NULL},
    {S(AUTHORIZING), I(TIMEOUT),     NULL,    S(IDLE),        forget},
    {S(AUTHORIZING), I(EV_GONE),     NULL,    S(IDLE),        forget},
    {S(AUTHORIZING), I(EV_BACK),     NULL,    S(AUTHORIZING), NULL},
    {S(AUTHORIZING), I(STOP),        NULL,    S(IDLE),        forget},
    {S(AUTHORIZING), I(FAULT),       NULL,    S(IDLE),        forget},

    {S(WAITING), I(ASK),         NULL, S(WAITING), NULL},
    {S(WAITING), I(ACCEPTED),    NULL, S(WAITING), NULL},
    {S(WAITING), I(REFUSED),     NULL, S(WAITING), NULL},
    {S(WAITING), I(CANCEL),      NULL, S(IDLE),    forget}, /* B1 */
    {S(WAITING), I(PLUGGED),     NULL, S(LOCKING), stop_waiting},
    {S(WAITING), I(UNPLUGGED),   NULL, S(WAITING), NULL},
    {S(WAITING), I(LOCKED),      NULL, S(WAITING), NULL},
    {S(WAITING), I(LOCK_FAILED), NULL, S(WAITING), NULL},
    {S(WAITING), I(TIMEOUT),     NULL, S(IDLE),    forget},
    {S(WAITING), I(EV_GONE),     NULL, S(WAITING), NULL},
    {S(WAITING), I(EV_BACK),     NULL, S(LOCKING), stop_waiting}, /* the cable hung here already */
    {S(WAITING), I(STOP),        NULL, S(IDLE),    forget},
    {S(WAITING), I(FAULT),       NULL, S(IDLE),    forget},

    {S(LOCKING), I(ASK),         NULL,  S(LOCKING),   NULL},
    {S(LOCKING), I(ACCEPTED),    NULL,  S(LOCKING),   NULL},
    {S(LOCKING), I(REFUSED),     NULL,  S(LOCKING),   NULL},
    {S(LOCKING), I(CANCEL),      NULL,  S(IDLE),      forget},
    {S(LOCKING), I(PLUGGED),     NULL,  S(LOCKING),   NULL},
    {S(LOCKING), I(UNPLUGGED),   NULL,  S(IDLE),      forget},
    {S(LOCKING), I(LOCKED),      begun, S(ENERGIZED), stop_waiting},
    {S(LOCKING), I(LOCKED),      NULL,  S(IDLE),      forget}, /* meter or store forbade it */
    {S(LOCKING), I(LOCK_FAILED), NULL,  S(IDLE),      lock_failed},
    {S(LOCKING), I(TIMEOUT),     NULL,  S(IDLE),      forget},
    {S(LOCKING), I(EV_GONE),     NULL,  S(IDLE),      forget},
    {S(LOCKING), I(EV_BACK),     NULL,  S(LOCKING),   NULL},
    {S(LOCKING), I(STOP),        NULL,  S(IDLE),      forget},
    {S(LOCKING), I(FAULT),       NULL,  S(IDLE),      forget},

    {S(ENERGIZED), I(ASK),         NULL, S(ENERGIZED), NULL},
    {S(ENERGIZED), I(ACCEPTED),    NULL, S(ENERGIZED), NULL},
    {S(ENERGIZED), I(REFUSED),     NULL, S(ENERGIZED), NULL},
    {S(ENERGIZED), I(CANCEL),      NULL, S(ENERGIZED), NULL},
    {S(ENERGIZED), I(PLUGGED),     NULL, S(ENERGIZED), stop_waiting}, /* resumed after a cut */
    {S(ENERGIZED), I(UNPLUGGED),   unresumed, S(IDLE), end_not_resumed},
    {S(ENERGIZED), I(UNPLUGGED),   NULL, S(IDLE),      end_unplugged},
    {S(ENERGIZED), I(LOCKED),      NULL, S(ENERGIZED), NULL},
    {S(ENERGIZED), I(LOCK_FAILED), NULL, S(FINISHING), end_unlocked}, /* resumed after a cut */
    {S(ENERGIZED), I(TIMEOUT),     NULL, S(IDLE),      end_not_resumed},
    {S(ENERGIZED), I(EV_GONE),     stops_when_ev_gone, S(FINISHING), end_ev_gone},
    {S(ENERGIZED), I(EV_GONE),     NULL, S(ENERGIZED), NULL}, /* SuspendedEV until replugged */
    {S(ENERGIZED), I(EV_BACK),     NULL, S(ENERGIZED), NULL},
    {S(ENERGIZED), I(STOP),        NULL, S(FINISHING), end},
    {S(ENERGIZED), I(FAULT),       NULL, S(FINISHING), end_faulted},

    {S(FINISHING), I(ASK),         NULL,    S(AUTHORIZING), ask_again}, /* F2 */
    {S(FINISHING), I(ACCEPTED),    plugged, S(LOCKING),     stop_waiting},
    {S(FINISHING), I(ACCEPTED),    NULL,    S(WAITING),     wait_for_cable},
    {S(FINISHING), I(REFUSED),     NULL,    S(FINISHING),   NULL},
    {S(FINISHING), I(CANCEL),      NULL,    S(IDLE),        stop_waiting}, /* F8: Inoperative */
    {S(FINISHING), I(PLUGGED),     NULL,    S(IDLE),        wait_for_token},
    {S(FINISHING), I(UNPLUGGED),   NULL,    S(IDLE),        forget},
    {S(FINISHING), I(LOCKED),      NULL,    S(FINISHING),   NULL},
    {S(FINISHING), I(LOCK_FAILED), NULL,    S(FINISHING),   NULL},
    {S(FINISHING), I(TIMEOUT),     NULL,    S(FINISHING),   stop_waiting},
    {S(FINISHING), I(EV_GONE),     NULL,    S(FINISHING),   NULL},
    {S(FINISHING), I(EV_BACK),     NULL,    S(IDLE),        wait_for_token},
    {S(FINISHING), I(STOP),        NULL,    S(FINISHING),   NULL},
    {S(FINISHING), I(FAULT),       NULL,    S(FINISHING),   NULL},
};
/* clang-format on */

#undef S
#undef I

bool evcp__session_decides(unsigned state, unsigned input)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].state == state && rules[i].input == input && rules[i].guard == NULL) {
            return true;
        }
    }
    return false;
}

int evcp__session_input(struct evcp__core *core, struct evcp__connector *c,
                        enum evcp__session_input input)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];
        if (r->state != c->session.state || r->input != input ||
            (r->guard != NULL && !r->guard(core, c))) {
            continue;
        }
        c->session.state = r->next;
        return r->act == NULL ? EVCP_OK : r->act(core, c);
    }
    return EVCP_ESTATE; /* the table is complete: a test walks it */
}

/* ---- time -------------------------------------------------------------------------------- */

int evcp__session_timer(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__session *s = &c->session;
    if (evcp__due(core, s->ask_end) || evcp__due(core, s->stop_ask_end)) {
        EVCP__TRY(evcp__identify_again(core, c, EVCP__REACH_UNANSWERED));
    }
    if (evcp__due(core, s->wait_end)) {
        s->wait_end = EVCP__NEVER;
        return evcp__session_input(core, c, EVCP__IN_TIMEOUT);
    }
    return EVCP_OK;
}

uint64_t evcp__session_deadline(const struct evcp__connector *c)
{
    const struct evcp__session *s = &c->session;
    return evcp__earlier(s->wait_end, evcp__earlier(s->ask_end, s->stop_ask_end));
}
