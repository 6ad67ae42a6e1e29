/* SPDX-License-Identifier: Apache-2.0 */
/* What the central system asks for (OCPP 1.6 section 5), one function per request. */
#include "core_private.h"
#include "token.h"

#include <stdlib.h>
#include <string.h>

static int reply(struct evcp__core *core, const struct evcp__request *r, enum evcp__outcome o)
{
    return evcp__reply(core, r, o, NULL);
}

/* ---- lists and cache --------------------------------------------------------------------- */

static bool list_enabled(const struct evcp__core *core)
{
    return evcp__setting_bool(core->settings, EVCP__KEY_LOCAL_AUTH_LIST_ENABLED);
}

static int send_list(struct evcp__core *core, const struct evcp__request *r)
{
    enum evcp__outcome outcome;
    if (!list_enabled(core)) {
        return reply(core, r, EVCP__OUT_NOT_SUPPORTED);
    }
    EVCP__TRY(evcp__list_apply(&core->list, r, &outcome));
    if (outcome == EVCP__OUT_ACCEPTED) {
        evcp__durable(core); /* promise 2 */
    }
    return reply(core, r, outcome);
}

static int list_version(struct evcp__core *core, const struct evcp__request *r)
{
    struct evcp__reply *out;
    EVCP__TRY(evcp__reply(core, r, EVCP__OUT_ACCEPTED, &out));
    out->list_version = list_enabled(core) ? evcp__list_version(&core->list) : -1;
    return EVCP_OK;
}

static int clear_cache(struct evcp__core *core, const struct evcp__request *r)
{
    if (core->cache.max == 0 ||
        !evcp__setting_bool(core->settings, EVCP__KEY_AUTHORIZATION_CACHE_ENABLED)) {
        return reply(core, r, EVCP__OUT_REJECTED);
    }
    EVCP__TRY(evcp__cache_clear(&core->cache));
    evcp__durable(core);
    return reply(core, r, EVCP__OUT_ACCEPTED);
}

/* ---- settings ---------------------------------------------------------------------------- */

static int apply_network(struct evcp__core *core, bool reconnect)
{
    EVCP__TRY(evcp__effect_simple(core, EVCP__FX_NET_SETTINGS, 0, false));
    return reconnect && core->link.state != EVCP_LINK_DOWN
               ? evcp__effect_simple(core, EVCP__FX_DISCONNECT, 0, false)
               : EVCP_OK;
}

/* Only keys that somebody has to be told of; the others are read when they are needed. */
static int take_effect(struct evcp__core *core, enum evcp__key key)
{
    if (key == EVCP__KEY_WEB_SOCKET_PING_INTERVAL) {
        return apply_network(core, false);
    }
    if (key == EVCP__KEY_AUTHORIZATION_KEY) {
        return apply_network(core, true); /* Accepted, close, come back with the new key */
    }
    if (key == EVCP__KEY_HEARTBEAT_INTERVAL) {
        evcp__link_active(core);
    }
    if (key == EVCP__KEY_METER_VALUE_SAMPLE_INTERVAL ||
        key == EVCP__KEY_CLOCK_ALIGNED_DATA_INTERVAL) {
        evcp__meter_replan(core);
    }
    return EVCP_OK;
}

static int tell_setting(struct evcp__core *core, enum evcp__key key)
{
    char text[EVCP__KEY_MAX + EVCP__VALUE_MAX + 2];
    const char *name = evcp__setting_name(key);
    const char *value =
        key == EVCP__KEY_AUTHORIZATION_KEY ? "***" : evcp__setting_text(core->settings, key);
    size_t n = strlen(name);
    size_t v = strlen(value);
    if (n > EVCP__KEY_MAX || v > EVCP__VALUE_MAX) {
        return EVCP_OK;
    }
    memcpy(text, name, n);
    text[n] = '=';
    memcpy(text + n + 1, value, v + 1);
    return evcp__notify(core, EVCP_EVENT_SETTING, 0, text, NULL);
}

static int change_setting(struct evcp__core *core, const struct evcp__request *r)
{
    enum evcp__outcome outcome;
    enum evcp__key key = EVCP__KEYS;
    EVCP__TRY(evcp__settings_change(core->settings, r->key, r->value, &outcome, &key));
    EVCP__TRY(reply(core, r, outcome));
    if (outcome != EVCP__OUT_ACCEPTED || key == EVCP__KEYS) {
        return EVCP_OK;
    }
    evcp__durable(core); /* promise 2 */
    EVCP__TRY(tell_setting(core, key));
    return take_effect(core, key);
}

