/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a sample: the meter's readings, filtered by the configured measurands, and interval
 * energies derived from the registers (OCPP 1.6 3.16, 7.31, 9.1.5).
 */
#include "core_private.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MOST INT64_C(1000000000000000000) /* what is beyond is no reading */
#define REGISTERS  4 /* the four energy registers lead enum evcp_measurand; intervals follow */

struct readings {
    struct evcp_sample all[EVCP__SAMPLES_MAX];
    size_t count;
};

static bool is_interval(uint8_t measurand)
{
    return measurand >= EVCP_ENERGY_ACTIVE_IMPORT_INTERVAL &&
           measurand <= EVCP_ENERGY_REACTIVE_EXPORT_INTERVAL;
}

static bool has(const struct readings *r, uint8_t measurand)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->all[i].measurand == measurand && r->all[i].phase == EVCP_PHASE_NONE) {
            return true;
        }
    }
    return false;
}

static bool valid(const struct evcp_sample *s)
{
    return s->measurand < EVCP_MEASURANDS && s->phase <= EVCP_PHASE_L3_L1 &&
           s->location <= EVCP_LOCATION_EV && s->milli >= -VALUE_MOST && s->milli <= VALUE_MOST;
}

static void keep_valid(struct readings *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (valid(&r->all[i])) {
            r->all[kept++] = r->all[i];
        }
    }
    r->count = kept;
}

/* A register that goes back is not believed (7.31): it stays where it was. */
static void never_back(const struct evcp__connector *c, struct readings *r)
{
    for (size_t i = 0; i < r->count && c->session.tx != NULL; i++) {
        struct evcp_sample *s = &r->all[i];
        int64_t least = c->session.tx->last_wh * 1000;
        if (s->measurand == EVCP_ENERGY_ACTIVE_IMPORT_REGISTER && s->phase == EVCP_PHASE_NONE &&
            s->milli < least) {
            s->milli = least;
        }
    }
}

static void read_all(struct evcp__core *core, const struct evcp__connector *c, struct readings *r)
{
    int64_t wh;
    r->count = 0;
    if (core->env.measure != NULL) {
        int n = core->env.measure(core->env.user, c->number, r->all, EVCP__SAMPLES_MAX - 1);
        r->count = n <= 0 ? 0 : n < EVCP__SAMPLES_MAX ? (size_t)n : EVCP__SAMPLES_MAX - 1;
        keep_valid(r);
    }
    if (!has(r, EVCP_ENERGY_ACTIVE_IMPORT_REGISTER) &&
        evcp__meter_energy(core, c, &wh) == EVCP_OK) {
        r->all[r->count++] = (struct evcp_sample){.measurand = EVCP_ENERGY_ACTIVE_IMPORT_REGISTER,
                                                  .milli = wh * 1000};
    }
    never_back(c, r);
}

static bool wanted(const struct evcp_sample *s, const struct evcp__measurand_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i].measurand == s->measurand &&
            (items[i].phase == EVCP_PHASE_NONE || items[i].phase == s->phase)) {
            return true;
        }
    }
    return false;
}

static void filter(const struct readings *r, const struct evcp__measurand_item *items, size_t n,
                   struct evcp__value_group *g)
{
    for (size_t i = 0; i < r->count && g->count < EVCP__SAMPLES_MAX; i++) {
        if (wanted(&r->all[i], items, n) && !is_interval(r->all[i].measurand)) {
            g->samples[g->count++] = r->all[i];
        }
    }
}

/* ---- interval energies ------------------------------------------------------------------- */

static int64_t *bases(struct evcp__connector *c, enum evcp__context context, uint8_t **known)
{
    bool clock = context == EVCP__CONTEXT_CLOCK;
    *known = clock ? &c->clock_base_known : &c->sample_base_known;
    return clock ? c->clock_base : c->sample_base;
}

void evcp__sample_base(struct evcp__core *core, struct evcp__connector *c,
                       enum evcp__context context, struct evcp__stamp stamp)
{
    struct readings r;
    uint8_t *known;
    int64_t *base = bases(c, context, &known);
    read_all(core, c, &r);
    *known = 0;
    for (size_t i = 0; i < r.count; i++) {
        uint8_t m = r.all[i].measurand;
        if (m < REGISTERS && r.all[i].phase == EVCP_PHASE_NONE) {
            base[m] = r.all[i].milli;
            *known |= (uint8_t)(1u << m);
        }
    }
    if (context == EVCP__CONTEXT_CLOCK) {
        c->clock_base_stamp = stamp;
    }
}

static void intervals(struct evcp__connector *c, enum evcp__context context,
                      const struct readings *r, const struct evcp__measurand_item *items, size_t n,
                      struct evcp__value_group *g)
{
    uint8_t *known;
    const int64_t *base = bases(c, context, &known);
    for (size_t i = 0; i < r->count && g->count < EVCP__SAMPLES_MAX; i++) {
        struct evcp_sample s = r->all[i];
        if (s.measurand >= REGISTERS || s.phase != EVCP_PHASE_NONE ||
            (*known & (1u << s.measurand)) == 0) {
            continue;
        }
        s.milli -= base[s.measurand];
        s.measurand = (uint8_t)(s.measurand + EVCP_ENERGY_ACTIVE_IMPORT_INTERVAL);
        if (s.milli >= 0 && wanted(&s, items, n)) {
            g->samples[g->count++] = s;
        }
    }
}

