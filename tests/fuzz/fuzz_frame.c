/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the bytes of one WebSocket text message, through the framing and the OCPP 1.6
 * driver, as the station does it. Whatever comes in, what goes out is a proper message.
 * Built with -fsanitize=fuzzer, or with standalone.c.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/protocol/ocpp16.h"

#define LENGTH_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Holds also where assert() is compiled out. */
static void promise(bool kept)
{
    if (!kept)
        abort();
}

/* Reads every byte, so that a text that is not ended is found. */
static size_t touch(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

/* ---- what we would answer ---------------------------------------------------------------- */

static void check_sent(char *frame, size_t length, enum evcp__rpc_kind kind, const char *id)
{
    struct evcp__rpc_message sent;
    promise(frame != NULL && strlen(frame) == length);
    evcp__rpc_parse(frame, length, 2 * length, &sent);
    bool anonymous = kind == EVCP__RPC_ERROR && strcmp(id, "-1") == 0; /* read as "no call" */
    promise(sent.kind == kind && strcmp(sent.id, anonymous ? "" : id) == 0);
    evcp__rpc_release(&sent);
    free(frame);
}

static void check_error(const char *id, enum evcp__rpc_code code, const char *text)
{
    size_t length = 0;
    char *frame = evcp__rpc_error(id, code, text, &length);
    if (strlen(id) <= EVCP__MESSAGE_ID_MAX)
        check_sent(frame, length, EVCP__RPC_ERROR, id);
    else
        free(frame);
}

static enum evcp__outcome outcome_for(enum evcp__request_kind kind)
{
    return kind == EVCP__REQ_UNLOCK ? EVCP__OUT_UNLOCKED : EVCP__OUT_ACCEPTED;
}

/* Replies with all that may come from the request: its id, its key names, its data. */
static void check_reply(const struct evcp__request *request)
{
    struct evcp__reply reply = {.kind = request->kind, .outcome = outcome_for(request->kind)};
    char unknown[1][EVCP__KEY_MAX + 1];
    memcpy(reply.id, request->id, sizeof reply.id);
    reply.data = request->kind == EVCP__REQ_DATA_TRANSFER ? request->value : NULL;
    if (request->key_count > 0) {
        promise(strlen(request->keys[0]) <= EVCP__KEY_MAX);
        memcpy(unknown[0], request->keys[0], strlen(request->keys[0]) + 1);
        reply.unknown = unknown;
        reply.unknown_count = 1;
    }
    size_t length = 0;
    json_t *payload = evcp__ocpp16.encode_reply(&reply);
    char *frame = evcp__rpc_result(reply.id, payload, &length);
    check_sent(frame, length, EVCP__RPC_RESULT, reply.id);
    json_decref(payload);
}

/* ---- what we were told ------------------------------------------------------------------- */

static void check_info(const struct evcp__token_info *info)
{
    promise(info->status <= EVCP_AUTH_CONCURRENT_TX);
    promise(memchr(info->parent, '\0', EVCP__ID_TOKEN_MAX + 1) != NULL);
}

static void check_list(const struct evcp__request *request)
{
    for (size_t i = 0; i < request->list_count; i++) {
        struct evcp__list_entry entry;
        request->list_at(request->list, i, &entry);
        promise(strlen(entry.id_tag) > 0 && strlen(entry.id_tag) <= EVCP__ID_TOKEN_MAX);
        check_info(&entry.info);
    }
}

static void check_request(const struct evcp__request *request)
{
    promise(request->kind < EVCP__REQ_KINDS);
    promise(!request->has_connector || request->connector >= 0);
    promise(touch(request->key) <= EVCP__KEY_MAX && touch(request->vendor) <= EVCP__VENDOR_ID_MAX);
    promise(request->kind != EVCP__REQ_CHANGE_SETTING || touch(request->value) <= EVCP__VALUE_MAX);
    for (size_t i = 0; i < request->key_count; i++)
        promise(touch(request->keys[i]) <= EVCP__KEY_MAX);
    promise(touch(request->token.value) <= EVCP__ID_TOKEN_MAX);
    check_list(request);
    check_reply(request);
}

static void run_call(const struct evcp__rpc_message *message)
{
    struct evcp__request request;
    char why[EVCP__ERROR_TEXT_MAX + 1];
    enum evcp__rpc_code code = evcp__ocpp16.decode_request(
        message->id, message->action, message->payload, &request, why, sizeof why);
    if (code == EVCP__RPC_OK)
        check_request(&request);
    else
        check_error(message->id, code, why);
    evcp__ocpp16.release_request(&request);
}

/* The answer may be to any of our calls. */
static void run_result(const struct evcp__rpc_message *message)
{
    for (int kind = 0; kind < EVCP__FACT_KINDS; kind++) {
        struct evcp__answer answer;
        evcp__ocpp16.decode_answer((enum evcp__fact_kind)kind, message->payload, &answer);
        promise(answer.kind == (enum evcp__fact_kind)kind);
        promise(answer.failed == (answer.error != NULL));
        promise(answer.interval_s >= 0 && answer.registration <= EVCP__REGISTRATION_REJECTED);
        check_info(&answer.info);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evcp__rpc_message message;
    evcp__rpc_parse((const char *)data, size, LENGTH_MAX, &message);
    touch(message.text);
    touch(message.code_text);
    switch (message.kind) {
    case EVCP__RPC_CALL: run_call(&message); break;
    case EVCP__RPC_BAD_CALL: check_error(message.id, message.code, message.text); break;
    case EVCP__RPC_RESULT: run_result(&message); break;
    case EVCP__RPC_BAD_RESULT:
    case EVCP__RPC_ERROR:
    case EVCP__RPC_IGNORED:
    case EVCP__RPC_GARBAGE: break;
    }
    evcp__rpc_release(&message);
    return 0;
}
