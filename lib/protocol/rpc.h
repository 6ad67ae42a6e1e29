/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCPP-J framing: text message <-> CALL, CALLRESULT, CALLERROR. What comes in is measured before
 * it is parsed: size, nesting, number of values, UTF-8. Pure: no IO, no clock, no message ids of
 * its own.
 */
#ifndef EVCP_PROTOCOL_RPC_H
#define EVCP_PROTOCOL_RPC_H

#include <stddef.h>

#include <jansson.h>

#include "../core/limits.h"
#include "schema.h"

/* A longer message id in a CALL is not worth an answer. */
#define EVCP__RPC_ECHO_MAX 1024

/* Bytes of the allowed message length that each JSON value of a message may claim. It bounds the
 * memory of a parsed message to a small multiple of that length. */
#define EVCP__RPC_BYTES_PER_VALUE 16

enum evcp__rpc_kind {
    EVCP__RPC_CALL,       /* id, action, payload */
    EVCP__RPC_BAD_CALL,   /* id, code, text: answer with that CALLERROR, do nothing else */
    EVCP__RPC_RESULT,     /* id, payload */
    EVCP__RPC_BAD_RESULT, /* id, text: the call was answered, the answer cannot be read */
    EVCP__RPC_ERROR,      /* id, code, code_text, text; id is empty if the peer named no call */
    EVCP__RPC_IGNORED,    /* text: another message type, which the standard says to ignore */
    EVCP__RPC_GARBAGE     /* text: nothing that could be answered; drop it */
};

/* CALLERROR codes. Those up to GENERIC_ERROR are the ones of OCPP 1.6, which may be sent. */
enum evcp__rpc_code {
    EVCP__RPC_OK, /* no error; has no spelling */
    EVCP__RPC_NOT_IMPLEMENTED,
    EVCP__RPC_NOT_SUPPORTED,
    EVCP__RPC_INTERNAL_ERROR,
    EVCP__RPC_PROTOCOL_ERROR,
    EVCP__RPC_SECURITY_ERROR,
    EVCP__RPC_FORMATION_VIOLATION,
    EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION,
    EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION,
    EVCP__RPC_TYPE_CONSTRAINT_VIOLATION,
    EVCP__RPC_GENERIC_ERROR,
    EVCP__RPC_MESSAGE_TYPE_NOT_SUPPORTED, /* of later versions: received only */
    EVCP__RPC_RPC_FRAMEWORK_ERROR,
    EVCP__RPC_UNKNOWN_CODE /* received, and not in any table */
};

/* A received message. The texts and the payload belong to it and live until it is released; take
 * a reference (json_incref) to keep the payload longer. Unused texts are "", never NULL. */
struct evcp__rpc_message {
    enum evcp__rpc_kind kind;
    enum evcp__rpc_code code;
    const char *id;
    const char *action;
    const char *code_text; /* as received */
    const char *text;      /* ERROR: the description as received; else what is wrong */
    json_t *payload;       /* CALL, RESULT: never NULL, any JSON value; others: NULL */
    json_t *held;          /* owns the texts */
};

/* Parses one complete text message. Every input gives one of the kinds above; a lack of memory
 * gives BAD_CALL (with INTERNAL_ERROR, as far as the JSON reader tells), BAD_RESULT or GARBAGE.
 * Always release the message. */
void evcp__rpc_parse(const char *text, size_t length, size_t length_max,
                     struct evcp__rpc_message *out);
void evcp__rpc_release(struct evcp__rpc_message *message);

/* Compose a message: compact JSON in one block, ended by a NUL that *length does not count. The
 * caller owns it and gives it to free(). NULL: no memory, or the payload cannot be written. The
 * payload is borrowed. The description (NULL: none) is cut to 255 bytes between characters, and
 * left out if it is not UTF-8. Only codes of OCPP 1.6 can be sent. */
EVCP__MUST_CHECK char *evcp__rpc_call(const char *id, const char *action, json_t *payload,
                                      size_t *length);
EVCP__MUST_CHECK char *evcp__rpc_result(const char *id, json_t *payload, size_t *length);
EVCP__MUST_CHECK char *evcp__rpc_error(const char *id, enum evcp__rpc_code code,
                                       const char *description, size_t *length);

/* The spelling on the wire of OCPP 1.6, historic misspellings included. */
const char *evcp__rpc_code_name(enum evcp__rpc_code code);

/* Reads a code, also in the spellings of later versions. */
enum evcp__rpc_code evcp__rpc_code_from(const char *name);

/* The code to refuse a payload with. */
enum evcp__rpc_code evcp__rpc_code_of(enum evcp__schema_fault fault);

#endif
