/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the OCPP 1.6 driver sends. The exact bytes of each case are in tests/golden/ocpp16, and
 * every payload has to pass the strict schema walker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/core/measurand.h"
#include "../../lib/protocol/ocpp16.h"
#include "../support/golden.h"

#define UTC INT64_C(1893456000123) /* 2030-01-01T00:00:00.123Z */

#define LONG_TEXT                                                                                  \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"  \
    "123456789"

/* ---- cases: facts ------------------------------------------------------------------------ */

static const struct evcp_config least_identity = {.vendor = "Seed", .model = "Post 1"};

static const struct evcp_config full_identity = {.vendor = "Vendor of 20 letters",
                                                 .model = "Model",
                                                 .serial = "SN-1",
                                                 .firmware = "1.2.3",
                                                 .iccid = "89490200001234567890",
                                                 .imsi = "262011234567890",
                                                 .meter_type = "EM 340",
                                                 .meter_serial = "M-77"};

static const struct evcp_config odd_identity = {
    .vendor = LONG_TEXT, .model = "S\xc3\xa4ule\t\xff", .serial = "", .firmware = LONG_TEXT};

static const struct evcp_sample register_only[] = {
    {EVCP_ENERGY_ACTIVE_IMPORT_REGISTER, EVCP_PHASE_NONE, EVCP_LOCATION_OUTLET, 12345000}};

static const struct evcp_sample many[] = {
    {EVCP_ENERGY_ACTIVE_IMPORT_REGISTER, EVCP_PHASE_NONE, EVCP_LOCATION_OUTLET, 12345678},
    {EVCP_POWER_ACTIVE_IMPORT, EVCP_PHASE_NONE, EVCP_LOCATION_INLET, 11040500},
    {EVCP_CURRENT_IMPORT, EVCP_PHASE_L1, EVCP_LOCATION_OUTLET, 16010},
    {EVCP_VOLTAGE, EVCP_PHASE_L1_N, EVCP_LOCATION_OUTLET, 230000},
    {EVCP_FREQUENCY, EVCP_PHASE_NONE, EVCP_LOCATION_OUTLET, 49990},
    {EVCP_POWER_FACTOR, EVCP_PHASE_NONE, EVCP_LOCATION_OUTLET, -980},
    {EVCP_TEMPERATURE, EVCP_PHASE_NONE, EVCP_LOCATION_BODY, -5},
    {EVCP_SOC, EVCP_PHASE_NONE, EVCP_LOCATION_EV, 55000},
    {EVCP_RPM, EVCP_PHASE_NONE, EVCP_LOCATION_CABLE, 0}};

static const struct evcp__meter_value periodic[] = {
    {UTC, EVCP__CONTEXT_PERIODIC, register_only, 1}};

static const struct evcp__meter_value triggered[] = {{UTC, EVCP__CONTEXT_TRIGGER, many, 9}};

static const struct evcp__meter_value begin_and_end[] = {
    {UTC, EVCP__CONTEXT_BEGIN, register_only, 1}, {UTC + 900, EVCP__CONTEXT_END, many, 1}};

