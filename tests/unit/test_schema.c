/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema walker: what each fault is called and where it is. That the tables are right is
 * proved by tests/schema; here is what the walker promises about any table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/core/limits.h"
#include "../../lib/protocol/datetime.h"
#include "../../lib/protocol/schema.h"

static enum evcp__schema_fault fault;
static char path[EVCP__SCHEMA_PATH_MAX];

static void check(const char *action, enum evcp__schema_side side, enum evcp__schema_mode mode,
                  const char *payload)
{
    const struct evcp__schema *schema = evcp__schema_find(&evcp__schema_ocpp16, action, side);
    assert_non_null(schema);
    json_t *value = json_loads(payload, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    fault = evcp__schema_check(schema, value, mode, path, sizeof path);
    json_decref(value);
}

static void request(const char *action, const char *payload)
{
    check(action, EVCP__SCHEMA_REQUEST, EVCP__SCHEMA_STRICT, payload);
}

static void response(const char *action, const char *payload)
{
    check(action, EVCP__SCHEMA_RESPONSE, EVCP__SCHEMA_TOLERANT, payload);
}

static void found(enum evcp__schema_fault expected, const char *place)
{
    assert_int_equal(fault, expected);
    assert_string_equal(path, place);
}

/* ---- finding a message ------------------------------------------------------------------- */

/* covers: RPC-41 */
static void schema_knows_every_action_of_the_core_specification(void **state)
{
    (void)state;
    const char *actions[] = {"Authorize",
                             "BootNotification",
                             "CancelReservation",
                             "ChangeAvailability",
                             "ChangeConfiguration",
                             "ClearCache",
                             "ClearChargingProfile",
                             "DataTransfer",
                             "DiagnosticsStatusNotification",
                             "FirmwareStatusNotification",
                             "GetCompositeSchedule",
                             "GetConfiguration",
                             "GetDiagnostics",
                             "GetLocalListVersion",
                             "Heartbeat",
                             "MeterValues",
                             "RemoteStartTransaction",
                             "RemoteStopTransaction",
                             "ReserveNow",
                             "Reset",
                             "SendLocalList",
                             "SetChargingProfile",
                             "StartTransaction",
                             "StatusNotification",
                             "StopTransaction",
                             "TriggerMessage",
                             "UnlockConnector",
                             "UpdateFirmware"};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        const struct evcp__schema *asked =
            evcp__schema_find(&evcp__schema_ocpp16, actions[i], EVCP__SCHEMA_REQUEST);
        const struct evcp__schema *answered =
            evcp__schema_find(&evcp__schema_ocpp16, actions[i], EVCP__SCHEMA_RESPONSE);
        assert_non_null(asked);
        assert_non_null(answered);
        assert_ptr_not_equal(asked, answered);
    }
}

/* covers: RPC-13 RPC-35 */
static void schema_action_names_are_case_sensitive_and_whole(void **state)
{
    (void)state;
    const char *strangers[] = {"reset", "Reset.req", "Rese", "Resets", "", "FooBar", "~"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_null(evcp__schema_find(&evcp__schema_ocpp16, strangers[i], EVCP__SCHEMA_REQUEST));
}

/* ---- faults ------------------------------------------------------------------------------ */

static void schema_faults_have_the_historic_spellings_of_1_6(void **state)
{
    (void)state;
    assert_string_equal(evcp__schema_fault_code(EVCP__SCHEMA_OK), "");
    assert_string_equal(evcp__schema_fault_code(EVCP__SCHEMA_FORMATION), "FormationViolation");
    assert_string_equal(evcp__schema_fault_code(EVCP__SCHEMA_OCCURRENCE),
                        "OccurenceConstraintViolation");
    assert_string_equal(evcp__schema_fault_code(EVCP__SCHEMA_TYPE), "TypeConstraintViolation");
    assert_string_equal(evcp__schema_fault_code(EVCP__SCHEMA_PROPERTY),
                        "PropertyConstraintViolation");
}

static void schema_payload_that_is_no_object_is_a_formation_fault(void **state)
{
    (void)state;
    const char *payloads[] = {"[]", "null", "7", "\"Hard\"", "true", "[{\"type\":\"Hard\"}]"};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        request("Reset", payloads[i]);
        found(EVCP__SCHEMA_FORMATION, "");
    }
}