/* What was accumulated over the running clock-aligned interval, of the measurands of `key`. */
int evcp__sample_interval(struct evcp__core *core, struct evcp__connector *c, enum evcp__key key,
                          struct evcp__value_group *g)
{
    const struct evcp__measurand_item *items;
    size_t n = evcp__setting_measurands(core->settings, key, &items);
    struct readings r;
    g->count = 0;
    g->stamp = c->clock_base_stamp; /* errata 3.76: it bears its begin */
    g->context = EVCP__CONTEXT_CLOCK;
    if (n > 0) {
        read_all(core, c, &r);
        intervals(c, EVCP__CONTEXT_CLOCK, &r, items, n, g);
    }
    return EVCP_OK;
}

static void add_group(struct evcp__value_group *groups, size_t *count)
{
    if (groups[*count].count > 0) {
        ++*count;
    }
}

int evcp__sample_groups(struct evcp__core *core, struct evcp__connector *c, enum evcp__key key,
                        enum evcp__context context, struct evcp__stamp stamp,
                        struct evcp__value_group groups[2], size_t *count)
{
    const struct evcp__measurand_item *items;
    size_t n = evcp__setting_measurands(core->settings, key, &items);
    struct readings r;
    *count = 0;
    if (n == 0) {
        return EVCP_OK;
    }
    read_all(core, c, &r);
    groups[0].count = 0;
    groups[0].stamp = stamp;
    groups[0].context = context;
    filter(&r, items, n, &groups[0]);
    add_group(groups, count);
    struct evcp__value_group *g = &groups[*count];
    g->count = 0;
    /* errata 3.76: what was accumulated over a clock-aligned interval bears its begin */
    g->stamp = context == EVCP__CONTEXT_CLOCK ? c->clock_base_stamp : stamp;
    g->context = context;
    intervals(c, context, &r, items, n, g);
    add_group(groups, count);
    return EVCP_OK;
}

static bool wanted_by(const struct evcp__core *core, enum evcp__key key,
                      const struct evcp_sample *s)
{
    const struct evcp__measurand_item *items;
    size_t n = evcp__setting_measurands(core->settings, key, &items);
    return wanted(s, items, n);
}

static bool wanted_at_edge(const struct evcp__core *core, const struct evcp_sample *s)
{
    return !is_interval(s->measurand) && (wanted_by(core, EVCP__KEY_STOP_TXN_SAMPLED_DATA, s) ||
                                          wanted_by(core, EVCP__KEY_STOP_TXN_ALIGNED_DATA, s));
}

/* Transaction.Begin and .End: every measurand of either StopTxn list, once (errata 3.14). */
void evcp__sample_edge(struct evcp__core *core, const struct evcp__connector *c,
                       struct evcp__value_group *g)
{
    struct readings r;
    g->count = 0;
    read_all(core, c, &r);
    for (size_t i = 0; i < r.count; i++) {
        if (wanted_at_edge(core, &r.all[i])) {
            g->samples[g->count++] = r.all[i];
        }
    }
}

/* The energy of the transaction itself, also where the meter cannot be read any more. */
void evcp__sample_energy(const struct evcp__core *core, int64_t wh, struct evcp__value_group *g)
{
    struct evcp_sample s = {.measurand = EVCP_ENERGY_ACTIVE_IMPORT_REGISTER, .milli = wh * 1000};
    bool there = false;
    for (size_t i = 0; i < g->count; i++) {
        there = there ||
                (g->samples[i].measurand == s.measurand && g->samples[i].phase == EVCP_PHASE_NONE);
    }
    if (!there && g->count < EVCP__SAMPLES_MAX && wanted_at_edge(core, &s)) {
        g->samples[g->count++] = s;
    }
}

/* ---- into a fact ------------------------------------------------------------------------- */

static int copy_group(struct evcp__core *core, const struct evcp__value_group *g,
                      struct evcp__meter_value *out)
{
    struct evcp_sample *samples = malloc(g->count * sizeof *samples);
    if (samples == NULL) {
        return EVCP_ENOMEM;
    }
    memcpy(samples, g->samples, g->count * sizeof *samples);
    out->samples = samples;
    out->count = g->count;
    out->context = g->context;
    return evcp__clock_resolve(&core->clock, core->env.store, &g->stamp, &out->utc_ms);
}

int evcp__meter_values(struct evcp__core *core, const struct evcp__value_group *groups,
                       size_t count, struct evcp__fact *fact)
{
    struct evcp__meter_value *grown =
        realloc((void *)(uintptr_t)fact->values, (fact->value_count + count + 1) * sizeof *grown);
    if (grown == NULL) {
        return EVCP_ENOMEM;
    }
    fact->values = grown;
    for (size_t i = 0; i < count; i++) {
        struct evcp__meter_value *v = &grown[fact->value_count];
        memset(v, 0, sizeof *v);
        fact->value_count++;
        EVCP__TRY(copy_group(core, &groups[i], v));
    }
    return EVCP_OK;
}

int evcp__meter_triggered(struct evcp__core *core, struct evcp__connector *c,
                          struct evcp__fact **fact)
{
    struct evcp__value_group groups[2];
    struct evcp__stamp stamp = evcp__clock_stamp(&core->clock, core->now);
    size_t count;
    *fact = NULL;
    EVCP__TRY(evcp__sample_groups(core, c, EVCP__KEY_METER_VALUES_SAMPLED_DATA,
                                  EVCP__CONTEXT_TRIGGER, stamp, groups, &count));
    if (count == 0) {
        return EVCP_OK;
    }
    struct evcp__fact *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return EVCP_ENOMEM;
    }
    const struct evcp__tx *tx = c->session.tx;
    f->kind = EVCP__FACT_UPDATED;
    f->connector = c->number;
    f->in_transaction = tx != NULL && tx->has_id;
    f->transaction_id = tx != NULL && tx->has_id ? tx->id : -1;
    int rc = evcp__meter_values(core, groups, count, f);
    if (rc != EVCP_OK) {
        evcp__fact_free(f);
        return rc;
    }
    *fact = f;
    return EVCP_OK;
}
