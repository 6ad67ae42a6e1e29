/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts as OCPP 1.6 requests. A fact is encoded each time it is sent, and always to the same
 * bytes, so that every retry is a repetition.
 */
#include "ocpp16.h"

#include <assert.h>

#define put evcp__ocpp16_put

/* ---- BootNotification -------------------------------------------------------------------- */

static bool put_identity(json_t *object, const char *name, const char *text, size_t most)
{
    if (text == NULL || text[0] == '\0')
        return true;
    return put(object, name, evcp__ocpp16_cistring(text, most));
}

static json_t *encode_boot(const struct evcp__fact *fact)
{
    const struct evcp_config *who = fact->identity;
    assert(who != NULL && who->vendor != NULL && who->model != NULL);
    json_t *object = json_object();
    bool good = put(object, "chargePointVendor", evcp__ocpp16_cistring(who->vendor, 20)) &&
                put(object, "chargePointModel", evcp__ocpp16_cistring(who->model, 20)) &&
                put_identity(object, "chargePointSerialNumber", who->serial, 25) &&
                put_identity(object, "firmwareVersion", who->firmware, 50) &&
                put_identity(object, "iccid", who->iccid, 20) &&
                put_identity(object, "imsi", who->imsi, 20) &&
                put_identity(object, "meterType", who->meter_type, 25) &&
                put_identity(object, "meterSerialNumber", who->meter_serial, 25);
    return evcp__ocpp16_finish(object, good);
}

/* ---- StatusNotification ------------------------------------------------------------------ */

/* Without a known time the field is left out: it then means the time of receipt (6.47). */
static bool put_time_if_known(json_t *object, int64_t utc_ms)
{
    return utc_ms == 0 || put(object, "timestamp", evcp__ocpp16_datetime(utc_ms));
}

static json_t *encode_status(const struct evcp__fact *fact)
{
    const struct evcp_fault *fault = &fact->fault;
    json_t *object = json_object();
    bool good = put(object, "connectorId", json_integer(fact->connector)) &&
                put(object, "errorCode", json_string(evcp__ocpp16_error_code(fault->code))) &&
                put(object, "status", json_string(evcp__ocpp16_status(fact->status))) &&
                put_time_if_known(object, fact->utc_ms) &&
                put_identity(object, "info", fault->info, EVCP__INFO_MAX) &&
                put_identity(object, "vendorId", fault->vendor_id, EVCP__VENDOR_ID_MAX) &&
                put_identity(object, "vendorErrorCode", fault->vendor_code, EVCP__VENDOR_CODE_MAX);
    return evcp__ocpp16_finish(object, good);
}

/* ---- transactions ------------------------------------------------------------------------ */

/* A token is never cut: one that is too long was refused when it was read. */
static json_t *encode_token(const struct evcp_token *token)
{
    json_t *string = evcp__ocpp16_cistring(token->value, EVCP_TOKEN_MAX);
    assert(json_string_length(string) <= EVCP__ID_TOKEN_MAX);
    return string;
}

static json_t *encode_authorize(const struct evcp__fact *fact)
{
    json_t *object = json_object();
    return evcp__ocpp16_finish(object, put(object, "idTag", encode_token(&fact->token)));
}

static json_t *encode_started(const struct evcp__fact *fact)
{
    assert(fact->connector > 0);
    json_t *object = json_object();
    bool good = put(object, "connectorId", json_integer(fact->connector)) &&
                put(object, "idTag", encode_token(&fact->token)) &&
                put(object, "meterStart", json_integer(fact->meter_wh)) &&
                put(object, "timestamp", evcp__ocpp16_datetime(fact->utc_ms));
    return evcp__ocpp16_finish(object, good);
}

static bool put_transaction_data(json_t *object, const struct evcp__fact *fact)
{
    if (fact->value_count == 0)
        return true;
    return put(object, "transactionData",
               evcp__ocpp16_meter_values(fact->values, fact->value_count));
}

static json_t *encode_ended(const struct evcp__fact *fact)
{
    json_t *object = json_object();
    bool good =
        put(object, "transactionId", json_integer(fact->transaction_id)) &&
        (fact->token.value[0] == '\0' || put(object, "idTag", encode_token(&fact->token))) &&
        put(object, "meterStop", json_integer(fact->meter_wh)) &&
        put(object, "timestamp", evcp__ocpp16_datetime(fact->utc_ms)) &&
        put(object, "reason", json_string(evcp__ocpp16_reason(fact->reason))) &&
        put_transaction_data(object, fact);
    return evcp__ocpp16_finish(object, good);
}

static json_t *encode_updated(const struct evcp__fact *fact)
{
    assert(fact->value_count > 0);
    json_t *object = json_object();
    bool good =
        put(object, "connectorId", json_integer(fact->connector)) &&
        (!fact->in_transaction ||
         put(object, "transactionId", json_integer(fact->transaction_id))) &&
        put(object, "meterValue", evcp__ocpp16_meter_values(fact->values, fact->value_count));
    return evcp__ocpp16_finish(object, good);
}

json_t *evcp__ocpp16_encode_fact(const struct evcp__fact *fact, const char **action)
{
    *action = evcp__ocpp16_action(fact->kind);
    switch (fact->kind) {
    case EVCP__FACT_BOOT: return encode_boot(fact);
    case EVCP__FACT_HEARTBEAT: return json_object();
    case EVCP__FACT_STATUS: return encode_status(fact);
    case EVCP__FACT_AUTHORIZE: return encode_authorize(fact);
    case EVCP__FACT_STARTED: return encode_started(fact);
    case EVCP__FACT_UPDATED: return encode_updated(fact);
    case EVCP__FACT_ENDED: return encode_ended(fact);
    case EVCP__FACT_KINDS: break;
    }
    assert(0 && "not a fact");
    return NULL;
}
