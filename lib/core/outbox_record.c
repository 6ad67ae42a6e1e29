/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a queued message: which fact, of which transaction, and its readings if it has any. */
#include "core_private.h"

#include <string.h>

void evcp__stamp_write(struct evcp__writer *w, const struct evcp__stamp *s)
{
    evcp__write_u32(w, s->boot);
    evcp__write_u64(w, s->mono_ms);
    evcp__write_i64(w, s->utc_ms);
}

struct evcp__stamp evcp__stamp_read(struct evcp__cursor *r)
{
    struct evcp__stamp s;
    s.boot = evcp__read_u32(r);
    s.mono_ms = evcp__read_u64(r);
    s.utc_ms = evcp__read_i64(r);
    return s;
}

void evcp__group_write(struct evcp__writer *w, const struct evcp__value_group *g)
{
    evcp__stamp_write(w, &g->stamp);
    evcp__write_u8(w, (uint8_t)g->context);
    evcp__write_u16(w, (uint16_t)g->count);
    for (size_t i = 0; i < g->count; i++) {
        evcp__write_u8(w, g->samples[i].measurand);
        evcp__write_u8(w, g->samples[i].phase);
        evcp__write_u8(w, g->samples[i].location);
        evcp__write_i64(w, g->samples[i].milli);
    }
}

static bool sample_read(struct evcp__cursor *r, struct evcp_sample *s)
{
    s->measurand = evcp__read_u8(r);
    s->phase = evcp__read_u8(r);
    s->location = evcp__read_u8(r);
    s->milli = evcp__read_i64(r);
    return s->measurand < EVCP_MEASURANDS && s->phase <= EVCP_PHASE_L3_L1 &&
           s->location <= EVCP_LOCATION_EV;
}

void evcp__group_read(struct evcp__cursor *r, struct evcp__value_group *g)
{
    g->stamp = evcp__stamp_read(r);
    uint8_t context = evcp__read_u8(r);
    uint16_t count = evcp__read_u16(r);
    g->count = 0;
    if (context > EVCP__CONTEXT_OTHER || count > EVCP__SAMPLES_MAX) {
        r->failed = true;
        return;
    }
    g->context = (enum evcp__context)context;
    for (g->count = 0; g->count < count; g->count++) {
        if (!sample_read(r, &g->samples[g->count])) {
            r->failed = true;
            return;
        }
    }
}

int evcp__entry_encode(const struct evcp__entry *e, struct evcp__writer *w,
                       struct evcp__slice *record)
{
    evcp__write_begin(w);
    evcp__write_u8(w, (uint8_t)e->kind);
    evcp__write_text(w, e->id);
    evcp__write_u64(w, e->tx);
    evcp__write_u16(w, e->connector);
    evcp__write_u8(w, (uint8_t)e->groups);
    for (size_t i = 0; i < e->groups; i++) {
        evcp__group_write(w, &e->group[i]);
    }
    return evcp__write_seal(w, record);
}

static bool queueable(uint8_t kind)
{
    return kind == EVCP__FACT_STARTED || kind == EVCP__FACT_UPDATED || kind == EVCP__FACT_ENDED;
}

int evcp__entry_decode(struct evcp__slice record, struct evcp__entry *e)
{
    struct evcp__cursor r;
    EVCP__TRY(evcp__read_begin(&r, record));
    uint8_t kind = evcp__read_u8(&r);
    evcp__read_text(&r, e->id, sizeof e->id);
    e->tx = evcp__read_u64(&r);
    e->connector = evcp__read_u16(&r);
    e->groups = evcp__read_u8(&r);
    if (r.failed || !queueable(kind) || e->groups > sizeof e->group / sizeof e->group[0]) {
        return EVCP_ECORRUPT;
    }
    e->kind = (enum evcp__fact_kind)kind;
    bool updated = e->kind == EVCP__FACT_UPDATED;
    bool empty = updated ? e->groups == 0 : e->tx == 0;
    for (size_t i = 0; i < e->groups; i++) {
        evcp__group_read(&r, &e->group[i]);
        empty = empty || e->group[i].count == 0; /* nobody stores that: OCPP 1.6 7.33 is 1..* */
    }
    return empty ? EVCP_ECORRUPT : evcp__read_end(&r);
}
