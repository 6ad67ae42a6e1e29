/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the OCPP 1.6 driver makes of the central system's messages. The cases are in
 * tests/golden/ocpp16: what comes in, and what the core is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/protocol/iso8601.h"
#include "../../lib/protocol/ocpp16.h"
#include "../support/golden.h"

#define ID "19223201-a1b2-C3D4-e5f6-0123456789ab" /* 36 characters */

struct outgoing {
    FILE *stream;
    char *text;
    size_t size;
};

static void begin(struct outgoing *out)
{
    out->stream = open_memstream(&out->text, &out->size);
    assert_non_null(out->stream);
}

static char *end(struct outgoing *out)
{
    fclose(out->stream);
    return out->text;
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    if (value == NULL)
        fail_msg("not JSON: %s", text);
    return value;
}

/* ---- rendering --------------------------------------------------------------------------- */

static void show_time(FILE *to, const char *name, int64_t utc_ms)
{
    char text[EVCP__ISO8601_SIZE];
    if (utc_ms < 0)
        fprintf(to, " %s=before-1970", name);
    else if (utc_ms != 0)
        fprintf(to, " %s=%s", name, evcp__iso8601_format(utc_ms, text));
}

static void show_text(FILE *to, const char *name, const char *text)
{
    if (text != NULL)
        fprintf(to, " %s=\"%s\"", name, text);
}

static void show_info(FILE *to, const struct evcp__token_info *info)
{
    static const char *const words[] = {"ACCEPTED", "BLOCKED", "EXPIRED", "INVALID",
                                        "CONCURRENT_TX"};
    fprintf(to, " %s", words[info->status]);
    show_time(to, "expiry", info->expiry_ms);
    if (info->parent[0] != '\0')
        show_text(to, "parent", info->parent);
}

static void show_list(FILE *to, const struct evcp__request *request)
{
    for (size_t i = 0; i < request->list_count; i++) {
        struct evcp__list_entry entry;
        request->list_at(request->list, i, &entry);
        fprintf(to, " [%s", entry.id_tag);
        if (entry.has_info)
            show_info(to, &entry.info);
        fprintf(to, "]");
    }
}

static void show_request(FILE *to, const struct evcp__request *request)
{
    static const char *const kinds[EVCP__REQ_KINDS] = {
        "CHANGE_AVAILABILITY", "CHANGE_SETTING", "CLEAR_CACHE",
        "DATA_TRANSFER",       "GET_SETTINGS",   "GET_LIST_VERSION",
        "REMOTE_START",        "REMOTE_STOP",    "RESET",
        "SEND_LIST",           "TRIGGER",        "UNLOCK"};
    static const char *const triggers[] = {"BOOT", "HEARTBEAT", "METER_VALUES", "STATUS",
                                           "UNSUPPORTED"};
    fprintf(to, "%s", kinds[request->kind]);
    if (request->has_connector)
        fprintf(to, " connector=%d", (int)request->connector);
    if (request->on)
        fprintf(to, " on");
    show_text(to, "vendor", request->vendor);
    show_text(to, "key", request->key);
    show_text(to, "value", request->value);
    for (size_t i = 0; i < request->key_count; i++)
        show_text(to, "key", request->keys[i]);
    if (request->kind == EVCP__REQ_REMOTE_START)
        fprintf(to, " token=%d:%s", (int)request->token.type, request->token.value);
    if (request->kind == EVCP__REQ_REMOTE_STOP || request->kind == EVCP__REQ_SEND_LIST)
        fprintf(to, " number=%d", (int)request->number);
    if (request->kind == EVCP__REQ_TRIGGER)
        fprintf(to, " %s", triggers[request->trigger]);
    show_list(to, request);
}

/* given: "Action payload" */
static char *render_request(const char *given)
{
    char action[64];
    char why[EVCP__ERROR_TEXT_MAX + 1];
    size_t length = strcspn(given, " ");
    snprintf(action, sizeof action, "%.*s", (int)length, given);
    json_t *payload = parse(given + length);
    struct evcp__request request;
    enum evcp__rpc_code code =
        evcp__ocpp16.decode_request(ID, action, payload, &request, why, sizeof why);
    struct outgoing out;
    begin(&out);
    if (code == EVCP__RPC_OK)
        show_request(out.stream, &request);
    else
        fprintf(out.stream, "%s: %s", evcp__rpc_code_name(code), why);
    assert_string_equal(request.id, ID);
    evcp__ocpp16.release_request(&request);
    json_decref(payload);
    return end(&out);
}

