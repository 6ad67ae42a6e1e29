/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load and step: the only place where the machines meet. A step dispatches its event, serves what
 * is due, delivers what the machines left for each other, and asks for what follows.
 */
#include "core.h"
#include "core_private.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 8 /* of settling; two or three are used, more would be a mistake of ours */

/* ---- dispatch ---------------------------------------------------------------------------- */

static int allow_link(struct evcp__core *core, bool allow)
{
    core->link.allowed = allow;
    return evcp__link_input(core, allow ? EVCP__LINK_ALLOW : EVCP__LINK_FORBID, NULL);
}

static int dispatch(struct evcp__core *core, const struct evcp__event *event)
{
    switch (event->kind) {
    case EVCP__EV_TICK: return EVCP_OK;
    case EVCP__EV_REPORT: return evcp__hardware_report(core, event->u.report);
    case EVCP__EV_HARDWARE: return evcp__hardware_result(core, &event->u.hardware);
    case EVCP__EV_ALLOW_LINK: return allow_link(core, event->u.allow);
    case EVCP__EV_CONNECTED: return evcp__link_input(core, EVCP__LINK_CONNECTED, "connected");
    case EVCP__EV_DISCONNECTED: return evcp__link_input(core, EVCP__LINK_LOST, event->u.text);
    case EVCP__EV_REQUEST: return evcp__request(core, event->u.request);
    case EVCP__EV_ANSWER: return evcp__calls_answer(core, event->u.answer);
    case EVCP__EV_SETTING: return evcp__setting_event(core, &event->u.setting);
    }
    return EVCP_EINVAL;
}

static int timers(struct evcp__core *core)
{
    EVCP__TRY(evcp__link_timer(core));
    EVCP__TRY(evcp__calls_timer(core));
    EVCP__TRY(evcp__outbox_timer(core));
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__connector *c = &core->connector[i];
        EVCP__TRY(evcp__session_timer(core, c));
        EVCP__TRY(evcp__hardware_timer(core, c));
        EVCP__TRY(evcp__charging_timer(core, c));
    }
    return evcp__meter_timer(core);
}

/* ---- settling ---------------------------------------------------------------------------- */

static int deliver(struct evcp__core *core, struct evcp__connector *c)
{
    if (c->fault_raised) {
        c->fault_raised = false;
        EVCP__TRY(evcp__session_input(core, c, EVCP__IN_FAULT));
    }
    if (c->stop_wanted) {
        c->stop_wanted = false;
        EVCP__TRY(evcp__session_input(core, c, EVCP__IN_STOP));
    }
    return EVCP_OK;
}

static int signals(struct evcp__core *core)
{
    unsigned s = core->signals;
    core->signals = 0;
    if (s & EVCP__SIGNAL_LOST) {
        EVCP__TRY(evcp__calls_lost(core));
    }
    if (s & EVCP__SIGNAL_QUEUED) {
        EVCP__TRY(evcp__outbox_input(core, EVCP__OUT_QUEUED, NULL));
    }
    if (s & EVCP__SIGNAL_ONLINE) {
        EVCP__TRY(evcp__status_all(core, (s & EVCP__SIGNAL_REGISTERED) == 0));
    }
    return EVCP_OK;
}

static bool is_settled(const struct evcp__core *core)
{
    bool settled = core->signals == 0;
    for (uint16_t i = 0; i <= core->connectors; i++) {
        const struct evcp__connector *c = &core->connector[i];
        settled = settled && !c->stop_wanted && !(i > 0 && c->fault_raised);
    }
    return settled;
}

static int settle(struct evcp__core *core)
{
    core->connector[0].fault_raised = false;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        EVCP__TRY(signals(core));
        for (uint16_t i = 1; i <= core->connectors; i++) {
            EVCP__TRY(deliver(core, &core->connector[i]));
            EVCP__TRY(evcp__hardware_settle(core, &core->connector[i]));
        }
        for (uint16_t i = 0; i <= core->connectors; i++) {
            EVCP__TRY(evcp__status_settle(core, &core->connector[i]));
        }
        if (is_settled(core)) {
            return evcp__reset_timer(core);
        }
    }
    return EVCP_ESTATE;
}

int evcp__core_step(struct evcp__core *core, const struct evcp__event *event, struct evcp__now now,
                    struct evcp__effects *out)
{
    core->now = now;
    core->out = out;
    EVCP__TRY(dispatch(core, event));
    EVCP__TRY(timers(core));
    EVCP__TRY(settle(core));
    EVCP__TRY(evcp__calls_pump(core));
    return evcp__clock_keep_floor(&core->clock, core->env.store, now, out->durable);
}

uint64_t evcp__core_deadline(const struct evcp__core *core)
{
    uint64_t at = evcp__link_deadline(core);
    at = evcp__earlier(at, evcp__calls_deadline(core));
    at = evcp__earlier(at, evcp__outbox_deadline(core));
    at = evcp__earlier(at, evcp__meter_deadline(core));
    at = evcp__earlier(at, evcp__reset_deadline(core));
    for (uint16_t i = 0; i <= core->connectors; i++) {
        const struct evcp__connector *c = &core->connector[i];
        at = evcp__earlier(at, evcp__session_deadline(c));
        at = evcp__earlier(at, evcp__hardware_deadline(c));
        at = evcp__earlier(at, evcp__status_deadline(c));
    }
    return at;
}

/* ---- load -------------------------------------------------------------------------------- */

