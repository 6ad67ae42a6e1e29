/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire side of a station: frames become events of the core, its calls and replies become
 * frames. Knows which calls of the central system wait for an answer, and hides secrets from
 * those who watch the frames.
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_private.h"

#define SECRET_KEY "AuthorizationKey"
#define HIDDEN     "(hidden: it names " SECRET_KEY ")"

/* ---- who watches ------------------------------------------------------------------------- */

static void show_frame(const evcp_t *s, bool outgoing, const char *text)
{
    struct evcp_event event = {.kind = EVCP_EVENT_FRAME, .accepted = outgoing, .text = text};

    evcp__station_event(s, &event);
}

static bool names_secret(const char *text)
{
    const size_t length = sizeof(SECRET_KEY) - 1;

    for (; *text; text++) {
        size_t i = 0;

        while (i < length &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)SECRET_KEY[i]))
            i++;
        if (i == length)
            return true;
    }
    return false;
}

static bool carries_secret(const struct evcp__rpc_message *m)
{
    const char *key = json_string_value(json_object_get(m->payload, "key"));

    return key && evcp__text_equal_ci(key, SECRET_KEY);
}

static char *without_secret(const struct evcp__rpc_message *m)
{
    json_t *copy = json_copy(m->payload);
    char *text = NULL;
    size_t length = 0;

    if (copy && json_object_set_new(copy, "value", json_string("(hidden)")) == 0)
        text = evcp__rpc_call(m->id, m->action, copy, &length);
    json_decref(copy);
    return text;
}

static void show_received(const evcp_t *s, const struct evcp__rpc_message *m, const char *text)
{
    char *shown = NULL;

    if (!s->hardware.event)
        return;
    if (m->kind == EVCP__RPC_CALL && carries_secret(m)) {
        shown = without_secret(m);
        show_frame(s, false, shown ? shown : HIDDEN);
        free(shown);
        return;
    }
    if (m->kind != EVCP__RPC_CALL && m->kind != EVCP__RPC_RESULT && names_secret(text))
        text = HIDDEN;
    show_frame(s, false, text);
}

/* ---- sending ----------------------------------------------------------------------------- */

/* Takes over `text`. A frame that cannot be queued is as good as a lost link: the next connection
 * repeats what has to arrive. */
static void send_text(evcp_t *s, char *text, size_t length)
{
    int result = text ? evcp__net_send(s->net, text, length) : EVCP_ENOMEM;

    if (result == EVCP_OK) {
        show_frame(s, true, text);
    } else if (result != EVCP_ESTATE) {
        evcp__host_log(s->host, 0, "%s: a frame was not sent (%s); connecting again", s->config->id,
                       evcp_strerror(result));
        evcp__net_disconnect(s->net);
    }
    free(text);
}

static void send_error(evcp_t *s, const char *id, enum evcp__rpc_code code, const char *why)
{
    size_t length = 0;
    char *text = evcp__rpc_error(id, code, why, &length);

    send_text(s, text, length);
}

static bool payload_ok(const evcp_t *s, const char *action, enum evcp__schema_side side,
                       const json_t *payload)
{
    const struct evcp__schema *schema = evcp__schema_find(&evcp__schema_ocpp16, action, side);
    char path[EVCP__SCHEMA_PATH_MAX] = "";
    enum evcp__schema_fault fault = EVCP__SCHEMA_FORMATION;

    if (schema)
        fault = evcp__schema_check(schema, payload, EVCP__SCHEMA_STRICT, path, sizeof(path));
    if (fault == EVCP__SCHEMA_OK)
        return true;
    evcp__host_log(s->host, 0, "%s: %s of ours breaks its schema at \"%s\" (%s); not sent",
                   s->config->id, action, path, evcp__schema_fault_code(fault));
    assert(fault == EVCP__SCHEMA_OK);
    return false;
}

/* The core hears of it in the next round, as of a CALLERROR. */
static void give_up_call(evcp_t *s, const char *id)
{
    struct evcp__input what = {.kind = EVCP__IN_CALL_FAILED};

    memcpy(what.id, id, sizeof(what.id));
    if (evcp__inbox_put(&s->inbox, &what, NULL, 0))
        evcp__net_disconnect(s->net);
}

