/* SPDX-License-Identifier: Apache-2.0 */
/* A charge point as this central system knows it: its connection and the CALLs sent to it. */
#include "station.h"

#include "books.h"
#include "memory.h"
#include "print.h"
#include "timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STATIONS     10000
#define ANSWER_SECONDS   30
#define SETTLED_AFTER_MS 2000
#define MESSAGE_ID_SIZE  37

/* The first one in the list has been sent. */
struct call {
    struct call *next;
    char *action;
    char message_id[MESSAGE_ID_SIZE];
    char *text;
};

struct station *station_find(const struct central *central, const char *id)
{
    struct station *station = central->stations;
    while (station != NULL && strcmp(station->id, id) != 0) {
        station = station->next;
    }
    return station;
}

struct station *station_obtain(struct central *central, const char *id)
{
    struct station *station = station_find(central, id);
    if (station != NULL || central->station_count == MAX_STATIONS) {
        return station;
    }
    station = memory_zeroed(sizeof *station);
    station->id = memory_text(id);
    station->central = central;
    station->next = central->stations;
    central->stations = station;
    central->station_count++;
    return station;
}

static void free_first_call(struct station *station)
{
    struct call *call = station->calls;
    station->calls = call->next;
    free(call->action);
    free(call->text);
    free(call);
}

static void report_answer(struct station *station, const char *outcome, json_t *payload)
{
    const struct call *call = station->calls;
    print_event(json_pack("{s:s,s:s,s:s,s:s,s:s,s:O*}", "event", "answer", "id", station->id,
                          "action", call->action, "messageId", call->message_id, "outcome", outcome,
                          "payload", payload));
    free_first_call(station);
}

static void send_first_call(struct station *station);

static void answer_is_late(lws_sorted_usec_list_t *timer)
{
    struct station *station = lws_container_of(timer, struct station, answer_timer);
    report_answer(station, "timeout", NULL);
    send_first_call(station);
}

static void send_first_call(struct station *station)
{
    const struct call *call = station->calls;
    if (call == NULL) {
        return;
    }
    link_send(station->link, call->text, strlen(call->text));
    lws_sul_schedule(station->central->context, 0, &station->answer_timer, answer_is_late,
                     (lws_usec_t)ANSWER_SECONDS * LWS_US_PER_SEC);
}

static struct call *new_call(struct station *station, const char *action, json_t *payload)
{
    struct central *central = station->central;
    struct call *call = memory_zeroed(sizeof *call);
    snprintf(call->message_id, sizeof call->message_id, "%llx-%llx",
             (unsigned long long)central->started, ++central->messages);
    json_t *frame = json_pack("[i,s,s,o]", 2, call->message_id, action, payload);
    call->text = frame ? json_dumps(frame, JSON_COMPACT) : memory_text("");
    call->action = memory_text(action);
    json_decref(frame);
    return call;
}

void station_call(struct station *station, const char *action, json_t *payload)
{
    struct call *call = new_call(station, action, payload);
    struct call **end = &station->calls;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = call;
    if (strcmp(action, "TriggerMessage") == 0) {
        station->triggered = true;
    }
    if (station->calls == call) {
        send_first_call(station);
    }
}

bool station_answered(struct station *station, const char *message_id, const char *outcome,
                      json_t *payload)
{
    if (station->calls == NULL || strcmp(station->calls->message_id, message_id) != 0) {
        return false;
    }
    lws_sul_cancel(&station->answer_timer);
    report_answer(station, outcome, payload);
    send_first_call(station);
    return true;
}

void station_attach(struct station *station, struct link *link)
{
    if (station->link != NULL) {
        struct link *old = station->link;
        station_detach(station, "replaced");
        link_close(old, LWS_CLOSE_STATUS_POLICY_VIOLATION, "a newer connection has this identity");
    }
    station->link = link;
    station->connected_at = timestamp_now();
    station->booted_on_link = false;
    link->station = station;
}

void station_detach(struct station *station, const char *outcome)
{
    lws_sul_cancel(&station->answer_timer);
    while (station->calls != NULL) {
        report_answer(station, "lost", NULL);
    }
    print_event(
        json_pack("{s:s,s:s,s:s}", "event", "disconnected", "id", station->id, "reason", outcome));
    station->link->station = NULL;
    station->link = NULL;
    station->triggered = false;
}

bool station_ready(const struct station *station)
{
    if (station->link == NULL) {
        return false;
    }
    if (station->booted_on_link) {
        return true;
    }
    /* Nobody need boot again after a loss of the link: give it a moment to do it all the same. */
    return station->registration != REGISTRATION_NOT_YET &&
           books_booted(station->central->books, station->id) &&
           timestamp_now() - station->connected_at >= SETTLED_AFTER_MS;
}

void station_free_all(struct central *central)
{
    while (central->stations != NULL) {
        struct station *station = central->stations;
        central->stations = station->next;
        free(station->id);
        free(station);
    }
}
