/* SPDX-License-Identifier: Apache-2.0 */
/* OCPP-J framing: what a received text is taken for, and what a sent one looks like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/protocol/rpc.h"

#define LENGTH_MAX 65536
#define ID36       "0123456789-0123456789-0123456789-abc"
#define COUNT(a)   (sizeof(a) / sizeof *(a))

static struct evcp__rpc_message got;

/* Parses a copy that has no room behind it, so that the sanitizers see every byte too far. */
static void parse_bytes(const char *text, size_t bytes, size_t length_max)
{
    char *exact = malloc(bytes > 0 ? bytes : 1);
    assert_non_null(exact);
    memcpy(exact, text, bytes);
    evcp__rpc_parse(exact, bytes, length_max, &got);
    free(exact);
}

static void parse(const char *text)
{
    parse_bytes(text, strlen(text), LENGTH_MAX);
}

static void kind_is(enum evcp__rpc_kind kind)
{
    assert_int_equal(got.kind, kind);
    bool carries = kind == EVCP__RPC_CALL || kind == EVCP__RPC_RESULT;
    assert_true((got.payload != NULL) == carries);
    assert_non_null(got.id);
    assert_non_null(got.action);
    assert_non_null(got.text);
    assert_non_null(got.code_text);
}

static void is(const char *text, enum evcp__rpc_kind kind)
{
    parse(text);
    kind_is(kind);
    evcp__rpc_release(&got);
}

static void is_bad_call(const char *text, const char *id, enum evcp__rpc_code code)
{
    parse(text);
    kind_is(EVCP__RPC_BAD_CALL);
    assert_string_equal(got.id, id);
    assert_int_equal(got.code, code);
    assert_true(strlen(got.text) > 0);
    evcp__rpc_release(&got);
}

/* ---- received calls ---------------------------------------------------------------------- */
static void rpc_call_is_taken_apart(void **state)
{
    (void)state;
    parse(" [2, \"19223201\" ,\"Reset\",\r\n\t{\"type\":\"Hard\"} ] \n");
    kind_is(EVCP__RPC_CALL);
    assert_string_equal(got.id, "19223201");
    assert_string_equal(got.action, "Reset");
    assert_string_equal(json_string_value(json_object_get(got.payload, "type")), "Hard");
    evcp__rpc_release(&got);
}

static void rpc_call_keeps_commas_brackets_and_escapes_of_its_texts(void **state)
{
    (void)state;
    parse("[2,\"a,]\\\"\\\\\",\"B[\\\\\",{\"k\":\"},]\\\"{\\u00e9\xc3\xa9\"}]");
    kind_is(EVCP__RPC_CALL);
    assert_string_equal(got.id, "a,]\"\\");
    assert_string_equal(got.action, "B[\\");
    assert_string_equal(json_string_value(json_object_get(got.payload, "k")),
                        "},]\"{\xc3\xa9\xc3\xa9");
    evcp__rpc_release(&got);
}

static void rpc_payload_outlives_its_message_when_referenced(void **state)
{
    (void)state;
    parse("[2,\"1\",\"Reset\",{\"type\":\"Soft\"}]");
    json_t *payload = json_incref(got.payload);
    evcp__rpc_release(&got);
    assert_null(got.payload);
    assert_string_equal(json_string_value(json_object_get(payload, "type")), "Soft");
    json_decref(payload);
}

static void rpc_null_payload_of_a_call_is_the_empty_object(void **state)
{
    (void)state;
    parse("[2,\"1\",\"ClearCache\",null]"); /* RPC-15 */
    kind_is(EVCP__RPC_CALL);
    assert_true(json_is_object(got.payload));
    assert_int_equal(json_object_size(got.payload), 0);
    evcp__rpc_release(&got);
}

static void rpc_payload_of_another_type_is_left_to_the_schema(void **state)
{
    (void)state;
    parse("[2,\"1\",\"FooBar\",[1]]"); /* unknown action comes before payload: RPC-22 */
    kind_is(EVCP__RPC_CALL);
    assert_true(json_is_array(got.payload));
    evcp__rpc_release(&got);
}

