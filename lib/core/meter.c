/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metering: when samples are taken (OCPP 1.6 3.16: periodic from the transaction's begin, clock-
 * aligned from midnight UTC) and where they go. What is in a sample is in sample.c.
 */
#include "core_private.h"

#include <string.h>

#define DAY_MS 86400000
/* No meter shows more, and thousandths of it still fit. */

static int64_t interval_ms(const struct evcp__core *core, enum evcp__key key)
{
    return (int64_t)evcp__setting_int(core->settings, key) * 1000;
}

int evcp__meter_energy(struct evcp__core *core, const struct evcp__connector *c, int64_t *wh)
{
    int64_t value = 0;
    if (core->env.energy(core->env.user, c->number, &value) < 0 || value < 0 ||
        value > EVCP__ENERGY_MOST_WH) {
        return EVCP_EHARDWARE;
    }
    *wh = value;
    return EVCP_OK;
}

/* ---- where samples go -------------------------------------------------------------------- */

static int queue_entry(struct evcp__core *core, const struct evcp__connector *c,
                       struct evcp__entry *e)
{
    if (e->groups == 0) {
        return EVCP_OK;
    }
    e->tx = c->session.tx != NULL ? c->session.tx->number : 0;
    if (evcp__outbox_room_for_values(core)) {
        return evcp__outbox_put(core, e);
    }
    if (core->outbox.overflow) {
        return EVCP_OK;
    }
    core->outbox.overflow = true;
    return evcp__notify(core, EVCP_EVENT_STORE, c->number,
                        "the queue is full: meter values are left out until the central system "
                        "takes messages; starts and ends of transactions still fit",
                        NULL);
}

static int queue_values(struct evcp__core *core, struct evcp__connector *c, enum evcp__key key,
                        enum evcp__context context, struct evcp__stamp stamp)
{
    struct evcp__entry e = {.kind = EVCP__FACT_UPDATED, .connector = c->number};
    EVCP__TRY(evcp__sample_groups(core, c, key, context, stamp, e.group, &e.groups));
    return queue_entry(core, c, &e);
}

static int keep_last(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__tx *tx = c->session.tx;
    int64_t wh;
    if (evcp__meter_energy(core, c, &wh) != EVCP_OK) {
        EVCP__TRY(evcp__hardware_meter_failed(core, c, true));
    } else if (wh >= tx->last_wh) {
        tx->last_wh = wh;
        tx->last = evcp__clock_stamp(&core->clock, core->now);
    }
    return evcp__tx_put(core, tx);
}

static int sample_periodic(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__stamp stamp = evcp__clock_stamp(&core->clock, core->now);
    EVCP__TRY(
        queue_values(core, c, EVCP__KEY_METER_VALUES_SAMPLED_DATA, EVCP__CONTEXT_PERIODIC, stamp));
    EVCP__TRY(
        evcp__tx_data_add(core, c, EVCP__KEY_STOP_TXN_SAMPLED_DATA, EVCP__CONTEXT_PERIODIC, stamp));
    evcp__sample_base(core, c, EVCP__CONTEXT_PERIODIC, stamp);
    return keep_last(core, c);
}

static int sample_clock(struct evcp__core *core, struct evcp__connector *c, int64_t utc_ms)
{
    struct evcp__stamp stamp = evcp__clock_stamp(&core->clock, core->now);
    int64_t late = evcp__utc(core) - utc_ms;
    stamp.mono_ms -= late > 0 ? (uint64_t)late : 0; /* the instant of the grid */
    stamp.utc_ms = utc_ms;
    EVCP__TRY(
        queue_values(core, c, EVCP__KEY_METER_VALUES_ALIGNED_DATA, EVCP__CONTEXT_CLOCK, stamp));
    if (c->session.tx != NULL) {
        EVCP__TRY(evcp__tx_data_add(core, c, EVCP__KEY_STOP_TXN_ALIGNED_DATA, EVCP__CONTEXT_CLOCK,
                                    stamp));
        EVCP__TRY(keep_last(core, c));
    }
    evcp__sample_base(core, c, EVCP__CONTEXT_CLOCK, stamp);
    return EVCP_OK;
}

/* ---- begin and end ----------------------------------------------------------------------- */

static void plan_periodic(struct evcp__core *core, struct evcp__connector *c)
{
    int64_t interval = interval_ms(core, EVCP__KEY_METER_VALUE_SAMPLE_INTERVAL);
    if (c->session.tx == NULL || interval <= 0) {
        c->sample_next = EVCP__NEVER;
        return;
    }
    uint64_t step = (uint64_t)interval;
    uint64_t passed = core->now.mono_ms - c->sample_origin;
    c->sample_next = c->sample_origin + (passed / step + 1) * step;
}

/* The instants go on as before the cut (3.16.1); an origin before power-on wraps around. */
static int find_origin(struct evcp__core *core, const struct evcp__tx *tx, uint64_t *origin)
{
    int64_t start;
    int64_t utc = evcp__utc(core);
    *origin = core->now.mono_ms;
    EVCP__TRY(evcp__clock_resolve(&core->clock, core->env.store, &tx->start, &start));
    if (tx->start.boot == core->clock.boot) {
        *origin = tx->start.mono_ms;
    } else if (start > 0 && utc > start) {
        *origin -= (uint64_t)(utc - start);
    }
    return EVCP_OK;
}

