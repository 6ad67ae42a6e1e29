/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The central system's answers to our calls. Fields that the standard does not know are passed
 * over: a charger that does not boot because of one helps nobody. Everything that is read has its
 * type, its range and its words checked.
 */
#include "ocpp16.h"

#include <string.h>

#include "datetime.h"

static int64_t time_of(const json_t *payload)
{
    int64_t utc_ms = 0;
    const char *text = json_string_value(json_object_get(payload, "currentTime"));
    return evcp__datetime_parse(text, &utc_ms) ? utc_ms : 0;
}

static int32_t number_of(const json_t *payload, const char *name)
{
    return (int32_t)json_integer_value(json_object_get(payload, name)); /* checked to fit */
}

/* A negative interval means as little as 0, which says: choose your own. */
static void read_boot(const json_t *payload, struct evcp__answer *out)
{
    int32_t interval = number_of(payload, "interval");
    out->interval_s = interval > 0 ? interval : 0;
    out->utc_ms = time_of(payload);
    out->registration =
        evcp__ocpp16_registration(json_string_value(json_object_get(payload, "status")));
}

static void read_info(const json_t *payload, struct evcp__answer *out)
{
    const json_t *info = json_object_get(payload, "idTagInfo");
    out->has_info = json_is_object(info);
    if (out->has_info)
        evcp__ocpp16_read_info(info, &out->info);
}

static void read_answer(const json_t *payload, struct evcp__answer *out)
{
    switch (out->kind) {
    case EVCP__FACT_BOOT: read_boot(payload, out); return;
    case EVCP__FACT_HEARTBEAT: out->utc_ms = time_of(payload); return;
    case EVCP__FACT_STARTED:
        out->transaction_id = number_of(payload, "transactionId");
        read_info(payload, out);
        return;
    case EVCP__FACT_AUTHORIZE:
    case EVCP__FACT_ENDED: read_info(payload, out); return;
    case EVCP__FACT_STATUS:
    case EVCP__FACT_UPDATED:
    case EVCP__FACT_KINDS: return;
    }
}

static const char *fault_text(enum evcp__schema_fault fault)
{
    switch (fault) {
    case EVCP__SCHEMA_OK: return NULL;
    case EVCP__SCHEMA_FORMATION: return "the answer's payload is not a JSON object";
    case EVCP__SCHEMA_OCCURRENCE: return "the answer lacks a required field";
    case EVCP__SCHEMA_TYPE: return "a field of the answer has the wrong JSON type";
    case EVCP__SCHEMA_PROPERTY: return "a field of the answer has a value that is not allowed";
    }
    return NULL;
}

static void decode_object(const json_t *payload, struct evcp__answer *out)
{
    char path[EVCP__SCHEMA_PATH_MAX + 1];
    const struct evcp__schema *schema = evcp__schema_find(
        &evcp__schema_ocpp16, evcp__ocpp16_action(out->kind), EVCP__SCHEMA_RESPONSE);
    out->error =
        fault_text(evcp__schema_check(schema, payload, EVCP__SCHEMA_TOLERANT, path, sizeof path));
    out->failed = out->error != NULL;
    if (!out->failed)
        read_answer(payload, out);
}

/* Some languages write an empty map as an empty list. */
static bool means_empty(const json_t *payload)
{
    return json_is_array(payload) && json_array_size(payload) == 0;
}

void evcp__ocpp16_decode_answer(enum evcp__fact_kind kind, const json_t *payload,
                                struct evcp__answer *out)
{
    memset(out, 0, sizeof *out);
    out->kind = kind;
    if (!means_empty(payload)) {
        decode_object(payload, out);
        return;
    }
    json_t *empty = json_object();
    out->failed = empty == NULL;
    out->error = empty == NULL ? "out of memory" : NULL;
    if (empty != NULL)
        decode_object(empty, out);
    json_decref(empty);
}