static const struct {
    const char *name;
    struct evcp__fact fact;
} facts[] = {
    {"boot-least", {.kind = EVCP__FACT_BOOT, .identity = &least_identity}},
    {"boot-full", {.kind = EVCP__FACT_BOOT, .identity = &full_identity}},
    {"boot-odd", {.kind = EVCP__FACT_BOOT, .identity = &odd_identity}},
    {"heartbeat", {.kind = EVCP__FACT_HEARTBEAT}},
    {"status",
     {.kind = EVCP__FACT_STATUS, .connector = 1, .utc_ms = UTC, .status = EVCP_STATUS_CHARGING}},
    {"status-time-unknown", {.kind = EVCP__FACT_STATUS, .status = EVCP_STATUS_AVAILABLE}},
    {"status-fault",
     {.kind = EVCP__FACT_STATUS,
      .connector = 2,
      .utc_ms = UTC - 123,
      .status = EVCP_STATUS_FAULTED,
      .fault = {.code = EVCP_ERROR_OTHER_ERROR,
                .info = "door open, see \"manual\"",
                .vendor_id = "com.example",
                .vendor_code = "E-17"}}},
    {"status-odd-texts",
     {.kind = EVCP__FACT_STATUS,
      .connector = 2,
      .utc_ms = UTC,
      .status = EVCP_STATUS_SUSPENDED_EV,
      .fault = {.info = "T\xc3\xbcr\noffen \xf0\x9f\x9a\xaa \xc3", .vendor_code = "\xff\xfe"}}},
    {"authorize", {.kind = EVCP__FACT_AUTHORIZE, .token = {EVCP_TOKEN_ISO14443, "04a25b1cd36680"}}},
    {"started",
     {.kind = EVCP__FACT_STARTED,
      .connector = 1,
      .utc_ms = UTC,
      .token = {EVCP_TOKEN_VIN, "VID:1234567890123456"},
      .meter_wh = 1000}},
    {"started-over-two-gigawatthours",
     {.kind = EVCP__FACT_STARTED,
      .connector = 1,
      .utc_ms = UTC,
      .token = {EVCP_TOKEN_VIN, "A"},
      .meter_wh = INT32_MAX}},
    {"updated-in-transaction",
     {.kind = EVCP__FACT_UPDATED,
      .connector = 1,
      .in_transaction = true,
      .transaction_id = 4711,
      .values = periodic,
      .value_count = 1}},
    {"updated-in-transaction-never-told",
     {.kind = EVCP__FACT_UPDATED,
      .connector = 1,
      .in_transaction = true,
      .transaction_id = -1,
      .values = periodic,
      .value_count = 1}},
    {"updated-of-the-main-meter",
     {.kind = EVCP__FACT_UPDATED, .transaction_id = 4711, .values = triggered, .value_count = 1}},
    {"ended",
     {.kind = EVCP__FACT_ENDED,
      .connector = 1,
      .utc_ms = UTC,
      .token = {EVCP_TOKEN_UNKNOWN, "CARD1"},
      .meter_wh = 2000,
      .transaction_id = 4711}},
    {"ended-by-power-loss",
     {.kind = EVCP__FACT_ENDED,
      .connector = 1,
      .utc_ms = UTC,
      .meter_wh = 2000,
      .transaction_id = -1,
      .reason = EVCP_STOP_POWER_LOSS}},
    {"ended-with-data",
     {.kind = EVCP__FACT_ENDED,
      .connector = 1,
      .utc_ms = UTC,
      .meter_wh = 2000,
      .transaction_id = 0,
      .reason = EVCP_STOP_REMOTE,
      .values = begin_and_end,
      .value_count = 2}},
};

/* ---- cases: replies ---------------------------------------------------------------------- */

static struct evcp__setting_view settings[] = {{"HeartbeatInterval", "300", false},
                                               {"NumberOfConnectors", "2", true},
                                               {"AuthorizationKey", NULL, false},
                                               {"CpoName",
                                                "Stra\xc3\x9f"
                                                "enlicht",
                                                false}};

static char unknown_keys[][EVCP__KEY_MAX + 1] = {"NoSuchKey", "nor This"};

#define OUTCOME(name, request, result)                                                             \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            .kind = request, .outcome = result                                                     \
        }                                                                                          \
    }

