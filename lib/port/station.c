/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station's life: made, loaded, thrown away and loaded again; and the public functions that
 * report to it and read it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include "host_private.h"

/* ---- telling ----------------------------------------------------------------------------- */

void evcp__station_event(const evcp_t *s, struct evcp_event *event)
{
    if (!s->hardware.event || s->host->making)
        return;
    if (!event->utc_ms)
        event->utc_ms = evcp_utc_ms(s);
    s->hardware.event(s->config->user, event);
}

void evcp__station_tell(const evcp_t *s, enum evcp_event_kind kind, uint16_t connector,
                        const char *format, ...)
{
    char text[2 * EVCP__WHY_MAX];
    struct evcp_event event = {.kind = kind, .connector = connector, .text = text};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    evcp__host_log(s->host, 1, "%s: %s", s->config->id, text);
    evcp__station_event(s, &event);
}

/* ---- the core ---------------------------------------------------------------------------- */

int evcp__station_step(evcp_t *s, const struct evcp__event *event)
{
    return evcp__core_step(s->core, event, evcp__host_now(s->host), &s->effects);
}

static uint64_t draw_seed(const evcp_t *s)
{
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
        seed = evcp__mono_ms() ^ (uint64_t)(uintptr_t)s;
    return seed;
}

/* Bit n-1: the contactor of connector n is closed, as the hardware says, else as last seen. */
static uint64_t ask_contactors(evcp_t *s)
{
    uint64_t closed = 0;

    for (uint16_t c = 1; c <= s->config->connectors; c++) {
        bool is = s->known[c].contactor_closed;
        int result = EVCP_OK;

        if (s->hardware.contactor_closed)
            result = s->hardware.contactor_closed(s->config->user, c, &is);
        if (result)
            evcp__station_tell(s, EVCP_EVENT_HARDWARE, c,
                               "the state of the contactor is not known (%d): check it", result);
        s->known[c].contactor_closed = is;
        if (is)
            closed |= UINT64_C(1) << (c - 1);
    }
    return closed;
}

static int load_core(evcp_t *s, bool rebuilt, const char **why)
{
    const struct evcp__core_env env = {
        .store = s->store,
        .config = s->config,
        .energy = s->hardware.energy,
        .measure = s->hardware.measure,
        .user = s->config->user,
        .seed = draw_seed(s),
        .serial = s->serial,
        .build_time_ms = s->host->config.build_time_ms,
        .contactor_closed = ask_contactors(s),
        .rebuilt = rebuilt,
    };
    int result = evcp__core_load(&env, evcp__host_now(s->host), &s->effects, &s->core, why);

    if (result)
        s->core = NULL;
    return result;
}

static void drop_effects(evcp_t *s)
{
    evcp__effects_clear(&s->effects);
    s->effects = (struct evcp__effects){.items = NULL};
}

static void free_core(evcp_t *s)
{
    if (s->core)
        s->serial = evcp__core_serial(s->core);
    evcp__core_free(s->core);
    s->core = NULL;
    drop_effects(s);
}

int evcp__station_load(evcp_t *s, bool rebuilt, const char **why)
{
    struct evcp__db *db = s->host->db;
    int result = load_core(s, rebuilt, why);

    if (!result && rebuilt)
        result = evcp__known_replay(s);
    if (!result)
        result = db->ops->commit(db);
    if (result) {
        db->ops->abandon(db);
        free_core(s);
        return result;
    }
    s->effects.durable = false;
    evcp__station_apply_net_settings(s);
    return EVCP_OK;
}

static void tell_link_down(const evcp_t *s)
{
    struct evcp_event event = {.kind = EVCP_EVENT_LINK,
                               .link = EVCP_LINK_DOWN,
                               .text = "the store failed; connecting again when it works"};

    if (evcp__core_link(s->core) != EVCP_LINK_DOWN)
        evcp__station_event(s, &event);
}

void evcp__station_unload(evcp_t *s)
{
    if (!s->core)
        return;
    evcp__station_fail_requests(s);
    if (s->net_busy) {
        s->net_stale = true;
        evcp__net_disconnect(s->net);
    }
    s->down = false;
    s->connect_wanted = false;
    tell_link_down(s);
    evcp__inbox_forget_core(&s->inbox);
    free_core(s);
}

/* ---- made and freed ---------------------------------------------------------------------- */