static void rpc_id_of_36_characters_is_the_longest_that_is_served(void **state)
{
    (void)state;
    parse("[2,\"" ID36 "\",\"Reset\",{}]"); /* RPC-11 */
    kind_is(EVCP__RPC_CALL);
    assert_string_equal(got.id, ID36);
    evcp__rpc_release(&got);
    is_bad_call("[2,\"" ID36 "d\",\"Reset\",{}]", ID36 "d", /* RPC-31 */
                EVCP__RPC_FORMATION_VIOLATION);
}

static void rpc_id_too_long_to_echo_is_garbage(void **state)
{
    (void)state;
    char text[EVCP__RPC_ECHO_MAX + 64] = "[2,\"";
    memset(text + 4, 'i', EVCP__RPC_ECHO_MAX + 1);
    strcpy(text + 4 + EVCP__RPC_ECHO_MAX + 1, "\",\"Reset\",{}]");
    is(text, EVCP__RPC_GARBAGE);
    strcpy(text + 4 + EVCP__RPC_ECHO_MAX, "\",\"Reset\",{}]");
    is(text, EVCP__RPC_BAD_CALL);
}

static void rpc_call_without_a_usable_id_is_garbage(void **state)
{
    (void)state;
    const char *texts[] = {"[2]",
                           "[2,7,\"Reset\",{}]",
                           "[2,null,\"Reset\",{}]",
                           "[2,{\"a\":1},\"Reset\",{}]",
                           "[2,\"a\\u0000b\",\"Reset\",{}]",
                           "[2,\"a\\ud800\",\"Reset\",{}]",
                           "[2,,\"Reset\",{}]",
                           "[2,\"1\" \"2\",\"Reset\",{}]"};
    for (size_t i = 0; i < COUNT(texts); i++)
        is(texts[i], EVCP__RPC_GARBAGE);
}