void evcp__station_call(evcp_t *s, const struct evcp__fact *fact)
{
    const char *action = NULL;
    json_t *payload = s->protocol->encode_fact(fact, &action);
    size_t length = 0;

    if (!payload) {
        send_text(s, NULL, 0);
        return;
    }
    memcpy(s->last_call, fact->id, sizeof(s->last_call));
    if (payload_ok(s, action, EVCP__SCHEMA_REQUEST, payload)) {
        char *text = evcp__rpc_call(fact->id, action, payload, &length);

        send_text(s, text, length);
    } else {
        give_up_call(s, fact->id);
    }
    json_decref(payload);
}

/* ---- calls of the central system --------------------------------------------------------- */

static char *find_open(evcp_t *s, const char *id)
{
    for (size_t i = 0; i < EVCP__OPEN_REQUESTS_MAX; i++) {
        if (strcmp(s->open[i], id) == 0)
            return s->open[i];
    }
    return NULL;
}

static void close_request(evcp_t *s, const char *id)
{
    char *slot = find_open(s, id);

    if (slot)
        slot[0] = '\0';
}

void evcp__station_forget_requests(evcp_t *s)
{
    memset(s->open, 0, sizeof(s->open));
}

void evcp__station_fail_requests(evcp_t *s)
{
    for (size_t i = 0; i < EVCP__OPEN_REQUESTS_MAX; i++) {
        if (s->open[i][0])
            send_error(s, s->open[i], EVCP__RPC_INTERNAL_ERROR, "the store failed");
    }
    evcp__station_forget_requests(s);
}

static int step_request(evcp_t *s, const struct evcp__rpc_message *m)
{
    struct evcp__request request;
    char why[EVCP__ERROR_TEXT_MAX + 1] = "";
    enum evcp__rpc_code code =
        s->protocol->decode_request(m->id, m->action, m->payload, &request, why, sizeof(why));
    struct evcp__event event = {.kind = EVCP__EV_REQUEST, .u.request = &request};
    int result = EVCP_OK;

    if (code != EVCP__RPC_OK) {
        close_request(s, m->id);
        send_error(s, m->id, code, why);
        return EVCP_OK;
    }
    result = evcp__station_step(s, &event);
    s->protocol->release_request(&request);
    return result;
}

static bool may_answer(const evcp_t *s)
{
    return evcp__core_link(s->core) != EVCP_LINK_REJECTED;
}

static int on_call(evcp_t *s, const struct evcp__rpc_message *m)
{
    char *slot = NULL;

    if (!may_answer(s))
        return EVCP_OK;
    if (*m->id && find_open(s, m->id)) {
        send_error(s, m->id, EVCP__RPC_GENERIC_ERROR, "a call with this id is not answered yet");
        return EVCP_OK;
    }
    slot = find_open(s, "");
    if (!slot || strlen(m->id) > EVCP__MESSAGE_ID_MAX) {
        send_error(s, m->id, EVCP__RPC_GENERIC_ERROR, "too many calls wait for their answers");
        return EVCP_OK;
    }
    memcpy(slot, m->id, strlen(m->id) + 1);
    return step_request(s, m);
}

static const char *action_of(enum evcp__request_kind kind)
{
    switch (kind) {
    case EVCP__REQ_CHANGE_AVAILABILITY: return "ChangeAvailability";
    case EVCP__REQ_CHANGE_SETTING: return "ChangeConfiguration";
    case EVCP__REQ_CLEAR_CACHE: return "ClearCache";
    case EVCP__REQ_DATA_TRANSFER: return "DataTransfer";
    case EVCP__REQ_GET_SETTINGS: return "GetConfiguration";
    case EVCP__REQ_GET_LIST_VERSION: return "GetLocalListVersion";
    case EVCP__REQ_REMOTE_START: return "RemoteStartTransaction";
    case EVCP__REQ_REMOTE_STOP: return "RemoteStopTransaction";
    case EVCP__REQ_RESET: return "Reset";
    case EVCP__REQ_SEND_LIST: return "SendLocalList";
    case EVCP__REQ_TRIGGER: return "TriggerMessage";
    case EVCP__REQ_UNLOCK: return "UnlockConnector";
    case EVCP__REQ_KINDS: break;
    }
    return "";
}