/* covers: RPC-26 */
static void schema_field_that_is_not_defined_is_a_formation_fault_at_any_level(void **state)
{
    (void)state;
    request("Reset", "{\"type\":\"Hard\",\"force\":true}");
    found(EVCP__SCHEMA_FORMATION, "force");
    request("SendLocalList",
            "{\"listVersion\":1,\"updateType\":\"Full\",\"localAuthorizationList\":"
            "[{\"idTag\":\"A\"},{\"idTag\":\"B\",\"idTagInfo\":"
            "{\"status\":\"Accepted\",\"language\":\"de\"}}]}");
    found(EVCP__SCHEMA_FORMATION, "localAuthorizationList[1].idTagInfo.language");
    request("Heartbeat", "{\"anything\":1}");
    found(EVCP__SCHEMA_FORMATION, "anything");
}

/* covers: RPC-25 RPC-28 */
static void schema_required_field_that_is_missing_is_an_occurrence_fault(void **state)
{
    (void)state;
    request("ChangeConfiguration", "{\"key\":\"HeartbeatInterval\"}");
    found(EVCP__SCHEMA_OCCURRENCE, "value");
    request("RemoteStartTransaction",
            "{\"idTag\":\"A\",\"chargingProfile\":{\"chargingProfileId\":1,\"stackLevel\":0,"
            "\"chargingProfilePurpose\":\"TxProfile\",\"chargingProfileKind\":\"Relative\","
            "\"chargingSchedule\":{\"chargingRateUnit\":\"A\",\"chargingSchedulePeriod\":"
            "[{\"startPeriod\":0}]}}}");
    found(EVCP__SCHEMA_OCCURRENCE,
          "chargingProfile.chargingSchedule.chargingSchedulePeriod[0].limit");
}

/* covers: RPC-28 */
static void schema_empty_list_is_a_fault_only_where_one_element_is_required(void **state)
{
    (void)state;
    request("MeterValues", "{\"connectorId\":1,\"meterValue\":[]}"); /* RPC-28 */
    found(EVCP__SCHEMA_OCCURRENCE, "meterValue");
    request("SendLocalList",
            "{\"listVersion\":1,\"updateType\":\"Full\",\"localAuthorizationList\":[]}");
    found(EVCP__SCHEMA_OK, "");
    request("GetConfiguration", "{\"key\":[]}");
    found(EVCP__SCHEMA_OK, "");
}

