/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the OCPP 1.6 driver: what its files share. Others use evcp__ocpp16 of protocol.h.
 */
#ifndef EVCP_PROTOCOL_OCPP16_H
#define EVCP_PROTOCOL_OCPP16_H

#include <jansson.h>

#include "protocol.h"

/* ---- words of the standard (chapter 7) --------------------------------------------------- */

const char *evcp__ocpp16_status(enum evcp_status status);
const char *evcp__ocpp16_error_code(enum evcp_error_code code);
const char *evcp__ocpp16_reason(enum evcp_stop_reason reason);
const char *evcp__ocpp16_context(enum evcp__context context);
const char *evcp__ocpp16_location(enum evcp_location location);
/* NULL: the measurand has none (7.45 has no unit for hertz, revolutions, power factor). */
const char *evcp__ocpp16_unit(enum evcp_measurand measurand);
const char *evcp__ocpp16_outcome(enum evcp__outcome outcome);
const char *evcp__ocpp16_action(enum evcp__fact_kind kind);

/* The words below were checked by the schema walker, or are EVCP__TRIGGER_UNSUPPORTED. */
enum evcp_auth_status evcp__ocpp16_auth_status(const char *word);
enum evcp__registration evcp__ocpp16_registration(const char *word);
enum evcp__trigger evcp__ocpp16_trigger(const char *word);

/* ---- reading ----------------------------------------------------------------------------- */

/* Printable ASCII only, as every CiString has to be (2.2). */
bool evcp__ocpp16_is_plain(const json_t *string);
/* Reads an IdTagInfo that passed the walker. */
void evcp__ocpp16_read_info(const json_t *object, struct evcp__token_info *out);

enum evcp__rpc_code evcp__ocpp16_decode_request(const char *id, const char *action,
                                                const json_t *payload, struct evcp__request *out,
                                                char *text, size_t text_size);
void evcp__ocpp16_release_request(struct evcp__request *out);
void evcp__ocpp16_decode_answer(enum evcp__fact_kind kind, const json_t *payload,
                                struct evcp__answer *out);

/* ---- writing ----------------------------------------------------------------------------- */

/* Sets a field and takes over the value. False: no memory (also if object or value is NULL). */
EVCP__MUST_CHECK bool evcp__ocpp16_put(json_t *object, const char *name, json_t *value);
/* The object if all went well, else NULL after freeing it. */
EVCP__MUST_CHECK json_t *evcp__ocpp16_finish(json_t *object, bool good);
/* A CiString of at most `most` (up to EVCP__VENDOR_ID_MAX) characters: longer text is cut, what is
 * not printable ASCII becomes "?". */
EVCP__MUST_CHECK json_t *evcp__ocpp16_cistring(const char *text, size_t most);
/* Text for people or of the vendor: UTF-8 as it is; with invalid UTF-8 all that is not ASCII
 * becomes "?". */
EVCP__MUST_CHECK json_t *evcp__ocpp16_text(const char *text);
EVCP__MUST_CHECK json_t *evcp__ocpp16_datetime(int64_t utc_ms);

EVCP__MUST_CHECK json_t *evcp__ocpp16_meter_values(const struct evcp__meter_value *values,
                                                   size_t count);
EVCP__MUST_CHECK json_t *evcp__ocpp16_encode_fact(const struct evcp__fact *fact,
                                                  const char **action);
EVCP__MUST_CHECK json_t *evcp__ocpp16_encode_reply(const struct evcp__reply *reply);

#endif
