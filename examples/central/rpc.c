/* SPDX-License-Identifier: Apache-2.0 */
/* OCPP-J frames: CALL, CALLRESULT, CALLERROR. */
#include "rpc.h"

#include "books.h"
#include "handlers.h"
#include "payload.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

#define CALL               2
#define CALL_RESULT        3
#define CALL_ERROR         4
#define LONGEST_MESSAGE_ID 36

static void send_frame(struct station *station, json_t *frame)
{
    char *text = frame ? json_dumps(frame, JSON_COMPACT) : NULL;
    if (text != NULL && station->link != NULL && !station->silent) {
        link_send(station->link, text, strlen(text));
    }
    free(text);
    json_decref(frame);
}

static void send_error(struct station *station, const char *message_id,
                       const struct verdict *verdict)
{
    send_frame(station,
               json_pack("[i,s,s,s,{}]", CALL_ERROR, message_id, verdict->code, verdict->text));
}

static bool may_speak(const struct station *station, const char *action)
{
    if (strcmp(action, "BootNotification") == 0 || station->triggered) {
        return true;
    }
    switch (station->registration) {
    case REGISTRATION_ACCEPTED: return true;
    case REGISTRATION_NOT_YET: return false;
    case REGISTRATION_UNKNOWN: return books_booted(station->central->books, station->id);
    }
    return false;
}

static void serve(struct station *station, const char *message_id, const char *action,
                  json_t *payload)
{
    struct verdict verdict = {NULL, ""};
    if (!may_speak(station, action)) {
        print_violation(station->id, "a CALL before BootNotification was accepted");
    }
    json_t *answer = handlers_serve(station, message_id, action, payload, &verdict);
    if (verdict.text[0] != '\0') {
        print_violation(station->id, verdict.text);
    }
    if (answer == NULL) {
        send_error(station, message_id, &verdict);
        return;
    }
    send_frame(station, json_pack("[i,s,o]", CALL_RESULT, message_id, answer));
}

static void receive_call(struct station *station, const char *message_id, const json_t *frame)
{
    const char *action = json_string_value(json_array_get(frame, 2));
    json_t *payload = json_array_get(frame, 3);
    if (action == NULL || json_array_size(frame) != 4 || !json_is_object(payload)) {
        struct verdict verdict = {"FormationViolation",
                                  "a CALL is [2,messageId,action,payload object]"};
        print_violation(station->id, verdict.text);
        send_error(station, message_id, &verdict);
        return;
    }
    serve(station, message_id, action, payload);
}

static void receive_result(struct station *station, const char *message_id, const json_t *frame)
{
    json_t *payload = json_array_get(frame, 2);
    if (json_array_size(frame) != 3 || !json_is_object(payload)) {
        print_violation(station->id, "a CALLRESULT is [3,messageId,payload object]");
    }
    if (!station_answered(station, message_id, "result", payload)) {
        print_violation(station->id, "a CALLRESULT that answers no outstanding CALL");
    }
}

static void receive_error(struct station *station, const char *message_id, const json_t *frame)
{
    json_t *code = json_array_get(frame, 2);
    json_t *text = json_array_get(frame, 3);
    if (json_array_size(frame) != 5 || !json_is_string(code) || !json_is_string(text) ||
        !json_is_object(json_array_get(frame, 4))) {
        print_violation(station->id, "a CALLERROR is [4,messageId,code,description,details]");
    }
    json_t *payload = json_pack("{s:O*,s:O*,s:O*}", "code", code, "description", text, "details",
                                json_array_get(frame, 4));
    if (!station_answered(station, message_id, "error", payload)) {
        print_violation(station->id, "a CALLERROR that answers no outstanding CALL");
    }
    json_decref(payload);
}

static void receive_frame(struct station *station, const json_t *frame)
{
    const char *message_id = json_string_value(json_array_get(frame, 1));
    json_int_t type = json_integer_value(json_array_get(frame, 0));
    if (message_id == NULL) {
        print_violation(station->id, "a frame is a list of a type, a messageId and more");
        return;
    }
    if (strlen(message_id) > LONGEST_MESSAGE_ID) {
        print_violation(station->id, "a messageId of more than 36 characters");
    }
    switch (type) {
    case CALL: receive_call(station, message_id, frame); return;
    case CALL_RESULT: receive_result(station, message_id, frame); return;
    case CALL_ERROR: receive_error(station, message_id, frame); return;
    default: print_violation(station->id, "a message type other than 2, 3 and 4"); return;
    }
}

void rpc_receive(struct station *station, const char *text, size_t length)
{
    json_error_t error;
    print_frame("in", station->id, text, length);
    json_t *frame = json_loadb(text, length, 0, &error);
    if (frame == NULL) {
        print_violation(station->id, "a frame that is not JSON");
        return;
    }
    receive_frame(station, frame);
    json_decref(frame);
}
