/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was last reported of the hardware. A core that is loaded again hears it once more, because
 * the firmware reports changes only. Without a core it keeps what has to be safe safe.
 */
#include <stdlib.h>
#include <string.h>

#include "host_private.h"

static void forget_faults(struct evcp__known *known)
{
    while (known->faults) {
        struct evcp__known_fault *gone = known->faults;

        known->faults = gone->next;
        free(gone);
    }
}

/* In the order of their beginning. Out of memory: only a core loaded again would miss it. */
static void note_fault(struct evcp__known *known, const struct evcp_fault *fault)
{
    struct evcp__known_fault **link = &known->faults;

    while (*link && (*link)->fault.code != fault->code)
        link = &(*link)->next;
    if (!*link)
        *link = calloc(1, sizeof(**link));
    if (*link)
        (*link)->fault = *fault;
}

void evcp__known_note(evcp_t *s, const struct evcp_report *report)
{
    struct evcp__known *known = &s->known[report->connector];

    switch (report->kind) {
    case EVCP_REPORT_PLUGGED:
        known->plugged = report->on;
        known->plugged_known = true;
        break;
    case EVCP_REPORT_EV:
        known->ev = report->ev;
        known->ev_known = true;
        break;
    case EVCP_REPORT_SUPPLY:
        known->supply = report->on;
        known->supply_known = true;
        break;
    case EVCP_REPORT_CONTACTOR: known->contactor_closed = report->on; break;
    case EVCP_REPORT_FAULT: note_fault(known, &report->fault); break;
    case EVCP_REPORT_CLEAR: forget_faults(known); break;
    case EVCP_REPORT_STOP:
        known->stop = true;
        known->stop_reason = report->reason;
        s->stop_noted = true;
        break;
    case EVCP_REPORT_LOCK:
    case EVCP_REPORT_TOKEN: break;
    }
}

void evcp__known_settled(evcp_t *s)
{
    if (!s->stop_noted)
        return;
    for (uint16_t c = 0; c <= s->config->connectors; c++)
        s->known[c].stop = false;
    s->stop_noted = false;
}

static int replay(evcp_t *s, const struct evcp_report *report)
{
    const struct evcp__event event = {.kind = EVCP__EV_REPORT, .u.report = report};

    return evcp__station_step(s, &event);
}

static int replay_faults(evcp_t *s, uint16_t connector)
{
    struct evcp_report report = {.kind = EVCP_REPORT_FAULT, .connector = connector};

    for (const struct evcp__known_fault *f = s->known[connector].faults; f; f = f->next) {
        int result = EVCP_OK;

        report.fault = f->fault;
        result = replay(s, &report);
        if (result)
            return result;
    }
    return EVCP_OK;
}

static int replay_connector(evcp_t *s, uint16_t connector)
{
    const struct evcp__known *known = &s->known[connector];
    struct evcp_report report = {.connector = connector};
    int result = replay_faults(s, connector);

    if (!result && known->supply_known) {
        report.kind = EVCP_REPORT_SUPPLY;
        report.on = known->supply;
        result = replay(s, &report);
    }
    if (!result && known->plugged_known) {
        report.kind = EVCP_REPORT_PLUGGED;
        report.on = known->plugged;
        result = replay(s, &report);
    }
    if (!result && known->ev_known) {
        report.kind = EVCP_REPORT_EV;
        report.ev = known->ev;
        result = replay(s, &report);
    }
    if (!result && known->stop) {
        report.kind = EVCP_REPORT_STOP;
        report.reason = known->stop_reason;
        result = replay(s, &report);
    }
    return result;
}

int evcp__known_replay(evcp_t *s)
{
    for (uint16_t c = 0; c <= s->config->connectors; c++) {
        int result = replay_connector(s, c);

        if (result)
            return result;
    }
    if (!s->link_allowed) {
        const struct evcp__event event = {.kind = EVCP__EV_ALLOW_LINK, .u.allow = false};

        return evcp__station_step(s, &event);
    }
    return EVCP_OK;
}

void evcp__known_free(evcp_t *s)
{
    for (uint16_t c = 0; s->known && c <= s->config->connectors; c++)
        forget_faults(&s->known[c]);
    free(s->known);
    s->known = NULL;
}

/* ---- without a core ---------------------------------------------------------------------- */

void evcp__known_refuse(const evcp_t *s, const struct evcp_report *report)
{
    struct evcp_event event = {.kind = EVCP_EVENT_DECISION,
                               .connector = report->connector,
                               .token = report->token,
                               .auth_status = EVCP_AUTH_INVALID,
                               .reason = EVCP_BY_STORE};

    evcp__station_event(s, &event);
}

static bool has_fault(const struct evcp__known *known)
{
    for (const struct evcp__known_fault *f = known->faults; f; f = f->next) {
        if (!f->fault.warning)
            return true;
    }
    return false;
}

/* What ends a transaction also when nobody can write it down: its record is in the store, and the
 * core that is loaded later ends it with the meter's own register. */
static bool has_to_open(const struct evcp__known *known)
{
    return known->stop || (known->plugged_known && !known->plugged) ||
           (known->ev_known && known->ev == EVCP_EV_ABSENT) || has_fault(known);
}

static void open_contactor(evcp_t *s, uint16_t connector)
{
    struct evcp__known *known = &s->known[connector];
    int result = s->hardware.contactor(s->config->user, connector, false);

    if (result < 0) {
        evcp__station_tell(s, EVCP_EVENT_HARDWARE, connector,
                           "the contactor did not open (%d): check it", result);
        return;
    }
    known->contactor_closed = false;
    if (s->hardware.lock && s->hardware.lock(s->config->user, connector, false) < 0)
        evcp__station_tell(s, EVCP_EVENT_HARDWARE, connector,
                           "the cable was not unlocked: check the lock");
}

void evcp__known_make_safe(evcp_t *s)
{
    bool all = has_fault(&s->known[0]) || s->known[0].stop;

    for (uint16_t c = 1; c <= s->config->connectors; c++) {
        if (s->known[c].contactor_closed && (all || has_to_open(&s->known[c])))
            open_contactor(s, c);
    }
}
