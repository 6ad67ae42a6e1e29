/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transcript of a world: what happened at the pole, what the station did, what went over the
 * wire, in order and in virtual time. The same run gives the same text.
 */
#include "world_private.h"

#include <inttypes.h>
#include <stdarg.h>

void world__log(struct world *w, const char *format, ...)
{
    va_list args;
    if (w->log == NULL) {
        return;
    }
    fprintf(w->log, "%6" PRIu64 ".%03u ", w->mono / 1000, (unsigned)(w->mono % 1000));
    va_start(args, format);
    vfprintf(w->log, format, args);
    va_end(args);
    fputc('\n', w->log);
}

void world__log_json(struct world *w, const char *mark, const char *what, const json_t *json)
{
    if (w->log != NULL) {
        char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
        world__log(w, "%s %s %s", mark, what, text == NULL ? "null" : text);
        free(text);
    }
}

static const char *on_off(const struct evcp_report *r, const char *on, const char *off)
{
    return r->on ? on : off;
}

static const char *ev_text(enum evcp_ev_state ev)
{
    switch (ev) {
    case EVCP_EV_ABSENT: return "gone";
    case EVCP_EV_WAITING: return "connected";
    case EVCP_EV_READY: break;
    }
    return "ready";
}

void world__log_report(struct world *w, const struct evcp_report *r)
{
    unsigned n = r->connector;
    switch (r->kind) {
    case EVCP_REPORT_PLUGGED: world__log(w, "@%u %s", n, on_off(r, "plugged", "unplugged")); break;
    case EVCP_REPORT_EV: world__log(w, "@%u vehicle %s", n, ev_text(r->ev)); break;
    case EVCP_REPORT_SUPPLY: world__log(w, "@%u supply %s", n, on_off(r, "on", "off")); break;
    case EVCP_REPORT_CONTACTOR:
        world__log(w, "@%u contactor is %s", n, on_off(r, "closed", "open"));
        break;
    case EVCP_REPORT_LOCK: world__log(w, "@%u lock is %s", n, on_off(r, "closed", "open")); break;
    case EVCP_REPORT_FAULT: world__log(w, "@%u fault %d", n, (int)r->fault.code); break;
    case EVCP_REPORT_CLEAR: world__log(w, "@%u fault cleared", n); break;
    case EVCP_REPORT_TOKEN: world__log(w, "@%u identified %s", n, r->token.value); break;
    case EVCP_REPORT_STOP: world__log(w, "@%u stopped by the firmware", n); break;
    }
}

static const char *const statuses[] = {"Available",   "Preparing",     "Charging",
                                       "SuspendedEV", "SuspendedEVSE", "Finishing",
                                       "Reserved",    "Unavailable",   "Faulted"};
static const char *const links[] = {"down",    "connecting", "booting",
                                    "pending", "rejected",   "online"};
static const char *const reasons[] = {
    "central system", "list",           "cache",          "unknown policy", "same token",
    "group",          "remote request", "list expired",   "cache expired",  "offline disabled",
    "unknown",        "token rule",     "not registered", "unavailable",    "store",
    "timeout",        "other token"};

static void log_decision(struct world *w, const struct evcp_event *e)
{
    world__log(w, "   %u %s %s %s: %s", e->connector, e->token.value, e->stop ? "stop" : "start",
               e->accepted ? "accepted" : "refused", reasons[e->reason]);
}

void world__log_event(struct world *w, const struct evcp_event *e)
{
    unsigned n = e->connector;
    const char *text = e->text == NULL ? "" : e->text;
    switch (e->kind) {
    case EVCP_EVENT_LINK: world__log(w, "   link %s", links[e->link]); break;
    case EVCP_EVENT_STATUS: world__log(w, "   %u %s", n, statuses[e->status]); break;
    case EVCP_EVENT_DECISION: log_decision(w, e); break;
    case EVCP_EVENT_TRANSACTION:
        world__log(w, "   %u transaction %" PRIu64 " %s at %" PRId64 " Wh", n, e->transaction,
                   e->accepted ? "begins" : "ends", e->energy_wh);
        break;
    case EVCP_EVENT_DELIVERED:
        world__log(w, "   %u transaction %" PRIu64 ": %s delivered, id %d", n, e->transaction,
                   e->accepted ? "start" : "end", e->transaction_id);
        break;
    case EVCP_EVENT_QUARANTINE: world__log(w, "   quarantine: %s", text); break;
    case EVCP_EVENT_SETTING:
    case EVCP_EVENT_CLOCK:
    case EVCP_EVENT_STORE:
    case EVCP_EVENT_HARDWARE: world__log(w, "   %s", text); break;
    case EVCP_EVENT_CONTACTOR:
    case EVCP_EVENT_FRAME: break; /* the effect itself is told */
    }
}
