/* SPDX-License-Identifier: Apache-2.0 */
/* A timeline for people: time, what, where, why. Coloured on a terminal. */
#include "voices.h"

#include "names.h"
#include "timestamp.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define GREEN  "32"
#define RED    "31"
#define YELLOW "33"
#define BLUE   "36"
#define GREY   "90"

static bool coloured(void)
{
    static int known = -1;

    if (known < 0)
        known = isatty(STDOUT_FILENO);
    return known == 1;
}

__attribute__((format(printf, 4, 5))) static void line(int64_t utc_ms, const char *colour,
                                                       const char *topic, const char *format, ...)
{
    char when[TIMESTAMP_SIZE] = "           -            ";
    va_list arguments;

    if (utc_ms)
        timestamp_print(utc_ms, when);
    printf("%s  %s%s%s%-11s%s  ", when + 11, coloured() ? "\033[" : "", coloured() ? colour : "",
           coloured() ? "m" : "", topic, coloured() ? "\033[0m" : "");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static void tell_ready(const char *id)
{
    line(timestamp_wall_ms(), GREY, "power on", "%s, libevcp %s", id, evcp_version());
}

static void tell_quit(void)
{
    line(timestamp_wall_ms(), GREY, "off", "bye");
}

static void tell_error(const char *text)
{
    fprintf(stderr, "evcp-charger: %s\n", text);
}

static void tell_setting(const char *key, const char *value)
{
    line(timestamp_wall_ms(), GREY, "value", "%s = %s", key, value);
}

static const char *colour_of_link(enum evcp_link_state link)
{
    if (link == EVCP_LINK_ONLINE)
        return GREEN;
    return link == EVCP_LINK_DOWN || link == EVCP_LINK_REJECTED ? RED : YELLOW;
}

static void tell_decision(const struct evcp_event *e)
{
    line(e->utc_ms, e->accepted ? GREEN : RED, "token", "connector %u: %s %s %s: %s (%s)",
         e->connector, name_of_token_type(e->token.type), e->token.value,
         e->accepted ? (e->stop ? "may stop" : "accepted") : "refused", explain_decision(e->reason),
         name_of_auth_status(e->auth_status));
}

static void tell_transaction(const struct evcp_event *e)
{
    if (e->accepted)
        line(e->utc_ms, BLUE, "transaction",
             "connector %u: %" PRIu64 " began for %s at %" PRId64 " Wh", e->connector,
             e->transaction, e->token.value, e->energy_wh);
    else
        line(e->utc_ms, BLUE, "transaction",
             "connector %u: %" PRIu64 " ended at %" PRId64 " Wh (%s)", e->connector, e->transaction,
             e->energy_wh, name_of_stop_reason(e->stop_reason));
}

static void tell_delivered(const struct evcp_event *e)
{
    line(e->utc_ms, BLUE, "delivered",
         "transaction %" PRIu64 ": its %s, as number %d of the "
         "central system",
         e->transaction, e->accepted ? "begin" : "end", e->transaction_id);
}

static void tell_event(const struct evcp_event *e)
{
    const char *text = e->text ? e->text : "";

    switch (e->kind) {
    case EVCP_EVENT_LINK:
        line(e->utc_ms, colour_of_link(e->link), "link", "%s%s%s", name_of_link(e->link),
             *text ? ": " : "", text);
        break;
    case EVCP_EVENT_STATUS:
        line(e->utc_ms, GREY, "status", "connector %u: %s%s%s", e->connector,
             name_of_status(e->status), e->error_code ? ", " : "",
             e->error_code ? name_of_error(e->error_code) : "");
        break;
    case EVCP_EVENT_DECISION: tell_decision(e); break;
    case EVCP_EVENT_CONTACTOR:
        line(e->utc_ms, YELLOW, "contactor", "connector %u: %s", e->connector,
             e->accepted ? "closes" : "opens");
        break;
    case EVCP_EVENT_TRANSACTION: tell_transaction(e); break;
    case EVCP_EVENT_DELIVERED: tell_delivered(e); break;
    case EVCP_EVENT_QUARANTINE:
        line(e->utc_ms, RED, "set aside", "transaction %" PRIu64 ": %s", e->transaction, text);
        break;
    case EVCP_EVENT_FRAME: break;
    case EVCP_EVENT_SETTING: line(e->utc_ms, GREY, "setting", "%s", text); break;
    case EVCP_EVENT_CLOCK: line(e->utc_ms, GREY, "clock", "%s", text); break;
    case EVCP_EVENT_STORE: line(e->utc_ms, RED, "store", "%s", text); break;
    case EVCP_EVENT_HARDWARE:
        line(e->utc_ms, RED, "hardware", "connector %u: %s", e->connector, text);
        break;
    }
}

static void tell_connector(struct charger *charger, uint16_t connector)
{
    struct evcp_connector_state state;
    int64_t wh = 0;

    if (evcp_connector(charger->station, connector, &state))
        return;
    if (!meter_read(&charger->outlets[connector].meter, &wh))
        wh = -1;
    line(evcp_utc_ms(charger->station), GREY, "connector",
         "%u: %s, %s, contactor %s, %" PRId64 " Wh%s%s", connector, name_of_status(state.status),
         state.plugged ? "plugged" : "free", state.contactor_closed ? "closed" : "open", wh,
         state.transaction ? ", charging for " : "", state.transaction ? state.token.value : "");
}

static void tell_state(struct charger *charger)
{
    line(evcp_utc_ms(charger->station), GREY, "state", "link %s, %zu messages wait",
         name_of_link(evcp_link(charger->station)), evcp_outbox_count(charger->station));
    for (uint16_t c = 1; c <= charger->options->connectors; c++)
        tell_connector(charger, c);
}

const struct voice voice_timeline = {
    .ready = tell_ready,
    .quit = tell_quit,
    .event = tell_event,
    .state = tell_state,
    .setting = tell_setting,
    .error = tell_error,
};
