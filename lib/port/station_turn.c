/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station's part of a turn: what waits becomes events of the core, in order. The network's
 * callbacks only leave notes here; nothing is stepped from within them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_private.h"

/* ---- network ----------------------------------------------------------------------------- */

static void note_down(evcp_t *s, const char *why)
{
    s->down = true;
    (void)snprintf(s->down_why, sizeof(s->down_why), "%s", why ? why : "");
}

/* What is still closing was the connection before: its end is not the end of the new one. */
void evcp__station_connect(evcp_t *s)
{
    int result = EVCP_OK;

    s->down = false;
    if (s->net_busy) {
        s->net_stale = true;
        evcp__net_disconnect(s->net);
    }
    s->connect_wanted = s->net_stale;
    if (s->net_stale)
        return;
    result = evcp__net_connect(s->net);
    s->net_busy = result == EVCP_OK;
    if (result)
        note_down(s, evcp_strerror(result));
}

/* A DISCONNECTED event follows in any case. */
void evcp__station_disconnect(evcp_t *s)
{
    s->connect_wanted = false;
    if (s->net_busy && !s->net_stale)
        evcp__net_disconnect(s->net);
    else
        note_down(s, "not connected");
}

static void put_or_close(evcp_t *s, enum evcp__input_kind kind, const char *text, size_t length)
{
    const struct evcp__input what = {.kind = kind};

    if (evcp__inbox_put(&s->inbox, &what, text, length) == EVCP_OK)
        return;
    evcp__host_log(s->host, 0, "%s: out of memory, connecting again", s->config->id);
    evcp__net_disconnect(s->net);
}

static void connected(void *user)
{
    evcp_t *s = user;

    if (!s->net_stale)
        put_or_close(s, EVCP__IN_CONNECTED, NULL, 0);
}

static void disconnected(void *user, const char *why)
{
    evcp_t *s = user;

    s->net_busy = false;
    if (!s->net_stale)
        note_down(s, why);
    s->net_stale = false;
}

static void message(void *user, const char *text, size_t length)
{
    evcp_t *s = user;

    if (!s->net_stale)
        put_or_close(s, EVCP__IN_FRAME, text, length);
}

static int64_t judge_time(void *user)
{
    const evcp_t *s = user;
    struct evcp__now now = evcp__host_now(s->host);
    int64_t least = s->host->config.build_time_ms;

    if (s->core)
        return evcp__core_judge_time(s->core, now);
    return now.wall_ms > least ? now.wall_ms : least;
}

const struct evcp__net_callbacks evcp__station_net_callbacks = {
    .connected = connected,
    .disconnected = disconnected,
    .message = message,
    .judge_time = judge_time,
};

/* ---- inputs ------------------------------------------------------------------------------ */

static int step_kind(evcp_t *s, enum evcp__event_kind kind)
{
    const struct evcp__event event = {.kind = kind};

    return evcp__station_step(s, &event);
}

static int on_report(evcp_t *s, const struct evcp_report *report)
{
    const struct evcp__event event = {.kind = EVCP__EV_REPORT, .u.report = report};

    evcp__known_note(s, report);
    if (s->core)
        return evcp__station_step(s, &event);
    if (report->kind == EVCP_REPORT_TOKEN)
        evcp__known_refuse(s, report);
    evcp__known_make_safe(s);
    return EVCP_OK;
}

static int on_allow(evcp_t *s, bool allow)
{
    const struct evcp__event event = {.kind = EVCP__EV_ALLOW_LINK, .u.allow = allow};

    s->link_allowed = allow;
    return s->core ? evcp__station_step(s, &event) : EVCP_OK;
}

static int on_hardware(evcp_t *s, const struct evcp__hardware_result *result)
{
    const struct evcp__event event = {.kind = EVCP__EV_HARDWARE, .u.hardware = *result};

    return evcp__station_step(s, &event);
}

static int on_input(evcp_t *s, const struct evcp__input *input)
{
    if (input->kind == EVCP__IN_REPORT)
        return on_report(s, input->report);
    if (input->kind == EVCP__IN_ALLOW)
        return on_allow(s, input->allow);
    if (!s->core)
        return EVCP_OK;
    switch (input->kind) {
    case EVCP__IN_CONNECTED: return step_kind(s, EVCP__EV_CONNECTED);
    case EVCP__IN_FRAME: return evcp__station_frame(s, input->text, input->length);
    case EVCP__IN_HARDWARE: return on_hardware(s, &input->hardware);
    case EVCP__IN_CALL_FAILED: return evcp__station_call_failed(s, input->id);
    case EVCP__IN_REPORT:
    case EVCP__IN_ALLOW: break;
    }
    return EVCP_OK;
}

static int drain_inbox(evcp_t *s, bool *worked)
{
    size_t count = evcp__inbox_count(&s->inbox);
    int result = EVCP_OK;

    while (!result && count--) {
        struct evcp__input *input = evcp__inbox_take(&s->inbox);

        if (!input)
            break;
        *worked = true;
        result = on_input(s, input);
        free(input);
    }
    return result;
}

static int step_down(evcp_t *s, bool *worked)
{
    const struct evcp__event event = {.kind = EVCP__EV_DISCONNECTED, .u.text = s->down_why};

    if (!s->down)
        return EVCP_OK;
    s->down = false;
    *worked = true;
    evcp__station_forget_requests(s);
    return s->core ? evcp__station_step(s, &event) : EVCP_OK;
}

/* Once a turn, so that a deadline that stays in the past cannot hold the loop. */
static int step_tick(evcp_t *s, bool *worked)
{
    if (!s->core || s->ticked || evcp__core_deadline(s->core) > evcp__mono_ms())
        return EVCP_OK;
    s->ticked = true;
    *worked = true;
    return step_kind(s, EVCP__EV_TICK);
}

int evcp__station_drain(evcp_t *s, bool *worked)
{
    int result = EVCP_OK;

    if (s->lost_result) {
        s->lost_result = false;
        return EVCP_ENOMEM;
    }
    if (s->connect_wanted && !s->net_stale)
        evcp__station_connect(s);
    evcp__readers_poll(s, evcp__mono_ms());
    result = step_tick(s, worked);
    if (!result)
        result = drain_inbox(s, worked);
    if (!result)
        result = step_down(s, worked);
    return result;
}

uint64_t evcp__station_due(const evcp_t *s)
{
    uint64_t due = evcp__readers_due(s);
    uint64_t core = s->core ? evcp__core_deadline(s->core) : EVCP__NEVER;

    return core < due ? core : due;
}
