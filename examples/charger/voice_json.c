/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line, for programs and tests. Members are documented in README.md. */
#include "voices.h"

#include "names.h"
#include "timestamp.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes the reference. Frames may hold anything: what cannot be written is said to be missing. */
static void say(json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;

    puts(line ? line : "{\"event\":\"error\",\"text\":\"an event could not be written\"}");
    free(line);
    json_decref(object);
}

static json_t *time_or_null(int64_t utc_ms)
{
    char text[TIMESTAMP_SIZE];

    if (!utc_ms)
        return json_null();
    timestamp_print(utc_ms, text);
    return json_string(text);
}

static json_t *text_or_null(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();

    return value ? value : json_string("(not UTF-8)");
}

static json_t *begin(int64_t utc_ms, const char *name)
{
    return json_pack("{s:o,s:s}", "t", time_or_null(utc_ms), "event", name);
}

static void with(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void say_ready(const char *id)
{
    json_t *o = begin(timestamp_wall_ms(), "ready");

    with(o, "id", json_string(id));
    with(o, "version", json_string(evcp_version()));
    say(o);
}

static void say_quit(void)
{
    say(begin(timestamp_wall_ms(), "quit"));
}

static void say_error(const char *text)
{
    json_t *o = begin(timestamp_wall_ms(), "error");

    with(o, "text", text_or_null(text));
    say(o);
}

static void say_setting(const char *key, const char *value)
{
    json_t *o = begin(timestamp_wall_ms(), "value");

    with(o, "key", text_or_null(key));
    with(o, "value", text_or_null(value));
    say(o);
}

/* ---- events ------------------------------------------------------------------------------ */

static void add_status(json_t *o, const struct evcp_event *e)
{
    with(o, "connector", json_integer(e->connector));
    with(o, "status", json_string(name_of_status(e->status)));
    with(o, "errorCode", json_string(name_of_error(e->error_code)));
}

static void add_decision(json_t *o, const struct evcp_event *e)
{
    with(o, "connector", json_integer(e->connector));
    with(o, "idTag", json_string(e->token.value));
    with(o, "type", json_string(name_of_token_type(e->token.type)));
    with(o, "accepted", json_boolean(e->accepted));
    with(o, "stop", json_boolean(e->stop));
    with(o, "reason", json_string(name_of_decision(e->reason)));
    with(o, "status", json_string(name_of_auth_status(e->auth_status)));
}

static void add_transaction(json_t *o, const struct evcp_event *e)
{
    with(o, "connector", json_integer(e->connector));
    with(o, "started", json_boolean(e->accepted));
    with(o, "transaction", json_integer((json_int_t)e->transaction));
    with(o, "idTag", json_string(e->token.value));
    with(o, "meter", json_integer(e->energy_wh));
    if (!e->accepted)
        with(o, "reason", json_string(name_of_stop_reason(e->stop_reason)));
}

static void add_delivered(json_t *o, const struct evcp_event *e)
{
    with(o, "transaction", json_integer((json_int_t)e->transaction));
    with(o, "started", json_boolean(e->accepted));
    with(o, "transactionId", json_integer(e->transaction_id));
    with(o, "meter", json_integer(e->energy_wh));
}

static const char *name_of(enum evcp_event_kind kind)
{
    switch (kind) {
    case EVCP_EVENT_LINK: return "link";
    case EVCP_EVENT_STATUS: return "status";
    case EVCP_EVENT_DECISION: return "decision";
    case EVCP_EVENT_CONTACTOR: return "contactor";
    case EVCP_EVENT_TRANSACTION: return "transaction";
    case EVCP_EVENT_DELIVERED: return "delivered";
    case EVCP_EVENT_QUARANTINE: return "quarantine";
    case EVCP_EVENT_FRAME: return "frame";
    case EVCP_EVENT_SETTING: return "setting";
    case EVCP_EVENT_CLOCK: return "clock";
    case EVCP_EVENT_STORE: return "store";
    case EVCP_EVENT_HARDWARE: return "hardware";
    }
    return "?";
}

static void say_event(const struct evcp_event *e)
{
    json_t *o = begin(e->utc_ms, name_of(e->kind));

    switch (e->kind) {
    case EVCP_EVENT_LINK:
        with(o, "state", json_string(name_of_link(e->link)));
        with(o, "text", text_or_null(e->text));
        break;
    case EVCP_EVENT_STATUS: add_status(o, e); break;
    case EVCP_EVENT_DECISION: add_decision(o, e); break;
    case EVCP_EVENT_CONTACTOR:
        with(o, "connector", json_integer(e->connector));
        with(o, "closed", json_boolean(e->accepted));
        break;
    case EVCP_EVENT_TRANSACTION: add_transaction(o, e); break;
    case EVCP_EVENT_DELIVERED: add_delivered(o, e); break;
    case EVCP_EVENT_FRAME:
        with(o, "dir", json_string(e->accepted ? "out" : "in"));
        with(o, "text", text_or_null(e->text));
        break;
    case EVCP_EVENT_QUARANTINE:
        with(o, "transaction", json_integer((json_int_t)e->transaction));
        with(o, "text", text_or_null(e->text));
        break;
    case EVCP_EVENT_HARDWARE:
        with(o, "connector", json_integer(e->connector));
        with(o, "text", text_or_null(e->text));
        break;
    case EVCP_EVENT_SETTING:
    case EVCP_EVENT_CLOCK:
    case EVCP_EVENT_STORE: with(o, "text", text_or_null(e->text)); break;
    }
    say(o);
}

/* ---- status ------------------------------------------------------------------------------ */

static json_t *connector_state(struct charger *charger, uint16_t connector)
{
    struct evcp_connector_state state;
    int64_t wh = 0;
    json_t *o = json_object();

    if (evcp_connector(charger->station, connector, &state))
        return o;
    with(o, "connector", json_integer(connector));
    with(o, "status", json_string(name_of_status(state.status)));
    with(o, "errorCode", json_string(name_of_error(state.error_code)));
    if (connector == 0)
        return o;
    with(o, "plugged", json_boolean(state.plugged));
    with(o, "contactor", json_boolean(state.contactor_closed));
    with(o, "meter",
         meter_read(&charger->outlets[connector].meter, &wh) ? json_integer(wh) : json_null());
    with(o, "transaction",
         state.transaction ? json_integer((json_int_t)state.transaction_number) : json_null());
    if (!state.transaction)
        return o;
    with(o, "idTag", json_string(state.token.value));
    with(o, "meterStart", json_integer(state.meter_start_wh));
    return o;
}

static void say_state(struct charger *charger)
{
    int64_t utc = evcp_utc_ms(charger->station);
    json_t *o = begin(utc, "state");
    json_t *connectors = json_array();

    for (uint16_t c = 0; c <= charger->options->connectors; c++)
        json_array_append_new(connectors, connector_state(charger, c));
    with(o, "connectors", connectors);
    with(o, "link", json_string(name_of_link(evcp_link(charger->station))));
    with(o, "outbox", json_integer((json_int_t)evcp_outbox_count(charger->station)));
    with(o, "utc", time_or_null(utc));
    say(o);
}

const struct voice voice_json = {
    .ready = say_ready,
    .quit = say_quit,
    .event = say_event,
    .state = say_state,
    .setting = say_setting,
    .error = say_error,
};