static int make_net(evcp_t *s)
{
    struct evcp__net_callbacks callbacks = evcp__station_net_callbacks;
    const struct evcp__net_config config = {
        .url = s->config->url,
        .id = s->config->id,
        .subprotocol = s->protocol->subprotocol,
        .ca_file = s->config->ca_file,
        .cert_file = s->config->cert_file,
        .key_file = s->config->key_file,
        .unverified = s->config->tls_unverified,
        .message_max = s->config->message_max,
        .connect_timeout_ms = EVCP__CONNECT_TIMEOUT_MS,
    };

    callbacks.user = s;
    return evcp__net_new(s->host->loop, &config, &callbacks, &s->net);
}

static int make_parts(evcp_t *s, const struct evcp_config *config)
{
    int result = evcp__config_copy(s->host, config, &s->hardware, &s->config);

    if (!result)
        result = s->host->db->ops->station(s->host->db, s->config->id, &s->store);
    if (!result)
        result = make_net(s);
    if (result)
        return result;
    s->known = calloc((size_t)s->config->connectors + 1, sizeof(*s->known));
    return s->known ? EVCP_OK : EVCP_ENOMEM;
}

static int start(evcp_t *s)
{
    const char *why = NULL;
    /* So that a failure here costs the other stations nothing. */
    int result = evcp__host_commit(s->host);

    if (!result)
        result = evcp__station_load(s, false, &why);
    if (result)
        evcp__host_log(s->host, 0, "%s: not loaded: %s%s%s", s->config->id, evcp_strerror(result),
                       why ? ": " : "", why ? why : "");
    if (!result)
        result = evcp__readers_start(s);
    return result;
}

static void free_parts(evcp_t *s)
{
    evcp__readers_stop(s);
    evcp__net_free(s->net);
    free_core(s);
    evcp__known_free(s);
    evcp__inbox_free(&s->inbox);
    free(s->config);
    free(s);
}

static bool id_taken(const evcp_host_t *host, const char *id)
{
    for (const evcp_t *s = host->stations; s; s = s->next) {
        if (strcmp(s->config->id, id) == 0)
            return true;
    }
    return false;
}

static void enlist(evcp_t *s)
{
    evcp_t **link = &s->host->stations;

    while (*link)
        link = &(*link)->next;
    *link = s;
}

static int make(evcp_t *s, const struct evcp_config *config)
{
    int result = EVCP_OK;

    if (config->id && id_taken(s->host, config->id)) {
        evcp__host_log(s->host, 0,
                       "evcp_config.id: this host has a station %s already; give each "
                       "its own id",
                       config->id);
        return EVCP_EINVAL;
    }
    result = make_parts(s, config);
    return result ? result : start(s);
}

int evcp_new(evcp_host_t *host, const struct evcp_config *config, evcp_t **station)
{
    evcp_t *s = NULL;
    int result = EVCP_OK;

    if (!host || !config || !station)
        return EVCP_EINVAL;
    *station = NULL;
    if (host->busy)
        return EVCP_ESTATE;
    if (host->broken)
        return EVCP_ESTORE;
    s = calloc(1, sizeof(*s));
    if (!s || evcp__inbox_init(&s->inbox)) {
        free(s);
        return EVCP_ENOMEM;
    }
    s->host = host;
    s->protocol = &evcp__ocpp16;
    s->link_allowed = true;
    host->busy = true;
    host->making = true;
    result = make(s, config);
    host->busy = false;
    host->making = false;
    if (result) {
        free_parts(s);
        return result;
    }
    enlist(s);
    evcp__loop_wake(host->loop);
    *station = s;
    return EVCP_OK;
}

void evcp_free(evcp_t *s)
{
    evcp_t **link = NULL;

    if (!s)
        return;
    if (s->host->busy) {
        evcp__host_log(s->host, 0, "evcp_free: called from a callback; nothing was freed");
        return;
    }
    for (link = &s->host->stations; *link != s;)
        link = &(*link)->next;
    *link = s->next;
    free_parts(s);
}

/* ---- reports ----------------------------------------------------------------------------- */