static const struct {
    const char *name;
    struct evcp__reply reply;
} replies[] = {
    OUTCOME("availability-accepted", EVCP__REQ_CHANGE_AVAILABILITY, EVCP__OUT_ACCEPTED),
    OUTCOME("availability-rejected", EVCP__REQ_CHANGE_AVAILABILITY, EVCP__OUT_REJECTED),
    OUTCOME("availability-scheduled", EVCP__REQ_CHANGE_AVAILABILITY, EVCP__OUT_SCHEDULED),
    OUTCOME("setting-accepted", EVCP__REQ_CHANGE_SETTING, EVCP__OUT_ACCEPTED),
    OUTCOME("setting-rejected", EVCP__REQ_CHANGE_SETTING, EVCP__OUT_REJECTED),
    OUTCOME("setting-reboot", EVCP__REQ_CHANGE_SETTING, EVCP__OUT_REBOOT_REQUIRED),
    OUTCOME("setting-unknown", EVCP__REQ_CHANGE_SETTING, EVCP__OUT_NOT_SUPPORTED),
    OUTCOME("cache-cleared", EVCP__REQ_CLEAR_CACHE, EVCP__OUT_ACCEPTED),
    OUTCOME("cache-absent", EVCP__REQ_CLEAR_CACHE, EVCP__OUT_REJECTED),
    OUTCOME("data-accepted", EVCP__REQ_DATA_TRANSFER, EVCP__OUT_ACCEPTED),
    {"data-answered",
     {.kind = EVCP__REQ_DATA_TRANSFER, .data = "{\"price\":\"0,49 \xe2\x82\xac\"}\n"}},
    {"data-not-utf8", {.kind = EVCP__REQ_DATA_TRANSFER, .data = "0,49 \x80"}},
    {"data-empty", {.kind = EVCP__REQ_DATA_TRANSFER, .data = ""}},
    {"data-rejected",
     {.kind = EVCP__REQ_DATA_TRANSFER, .outcome = EVCP__OUT_REJECTED, .data = "why"}},
    {"data-unknown-vendor",
     {.kind = EVCP__REQ_DATA_TRANSFER, .outcome = EVCP__OUT_UNKNOWN_VENDOR_ID, .data = "no"}},
    {"data-unknown-message",
     {.kind = EVCP__REQ_DATA_TRANSFER, .outcome = EVCP__OUT_UNKNOWN_MESSAGE_ID, .data = "no"}},
    {"settings-none", {.kind = EVCP__REQ_GET_SETTINGS}},
    {"settings-and-unknown",
     {.kind = EVCP__REQ_GET_SETTINGS,
      .settings = settings,
      .setting_count = 4,
      .unknown = unknown_keys,
      .unknown_count = 2}},
    {"settings-unknown-only",
     {.kind = EVCP__REQ_GET_SETTINGS, .unknown = unknown_keys, .unknown_count = 1}},
    {"list-version", {.kind = EVCP__REQ_GET_LIST_VERSION, .list_version = 42}},
    {"list-version-without-list", {.kind = EVCP__REQ_GET_LIST_VERSION, .list_version = -1}},
    OUTCOME("remote-start-accepted", EVCP__REQ_REMOTE_START, EVCP__OUT_ACCEPTED),
    OUTCOME("remote-start-rejected", EVCP__REQ_REMOTE_START, EVCP__OUT_REJECTED),
    OUTCOME("remote-stop-accepted", EVCP__REQ_REMOTE_STOP, EVCP__OUT_ACCEPTED),
    OUTCOME("remote-stop-rejected", EVCP__REQ_REMOTE_STOP, EVCP__OUT_REJECTED),
    OUTCOME("reset-accepted", EVCP__REQ_RESET, EVCP__OUT_ACCEPTED),
    OUTCOME("reset-rejected", EVCP__REQ_RESET, EVCP__OUT_REJECTED),
    OUTCOME("list-accepted", EVCP__REQ_SEND_LIST, EVCP__OUT_ACCEPTED),
    OUTCOME("list-failed", EVCP__REQ_SEND_LIST, EVCP__OUT_FAILED),
    OUTCOME("list-not-supported", EVCP__REQ_SEND_LIST, EVCP__OUT_NOT_SUPPORTED),
    OUTCOME("list-mismatch", EVCP__REQ_SEND_LIST, EVCP__OUT_VERSION_MISMATCH),
    OUTCOME("trigger-accepted", EVCP__REQ_TRIGGER, EVCP__OUT_ACCEPTED),
    OUTCOME("trigger-rejected", EVCP__REQ_TRIGGER, EVCP__OUT_REJECTED),
    OUTCOME("trigger-not-implemented", EVCP__REQ_TRIGGER, EVCP__OUT_NOT_IMPLEMENTED),
    OUTCOME("unlock-done", EVCP__REQ_UNLOCK, EVCP__OUT_UNLOCKED),
    OUTCOME("unlock-failed", EVCP__REQ_UNLOCK, EVCP__OUT_UNLOCK_FAILED),
    OUTCOME("unlock-not-supported", EVCP__REQ_UNLOCK, EVCP__OUT_NOT_SUPPORTED),
};