static void init_connector(struct evcp__core *core, uint16_t i)
{
    struct evcp__connector *c = &core->connector[i];
    c->number = i;
    c->supply = true;
    c->locked = core->env.config->hardware->lock != NULL; /* until it was told to open */
    c->contactor_closed = i > 0 && (core->env.contactor_closed >> (i - 1) & 1u) != 0;
    c->contactor_end = c->lock_end = c->meter_check = EVCP__NEVER;
    c->candidate_due = c->sample_next = c->energy_check = EVCP__NEVER;
    c->session.wait_end = c->session.ask_end = c->session.stop_ask_end = EVCP__NEVER;
}

static int make(const struct evcp__core_env *env, struct evcp__now now, struct evcp__effects *out,
                struct evcp__core **result)
{
    struct evcp__core *core = calloc(1, sizeof *core);
    if (core == NULL) {
        return EVCP_ENOMEM;
    }
    *result = core;
    core->env = *env;
    core->now = now;
    core->out = out;
    core->serial = env->serial;
    core->random = env->seed | 1u;
    core->connectors = env->config->connectors;
    core->connector = calloc((size_t)core->connectors + 1, sizeof *core->connector);
    core->note_max = ((size_t)core->connectors + 1) * EVCP__STATUS_NOTES_EACH;
    if (core->note_max > EVCP__STATUS_NOTES_MAX) {
        core->note_max = EVCP__STATUS_NOTES_MAX;
    }
    core->notes = calloc(core->note_max, sizeof *core->notes);
    if (core->connector == NULL || core->notes == NULL) {
        return EVCP_ENOMEM;
    }
    for (uint16_t i = 0; i <= core->connectors; i++) {
        init_connector(core, i);
    }
    return EVCP_OK;
}

static int load_numbers(struct evcp__core *core)
{
    int64_t id;
    int64_t accepted;
    int64_t next_tx;
    EVCP__TRY(evcp__meta_get(core, "store", &id, 0));
    if (id == 0) {
        id = (int64_t)evcp__draw(core, UINT32_MAX) + 1;
        EVCP__TRY(evcp__meta_put(core, "store", id));
    }
    EVCP__TRY(evcp__meta_get(core, "accepted", &accepted, 0));
    EVCP__TRY(evcp__meta_get(core, "tx", &next_tx, 1));
    core->store_id = (uint32_t)id;
    core->link.ever_accepted = accepted != 0;
    core->next_tx = (uint64_t)next_tx;
    return EVCP_OK;
}

static int tell_rebuilt(struct evcp__core *core, bool rebuilt, const char *text)
{
    return rebuilt ? evcp__notify(core, EVCP_EVENT_STORE, 0, text, NULL) : EVCP_OK;
}

static int load_settings(struct evcp__core *core, const char **why)
{
    unsigned damaged = 0;
    const char *bad = NULL;
    int rc =
        evcp__settings_load(&core->settings, core->env.store, core->env.config, &bad, &damaged);
    if (rc == EVCP_EINVAL) {
        *why = bad;
    }
    EVCP__TRY(rc);
    return tell_rebuilt(core, damaged > 0,
                        "a stored configuration key was damaged and has its default again");
}

static int load_lists(struct evcp__core *core)
{
    const struct evcp_config *config = core->env.config;
    uint32_t cache_max = config->cache_max == UINT32_MAX ? 0 : config->cache_max;
    bool rebuilt;
    EVCP__TRY(evcp__list_load(&core->list, core->env.store, config->local_list_max,
                              config->send_list_max, &rebuilt));
    EVCP__TRY(tell_rebuilt(core, rebuilt,
                           "the local list was damaged and is empty now; the central system "
                           "sends it again when it sees version 0"));
    EVCP__TRY(evcp__cache_load(&core->cache, core->env.store, cache_max, &rebuilt));
    return tell_rebuilt(core, rebuilt, "the authorization cache was damaged and is empty now");
}

static int load(struct evcp__core *core, const char **why)
{
    EVCP__TRY(evcp__clock_load(&core->clock, core->env.store, core->now, core->env.build_time_ms));
    EVCP__TRY(load_numbers(core));
    EVCP__TRY(load_settings(core, why));
    EVCP__TRY(load_lists(core));
    EVCP__TRY(evcp__outbox_load(core));
    EVCP__TRY(evcp__availability_load(core));
    EVCP__TRY(evcp__session_restore(core));
    core->link.allowed = true;
    core->link.retry = core->now.mono_ms;
    core->link.boot_next = core->link.heartbeat = core->link.clock_sync = EVCP__NEVER;
    evcp__meter_replan(core);
    evcp__durable(core); /* the boot number, before any message id is used */
    EVCP__TRY(evcp__effect_simple(core, EVCP__FX_NET_SETTINGS, 0, false));
    return settle(core);
}

int evcp__core_load(const struct evcp__core_env *env, struct evcp__now now,
                    struct evcp__effects *out, struct evcp__core **core, const char **why)
{
    *core = NULL;
    *why = NULL;
    int rc = make(env, now, out, core);
    if (rc == EVCP_OK) {
        rc = load(*core, why);
    }
    if (rc != EVCP_OK) {
        evcp__core_free(*core);
        *core = NULL;
    }
    return rc;
}

void evcp__core_free(struct evcp__core *core)
{
    if (core == NULL) {
        return;
    }
    for (uint16_t i = 0; core->connector != NULL && i <= core->connectors; i++) {
        free(core->connector[i].session.tx);
    }
    evcp__settings_free(core->settings);
    free(core->connector);
    free(core->notes);
    free(core);
}