static bool report_ok(const evcp_t *s, const struct evcp_report *report)
{
    bool anywhere = report->kind == EVCP_REPORT_TOKEN || report->kind == EVCP_REPORT_FAULT ||
                    report->kind == EVCP_REPORT_CLEAR || report->kind == EVCP_REPORT_STOP ||
                    report->kind == EVCP_REPORT_SUPPLY;

    if (report->connector > s->config->connectors || (!report->connector && !anywhere))
        return false;
    switch (report->kind) {
    case EVCP_REPORT_EV: return (unsigned)report->ev <= EVCP_EV_READY;
    case EVCP_REPORT_STOP: return (unsigned)report->reason <= EVCP_STOP_OTHER;
    case EVCP_REPORT_FAULT:
        return report->fault.code != EVCP_ERROR_NO_ERROR &&
               (unsigned)report->fault.code <= EVCP_ERROR_WEAK_SIGNAL &&
               memchr(report->fault.info, '\0', sizeof(report->fault.info)) &&
               memchr(report->fault.vendor_id, '\0', sizeof(report->fault.vendor_id)) &&
               memchr(report->fault.vendor_code, '\0', sizeof(report->fault.vendor_code));
    case EVCP_REPORT_TOKEN: return (unsigned)report->token.type < EVCP_TOKEN_TYPES;
    case EVCP_REPORT_PLUGGED:
    case EVCP_REPORT_SUPPLY:
    case EVCP_REPORT_CONTACTOR:
    case EVCP_REPORT_LOCK:
    case EVCP_REPORT_CLEAR: return true;
    }
    return false;
}

static int take_report(evcp_t *s, const struct evcp_report *report)
{
    struct evcp_report checked;
    int result = EVCP_OK;

    if (!s || !report || !report_ok(s, report))
        return EVCP_EINVAL;
    checked = *report;
    if (report->kind == EVCP_REPORT_TOKEN) {
        if (!memchr(report->token.value, '\0', sizeof(report->token.value)))
            return EVCP_ETOOLONG;
        result = evcp__token_set(&checked.token, report->token.type, report->token.value);
    }
    return result ? result : evcp__inbox_report(&s->inbox, &checked);
}

int evcp_post(evcp_t *station, const struct evcp_report *report)
{
    int result = take_report(station, report);

    if (!result)
        evcp__loop_wake(station->host->loop);
    return result;
}

/* In a turn the reports are seen in its next round; outside of it the loop has to be told. */
static int report_here(evcp_t *station, const struct evcp_report *report)
{
    int result = take_report(station, report);

    if (!result && !station->host->busy)
        evcp__loop_wake(station->host->loop);
    return result;
}

int evcp_report_plugged(evcp_t *station, uint16_t connector, bool plugged)
{
    const struct evcp_report report = {
        .kind = EVCP_REPORT_PLUGGED, .connector = connector, .on = plugged};

    return report_here(station, &report);
}

int evcp_report_ev(evcp_t *station, uint16_t connector, enum evcp_ev_state state)
{
    const struct evcp_report report = {.kind = EVCP_REPORT_EV, .connector = connector, .ev = state};

    return report_here(station, &report);
}

int evcp_report_supply(evcp_t *station, uint16_t connector, bool offered)
{
    const struct evcp_report report = {
        .kind = EVCP_REPORT_SUPPLY, .connector = connector, .on = offered};

    return report_here(station, &report);
}

int evcp_report_contactor(evcp_t *station, uint16_t connector, bool closed)
{
    const struct evcp_report report = {
        .kind = EVCP_REPORT_CONTACTOR, .connector = connector, .on = closed};

    return report_here(station, &report);
}

int evcp_report_lock(evcp_t *station, uint16_t connector, bool locked)
{
    const struct evcp_report report = {
        .kind = EVCP_REPORT_LOCK, .connector = connector, .on = locked};

    return report_here(station, &report);
}

int evcp_report_fault(evcp_t *station, uint16_t connector, const struct evcp_fault *fault)
{
    struct evcp_report report = {.kind = EVCP_REPORT_FAULT, .connector = connector};

    if (!fault)
        return EVCP_EINVAL;
    report.fault = *fault;
    return report_here(station, &report);
}

int evcp_report_clear(evcp_t *station, uint16_t connector)
{
    const struct evcp_report report = {.kind = EVCP_REPORT_CLEAR, .connector = connector};

    return report_here(station, &report);
}

int evcp_report_token(evcp_t *station, uint16_t connector, enum evcp_token_type type,
                      const char *value)
{
    struct evcp_report report = {.kind = EVCP_REPORT_TOKEN, .connector = connector};
    int result = EVCP_EINVAL;

    if (value && (unsigned)type < EVCP_TOKEN_TYPES)
        result = evcp__token_set(&report.token, type, value);
    return result ? result : report_here(station, &report);
}

int evcp_report_stop(evcp_t *station, uint16_t connector, enum evcp_stop_reason reason)
{
    const struct evcp_report report = {
        .kind = EVCP_REPORT_STOP, .connector = connector, .reason = reason};

    return report_here(station, &report);
}
