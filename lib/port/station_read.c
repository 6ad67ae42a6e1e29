/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a station's state, its settings, and changing them.
 */
#include <stdlib.h>
#include <string.h>

#include "host_private.h"

int evcp_set_online(evcp_t *station, bool allowed)
{
    const struct evcp__input what = {.kind = EVCP__IN_ALLOW, .allow = allowed};
    int result = EVCP_EINVAL;

    if (station)
        result = evcp__inbox_put(&station->inbox, &what, NULL, 0);
    if (!result)
        evcp__loop_wake(station->host->loop);
    return result;
}

/* Without a core nothing can be accepted. */
static void read_without_core(const evcp_t *s, uint16_t connector, struct evcp_connector_state *out)
{
    const struct evcp__known *known = &s->known[connector];

    memset(out, 0, sizeof(*out));
    out->status = EVCP_STATUS_UNAVAILABLE;
    out->error_code = EVCP_ERROR_INTERNAL_ERROR;
    out->plugged = known->plugged;
    out->contactor_closed = known->contactor_closed;
}

int evcp_connector(const evcp_t *station, uint16_t connector, struct evcp_connector_state *out)
{
    if (!station || !out || connector > station->config->connectors)
        return EVCP_EINVAL;
    if (station->core)
        return evcp__core_connector(station->core, connector, out);
    read_without_core(station, connector, out);
    return EVCP_OK;
}

enum evcp_link_state evcp_link(const evcp_t *station)
{
    return station && station->core ? evcp__core_link(station->core) : EVCP_LINK_DOWN;
}

size_t evcp_outbox_count(const evcp_t *station)
{
    return station && station->core ? evcp__core_outbox_count(station->core) : 0;
}

int64_t evcp_utc_ms(const evcp_t *station)
{
    if (!station || !station->core)
        return 0;
    return evcp__core_utc(station->core, evcp__host_now(station->host));
}

static int copy_value(const struct evcp__reply *reply, char *out, size_t out_size)
{
    const char *value = reply->setting_count == 1 ? reply->settings[0].value : NULL;

    if (!value)
        return EVCP_ENOENT;
    if (strlen(value) >= out_size)
        return EVCP_EFULL;
    memcpy(out, value, strlen(value) + 1);
    return EVCP_OK;
}

int evcp_setting_get(const evcp_t *station, const char *key, char *out, size_t out_size)
{
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    int result = EVCP_OK;

    if (!station || !key || !out)
        return EVCP_EINVAL;
    if (!station->core)
        return EVCP_ESTORE;
    if (strlen(key) > EVCP__KEY_MAX)
        return EVCP_ENOENT;
    result = evcp__settings_get(evcp__core_settings(station->core), &key, 1, &reply);
    if (!result)
        result = copy_value(&reply, out, out_size);
    free(reply.settings);
    free(reply.values);
    free(reply.unknown);
    return result;
}

/* The step answers with a reply without an id; it is read here and sent to nobody. */
static int read_outcome(const struct evcp__effects *effects, size_t first)
{
    for (size_t i = first; i < effects->count; i++) {
        const struct evcp__reply *reply = effects->items[i].reply;

        if (effects->items[i].kind != EVCP__FX_REPLY || reply->id[0] ||
            reply->kind != EVCP__REQ_CHANGE_SETTING)
            continue;
        if (reply->outcome == EVCP__OUT_NOT_SUPPORTED)
            return EVCP_ENOENT;
        if (reply->outcome == EVCP__OUT_REJECTED)
            return EVCP_EINVAL;
        return EVCP_OK;
    }
    return EVCP_EINVAL;
}

int evcp_setting_set(evcp_t *station, const char *key, const char *value)
{
    const struct evcp__event event = {.kind = EVCP__EV_SETTING, .u.setting = {key, value}};
    size_t first = 0;
    int outcome = EVCP_OK;
    int result = EVCP_OK;

    if (!station || !key || !value)
        return EVCP_EINVAL;
    if (station->host->busy)
        return EVCP_ESTATE;
    if (!station->core || station->host->broken)
        return EVCP_ESTORE;
    first = station->effects.count; /* earlier ones wait for their turn */
    station->host->busy = true;     /* a step may read the meter */
    result = evcp__station_step(station, &event);
    station->host->busy = false;
    if (result) {
        evcp__host_recover(station->host, result);
        return result == EVCP_ENOMEM ? EVCP_ENOMEM : EVCP_ESTORE;
    }
    outcome = read_outcome(&station->effects, first);
    evcp__loop_wake(station->host->loop);
    return evcp__host_commit(station->host) ? EVCP_ESTORE : outcome;
}
