/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset (OCPP 1.6 5.14): answer, end the transactions, let a soft reset wait a little for their
 * delivery, restart, try again, and say so if it cannot be done.
 */
#include "core_private.h"

#define REPLY_WAIT_S 1  /* Reset.conf has to leave before the restart */
#define SOFT_WAIT_S  10 /* for the StopTransaction.conf; else it is delivered after the boot */
#define RETRY_WAIT_S 2
#define GONE_WAIT_S  120 /* a restart that was promised has to come by then */

int evcp__reset_request(struct evcp__core *core, const struct evcp__request *r)
{
    if (core->env.config->hardware->reset == NULL || core->reset.pending) {
        return evcp__reply(core, r, EVCP__OUT_REJECTED, NULL);
    }
    EVCP__TRY(evcp__reply(core, r, EVCP__OUT_ACCEPTED, NULL));
    core->reset = (struct evcp__reset){
        .pending = true,
        .hard = r->on,
        .not_before = evcp__after_s(core, REPLY_WAIT_S),
        .at = evcp__after_s(core, r->on ? REPLY_WAIT_S : SOFT_WAIT_S),
    };
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__connector *c = &core->connector[i];
        if (c->session.tx != NULL) {
            evcp__want_stop(c, r->on ? EVCP_STOP_HARD_RESET : EVCP_STOP_SOFT_RESET, NULL);
        }
    }
    return EVCP_OK;
}

static bool contactors_are_open(const struct evcp__core *core)
{
    for (uint16_t i = 1; i <= core->connectors; i++) {
        if (core->connector[i].contactor_closed || core->connector[i].contactor_busy) {
            return false;
        }
    }
    return true;
}

/* Nothing is left to wait for. */
static bool is_quiet(const struct evcp__core *core)
{
    bool delivered = core->outbox.count == 0 && core->note_count == 0 && !core->call.active;
    return (delivered || !evcp__online(core)) && contactors_are_open(core);
}

static bool is_time(const struct evcp__core *core)
{
    const struct evcp__reset *reset = &core->reset;
    return evcp__due(core, reset->at) || (evcp__due(core, reset->not_before) && is_quiet(core));
}

static int call(struct evcp__core *core)
{
    core->reset.called = true;
    core->reset.at = evcp__after_s(core, GONE_WAIT_S);
    evcp__durable(core);
    return evcp__effect_simple(core, EVCP__FX_RESET, 0, core->reset.hard);
}

int evcp__reset_timer(struct evcp__core *core)
{
    struct evcp__reset *reset = &core->reset;
    if (!reset->pending) {
        return EVCP_OK;
    }
    if (reset->called) {
        return evcp__due(core, reset->at) ? evcp__reset_result(core, EVCP_EHARDWARE) : EVCP_OK;
    }
    return is_time(core) ? call(core) : EVCP_OK;
}

int evcp__reset_result(struct evcp__core *core, int result)
{
    struct evcp__reset *reset = &core->reset;
    if (!reset->pending || result >= 0) {
        return EVCP_OK; /* under way: the process ends soon */
    }
    int32_t retries = evcp__setting_int(core->settings, EVCP__KEY_RESET_RETRIES);
    reset->called = false;
    if (reset->tries++ < retries) {
        reset->at = reset->not_before = evcp__after_s(core, RETRY_WAIT_S);
        return EVCP_OK;
    }
    reset->pending = false;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_HARDWARE, 0, "the reset callback failed", NULL));
    return evcp__status_extra(core, EVCP_ERROR_RESET_FAILURE, "reset failed");
}

uint64_t evcp__reset_deadline(const struct evcp__core *core)
{
    const struct evcp__reset *reset = &core->reset;
    if (!reset->pending) {
        return EVCP__NEVER;
    }
    bool early = !reset->called && core->now.mono_ms < reset->not_before;
    return early ? reset->not_before : reset->at;
}