int evcp__setting_event(struct evcp__core *core, const struct evcp_setting *s)
{
    struct evcp__request r = {.kind = EVCP__REQ_CHANGE_SETTING, .key = s->key, .value = s->value};
    return change_setting(core, &r);
}

static int get_settings(struct evcp__core *core, const struct evcp__request *r)
{
    struct evcp__reply *out;
    EVCP__TRY(evcp__reply(core, r, EVCP__OUT_ACCEPTED, &out));
    return evcp__settings_get(core->settings, r->keys, r->key_count, out);
}

/* ---- remote start and stop --------------------------------------------------------------- */

static bool registered(const struct evcp__core *core)
{
    return evcp__online(core); /* 4.2: not while Pending */
}

/* Without connectorId: the one that is plugged and idle, else the only one (notes, section 10). */
static struct evcp__connector *pick(struct evcp__core *core)
{
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__connector *c = &core->connector[i];
        if (c->plugged && c->session.state == EVCP__SESSION_IDLE && evcp__may_start(core, c)) {
            return c;
        }
    }
    return core->connectors == 1 ? &core->connector[1] : NULL;
}

static struct evcp__connector *target(struct evcp__core *core, const struct evcp__request *r)
{
    if (!r->has_connector) {
        return pick(core);
    }
    return r->connector < 1 || r->connector > core->connectors ? NULL
                                                               : &core->connector[r->connector];
}

static int remote_start(struct evcp__core *core, const struct evcp__request *r)
{
    struct evcp__connector *c = target(core, r);
    bool accepted = false;
    if (c != NULL && registered(core)) {
        EVCP__TRY(evcp__identify_remote(core, c, &r->token, &accepted));
    }
    return reply(core, r, accepted ? EVCP__OUT_ACCEPTED : EVCP__OUT_REJECTED);
}

static int remote_stop(struct evcp__core *core, const struct evcp__request *r)
{
    struct evcp__connector *c = registered(core) ? evcp__tx_running(core, r->number) : NULL;
    if (c == NULL) {
        return reply(core, r, EVCP__OUT_REJECTED);
    }
    evcp__want_stop(c, EVCP_STOP_REMOTE, NULL);
    return reply(core, r, EVCP__OUT_ACCEPTED);
}

/* ---- unlock ------------------------------------------------------------------------------ */

static int unlock(struct evcp__core *core, const struct evcp__request *r)
{
    if (r->connector < 1 || r->connector > core->connectors || !evcp__has_lock(core)) {
        return reply(core, r, EVCP__OUT_NOT_SUPPORTED);
    }
    struct evcp__connector *c = &core->connector[r->connector];
    if (c->unlock_request) {
        return reply(core, r, EVCP__OUT_UNLOCK_FAILED); /* the earlier one is still under way */
    }
    c->unlock_request = true;
    c->keep_locked = false;
    memcpy(c->unlock_id, r->id, sizeof c->unlock_id);
    if (c->session.tx != NULL) {
        evcp__want_stop(c, EVCP_STOP_UNLOCK_COMMAND, NULL);
        return EVCP_OK;
    }
    bool starts = c->session.state == EVCP__SESSION_LOCKING ||
                  (c->session.state == EVCP__SESSION_AUTHORIZING && c->plugged);
    return starts ? evcp__session_input(core, c, EVCP__IN_CANCEL) : EVCP_OK;
}

/* ---- trigger ----------------------------------------------------------------------------- */

static int trigger_status(struct evcp__core *core, const struct evcp__request *r)
{
    uint16_t first = r->has_connector ? (uint16_t)r->connector : 0;
    uint16_t last = r->has_connector ? (uint16_t)r->connector : core->connectors;
    EVCP__TRY(reply(core, r, EVCP__OUT_ACCEPTED));
    for (uint16_t i = first; i <= last; i++) {
        EVCP__TRY(evcp__status_queue(core, i, &core->connector[i].current));
    }
    return EVCP_OK;
}

static int can_measure(struct evcp__core *core, struct evcp__connector *c, bool *can)
{
    struct evcp__fact *fact;
    EVCP__TRY(evcp__meter_triggered(core, c, &fact));
    *can = fact != NULL;
    evcp__fact_free(fact);
    return EVCP_OK;
}

/* Accepted only if there is something to send. */
static int trigger_meter(struct evcp__core *core, const struct evcp__request *r)
{
    uint16_t first = r->has_connector ? (uint16_t)r->connector : 1;
    uint16_t last = r->has_connector ? (uint16_t)r->connector : core->connectors;
    bool any = false;
    for (uint16_t i = first; i <= last; i++) {
        bool can;
        EVCP__TRY(can_measure(core, &core->connector[i], &can));
        core->connector[i].trigger_meter = core->connector[i].trigger_meter || can;
        any = any || can;
    }
    return reply(core, r, any ? EVCP__OUT_ACCEPTED : EVCP__OUT_REJECTED);
}