int evcp__meter_resume(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__stamp stamp = evcp__clock_stamp(&core->clock, core->now);
    EVCP__TRY(find_origin(core, c->session.tx, &c->sample_origin));
    evcp__sample_base(core, c, EVCP__CONTEXT_PERIODIC, stamp);
    evcp__sample_base(core, c, EVCP__CONTEXT_CLOCK, stamp);
    plan_periodic(core, c);
    return keep_last(core, c);
}

int evcp__meter_begin(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__stamp stamp = c->session.tx->start;
    c->sample_origin = core->now.mono_ms;
    evcp__sample_base(core, c, EVCP__CONTEXT_PERIODIC, stamp);
    evcp__sample_base(core, c, EVCP__CONTEXT_CLOCK, stamp);
    plan_periodic(core, c);
    return evcp__tx_data_edge(core, c, EVCP__CONTEXT_BEGIN, stamp);
}

/* The clock-aligned interval ends with the transaction; what follows is nobody's (9.1.5). */
static int end_interval(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__entry e = {.kind = EVCP__FACT_UPDATED, .connector = c->number};
    if (core->aligned_next_utc == 0) {
        return EVCP_OK;
    }
    EVCP__TRY(evcp__sample_interval(core, c, EVCP__KEY_METER_VALUES_ALIGNED_DATA, &e.group[0]));
    e.groups = e.group[0].count > 0 ? 1 : 0;
    EVCP__TRY(queue_entry(core, c, &e));
    EVCP__TRY(evcp__tx_data_interval(core, c, EVCP__KEY_STOP_TXN_ALIGNED_DATA));
    evcp__sample_base(core, c, EVCP__CONTEXT_CLOCK, c->session.tx->end);
    return EVCP_OK;
}

int evcp__meter_end(struct evcp__core *core, struct evcp__connector *c)
{
    c->sample_next = EVCP__NEVER;
    EVCP__TRY(end_interval(core, c));
    return evcp__tx_data_edge(core, c, EVCP__CONTEXT_END, c->session.tx->end);
}

/* ---- time -------------------------------------------------------------------------------- */

/* Evenly spaced from 00:00:00 UTC; a step that does not divide the day begins anew at midnight. */
static int64_t next_aligned(int64_t utc_ms, int64_t step_ms)
{
    int64_t day = utc_ms - utc_ms % DAY_MS;
    int64_t next = day + ((utc_ms - day) / step_ms + 1) * step_ms;
    return next > day + DAY_MS ? day + DAY_MS : next;
}

static void plan_aligned(struct evcp__core *core)
{
    int64_t step = interval_ms(core, EVCP__KEY_CLOCK_ALIGNED_DATA_INTERVAL);
    int64_t utc = evcp__utc(core);
    core->aligned_next_utc = step <= 0 || utc <= 0 ? 0 : next_aligned(utc, step);
}

void evcp__meter_replan(struct evcp__core *core)
{
    plan_aligned(core);
    for (uint16_t i = 1; i <= core->connectors; i++) {
        plan_periodic(core, &core->connector[i]);
    }
}

/* The time may become known at any moment, also by the system's own clock. */
static bool is_unplanned(const struct evcp__core *core)
{
    return core->aligned_next_utc == 0 && evcp__utc(core) > 0 &&
           interval_ms(core, EVCP__KEY_CLOCK_ALIGNED_DATA_INTERVAL) > 0;
}

static int aligned_timer(struct evcp__core *core)
{
    if (is_unplanned(core)) {
        plan_aligned(core);
    }
    int64_t due = core->aligned_next_utc;
    if (due == 0 || evcp__utc(core) < due) {
        return EVCP_OK;
    }
    plan_aligned(core);
    for (uint16_t i = 0; i <= core->connectors; i++) {
        EVCP__TRY(sample_clock(core, &core->connector[i], due));
    }
    return EVCP_OK;
}

int evcp__meter_timer(struct evcp__core *core)
{
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__connector *c = &core->connector[i];
        if (!evcp__due(core, c->sample_next)) {
            continue;
        }
        plan_periodic(core, c);
        if (c->session.tx != NULL) {
            EVCP__TRY(sample_periodic(core, c));
        }
    }
    return aligned_timer(core);
}

uint64_t evcp__meter_deadline(const struct evcp__core *core)
{
    uint64_t at = EVCP__NEVER;
    for (uint16_t i = 1; i <= core->connectors; i++) {
        at = evcp__earlier(at, core->connector[i].sample_next);
        at = evcp__earlier(at, core->connector[i].energy_check);
    }
    if (is_unplanned(core)) {
        return core->now.mono_ms;
    }
    if (core->aligned_next_utc != 0) {
        int64_t wait = core->aligned_next_utc - evcp__utc(core);
        at = evcp__earlier(at, core->now.mono_ms + (wait > 0 ? (uint64_t)wait : 0));
    }
    return at;
}