#define FACTS   (sizeof facts / sizeof *facts)
#define REPLIES (sizeof replies / sizeof *replies)

/* ---- helpers ----------------------------------------------------------------------------- */

static const char *const reply_actions[EVCP__REQ_KINDS] = {
    [EVCP__REQ_CHANGE_AVAILABILITY] = "ChangeAvailability",
    [EVCP__REQ_CHANGE_SETTING] = "ChangeConfiguration",
    [EVCP__REQ_CLEAR_CACHE] = "ClearCache",
    [EVCP__REQ_DATA_TRANSFER] = "DataTransfer",
    [EVCP__REQ_GET_SETTINGS] = "GetConfiguration",
    [EVCP__REQ_GET_LIST_VERSION] = "GetLocalListVersion",
    [EVCP__REQ_REMOTE_START] = "RemoteStartTransaction",
    [EVCP__REQ_REMOTE_STOP] = "RemoteStopTransaction",
    [EVCP__REQ_RESET] = "Reset",
    [EVCP__REQ_SEND_LIST] = "SendLocalList",
    [EVCP__REQ_TRIGGER] = "TriggerMessage",
    [EVCP__REQ_UNLOCK] = "UnlockConnector",
};

static void assert_conforms(const char *action, enum evcp__schema_side side, const json_t *payload)
{
    char path[EVCP__SCHEMA_PATH_MAX + 1];
    const struct evcp__schema *schema = evcp__schema_find(&evcp__schema_ocpp16, action, side);
    assert_non_null(schema);
    enum evcp__schema_fault fault =
        evcp__schema_check(schema, payload, EVCP__SCHEMA_STRICT, path, sizeof path);
    if (fault != EVCP__SCHEMA_OK)
        fail_msg("%s: %s at %s", action, evcp__schema_fault_code(fault), path);
}

static json_t *encode(const struct evcp__fact *fact)
{
    const char *action;
    json_t *payload = evcp__ocpp16.encode_fact(fact, &action);
    assert_non_null(payload);
    assert_conforms(action, EVCP__SCHEMA_REQUEST, payload);
    return payload;
}

static const struct evcp__fact *fact_named(const char *name)
{
    for (size_t i = 0; i < FACTS; i++) {
        if (strcmp(facts[i].name, name) == 0)
            return &facts[i].fact;
    }
    fail_msg("no fact is called %s", name);
    return NULL;
}

static char *render_fact(const char *name)
{
    const struct evcp__fact *fact = fact_named(name);
    const char *action = evcp__ocpp16_action(fact->kind);
    json_t *payload = encode(fact);
    char *json = json_dumps(payload, JSON_COMPACT);
    size_t size = strlen(action) + strlen(json) + 2;
    char *line = malloc(size);
    snprintf(line, size, "%s %s", action, json);
    free(json);
    json_decref(payload);
    return line;
}

static char *render_reply(const char *name)
{
    for (size_t i = 0; i < REPLIES; i++) {
        if (strcmp(replies[i].name, name) != 0)
            continue;
        json_t *payload = evcp__ocpp16.encode_reply(&replies[i].reply);
        assert_conforms(reply_actions[replies[i].reply.kind], EVCP__SCHEMA_RESPONSE, payload);
        char *json = json_dumps(payload, JSON_COMPACT);
        json_decref(payload);
        return json;
    }
    fail_msg("no reply is called %s", name);
    return NULL;
}