static void rpc_call_of_the_wrong_shape_is_answered_and_not_executed(void **state)
{
    (void)state;
    const char *texts[] = {
        "[2,\"1\"]",
        "[2,\"1\",\"Reset\"]", /* RPC-12 */
        "[2,\"1\",\"Reset\",{},{}]",
        "[2,\"1\",\"Reset\",{},{},{},{}]",
        "[2,\"1\",\"Reset\",]",
        "[2,\"1\",\"Reset\",{}",
        "[2,\"1\",\"Reset\",{}}",
        "[2,\"1\",\"Reset\",{]]",
        "[2,\"1\",\"Reset\",{}]x",
        "[2,\"1\",\"Reset\",{}][]",
        "[2,\"1\",7,{}]",
        "[2,\"1\",null,{}]",
        "[2,\"1\",\"Reset\",{\"type\":Hard}]",
        "[2,\"1\",\"Reset\",{'type':\"Hard\"}]",
        "[2,\"1\",\"Reset\",{\"type\":\"Hard\",}]",
        "[2,\"1\",\"Reset\",{\"type\":\"Hard\",\"type\":\"Soft\"}]",
        "[2,\"1\",\"Reset\",{\"type\":\"\\u0000\"}]",
        "[2,\"1\",\"Reset\",{\"type\":\"a\x01\"}]",
        "[2,\"1\",\"Reset\",{\"type\":123456789012345678901}]",
        "[2,\"1\",\"Reset\",{\"type\":1e999}]",
        "[2,\"1\",\"Reset\",{\"type\":\"\xff\"}]",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        is_bad_call(texts[i], "1", EVCP__RPC_FORMATION_VIOLATION);
}

static void rpc_text_that_is_not_utf_8_is_never_executed(void **state)
{
    (void)state;
    const char *wrong[] = {
        "\x80",         "\xc3",     "\xc0\xaf",         "\xc1\xbf",     "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80", "\xf4\x90\x80\x80",
        "\xf0\x9f\x98", "\xc3\x28", "\\\xc3\xa9",       "\xfe",         "\xf8\x88\x80\x80\x80"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        char text[64] = "[2,\"1\",\"DataTransfer\",{\"vendorId\":\"";
        strcat(strcat(text, wrong[i]), "\"}]");
        is_bad_call(text, "1", EVCP__RPC_FORMATION_VIOLATION);
    }
    const char *right[] = {"\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",    "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < COUNT(right); i++) {
        char text[64] = "[2,\"1\",\"DataTransfer\",{\"vendorId\":\"";
        is(strcat(strcat(text, right[i]), "\"}]"), EVCP__RPC_CALL);
    }
}

static void rpc_nul_byte_is_never_executed(void **state)
{
    (void)state;
    const char text[] = "[2,\"1\",\"Reset\",{\"type\":\"Ha\0rd\"}]";
    parse_bytes(text, sizeof text - 1, LENGTH_MAX);
    kind_is(EVCP__RPC_BAD_CALL);
    evcp__rpc_release(&got);
    const char outside[] = "[2,\"1\",\"Reset\",{}]\0";
    parse_bytes(outside, sizeof outside - 1, LENGTH_MAX);
    kind_is(EVCP__RPC_BAD_CALL);
    evcp__rpc_release(&got);
    parse_bytes("\0", 1, LENGTH_MAX);
    kind_is(EVCP__RPC_GARBAGE);
    evcp__rpc_release(&got);
}

/* ---- limits ------------------------------------------------------------------------------ */
static void nested(char *text, const char *head, size_t depth)
{
    strcpy(text, head);
    size_t at = strlen(text);
    for (size_t i = 0; i < depth; i++)
        text[at++] = '[';
    for (size_t i = 0; i < depth; i++)
        text[at++] = ']';
    strcpy(text + at, "]");
}

static void rpc_nesting_is_bounded(void **state)
{
    (void)state;
    char *text = malloc(300000);
    nested(text, "[2,\"1\",\"FooBar\",", EVCP__JSON_DEPTH_MAX - 1);
    is(text, EVCP__RPC_CALL);
    nested(text, "[2,\"1\",\"FooBar\",", EVCP__JSON_DEPTH_MAX);
    is_bad_call(text, "1", EVCP__RPC_FORMATION_VIOLATION);
    nested(text, "[2,\"1\",\"FooBar\",", 100000);
    parse_bytes(text, strlen(text), 300000);
    kind_is(EVCP__RPC_BAD_CALL);
    evcp__rpc_release(&got);
    nested(text, "[", 100000);
    parse_bytes(text, strlen(text), 300000);
    kind_is(EVCP__RPC_GARBAGE);
    evcp__rpc_release(&got);
    free(text);
}

static void rpc_message_that_is_too_long_is_answered_if_its_head_is_there(void **state)
{
    (void)state;
    const char text[] = "[2,\"1\",\"DataTransfer\",{\"vendorId\":\"someone\"}]";
    parse_bytes(text, sizeof text - 1, sizeof text - 1);
    kind_is(EVCP__RPC_CALL);
    evcp__rpc_release(&got);
    parse_bytes(text, sizeof text - 1, sizeof text - 2);
    kind_is(EVCP__RPC_BAD_CALL);
    assert_string_equal(got.id, "1");
    evcp__rpc_release(&got);
    parse_bytes(text, sizeof text - 1, 5);
    kind_is(EVCP__RPC_GARBAGE);
    evcp__rpc_release(&got);
}

static void rpc_number_of_values_is_bounded_by_the_allowed_length(void **state)
{
    (void)state;
    const size_t most = LENGTH_MAX / EVCP__RPC_BYTES_PER_VALUE;
    char *text = malloc(LENGTH_MAX);
    strcpy(text, "[2,\"1\",\"GetConfiguration\",{\"key\":[");
    size_t head = strlen(text);
    for (size_t i = 0; i < most; i++)
        memcpy(text + head + 2 * i, "{}", 2); /* no commas: not JSON, but the scan comes first */
    strcpy(text + head + 2 * most, "]}]");
    parse(text);
    assert_string_equal(got.text, "not valid JSON");
    evcp__rpc_release(&got);
    for (size_t i = 0; i < 2 * most; i++)
        memcpy(text + head + 2 * i, "7,", 2);
    strcpy(text + head + 4 * most, "7]}]");
    is_bad_call(text, "1", EVCP__RPC_FORMATION_VIOLATION);
    parse(text);
    assert_string_equal(got.text, "too many values for the allowed length");
    evcp__rpc_release(&got);
    free(text);
}

/* ---- received results -------------------------------------------------------------------- */
static void rpc_result_is_taken_apart(void **state)
{
    (void)state;
    parse("[3,\"1\",{\"currentTime\":\"2030-01-01T00:00:00Z\"}]");
    kind_is(EVCP__RPC_RESULT);
    assert_string_equal(got.id, "1");
    assert_int_equal(json_object_size(got.payload), 1);
    evcp__rpc_release(&got);
}

static void rpc_result_without_payload_is_an_answer(void **state)
{
    (void)state;
    const char *texts[] = {"[3,\"1\",null]", "[3,\"1\"]", "[3,\"1\",{}]", "[3,\"1\",{},null]"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        parse(texts[i]); /* RPC-15 */
        kind_is(EVCP__RPC_RESULT);
        assert_true(json_is_object(got.payload));
        assert_int_equal(json_object_size(got.payload), 0);
        evcp__rpc_release(&got);
    }
}

static void rpc_result_that_cannot_be_read_still_names_its_call(void **state)
{
    (void)state;
    const char *texts[] = {"[3,\"1\",{\"a\":1,\"a\":2}]", "[3,\"1\",{\"a\":}]", "[3,\"1\",{}",
                           "[3,\"1\",]", "[3,\"1\",{\"a\":\"\xff\"}]"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        parse(texts[i]);
        kind_is(EVCP__RPC_BAD_RESULT);
        assert_string_equal(got.id, "1");
        assert_true(strlen(got.text) > 0);
        evcp__rpc_release(&got);
    }
}

static void rpc_result_without_id_is_garbage(void **state)
{
    (void)state;
    is("[3]", EVCP__RPC_GARBAGE);
    is("[3,null,{}]", EVCP__RPC_GARBAGE);
    is("[3,1,{}]", EVCP__RPC_GARBAGE);
}

/* ---- received errors --------------------------------------------------------------------- */
static void rpc_error_is_taken_apart(void **state)
{
    (void)state;
    parse("[4,\"162376037\",\"NotSupported\",\"SendLocalList.req not implemented\",{}]");
    kind_is(EVCP__RPC_ERROR);
    assert_string_equal(got.id, "162376037");
    assert_int_equal(got.code, EVCP__RPC_NOT_SUPPORTED);
    assert_string_equal(got.code_text, "NotSupported");
    assert_string_equal(got.text, "SendLocalList.req not implemented");
    evcp__rpc_release(&got);
}

static void rpc_error_is_an_error_whatever_it_leaves_out(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum evcp__rpc_code code;
    } cases[] = {
        {"[4,\"1\",\"InternalError\"]", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"InternalError\",\"\"]", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"InternalError\",null,null]", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"InternalError\",\"\",[\"details\"]]", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"InternalError\",\"\",\"details\"]", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"InternalError\",\"\",{\"a\":1,\"a\":2}]", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"InternalError\",\"\",{},7]", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"InternalError\",\"\",{", EVCP__RPC_INTERNAL_ERROR},
        {"[4,\"1\",\"Whatever\",\"\",{}]", EVCP__RPC_UNKNOWN_CODE},
        {"[4,\"1\",42,\"\",{}]", EVCP__RPC_UNKNOWN_CODE},
        {"[4,\"1\"]", EVCP__RPC_UNKNOWN_CODE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        parse(cases[i].text);
        kind_is(EVCP__RPC_ERROR);
        assert_string_equal(got.id, "1");
        assert_int_equal(got.code, cases[i].code);
        assert_string_equal(got.text, "");
        evcp__rpc_release(&got);
    }
}

static void rpc_error_for_no_call_has_an_empty_id(void **state)
{
    (void)state;
    const char *ids[] = {"null", "\"\"", "\"-1\"", "-1", "{}"};
    for (size_t i = 0; i < COUNT(ids); i++) {
        char text[80] = "[4,";
        strcat(strcat(text, ids[i]), ",\"RpcFrameworkError\",\"\",{}]");
        parse(text);
        kind_is(EVCP__RPC_ERROR);
        assert_string_equal(got.id, "");
        assert_int_equal(got.code, EVCP__RPC_RPC_FRAMEWORK_ERROR);
        evcp__rpc_release(&got);
    }
    is("[4]", EVCP__RPC_GARBAGE);
}

/* ---- codes ------------------------------------------------------------------------------- */
/* covers: RPC-21 RPC-30 */
static void rpc_codes_are_spelled_as_1_6_spells_them(void **state)
{
    (void)state;
    const char *names[] = {"",
                           "NotImplemented",
                           "NotSupported",
                           "InternalError",
                           "ProtocolError",
                           "SecurityError",
                           "FormationViolation",
                           "PropertyConstraintViolation",
                           "OccurenceConstraintViolation",
                           "TypeConstraintViolation",
                           "GenericError",
                           "MessageTypeNotSupported",
                           "RpcFrameworkError"};
    for (int code = EVCP__RPC_OK; code < EVCP__RPC_UNKNOWN_CODE; code++) {
        assert_string_equal(evcp__rpc_code_name((enum evcp__rpc_code)code),
                            names[code]); /* RPC-21 */
        if (code != EVCP__RPC_OK)
            assert_int_equal(evcp__rpc_code_from(names[code]), code);
    }
}

static void rpc_codes_of_later_versions_are_understood(void **state)
{
    (void)state;
    assert_int_equal(evcp__rpc_code_from("FormatViolation"), EVCP__RPC_FORMATION_VIOLATION);
    assert_int_equal(evcp__rpc_code_from("OccurrenceConstraintViolation"),
                     EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION);
    assert_int_equal(evcp__rpc_code_from("notimplemented"), EVCP__RPC_UNKNOWN_CODE);
    assert_int_equal(evcp__rpc_code_from(""), EVCP__RPC_UNKNOWN_CODE);
}

/* covers: RPC-25 RPC-26 RPC-27 RPC-28 RPC-29 */
static void rpc_code_of_a_schema_fault_is_the_one_the_schema_names(void **state)
{
    (void)state;
    for (int fault = EVCP__SCHEMA_OK; fault <= EVCP__SCHEMA_PROPERTY; fault++) {
        enum evcp__rpc_code code = evcp__rpc_code_of((enum evcp__schema_fault)fault);
        assert_string_equal(evcp__rpc_code_name(code),
                            evcp__schema_fault_code((enum evcp__schema_fault)fault));
    }
}

/* ---- everything else --------------------------------------------------------------------- */
static void rpc_other_message_types_are_ignored(void **state)
{
    (void)state;
    is("[7,\"x\",\"Reset\",{\"type\":\"Hard\"}]", EVCP__RPC_IGNORED); /* RPC-07 */
    is("[5,\"x\",\"Reset\",{}]", EVCP__RPC_IGNORED);
    is("[0]", EVCP__RPC_IGNORED);
    is("[-2,\"x\",\"Reset\",{}]", EVCP__RPC_IGNORED);
}

static void rpc_what_is_no_message_is_garbage(void **state)
{
    (void)state;
    const char *texts[] = {"",
                           " ",
                           "[",
                           "]",
                           "{}",
                           "null",
                           "2",
                           "\"",
                           "\"[2]\"",
                           "[]",
                           "[ ]",
                           "[,]",
                           "[\"2\",\"1\",\"Reset\",{}]",
                           "[2.0,\"1\",\"Reset\",{}]",
                           "[null,\"1\",\"Reset\",{}]",
                           "[true]",
                           "[[2],\"1\",\"Reset\",{}]",
                           "[}",
                           "{2,\"1\",\"Reset\",{}}",
                           "[2",
                           "[2,\"",
                           "[2,\"\\",
                           "\xef\xbb\xbf[2,\"1\",\"Reset\",{}]",
                           "[2,\"1\\"};
    for (size_t i = 0; i < COUNT(texts); i++)
        is(texts[i], EVCP__RPC_GARBAGE);
}

static void rpc_part_of_a_call_is_never_taken_for_the_whole(void **state)
{
    (void)state;
    const char text[] = "[2,\"1\",\"SendLocalList\",{\"listVersion\":1,\"updateType\":\"Full\","
                        "\"localAuthorizationList\":[{\"idTag\":\"\xc3\xa9\\u00e9\"}]}]";
    for (size_t bytes = 0; bytes < sizeof text - 1; bytes++) {
        parse_bytes(text, bytes, LENGTH_MAX);
        assert_true(got.kind == EVCP__RPC_GARBAGE || got.kind == EVCP__RPC_BAD_CALL);
        evcp__rpc_release(&got);
    }
}

static void rpc_any_byte_anywhere_is_survived(void **state)
{
    (void)state;
    char text[] = "[2,\"1\",\"A\",{\"k\":[1.5,true,null,\"\xc3\xa9\\n\"]}]";
    for (size_t at = 0; at < sizeof text - 1; at++) {
        char kept = text[at];
        for (int byte = 0; byte < 256; byte++) {
            text[at] = (char)byte;
            parse_bytes(text, sizeof text - 1, LENGTH_MAX);
            kind_is(got.kind);
            evcp__rpc_release(&got);
        }
        text[at] = kept;
    }
}

/* ---- sent -------------------------------------------------------------------------------- */
static size_t length;

static void sent(char *text, const char *expected)
{
    assert_non_null(text);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
    free(text);
}

/* covers: RPC-06 RPC-12 RPC-14 RPC-16 RPC-19 */
static void rpc_messages_are_written_compactly(void **state)
{
    (void)state;
    json_t *payload = json_pack("{s:i,s:s}", "connectorId", 1, "idTag", "\xc3\xa9");
    json_t *empty = json_object();
    sent(evcp__rpc_call("id1", "Heartbeat", empty, &length),
         "[2,\"id1\",\"Heartbeat\",{}]"); /* RPC-14 */
    sent(evcp__rpc_call("id2", "Authorize", payload, &length),
         "[2,\"id2\",\"Authorize\",{\"connectorId\":1,\"idTag\":\"\xc3\xa9\"}]");
    sent(evcp__rpc_result("id3", payload, &length),
         "[3,\"id3\",{\"connectorId\":1,\"idTag\":\"\xc3\xa9\"}]");
    sent(evcp__rpc_error("id4", EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION, "no \"value\"", &length),
         "[4,\"id4\",\"OccurenceConstraintViolation\",\"no \\\"value\\\"\",{}]");
    sent(evcp__rpc_error("id5", EVCP__RPC_GENERIC_ERROR, NULL, &length),
         "[4,\"id5\",\"GenericError\",\"\",{}]"); /* RPC-19, RPC-20 */
    json_decref(payload);
    json_decref(empty);
}

static void rpc_messages_of_every_length_are_written_whole(void **state)
{
    (void)state;
    for (size_t size = 1; size < 1200; size++) {
        char data[1200];
        char expected[1300];
        memset(data, 'x', size);
        data[size] = '\0';
        snprintf(expected, sizeof expected, "[3,\"1\",{\"data\":\"%s\"}]", data);
        json_t *payload = json_pack("{s:s}", "data", data);
        sent(evcp__rpc_result("1", payload, &length), expected);
        json_decref(payload);
    }
}

static void rpc_payload_is_borrowed_not_taken(void **state)
{
    (void)state;
    json_t *payload = json_object();
    free(evcp__rpc_call("1", "Heartbeat", payload, &length));
    free(evcp__rpc_result("1", payload, &length));
    assert_int_equal(payload->refcount, 1);
    json_decref(payload);
}

static void rpc_one_fraction_digit_is_written_as_one(void **state)
{
    (void)state;
    json_t *payload = json_pack("{s:f,s:f}", "limit", 8.1, "minChargingRate", 22000.7);
    sent(evcp__rpc_result("1", payload, &length),
         "[3,\"1\",{\"limit\":8.1,\"minChargingRate\":22000.7}]");
    json_decref(payload);
}

static void rpc_answer_repeats_any_id_it_got(void **state)
{
    (void)state;
    parse("[2,\"\\u0001\\\"\\\\\xf0\x9f\x98\x80\\/\",\"Reset\",{}]"); /* RPC-10 */
    char *answer = evcp__rpc_result(got.id, got.payload, &length);
    assert_non_null(answer);
    evcp__rpc_release(&got);
    parse_bytes(answer, length, LENGTH_MAX);
    kind_is(EVCP__RPC_RESULT);
    assert_string_equal(got.id, "\x01\"\\\xf0\x9f\x98\x80/");
    evcp__rpc_release(&got);
    free(answer);
}

static void description_becomes(const char *description, const char *expected)
{
    char *text = evcp__rpc_error("1", EVCP__RPC_INTERNAL_ERROR, description, &length);
    assert_non_null(text);
    parse_bytes(text, length, LENGTH_MAX);
    kind_is(EVCP__RPC_ERROR);
    assert_string_equal(got.text, expected);
    evcp__rpc_release(&got);
    free(text);
}

/* covers: RPC-20 */
static void rpc_description_is_cut_to_255_bytes_between_characters(void **state)
{
    (void)state;
    char text[600];
    char expected[600];
    for (size_t bytes = 250; bytes <= 300; bytes++) {
        memset(text, 'a', bytes);
        text[bytes] = '\0';
        strcpy(expected, text);
        if (bytes > 255)
            expected[255] = '\0';
        description_becomes(text, expected);
    }
    memset(text, 'a', 254);
    strcpy(text + 254, "\xc3\xa9tail");
    memset(expected, 'a', 254);
    expected[254] = '\0';
    description_becomes(text, expected);
    memset(text, 'a', 253);
    strcpy(text + 253, "\xc3\xa9tail");
    strcpy(expected + 253, "\xc3\xa9");
    description_becomes(text, expected);
}

static void rpc_description_that_is_not_utf_8_is_left_out(void **state)
{
    (void)state;
    description_becomes("fine until \xff", "");
    description_becomes("cut \xe2\x82", "");
}

/* ---- memory ------------------------------------------------------------------------------ */
static size_t until_failure;

static void *failing_malloc(size_t size)
{
    if (until_failure == 0)
        return NULL;
    until_failure--;
    return malloc(size);
}

/* Runs with jansson's nth allocation failing, for n = 0, 1, 2 ... until all succeed. */
static size_t with_failures(bool (*attempt)(void))
{
    size_t n = 0;
    for (bool done = false; !done; n++) {
        assert_true(n < 1000);
        until_failure = n;
        json_set_alloc_funcs(failing_malloc, free);
        done = attempt();
        json_set_alloc_funcs(malloc, free);
    }
    return n;
}

static size_t internal_errors;

static bool parse_call_with_little_memory(void)
{
    parse("[2,\"1\",\"Reset\",{\"type\":\"Hard\",\"list\":[1,{\"a\":2.5}]}]");
    kind_is(got.kind);
    bool done = got.kind == EVCP__RPC_CALL;
    assert_true(done || got.kind == EVCP__RPC_BAD_CALL || got.kind == EVCP__RPC_GARBAGE);
    internal_errors += got.code == EVCP__RPC_INTERNAL_ERROR;
    evcp__rpc_release(&got);
    return done;
}

static bool parse_result_with_little_memory(void)
{
    parse("[3,\"1\",{\"status\":\"Accepted\"}]");
    kind_is(got.kind);
    bool done = got.kind == EVCP__RPC_RESULT;
    assert_true(done || got.kind == EVCP__RPC_BAD_RESULT || got.kind == EVCP__RPC_GARBAGE);
    evcp__rpc_release(&got);
    return done;
}

static bool parse_null_with_little_memory(void)
{
    parse("[3,\"1\",null]");
    kind_is(got.kind);
    bool done = got.kind == EVCP__RPC_RESULT;
    evcp__rpc_release(&got);
    return done;
}

static bool parse_error_with_little_memory(void)
{
    parse("[4,\"1\",\"InternalError\",\"text\",{}]");
    kind_is(got.kind);
    bool done = got.code == EVCP__RPC_INTERNAL_ERROR && got.text[0] == 't' && got.id[0] == '1';
    evcp__rpc_release(&got);
    return done;
}

static void rpc_parse_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_true(with_failures(parse_call_with_little_memory) > 10);
    assert_true(internal_errors > 0); /* not always: the JSON reader may say "invalid token" */
    assert_true(with_failures(parse_result_with_little_memory) > 5);
    assert_true(with_failures(parse_null_with_little_memory) > 3);
    assert_true(with_failures(parse_error_with_little_memory) > 5);
}

