/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A protocol driver: wire <-> vocabulary. Knows no hardware and no store. Payloads that it decodes
 * were checked by the schema walker before.
 */
#ifndef EVCP_PROTOCOL_PROTOCOL_H
#define EVCP_PROTOCOL_PROTOCOL_H

#include <jansson.h>

#include "../core/types.h"
#include "rpc.h"

struct evcp__protocol {
    const char *subprotocol; /* "ocpp1.6" */

    /* A CALL of the central system. EVCP__RPC_OK code: *out is filled and borrows from payload.
     * Otherwise the CALLERROR code to answer with, *text says why (at most 255 characters). */
    enum evcp__rpc_code (*decode_request)(const char *id, const char *action, const json_t *payload,
                                          struct evcp__request *out, char *text, size_t text_size);

    /* Payload of the CALLRESULT to our call of that kind. A payload that breaks the schema gives
     * out->failed. `out` borrows nothing but constant texts. */
    void (*decode_answer)(enum evcp__fact_kind kind, const json_t *payload,
                          struct evcp__answer *out);

    /* NULL: no memory. The caller owns the result. *action is a constant text. */
    json_t *(*encode_fact)(const struct evcp__fact *fact, const char **action);
    json_t *(*encode_reply)(const struct evcp__reply *reply);

    /* Frees what decode_request allocated for `out` (the keys of GetConfiguration). */
    void (*release_request)(struct evcp__request *out);
};

extern const struct evcp__protocol evcp__ocpp16;

/* The CALLERROR code of a refusal, EVCP__RPC_OK for none. */
enum evcp__rpc_code evcp__refusal_code(enum evcp__refusal refusal);

#endif