static int trigger_boot(struct evcp__core *core, const struct evcp__request *r)
{
    if (evcp__online(core)) {
        return reply(core, r, EVCP__OUT_REJECTED); /* errata 3.35 */
    }
    core->trigger_boot = true;
    return reply(core, r, EVCP__OUT_ACCEPTED);
}

static int trigger(struct evcp__core *core, const struct evcp__request *r)
{
    bool knows = !r->has_connector || (r->connector >= 0 && r->connector <= core->connectors);
    switch (r->trigger) {
    case EVCP__TRIGGER_BOOT: return trigger_boot(core, r);
    case EVCP__TRIGGER_HEARTBEAT:
        core->trigger_heartbeat = true;
        return reply(core, r, EVCP__OUT_ACCEPTED);
    case EVCP__TRIGGER_METER_VALUES:
        return knows ? trigger_meter(core, r) : reply(core, r, EVCP__OUT_REJECTED);
    case EVCP__TRIGGER_STATUS:
        return knows ? trigger_status(core, r) : reply(core, r, EVCP__OUT_REJECTED);
    case EVCP__TRIGGER_UNSUPPORTED: return reply(core, r, EVCP__OUT_NOT_IMPLEMENTED);
    }
    return EVCP_EPROTO;
}

/* ---- the rest ---------------------------------------------------------------------------- */

static int change_availability(struct evcp__core *core, const struct evcp__request *r)
{
    enum evcp__outcome outcome;
    EVCP__TRY(evcp__availability_change(core, r, &outcome));
    return reply(core, r, outcome);
}

static bool copy_text(char *out, size_t out_size, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    if (length >= out_size) {
        return false;
    }
    memcpy(out, text == NULL ? "" : text, length + 1);
    return true;
}

static int data_transfer(struct evcp__core *core, const struct evcp__request *r)
{
    struct evcp__effect *fx;
    size_t length = r->value == NULL ? 0 : strlen(r->value);
    if (core->env.config->hardware->data_transfer == NULL) {
        return reply(core, r, EVCP__OUT_UNKNOWN_VENDOR_ID);
    }
    if (length > EVCP__DATA_MAX) {
        return reply(core, r, EVCP__OUT_REJECTED);
    }
    EVCP__TRY(evcp__effect(core, &fx, EVCP__FX_DATA_TRANSFER));
    struct evcp__data *d = fx->data = calloc(1, sizeof *d);
    if (d == NULL) {
        return EVCP_ENOMEM;
    }
    d->has_message_id = r->key != NULL;
    memcpy(d->id, r->id, sizeof d->id);
    if (!copy_text(d->vendor, sizeof d->vendor, r->vendor) ||
        !copy_text(d->message_id, sizeof d->message_id, r->key)) {
        return EVCP_EPROTO;
    }
    if (r->value == NULL) {
        return EVCP_OK;
    }
    d->data = malloc(length + 1);
    return d->data != NULL && copy_text(d->data, length + 1, r->value) ? EVCP_OK : EVCP_ENOMEM;
}

int evcp__request(struct evcp__core *core, const struct evcp__request *r)
{
    if (core->link.state == EVCP_LINK_REJECTED) {
        return EVCP_OK; /* 4.2: neither acted upon nor answered */
    }
    evcp__link_active(core);
    switch (r->kind) {
    case EVCP__REQ_CHANGE_AVAILABILITY: return change_availability(core, r);
    case EVCP__REQ_CHANGE_SETTING: return change_setting(core, r);
    case EVCP__REQ_CLEAR_CACHE: return clear_cache(core, r);
    case EVCP__REQ_DATA_TRANSFER: return data_transfer(core, r);
    case EVCP__REQ_GET_SETTINGS: return get_settings(core, r);
    case EVCP__REQ_GET_LIST_VERSION: return list_version(core, r);
    case EVCP__REQ_REMOTE_START: return remote_start(core, r);
    case EVCP__REQ_REMOTE_STOP: return remote_stop(core, r);
    case EVCP__REQ_RESET: return evcp__reset_request(core, r);
    case EVCP__REQ_SEND_LIST: return send_list(core, r);
    case EVCP__REQ_TRIGGER: return trigger(core, r);
    case EVCP__REQ_UNLOCK: return unlock(core, r);
    case EVCP__REQ_KINDS: break;
    }
    return EVCP_EPROTO;
}
