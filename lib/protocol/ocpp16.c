/* SPDX-License-Identifier: Apache-2.0 */
/* The OCPP 1.6 driver as the port sees it. */
#include "ocpp16.h"

const struct evcp__protocol evcp__ocpp16 = {
    .subprotocol = "ocpp1.6",
    .decode_request = evcp__ocpp16_decode_request,
    .decode_answer = evcp__ocpp16_decode_answer,
    .encode_fact = evcp__ocpp16_encode_fact,
    .encode_reply = evcp__ocpp16_encode_reply,
    .release_request = evcp__ocpp16_release_request,
};

enum evcp__rpc_code evcp__refusal_code(enum evcp__refusal refusal)
{
    switch (refusal) {
    case EVCP__REFUSE_NONE: return EVCP__RPC_OK;
    case EVCP__REFUSE_INTERNAL: return EVCP__RPC_INTERNAL_ERROR;
    case EVCP__REFUSE_PROPERTY_CONSTRAINT: return EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION;
    case EVCP__REFUSE_OCCURRENCE: return EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION;
    }
    return EVCP__RPC_GENERIC_ERROR;
}