/* covers: RPC-29 */
static void schema_wrong_json_type_is_a_type_fault(void **state)
{
    (void)state;
    const struct {
        const char *action, *payload, *place;
    } cases[] = {
        {"RemoteStopTransaction", "{\"transactionId\":\"12\"}", "transactionId"}, /* RPC-29 */
        {"RemoteStopTransaction", "{\"transactionId\":12.0}", "transactionId"},
        {"RemoteStopTransaction", "{\"transactionId\":true}", "transactionId"},
        {"RemoteStopTransaction", "{\"transactionId\":null}", "transactionId"},
        {"Reset", "{\"type\":1}", "type"},
        {"Authorize", "{\"idTag\":{}}", "idTag"},
        {"Heartbeat", "{}", NULL},
        {"GetConfiguration", "{\"key\":\"HeartbeatInterval\"}", "key"},
        {"GetConfiguration", "{\"key\":[\"HeartbeatInterval\",7]}", "key[1]"},
        {"ReserveNow", "{\"expiryDate\":1700000000}", "expiryDate"},
        {"SetChargingProfile", "{\"csChargingProfiles\":[]}", "csChargingProfiles"},
        {"SendLocalList", "{\"localAuthorizationList\":{}}", "localAuthorizationList"},
        {"SendLocalList", "{\"localAuthorizationList\":[null]}", "localAuthorizationList[0]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        request(cases[i].action, cases[i].payload);
        if (cases[i].place != NULL)
            found(EVCP__SCHEMA_TYPE, cases[i].place);
        else
            found(EVCP__SCHEMA_OK, "");
    }
    check("GetConfiguration", EVCP__SCHEMA_RESPONSE, EVCP__SCHEMA_STRICT,
          "{\"configurationKey\":[{\"key\":\"A\",\"readonly\":\"false\"}]}");
    found(EVCP__SCHEMA_TYPE, "configurationKey[0].readonly");
}

/* covers: RPC-27 RPC-35 */
static void schema_value_outside_its_set_or_range_is_a_property_fault(void **state)
{
    (void)state;
    request("Reset", "{\"type\":\"Medium\"}"); /* RPC-27 */
    found(EVCP__SCHEMA_PROPERTY, "type");
    request("Reset", "{\"type\":\"hard\"}"); /* RPC-35 */
    found(EVCP__SCHEMA_PROPERTY, "type");
    request("ChangeAvailability", "{\"connectorId\":-1,\"type\":\"Operative\"}");
    found(EVCP__SCHEMA_PROPERTY, "connectorId");
    request("ReserveNow", "{\"expiryDate\":\"tomorrow\"}");
    found(EVCP__SCHEMA_PROPERTY, "expiryDate");
}

static void schema_integers_end_at_32_bits(void **state)
{
    (void)state;
    request("RemoteStopTransaction", "{\"transactionId\":2147483647}");
    found(EVCP__SCHEMA_OK, "");
    request("RemoteStopTransaction", "{\"transactionId\":-2147483648}");
    found(EVCP__SCHEMA_OK, "");
    request("RemoteStopTransaction", "{\"transactionId\":2147483648}");
    found(EVCP__SCHEMA_PROPERTY, "transactionId");
    request("RemoteStopTransaction", "{\"transactionId\":-2147483649}");
    found(EVCP__SCHEMA_PROPERTY, "transactionId");
    request("RemoteStopTransaction", "{\"transactionId\":9223372036854775807}");
    found(EVCP__SCHEMA_PROPERTY, "transactionId");
}

/* clang-format off */
#define START(meter) "{\"connectorId\":1,\"idTag\":\"A\",\"meterStart\":" meter "," \
                     "\"timestamp\":\"2030-01-01T00:00:00Z\"}"
#define STOP(meter) "{\"transactionId\":1,\"meterStop\":" meter "," \
                    "\"timestamp\":\"2030-01-01T00:00:00Z\"}"
/* clang-format on */

static void schema_energy_registers_have_64_bits(void **state)
{
    (void)state;
    request("StartTransaction", START("2147483648"));
    found(EVCP__SCHEMA_OK, "");
    request("StartTransaction", START("9223372036854775807"));
    found(EVCP__SCHEMA_OK, "");
    request("StopTransaction", STOP("4294967296"));
    found(EVCP__SCHEMA_OK, "");
    request("StopTransaction", STOP("-2147483649"));
    found(EVCP__SCHEMA_OK, "");
    request("StartTransaction", START("1.5"));
    found(EVCP__SCHEMA_TYPE, "meterStart");
    request("StopTransaction", STOP("\"1\""));
    found(EVCP__SCHEMA_TYPE, "meterStop");
}

static void schema_length_counts_characters_not_bytes(void **state)
{
    (void)state;
    request("Authorize", "{\"idTag\":\"12345678901234567890\"}");
    found(EVCP__SCHEMA_OK, "");
    request("Authorize", "{\"idTag\":\"123456789012345678901\"}");
    found(EVCP__SCHEMA_PROPERTY, "idTag");
    request("Authorize", "{\"idTag\":\"1234567890123456789\xf0\x9f\x98\x80\"}");
    found(EVCP__SCHEMA_OK, "");
    request("Authorize", "{\"idTag\":\"12345678901234567890\xc3\xa9\"}");
    found(EVCP__SCHEMA_PROPERTY, "idTag");
}

static void schema_limit_may_have_one_fraction_digit_as_far_as_binary_allows(void **state)
{
    (void)state;
    const struct {
        const char *limit;
        enum evcp__schema_fault verdict;
    } cases[] = {
        {"8.1", EVCP__SCHEMA_OK},         {"0.7", EVCP__SCHEMA_OK},
        {"-2.3", EVCP__SCHEMA_OK},        {"32", EVCP__SCHEMA_OK},
        {"0", EVCP__SCHEMA_OK},           {"0.30000000000000004", EVCP__SCHEMA_OK},
        {"1e300", EVCP__SCHEMA_OK},       {"22000.1", EVCP__SCHEMA_OK},
        {"8.15", EVCP__SCHEMA_PROPERTY},  {"0.05", EVCP__SCHEMA_PROPERTY},
        {"-0.05", EVCP__SCHEMA_PROPERTY}, {"22000.1001", EVCP__SCHEMA_PROPERTY},
        {"\"8.1\"", EVCP__SCHEMA_TYPE},   {"true", EVCP__SCHEMA_TYPE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *payload =
            json_pack("{s:i, s:{s:i, s:i, s:s, s:s, s:{s:s, s:[{s:i, s:o}]}}}", "connectorId", 0,
                      "csChargingProfiles", "chargingProfileId", 1, "stackLevel", 0,
                      "chargingProfilePurpose", "TxProfile", "chargingProfileKind", "Relative",
                      "chargingSchedule", "chargingRateUnit", "A", "chargingSchedulePeriod",
                      "startPeriod", 0, "limit", json_loads(cases[i].limit, JSON_DECODE_ANY, NULL));
        assert_non_null(payload);
        fault = evcp__schema_check(
            evcp__schema_find(&evcp__schema_ocpp16, "SetChargingProfile", EVCP__SCHEMA_REQUEST),
            payload, EVCP__SCHEMA_STRICT, path, sizeof path);
        json_decref(payload);
        assert_int_equal(fault, cases[i].verdict);
    }
}

static void schema_first_fault_in_the_message_is_named_missing_fields_last(void **state)
{
    (void)state;
    request("ChangeAvailability", "{\"type\":\"No\",\"connectorId\":\"1\",\"x\":1}");
    found(EVCP__SCHEMA_PROPERTY, "type");
    request("ChangeAvailability", "{\"connectorId\":\"1\",\"type\":\"No\"}");
    found(EVCP__SCHEMA_TYPE, "connectorId");
    request("ChangeAvailability", "{\"x\":1}");
    found(EVCP__SCHEMA_FORMATION, "x");
}

/* ---- tolerance --------------------------------------------------------------------------- */

static void schema_received_response_may_hold_more_than_is_defined(void **state)
{
    (void)state;
    response("Authorize", "{\"idTagInfo\":{\"status\":\"Accepted\",\"note\":{}},\"x\":[1]}");
    found(EVCP__SCHEMA_OK, "");
}

static void schema_received_response_may_say_null_for_an_optional_field(void **state)
{
    (void)state;
    response("Authorize", "{\"idTagInfo\":{\"status\":\"Accepted\",\"expiryDate\":null}}");
    found(EVCP__SCHEMA_OK, "");
    response("StopTransaction", "{\"idTagInfo\":null}");
    found(EVCP__SCHEMA_OK, "");
}

static void schema_received_response_is_checked_all_the_same(void **state)
{
    (void)state;
    response("Authorize", "{\"idTagInfo\":null}");
    found(EVCP__SCHEMA_TYPE, "idTagInfo");
    response("Authorize", "{}");
    found(EVCP__SCHEMA_OCCURRENCE, "idTagInfo");
    response("Authorize", "{\"idTagInfo\":{\"status\":\"Fine\"}}");
    found(EVCP__SCHEMA_PROPERTY, "idTagInfo.status");
    response("StartTransaction", "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":1.5}");
    found(EVCP__SCHEMA_TYPE, "transactionId");
}

/* ---- path -------------------------------------------------------------------------------- */

static void schema_path_is_cut_to_its_room(void **state)
{
    (void)state;
    const struct evcp__schema *schema =
        evcp__schema_find(&evcp__schema_ocpp16, "SendLocalList", EVCP__SCHEMA_REQUEST);
    json_t *payload = json_pack("{s:[{}]}", "localAuthorizationList");
    const char whole[] = "localAuthorizationList[0].idTag";
    for (size_t room = 1; room <= sizeof whole; room++) {
        char small[sizeof whole + 1];
        memset(small, '#', sizeof small);
        fault = evcp__schema_check(schema, payload, EVCP__SCHEMA_STRICT, small, room);
        assert_int_equal(fault, EVCP__SCHEMA_OCCURRENCE);
        assert_int_equal(strlen(small), room - 1);
        assert_memory_equal(small, whole, room - 1);
        assert_int_equal(small[room], '#');
    }
    json_decref(payload);
}

static void schema_path_counts_list_elements_in_decimal(void **state)
{
    (void)state;
    json_t *keys = json_array();
    for (int i = 0; i < 1234; i++)
        assert_int_equal(json_array_append_new(keys, json_string("A")), 0);
    assert_int_equal(json_array_append_new(keys, json_null()), 0);
    json_t *payload = json_pack("{s:o}", "key", keys);
    fault = evcp__schema_check(
        evcp__schema_find(&evcp__schema_ocpp16, "GetConfiguration", EVCP__SCHEMA_REQUEST), payload,
        EVCP__SCHEMA_STRICT, path, sizeof path);
    json_decref(payload);
    found(EVCP__SCHEMA_TYPE, "key[1234]");
}

static void schema_path_shows_nothing_that_is_not_printable(void **state)
{
    (void)state;
    request("Reset", "{\"a\\n\xc3\xa9\\u007f\":1}");
    found(EVCP__SCHEMA_FORMATION, "a????");
}

/* ---- date-time --------------------------------------------------------------------------- */

/* covers: RPC-37 */
static void datetime_is_read_with_fraction_and_offset(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t utc_ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2030-01-01T02:00:00.123+02:00", INT64_C(1893456000123)}, /* RPC-37 */
        {"2029-12-31T18:30:00-05:30", INT64_C(1893456000000)},
        {"2013-02-01T20:53:32.486Z", INT64_C(1359752012486)},
        {"2024-02-29T23:59:59.9999999Z", INT64_C(1709251199999)},
        {"2000-03-01T00:00:00.5Z", INT64_C(951868800500)},
        {"1969-12-31T23:59:59.999Z", -1},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800000)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799000)},
        {"2030-01-01T00:00:00", INT64_C(1893456000000)},
        {"2030-01-01t00:00:00z", INT64_C(1893456000000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t utc_ms = 42;
        assert_true(evcp__datetime_parse(cases[i].text, &utc_ms));
        assert_true(utc_ms == cases[i].utc_ms);
    }
}