static json_t *payload_to_write;

static bool compose_call(void)
{
    char *text = evcp__rpc_call("1", "Reset", payload_to_write, &length);
    bool done = text != NULL;
    free(text);
    return done;
}

static bool compose_result(void)
{
    char *text = evcp__rpc_result("1", payload_to_write, &length);
    bool done = text != NULL;
    free(text);
    return done;
}

static bool compose_error(void)
{
    char *text = evcp__rpc_error("1", EVCP__RPC_SECURITY_ERROR, "why", &length);
    bool done = text != NULL;
    free(text);
    return done;
}

static void rpc_compose_survives_every_failed_allocation(void **state)
{
    (void)state;
    payload_to_write = json_pack("{s:s}", "type", "Hard");
    assert_true(with_failures(compose_call) > 5);
    assert_true(with_failures(compose_result) > 5);
    assert_true(with_failures(compose_error) > 5);
    assert_int_equal(payload_to_write->refcount, 1);
    json_decref(payload_to_write);
}

static void rpc_missing_payload_is_no_message(void **state)
{
    (void)state;
    assert_null(evcp__rpc_call("1", "Reset", NULL, &length));
    assert_null(evcp__rpc_result("1", NULL, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rpc_call_is_taken_apart),
        cmocka_unit_test(rpc_call_keeps_commas_brackets_and_escapes_of_its_texts),
        cmocka_unit_test(rpc_payload_outlives_its_message_when_referenced),
        cmocka_unit_test(rpc_null_payload_of_a_call_is_the_empty_object),
        cmocka_unit_test(rpc_payload_of_another_type_is_left_to_the_schema),
        cmocka_unit_test(rpc_id_of_36_characters_is_the_longest_that_is_served),
        cmocka_unit_test(rpc_id_too_long_to_echo_is_garbage),
        cmocka_unit_test(rpc_call_without_a_usable_id_is_garbage),
        cmocka_unit_test(rpc_call_of_the_wrong_shape_is_answered_and_not_executed),
        cmocka_unit_test(rpc_text_that_is_not_utf_8_is_never_executed),
        cmocka_unit_test(rpc_nul_byte_is_never_executed),
        cmocka_unit_test(rpc_nesting_is_bounded),
        cmocka_unit_test(rpc_message_that_is_too_long_is_answered_if_its_head_is_there),
        cmocka_unit_test(rpc_number_of_values_is_bounded_by_the_allowed_length),
        cmocka_unit_test(rpc_result_is_taken_apart),
        cmocka_unit_test(rpc_result_without_payload_is_an_answer),
        cmocka_unit_test(rpc_result_that_cannot_be_read_still_names_its_call),
        cmocka_unit_test(rpc_result_without_id_is_garbage),
        cmocka_unit_test(rpc_error_is_taken_apart),
        cmocka_unit_test(rpc_error_is_an_error_whatever_it_leaves_out),
        cmocka_unit_test(rpc_error_for_no_call_has_an_empty_id),
        cmocka_unit_test(rpc_codes_are_spelled_as_1_6_spells_them),
        cmocka_unit_test(rpc_codes_of_later_versions_are_understood),
        cmocka_unit_test(rpc_code_of_a_schema_fault_is_the_one_the_schema_names),
        cmocka_unit_test(rpc_other_message_types_are_ignored),
        cmocka_unit_test(rpc_what_is_no_message_is_garbage),
        cmocka_unit_test(rpc_part_of_a_call_is_never_taken_for_the_whole),
        cmocka_unit_test(rpc_any_byte_anywhere_is_survived),
        cmocka_unit_test(rpc_messages_are_written_compactly),
        cmocka_unit_test(rpc_messages_of_every_length_are_written_whole),
        cmocka_unit_test(rpc_payload_is_borrowed_not_taken),
        cmocka_unit_test(rpc_one_fraction_digit_is_written_as_one),
        cmocka_unit_test(rpc_answer_repeats_any_id_it_got),
        cmocka_unit_test(rpc_description_is_cut_to_255_bytes_between_characters),
        cmocka_unit_test(rpc_description_that_is_not_utf_8_is_left_out),
        cmocka_unit_test(rpc_parse_survives_every_failed_allocation),
        cmocka_unit_test(rpc_compose_survives_every_failed_allocation),
        cmocka_unit_test(rpc_missing_payload_is_no_message),
    };
    return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