static void send_result(evcp_t *s, const struct evcp__reply *reply)
{
    json_t *payload = s->protocol->encode_reply(reply);
    size_t length = 0;
    char *text = NULL;

    if (payload && payload_ok(s, action_of(reply->kind), EVCP__SCHEMA_RESPONSE, payload))
        text = evcp__rpc_result(reply->id, payload, &length);
    json_decref(payload);
    if (text)
        send_text(s, text, length);
    else
        send_error(s, reply->id, EVCP__RPC_INTERNAL_ERROR, "the answer could not be written");
}

void evcp__station_reply(evcp_t *s, const struct evcp__reply *reply)
{
    /* The call came over a connection that is gone, or was answered already. */
    if (!reply->id[0] || !find_open(s, reply->id))
        return;
    close_request(s, reply->id);
    if (reply->refusal != EVCP__REFUSE_NONE)
        send_error(s, reply->id, evcp__refusal_code(reply->refusal), reply->refusal_text);
    else
        send_result(s, reply);
}

/* ---- answers to our calls ---------------------------------------------------------------- */

static int step_answer(evcp_t *s, const struct evcp__answer *answer)
{
    const struct evcp__event event = {.kind = EVCP__EV_ANSWER, .u.answer = answer};

    return evcp__station_step(s, &event);
}

int evcp__station_call_failed(evcp_t *s, const char *id)
{
    struct evcp__answer answer = {.failed = true, .error = "the message could not be written"};

    if (!evcp__core_in_flight(s->core, id, &answer.kind))
        return EVCP_OK;
    answer.id = id;
    return step_answer(s, &answer);
}

static void read_answer(const evcp_t *s, const struct evcp__rpc_message *m,
                        struct evcp__answer *answer, char *why, size_t why_size)
{
    if (m->kind == EVCP__RPC_RESULT) {
        s->protocol->decode_answer(answer->kind, m->payload, answer);
        return;
    }
    answer->failed = true;
    answer->security = m->code == EVCP__RPC_SECURITY_ERROR;
    (void)snprintf(why, why_size, "%s%s%s", m->code_text, *m->code_text && *m->text ? ": " : "",
                   m->text);
    answer->error = why;
}

/* A peer that cannot read a frame cannot know its id and answers with "-1", "" or null. There is
 * one call in flight at most, so that is the one it means. */
static int on_answer(evcp_t *s, const struct evcp__rpc_message *m)
{
    struct evcp__answer answer = {.failed = false};
    enum evcp__fact_kind kind = EVCP__FACT_KINDS;
    char why[EVCP__WHY_MAX] = "";
    const char *id = m->id;

    if (m->kind == EVCP__RPC_ERROR && !*id)
        id = s->last_call;
    if (!*id || !evcp__core_in_flight(s->core, id, &kind)) {
        evcp__host_log(s->host, 3, "%s: an answer to no call that waits was dropped",
                       s->config->id);
        return EVCP_OK;
    }
    answer.kind = kind;
    read_answer(s, m, &answer, why, sizeof(why));
    answer.kind = kind;
    answer.id = id;
    return step_answer(s, &answer);
}

/* ---- receiving --------------------------------------------------------------------------- */

static int on_message(evcp_t *s, const struct evcp__rpc_message *m)
{
    switch (m->kind) {
    case EVCP__RPC_CALL: return on_call(s, m);
    case EVCP__RPC_BAD_CALL:
        if (may_answer(s))
            send_error(s, m->id, m->code, m->text);
        return EVCP_OK;
    case EVCP__RPC_RESULT:
    case EVCP__RPC_BAD_RESULT:
    case EVCP__RPC_ERROR: return on_answer(s, m);
    case EVCP__RPC_IGNORED:
    case EVCP__RPC_GARBAGE:
        evcp__host_log(s->host, 1, "%s: a frame was passed over: %s", s->config->id, m->text);
        return EVCP_OK;
    }
    return EVCP_OK;
}

int evcp__station_frame(evcp_t *s, const char *text, size_t length)
{
    struct evcp__rpc_message message;
    int result = EVCP_OK;

    evcp__rpc_parse(text, length, s->config->message_max, &message);
    show_received(s, &message, text);
    result = on_message(s, &message);
    evcp__rpc_release(&message);
    return result;
}