static void show_answer(FILE *to, const struct evcp__answer *answer)
{
    static const char *const registrations[] = {"ACCEPTED", "PENDING", "REJECTED"};
    fprintf(to, "ok");
    if (answer->kind == EVCP__FACT_BOOT)
        fprintf(to, " %s interval=%d", registrations[answer->registration],
                (int)answer->interval_s);
    show_time(to, "utc", answer->utc_ms);
    if (answer->kind == EVCP__FACT_STARTED)
        fprintf(to, " transaction=%d", (int)answer->transaction_id);
    if (answer->has_info)
        show_info(to, &answer->info);
}

static enum evcp__fact_kind kind_of(const char *action)
{
    for (int kind = 0; kind < EVCP__FACT_KINDS; kind++) {
        if (strcmp(evcp__ocpp16_action((enum evcp__fact_kind)kind), action) == 0)
            return (enum evcp__fact_kind)kind;
    }
    fail_msg("no call of ours: %s", action);
    return EVCP__FACT_KINDS;
}

/* given: "Action payload-of-the-answer" */
static char *render_answer(const char *given)
{
    char action[64];
    size_t length = strcspn(given, " ");
    snprintf(action, sizeof action, "%.*s", (int)length, given);
    json_t *payload = parse(given + length);
    struct evcp__answer answer;
    evcp__ocpp16.decode_answer(kind_of(action), payload, &answer);
    assert_int_equal(answer.kind, kind_of(action));
    assert_false(answer.security);
    struct outgoing out;
    begin(&out);
    if (answer.failed)
        fprintf(out.stream, "failed: %s", answer.error);
    else
        show_answer(out.stream, &answer);
    json_decref(payload);
    return end(&out);
}

/* ---- requests ---------------------------------------------------------------------------- */

static void ocpp16_requests_mean_what_the_golden_file_says(void **state)
{
    (void)state;
    golden_check("ocpp16/requests.txt", render_request);
}

/* Given any action that the tables know, with an empty payload: there is a reader for it, or a
 * refusal that names it. */
/* covers: RPC-13 RPC-22 RPC-23 */
static void ocpp16_every_action_is_decided(void **state)
{
    (void)state;
    json_t *empty = json_object();
    for (size_t i = 0; i < evcp__schema_ocpp16.action_count; i++) {
        const char *action = evcp__schema_ocpp16.text + evcp__schema_ocpp16.actions[i];
        struct evcp__request request;
        char why[EVCP__ERROR_TEXT_MAX + 1];
        enum evcp__rpc_code code =
            evcp__ocpp16.decode_request(ID, action, empty, &request, why, sizeof why);
        bool absent = code == EVCP__RPC_NOT_IMPLEMENTED || code == EVCP__RPC_NOT_SUPPORTED;
        bool present = code == EVCP__RPC_OK || code == EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION;
        assert_true(absent || present);
        if (absent)
            assert_non_null(strstr(why, action));
        evcp__ocpp16.release_request(&request);
    }
    json_decref(empty);
}

static void ocpp16_text_of_a_refusal_fits_and_is_ascii(void **state)
{
    (void)state;
    /* given an action and a field made of what must not be echoed */
    char action[2000];
    memset(action, 'x', sizeof action);
    memcpy(action, "\xc3\xa4\n", 3);
    action[sizeof action - 1] = '\0';
    json_t *payload = json_pack("{s:i}", "\xf0\x9f\x94\x8b\"", 1);
    const char *const actions[] = {action, "ClearCache"};
    for (size_t i = 0; i < 2; i++) {
        for (size_t size = 1; size < 300; size += 37) {
            /* when it is refused */
            struct evcp__request request;
            char why[300];
            memset(why, 'z', sizeof why);
            assert_int_not_equal(
                evcp__ocpp16.decode_request(ID, actions[i], payload, &request, why, size),
                EVCP__RPC_OK);
            /* then the text is cut to its room and to the field of a CALLERROR */
            assert_non_null(memchr(why, '\0', size));
            assert_true(strlen(why) <= EVCP__ERROR_TEXT_MAX);
            for (const char *c = why; *c != '\0'; c++)
                assert_true(*c >= ' ' && *c <= '~');
        }
    }
    json_decref(payload);
}