static void datetime_that_is_none_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    const char *texts[] = {"",
                           "2030",
                           "2030-01-01",
                           "2030-01-01T00:00Z",
                           "2030-01-01 00:00:00Z",
                           "2030-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2030-04-31T00:00:00Z",
                           "2030-13-01T00:00:00Z",
                           "2030-01-00T00:00:00Z",
                           "0000-01-01T00:00:00Z",
                           "2030-01-01T24:00:00Z",
                           "2030-01-01T00:60:00Z",
                           "2030-01-01T00:00:61Z",
                           "2030-01-01T00:00:00.Z",
                           "2030-01-01T00:00:00,1Z",
                           "2030-01-01T00:00:00+0200",
                           "2030-01-01T00:00:00+24:00",
                           "2030-01-01T00:00:00+02:60",
                           "2030-01-01T00:00:00Z ",
                           "2030-01-01T00:00:00ZZ",
                           "+030-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t utc_ms = 42;
        assert_false(evcp__datetime_parse(texts[i], &utc_ms));
        assert_true(utc_ms == 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_knows_every_action_of_the_core_specification),
        cmocka_unit_test(schema_action_names_are_case_sensitive_and_whole),
        cmocka_unit_test(schema_faults_have_the_historic_spellings_of_1_6),
        cmocka_unit_test(schema_payload_that_is_no_object_is_a_formation_fault),
        cmocka_unit_test(schema_field_that_is_not_defined_is_a_formation_fault_at_any_level),
        cmocka_unit_test(schema_required_field_that_is_missing_is_an_occurrence_fault),
        cmocka_unit_test(schema_empty_list_is_a_fault_only_where_one_element_is_required),
        cmocka_unit_test(schema_wrong_json_type_is_a_type_fault),
        cmocka_unit_test(schema_value_outside_its_set_or_range_is_a_property_fault),
        cmocka_unit_test(schema_integers_end_at_32_bits),
        cmocka_unit_test(schema_energy_registers_have_64_bits),
        cmocka_unit_test(schema_length_counts_characters_not_bytes),
        cmocka_unit_test(schema_limit_may_have_one_fraction_digit_as_far_as_binary_allows),
        cmocka_unit_test(schema_first_fault_in_the_message_is_named_missing_fields_last),
        cmocka_unit_test(schema_received_response_may_hold_more_than_is_defined),
        cmocka_unit_test(schema_received_response_may_say_null_for_an_optional_field),
        cmocka_unit_test(schema_received_response_is_checked_all_the_same),
        cmocka_unit_test(schema_path_is_cut_to_its_room),
        cmocka_unit_test(schema_path_counts_list_elements_in_decimal),
        cmocka_unit_test(schema_path_shows_nothing_that_is_not_printable),
        cmocka_unit_test(datetime_is_read_with_fraction_and_offset),
        cmocka_unit_test(datetime_that_is_none_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
