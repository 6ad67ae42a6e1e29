/* SPDX-License-Identifier: Apache-2.0 */
/* The world's hardware: contactors, locks, meters, cables; obedient, late, stuck or failing. */
#include "world_private.h"

#define LATE_MS 800

static int main_meter(const struct world *w, int64_t *wh)
{
    int64_t sum = 0;
    if (!w->options.main_meter || w->connector[0].meter_dead) {
        return w->options.main_meter ? EVCP_EHARDWARE : EVCP_ENOENT;
    }
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        sum += w->connector[i].milliwatthours;
    }
    *wh = sum / 1000;
    return EVCP_OK;
}

int world__energy(void *user, uint16_t connector, int64_t *wh)
{
    const struct world *w = user;
    const struct world_connector *c = &w->connector[connector];
    if (connector == 0) {
        return main_meter(w, wh);
    }
    if (c->meter_dead) {
        return EVCP_EHARDWARE;
    }
    *wh = c->meter_odd ? c->odd_wh : c->milliwatthours / 1000;
    return EVCP_OK;
}

int world__measure(void *user, uint16_t connector, struct evcp_sample *out, size_t capacity)
{
    const struct world *w = user;
    const struct world_connector *c = &w->connector[connector];
    int64_t power = c->contactor ? c->watts : 0;
    if (c->meter_dead || capacity < 9 || connector == 0) {
        return EVCP_EHARDWARE;
    }
    size_t n = 0;
    out[n++] = (struct evcp_sample){EVCP_ENERGY_ACTIVE_IMPORT_REGISTER, 0, 0, c->milliwatthours};
    for (uint8_t phase = EVCP_PHASE_L1; phase <= EVCP_PHASE_L3; phase++) {
        out[n++] = (struct evcp_sample){EVCP_VOLTAGE, phase, 0, 230100};
    }
    out[n++] = (struct evcp_sample){EVCP_CURRENT_IMPORT, EVCP_PHASE_L1, 0, power * 1000 / 230};
    out[n++] = (struct evcp_sample){EVCP_POWER_ACTIVE_IMPORT, 0, 0, power * 1000};
    out[n++] = (struct evcp_sample){EVCP_SOC, 0, EVCP_LOCATION_EV, 55500};
    out[n++] = (struct evcp_sample){EVCP_FREQUENCY, 0, 0, 49987};
    out[n++] = (struct evcp_sample){EVCP_TEMPERATURE, 0, EVCP_LOCATION_BODY, 31000};
    return (int)n;
}

void world__meter(struct world *w, uint64_t ms)
{
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        struct world_connector *c = &w->connector[i];
        if (c->contactor && c->plugged) {
            int64_t mwh = c->watts * (int64_t)ms / 3600;
            c->milliwatthours += mwh;
            c->delivered_mwh += mwh;
        }
    }
}

static int operate(struct world *w, enum world_device mode, bool *state, bool on, bool *target,
                   uint64_t *due)
{
    switch (mode) {
    case DEVICE_OK: *state = on; return EVCP_OK;
    case DEVICE_LATE:
        *target = on;
        *due = w->mono + LATE_MS;
        return EVCP_PENDING;
    case DEVICE_STUCK: return EVCP_PENDING;
    case DEVICE_FAILS: break;
    }
    return EVCP_EHARDWARE;
}

int world__act(struct world *w, const struct evcp__effect *fx)
{
    struct world_connector *c = &w->connector[fx->connector];
    world__log(w, "   %u %s %s", fx->connector, fx->kind == EVCP__FX_LOCK ? "lock" : "contactor",
               fx->on ? "close" : "open");
    return fx->kind == EVCP__FX_LOCK
               ? operate(w, c->lock_mode, &c->locked, fx->on, &c->lock_target, &c->lock_due)
               : operate(w, c->contactor_mode, &c->contactor, fx->on, &c->contactor_target,
                         &c->contactor_due);
}