/* ---- bytes ------------------------------------------------------------------------------- */

/* covers: RPC-05 RPC-32 RPC-38 */
static void ocpp16_facts_have_the_bytes_of_the_golden_file(void **state)
{
    (void)state;
    assert_int_equal(golden_check("ocpp16/facts.txt", render_fact), FACTS);
}

/* covers: RPC-17 RPC-32 */
static void ocpp16_replies_have_the_bytes_of_the_golden_file(void **state)
{
    (void)state;
    assert_int_equal(golden_check("ocpp16/replies.txt", render_reply), REPLIES);
}

static void ocpp16_encoding_again_gives_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < FACTS; i++) {
        char *first = render_fact(facts[i].name);
        char *second = render_fact(facts[i].name);
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
}

/* ---- words ------------------------------------------------------------------------------- */

static void ocpp16_every_status_and_error_code_has_its_word(void **state)
{
    (void)state;
    for (int s = EVCP_STATUS_AVAILABLE; s <= EVCP_STATUS_FAULTED; s++) {
        for (int e = EVCP_ERROR_NO_ERROR; e <= EVCP_ERROR_WEAK_SIGNAL; e++) {
            struct evcp__fact fact = {.kind = EVCP__FACT_STATUS,
                                      .status = (enum evcp_status)s,
                                      .fault = {.code = (enum evcp_error_code)e}};
            json_decref(encode(&fact));
        }
    }
}

static void ocpp16_every_stop_reason_has_its_word(void **state)
{
    (void)state;
    for (int r = EVCP_STOP_LOCAL; r <= EVCP_STOP_OTHER; r++) {
        struct evcp__fact fact = {.kind = EVCP__FACT_ENDED, .reason = (enum evcp_stop_reason)r};
        json_decref(encode(&fact));
    }
}

static void ocpp16_every_measurand_phase_location_and_context_has_its_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < EVCP_MEASURANDS * 11 * 5 * 8; i++) {
        struct evcp_sample sample = {.measurand = (uint8_t)(i % EVCP_MEASURANDS),
                                     .phase = (uint8_t)(i / EVCP_MEASURANDS % 11),
                                     .location = (uint8_t)(i / EVCP_MEASURANDS / 11 % 5)};
        struct evcp__meter_value value = {UTC, (enum evcp__context)(i / EVCP_MEASURANDS / 11 / 5),
                                          &sample, 1};
        struct evcp__fact fact = {.kind = EVCP__FACT_UPDATED, .values = &value, .value_count = 1};
        json_decref(encode(&fact));
    }
}

/* What is left out has to be the default (METER-23): nothing but Outlet and Raw ever is. */
static void ocpp16_sample_leaves_out_true_defaults_only(void **state)
{
    (void)state;
    json_t *payload = encode(fact_named("updated-of-the-main-meter"));
    json_t *value = json_array_get(json_object_get(payload, "meterValue"), 0);
    json_t *samples = json_object_get(value, "sampledValue");
    assert_int_equal(json_array_size(samples), 9);
    for (size_t i = 0; i < 9; i++) {
        json_t *sample = json_array_get(samples, i);
        assert_string_equal(json_string_value(json_object_get(sample, "context")), "Trigger");
        assert_string_equal(json_string_value(json_object_get(sample, "measurand")),
                            evcp__measurand_name((enum evcp_measurand)many[i].measurand));
        assert_int_equal(json_object_get(sample, "location") == NULL,
                         many[i].location == EVCP_LOCATION_OUTLET);
        assert_int_equal(json_object_get(sample, "phase") == NULL,
                         many[i].phase == EVCP_PHASE_NONE);
    }
    json_decref(payload);
}

