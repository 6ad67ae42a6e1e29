/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that every module of the core uses, and the core as the public interface reads it.
 */
#include "core_private.h"

#include <string.h>

/* ---- numbers ----------------------------------------------------------------------------- */

struct evcp__connector *evcp__connector_at(struct evcp__core *core, uint32_t number)
{
    return number > core->connectors ? NULL : &core->connector[number];
}

int64_t evcp__utc(const struct evcp__core *core)
{
    return evcp__clock_utc(&core->clock, core->now);
}

int64_t evcp__judge(const struct evcp__core *core)
{
    return evcp__clock_judge(&core->clock, core->now);
}

uint64_t evcp__after_s(const struct evcp__core *core, int32_t seconds)
{
    return core->now.mono_ms + (seconds > 0 ? (uint64_t)seconds * 1000u : 0u);
}

bool evcp__due(const struct evcp__core *core, uint64_t at)
{
    return at != EVCP__NEVER && core->now.mono_ms >= at;
}

uint64_t evcp__earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* xorshift64*; the seed is the driver's. */
uint32_t evcp__draw(struct evcp__core *core, uint32_t below)
{
    core->random ^= core->random >> 12;
    core->random ^= core->random << 25;
    core->random ^= core->random >> 27;
    uint32_t r = (uint32_t)(core->random * UINT64_C(2685821657736338717) >> 32);
    return below == 0 ? 0 : r % below;
}

static void hex(uint32_t value, char out[8])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 8; i++) {
        out[i] = digits[value >> (28 - 4 * i) & 15u];
    }
}

/* Unique for the life of the identity: store, boot, serial. */
void evcp__message_id(struct evcp__core *core, char out[EVCP__MESSAGE_ID_MAX + 1])
{
    hex(core->store_id, out);
    out[8] = '-';
    hex(core->clock.boot, out + 9);
    out[17] = '-';
    hex(core->serial++, out + 18);
    out[26] = '\0';
}

int evcp__meta_get(struct evcp__core *core, const char *name, int64_t *value, int64_t absent)
{
    struct evcp__slice record;
    struct evcp__cursor r;
    *value = absent;
    int rc = evcp__get(core->env.store, EVCP__SPACE_META, (struct evcp__slice){name, strlen(name)},
                       &record);
    if (rc == EVCP_ENOENT) {
        return EVCP_OK;
    }
    EVCP__TRY(rc);
    if (evcp__read_begin(&r, record) != EVCP_OK) {
        return evcp__notify(core, EVCP_EVENT_STORE, 0, "a stored number was damaged; it is reset",
                            NULL);
    }
    int64_t stored = evcp__read_i64(&r);
    if (evcp__read_end(&r) == EVCP_OK) {
        *value = stored;
    }
    return EVCP_OK;
}

int evcp__meta_put(struct evcp__core *core, const char *name, int64_t value)
{
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__write_i64(&w, value);
    EVCP__TRY(evcp__write_seal(&w, &record));
    return evcp__put(core->env.store, EVCP__SPACE_META, (struct evcp__slice){name, strlen(name)},
                     record);
}

/* ---- reading, for the public interface --------------------------------------------------- */

int evcp__core_connector(const struct evcp__core *core, uint16_t connector,
                         struct evcp_connector_state *out)
{
    struct evcp__reported now;
    if (connector > core->connectors) {
        return EVCP_EINVAL;
    }
    const struct evcp__connector *c = &core->connector[connector];
    evcp__status_of_now(core, c, &now);
    memset(out, 0, sizeof *out);
    out->status = now.status;
    out->error_code = now.fault.code;
    out->plugged = c->plugged;
    out->contactor_closed = c->contactor_closed;
    out->transaction = c->session.tx != NULL;
    if (c->session.tx != NULL) {
        out->transaction_number = c->session.tx->number;
        out->meter_start_wh = c->session.tx->meter_start_wh;
        out->token = c->session.tx->token;
    }
    return EVCP_OK;
}

enum evcp_link_state evcp__core_link(const struct evcp__core *core)
{
    return core->link.state;
}

size_t evcp__core_outbox_count(const struct evcp__core *core)
{
    return core->outbox.count;
}

int64_t evcp__core_utc(const struct evcp__core *core, struct evcp__now now)
{
    return evcp__clock_utc(&core->clock, now);
}

int64_t evcp__core_judge_time(const struct evcp__core *core, struct evcp__now now)
{
    return evcp__clock_judge(&core->clock, now);
}

const struct evcp__settings *evcp__core_settings(const struct evcp__core *core)
{
    return core->settings;
}

uint32_t evcp__core_serial(const struct evcp__core *core)
{
    return core->serial;
}

bool evcp__core_in_flight(const struct evcp__core *core, const char *id, enum evcp__fact_kind *kind)
{
    const struct evcp__call *calls[] = {&core->call, &core->late};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i]->active && strcmp(calls[i]->id, id) == 0) {
            *kind = calls[i]->kind;
            return true;
        }
    }
    return false;
}