static void report(struct world *w, const struct evcp_report *r)
{
    struct evcp__event e = {.kind = EVCP__EV_REPORT, .u.report = r};
    world__log_report(w, r);
    world__step(w, &e);
}

static void confirm(struct world *w, uint16_t i, enum evcp_report_kind kind, bool on)
{
    struct evcp_report r = {.kind = kind, .connector = i, .on = on};
    report(w, &r);
}

void world__devices(struct world *w)
{
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        struct world_connector *c = &w->connector[i];
        if (c->contactor_due <= w->mono) {
            c->contactor_due = UINT64_MAX;
            c->contactor = c->contactor_target;
            confirm(w, i, EVCP_REPORT_CONTACTOR, c->contactor);
        }
        if (c->lock_due <= w->mono) {
            c->lock_due = UINT64_MAX;
            c->locked = c->lock_target;
            confirm(w, i, EVCP_REPORT_LOCK, c->locked);
        }
    }
}

uint64_t world__devices_due(const struct world *w)
{
    uint64_t at = UINT64_MAX;
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        const struct world_connector *c = &w->connector[i];
        at = c->contactor_due < at ? c->contactor_due : at;
        at = c->lock_due < at ? c->lock_due : at;
    }
    return at;
}

/* ---- what happens at the pole ------------------------------------------------------------ */

static void happen(struct world *w, const struct evcp_report *r)
{
    report(w, r);
    world_settle(w);
}

void world_plug(struct world *w, uint16_t connector)
{
    struct evcp_report r = {.kind = EVCP_REPORT_PLUGGED, .connector = connector, .on = true};
    w->connector[connector].plugged = true;
    happen(w, &r);
}

void world_unplug(struct world *w, uint16_t connector)
{
    struct evcp_report r = {.kind = EVCP_REPORT_PLUGGED, .connector = connector};
    w->connector[connector].plugged = false;
    happen(w, &r);
}

void world_token(struct world *w, uint16_t connector, enum evcp_token_type type, const char *value)
{
    struct evcp_report r = {.kind = EVCP_REPORT_TOKEN, .connector = connector};
    r.token.type = type;
    snprintf(r.token.value, sizeof r.token.value, "%s", value);
    happen(w, &r);
}

void world_card(struct world *w, uint16_t connector, const char *tag)
{
    world_token(w, connector, EVCP_TOKEN_ISO14443, tag);
}

void world_ev(struct world *w, uint16_t connector, enum evcp_ev_state ev)
{
    struct evcp_report r = {.kind = EVCP_REPORT_EV, .connector = connector, .ev = ev};
    happen(w, &r);
}

void world_supply(struct world *w, uint16_t connector, bool on)
{
    struct evcp_report r = {.kind = EVCP_REPORT_SUPPLY, .connector = connector, .on = on};
    happen(w, &r);
}

void world_fault(struct world *w, uint16_t connector, enum evcp_error_code code, bool warning)
{
    struct evcp_report r = {.kind = EVCP_REPORT_FAULT, .connector = connector};
    r.fault.code = code;
    r.fault.warning = warning;
    happen(w, &r);
}

void world_clear(struct world *w, uint16_t connector)
{
    struct evcp_report r = {.kind = EVCP_REPORT_CLEAR, .connector = connector};
    happen(w, &r);
}

void world_stop(struct world *w, uint16_t connector, enum evcp_stop_reason reason)
{
    struct evcp_report r = {.kind = EVCP_REPORT_STOP, .connector = connector, .reason = reason};
    happen(w, &r);
}

void world_report(struct world *w, const struct evcp_report *r)
{
    happen(w, r);
}

void world_contactor(struct world *w, uint16_t connector, bool closed)
{
    w->connector[connector].contactor = closed;
    confirm(w, connector, EVCP_REPORT_CONTACTOR, closed);
    world_settle(w);
}

void world_lock(struct world *w, uint16_t connector, bool locked)
{
    w->connector[connector].locked = locked;
    confirm(w, connector, EVCP_REPORT_LOCK, locked);
    world_settle(w);
}