static void ocpp16_milli_becomes_a_decimal_without_needless_digits(void **state)
{
    (void)state;
    static const struct {
        int64_t milli;
        const char *text;
    } cases[] = {{0, "0"},
                 {1, "0.001"},
                 {10, "0.01"},
                 {100, "0.1"},
                 {1000, "1"},
                 {1010, "1.01"},
                 {-1, "-0.001"},
                 {-999, "-0.999"},
                 {-1000, "-1"},
                 {INT64_MAX, "9223372036854775.807"},
                 {INT64_MIN, "-9223372036854775.808"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct evcp_sample sample = {.measurand = EVCP_VOLTAGE, .milli = cases[i].milli};
        struct evcp__meter_value value = {UTC, EVCP__CONTEXT_PERIODIC, &sample, 1};
        json_t *list = evcp__ocpp16_meter_values(&value, 1);
        const json_t *first =
            json_array_get(json_object_get(json_array_get(list, 0), "sampledValue"), 0);
        assert_string_equal(json_string_value(json_object_get(first, "value")), cases[i].text);
        json_decref(list);
    }
}

/* A register beyond 2^31 Wh is told as it is: the standard's tables set no upper end. */
static void ocpp16_register_is_never_clipped(void **state)
{
    (void)state;
    struct evcp__fact fact = {
        .kind = EVCP__FACT_ENDED, .meter_wh = INT64_C(5000000000), .utc_ms = UTC};
    const char *action;
    json_t *payload = evcp__ocpp16.encode_fact(&fact, &action);
    assert_int_equal(json_integer_value(json_object_get(payload, "meterStop")), fact.meter_wh);
    json_decref(payload);
}

/* ---- memory ------------------------------------------------------------------------------ */

static size_t allocations_left;

static void *scarce_malloc(size_t size)
{
    return allocations_left > 0 ? allocations_left--, malloc(size) : NULL;
}

static int restore_memory(void **state)
{
    (void)state;
    json_set_alloc_funcs(malloc, free);
    return 0;
}

/* Given memory for n pieces, for every n until it is enough: NULL, and nothing leaks (which the
 * address sanitizer and valgrind see). */
static void ocpp16_fact_without_memory_is_null(void **state)
{
    (void)state;
    for (size_t i = 0; i < FACTS; i++) {
        json_t *payload = NULL;
        size_t n = 0;
        for (; payload == NULL; n++) {
            const char *action = NULL;
            assert_true(n < 1000);
            allocations_left = n;
            json_set_alloc_funcs(scarce_malloc, free);
            payload = evcp__ocpp16.encode_fact(&facts[i].fact, &action);
            assert_non_null(action);
        }
        assert_true(n > 1);
        json_decref(payload);
    }
}

static void ocpp16_reply_without_memory_is_null(void **state)
{
    (void)state;
    for (size_t i = 0; i < REPLIES; i++) {
        json_t *payload = NULL;
        size_t n = 0;
        for (; payload == NULL; n++) {
            assert_true(n < 1000);
            allocations_left = n;
            json_set_alloc_funcs(scarce_malloc, free);
            payload = evcp__ocpp16.encode_reply(&replies[i].reply);
        }
        assert_true(n > 1);
        json_decref(payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ocpp16_facts_have_the_bytes_of_the_golden_file),
        cmocka_unit_test(ocpp16_replies_have_the_bytes_of_the_golden_file),
        cmocka_unit_test(ocpp16_encoding_again_gives_the_same_bytes),
        cmocka_unit_test(ocpp16_every_status_and_error_code_has_its_word),
        cmocka_unit_test(ocpp16_every_stop_reason_has_its_word),
        cmocka_unit_test(ocpp16_every_measurand_phase_location_and_context_has_its_words),
        cmocka_unit_test(ocpp16_sample_leaves_out_true_defaults_only),
        cmocka_unit_test(ocpp16_milli_becomes_a_decimal_without_needless_digits),
        cmocka_unit_test(ocpp16_register_is_never_clipped),
        cmocka_unit_test_teardown(ocpp16_fact_without_memory_is_null, restore_memory),
        cmocka_unit_test_teardown(ocpp16_reply_without_memory_is_null, restore_memory),
    };
    return cmocka_run_group_tests_name("ocpp16_encode", tests, NULL, NULL);
}