static void ocpp16_id_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct evcp__request request;
    char why[EVCP__ERROR_TEXT_MAX + 1];
    json_t *payload = json_object();
    assert_int_equal(
        evcp__ocpp16.decode_request(ID "x", "ClearCache", payload, &request, why, sizeof why),
        EVCP__RPC_FORMATION_VIOLATION);
    assert_string_equal(request.id, "");
    json_decref(payload);
}

static void ocpp16_keys_are_borrowed_and_released_once(void **state)
{
    (void)state;
    json_t *payload = parse("{\"key\":[\"A\",\"b\"]}");
    struct evcp__request request;
    char why[EVCP__ERROR_TEXT_MAX + 1];
    assert_int_equal(
        evcp__ocpp16.decode_request(ID, "GetConfiguration", payload, &request, why, sizeof why),
        EVCP__RPC_OK);
    assert_ptr_equal(request.keys[1],
                     json_string_value(json_array_get(json_object_get(payload, "key"), 1)));
    evcp__ocpp16.release_request(&request);
    assert_null(request.keys);
    evcp__ocpp16.release_request(&request);
    json_decref(payload);
}

/* covers: RPC-24 */
static void ocpp16_refusals_have_their_codes(void **state)
{
    (void)state;
    assert_int_equal(evcp__refusal_code(EVCP__REFUSE_NONE), EVCP__RPC_OK);
    assert_int_equal(evcp__refusal_code(EVCP__REFUSE_INTERNAL), EVCP__RPC_INTERNAL_ERROR);
    assert_int_equal(evcp__refusal_code(EVCP__REFUSE_PROPERTY_CONSTRAINT),
                     EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION);
    assert_int_equal(evcp__refusal_code(EVCP__REFUSE_OCCURRENCE),
                     EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION);
}

/* ---- answers ----------------------------------------------------------------------------- */

static void ocpp16_answers_mean_what_the_golden_file_says(void **state)
{
    (void)state;
    golden_check("ocpp16/answers.txt", render_answer);
}

/* ---- memory ------------------------------------------------------------------------------ */

static size_t allocations_left;

static void *scarce_malloc(size_t size)
{
    return allocations_left > 0 ? allocations_left--, malloc(size) : NULL;
}

static void with_memory_for(size_t allocations)
{
    allocations_left = allocations;
    json_set_alloc_funcs(scarce_malloc, free);
}

static int restore_memory(void **state)
{
    (void)state;
    json_set_alloc_funcs(malloc, free);
    return 0;
}

static void ocpp16_trigger_of_the_unknown_without_memory_is_refused(void **state)
{
    (void)state;
    json_t *payload = parse("{\"requestedMessage\":\"Tea\"}");
    for (size_t n = 0;; n++) {
        struct evcp__request request;
        char why[EVCP__ERROR_TEXT_MAX + 1];
        with_memory_for(n);
        enum evcp__rpc_code code =
            evcp__ocpp16.decode_request(ID, "TriggerMessage", payload, &request, why, sizeof why);
        if (code == EVCP__RPC_OK)
            break;
        assert_int_equal(code, EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION);
        assert_true(n < 100);
    }
    json_decref(payload);
}

static void ocpp16_answer_without_memory_is_a_failure(void **state)
{
    (void)state;
    json_t *payload = json_array();
    struct evcp__answer answer;
    with_memory_for(0);
    evcp__ocpp16.decode_answer(EVCP__FACT_STATUS, payload, &answer);
    json_decref(payload);
    assert_true(answer.failed);
    assert_string_equal(answer.error, "out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ocpp16_requests_mean_what_the_golden_file_says),
        cmocka_unit_test(ocpp16_every_action_is_decided),
        cmocka_unit_test(ocpp16_text_of_a_refusal_fits_and_is_ascii),
        cmocka_unit_test(ocpp16_id_that_is_too_long_is_refused),
        cmocka_unit_test(ocpp16_keys_are_borrowed_and_released_once),
        cmocka_unit_test(ocpp16_refusals_have_their_codes),
        cmocka_unit_test(ocpp16_answers_mean_what_the_golden_file_says),
        cmocka_unit_test_teardown(ocpp16_trigger_of_the_unknown_without_memory_is_refused,
                                  restore_memory),
        cmocka_unit_test_teardown(ocpp16_answer_without_memory_is_a_failure, restore_memory),
    };
    return cmocka_run_group_tests_name("ocpp16", tests, NULL, NULL);
}
