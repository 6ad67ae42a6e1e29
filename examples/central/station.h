/* SPDX-License-Identifier: Apache-2.0 */
/* A charge point as this central system knows it: its connection and the CALLs sent to it. */
#ifndef CENTRAL_STATION_H
#define CENTRAL_STATION_H

#include "central.h"
#include "link.h"

#include <jansson.h>
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>

struct call;

enum registration { REGISTRATION_UNKNOWN, REGISTRATION_ACCEPTED, REGISTRATION_NOT_YET };

struct station {
    struct station *next;
    struct central *central;
    char *id;
    struct link *link; /* NULL: not connected */
    int64_t connected_at;
    bool booted_on_link;
    enum registration registration;
    bool triggered; /* by a TriggerMessage, so that it may speak before it is accepted */
    bool silent;    /* its CALLs get no answer */
    struct call *calls;
    lws_sorted_usec_list_t answer_timer;
};

/* NULL: unknown to this run. */
struct station *station_find(const struct central *central, const char *id);

/* NULL: too many different charge points in one run. */
struct station *station_obtain(struct central *central, const char *id);

void station_attach(struct station *station, struct link *link);
void station_detach(struct station *station, const char *outcome);
void station_free_all(struct central *central);

/* Sends as soon as earlier CALLs are answered. Takes the payload's reference. */
void station_call(struct station *station, const char *action, json_t *payload);

/* An answer came: outcome is "result" or "error". False: nobody waits for this messageId. */
bool station_answered(struct station *station, const char *message_id, const char *outcome,
                      json_t *payload);

/* Connected, and its BootNotification accepted now or, after a mere loss of the link, before. */
bool station_ready(const struct station *station);

#endif
