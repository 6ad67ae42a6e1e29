/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: what readers give, what the protocol takes, who equals whom, and the rules per type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/core/measurand.h"
#include "../../lib/core/token.h"

static const uint8_t uid7[] = {0x04, 0xa2, 0x5b, 0x1c, 0xd3, 0x66, 0x80};

static struct evcp_token make(const struct evcp_token_format *f, const void *bytes, size_t count)
{
    struct evcp_token t;
    assert_int_equal(evcp_token_make(f, EVCP_TOKEN_ISO14443, bytes, count, &t), EVCP_OK);
    return t;
}

static struct evcp_token token(enum evcp_token_type type, const char *value)
{
    struct evcp_token t;
    assert_int_equal(evcp__token_set(&t, type, value), EVCP_OK);
    return t;
}

/* ---- evcp__token_set --------------------------------------------------------------------- */

/* covers: AUTH-12 */
static void token_opaque_text_is_kept_as_it_is(void **state)
{
    (void)state;
    struct evcp_token t = token(EVCP_TOKEN_CENTRAL, "abc-!_ 7"); /* AUTH-12 */
    assert_string_equal(t.value, "abc-!_ 7");
    assert_int_equal(t.type, EVCP_TOKEN_CENTRAL);
}

/* covers: AUTH-18 */
static void token_of_twenty_characters_fits_and_of_21_is_refused_whole(void **state)
{
    (void)state;
    struct evcp_token t = token(EVCP_TOKEN_UNKNOWN, "12345678901234567890");
    int result = evcp__token_set(&t, EVCP_TOKEN_UNKNOWN, "x12345678901234567890"); /* AUTH-18 */
    assert_int_equal(result, EVCP_ETOOLONG);
    assert_string_equal(t.value, "12345678901234567890");
}

static void token_empty_or_not_printable_is_refused(void **state)
{
    (void)state;
    struct evcp_token t;
    const char *bad[] = {"", "a\nb", "a\tb", "\x1f", "\x7f", "caf\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(evcp__token_set(&t, EVCP_TOKEN_UNKNOWN, bad[i]), EVCP_EINVAL);
    assert_int_equal(evcp__token_set(&t, EVCP_TOKEN_UNKNOWN, NULL), EVCP_EINVAL);
    assert_int_equal(evcp__token_set(&t, EVCP_TOKEN_TYPES, "A"), EVCP_EINVAL);
    assert_int_equal(evcp__token_set(&t, EVCP_TOKEN_UNKNOWN, " ~"), EVCP_OK);
}

/* ---- evcp_token_make --------------------------------------------------------------------- */

/* covers: AUTH-13 */
static void token_uid_becomes_upper_case_hex_with_byte_0_first(void **state)
{
    (void)state;
    assert_string_equal(make(NULL, uid7, sizeof uid7).value, "04A25B1CD36680"); /* AUTH-13 */
}

static void token_format_reverses_bytes_and_chooses_case(void **state)
{
    (void)state;
    struct evcp_token_format f = {.reverse_bytes = true, .lower_case = true};
    assert_string_equal(make(&f, uid7, sizeof uid7).value, "8066d31c5ba204");
}

static void token_text_reader_loses_its_line_end_and_padding(void **state)
{
    (void)state;
    struct evcp_token_format f = {.text = true};
    assert_string_equal(make(&f, "ab 12\r\n", 7).value, "AB 12");
    assert_string_equal(make(&f, "ab12\0\0\0", 7).value, "AB12");
    assert_string_equal(make(&f, "ab12 \t ", 7).value, "AB12");
}

static void token_text_case_is_upper_lower_or_kept(void **state)
{
    (void)state;
    struct evcp_token_format f = {.text = true};
    assert_string_equal(make(&f, "aBc", 3).value, "ABC");
    f.lower_case = true;
    assert_string_equal(make(&f, "aBc", 3).value, "abc");
    f.keep_case = true;
    assert_string_equal(make(&f, "aBc", 3).value, "aBc");
}

static void token_prefix_keeps_its_own_case(void **state)
{
    (void)state;
    struct evcp_token_format f = {.prefix = "VID:", .lower_case = true};
    const uint8_t mac[6] = {0x00, 0x7d, 0xfa, 0x01, 0x02, 0x0b};
    assert_string_equal(make(&f, mac, 6).value, "VID:007dfa01020b");
    const uint8_t evccid[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    assert_string_equal(make(&f, evccid, 8).value, "VID:0102030405060708"); /* exactly 20 */
}

/* covers: AUTH-18 */
static void token_prefixed_vin_is_too_long_and_never_cut(void **state)
{
    (void)state;
    struct evcp_token_format f = {.text = true, .prefix = "VID:"};
    struct evcp_token t = {.value = "untouched"};
    const uint8_t *vin = (const uint8_t *)"LSVAU2A37N2123456"; /* 17 + 4 */
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_VIN, vin, 17, &t), EVCP_ETOOLONG);
    assert_string_equal(t.value, "untouched");
    f.prefix = NULL;
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_VIN, vin, 17, &t), EVCP_OK);
    assert_string_equal(t.value, "LSVAU2A37N2123456");
}

/* covers: AUTH-18 */
static void token_hex_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct evcp_token t;
    const uint8_t uid10[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    assert_int_equal(evcp_token_make(NULL, EVCP_TOKEN_ISO14443, uid10, 10, &t), EVCP_OK);
    assert_int_equal(evcp_token_make(NULL, EVCP_TOKEN_ISO14443, uid10, 11, &t), EVCP_ETOOLONG);
}

static void token_max_length_can_only_lower_the_protocols_limit(void **state)
{
    (void)state;
    struct evcp_token t;
    struct evcp_token_format f = {.max_length = 14};
    const uint8_t bytes[12] = {0};
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_MAC, bytes, 7, &t), EVCP_OK);
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_MAC, bytes, 8, &t), EVCP_ETOOLONG);
    f.max_length = 36;
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_MAC, bytes, 11, &t), EVCP_ETOOLONG);
}

static void token_made_of_nothing_or_of_control_characters_is_refused(void **state)
{
    (void)state;
    struct evcp_token t;
    struct evcp_token_format f = {.text = true};
    const uint8_t *blank = (const uint8_t *)" \r\n";
    assert_int_equal(evcp_token_make(NULL, EVCP_TOKEN_ISO14443, uid7, 0, &t), EVCP_EINVAL);
    assert_int_equal(evcp_token_make(NULL, EVCP_TOKEN_ISO14443, NULL, 4, &t), EVCP_EINVAL);
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_ISO14443, blank, 3, &t), EVCP_EINVAL);
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_ISO14443, uid7, 7, &t), EVCP_EINVAL);
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_ISO14443, (const uint8_t *)"a\0b", 3, &t),
                     EVCP_EINVAL);
    assert_int_equal(evcp_token_make(NULL, EVCP_TOKEN_TYPES, uid7, 7, &t), EVCP_EINVAL);
    f.prefix = "V\n";
    assert_int_equal(evcp_token_make(&f, EVCP_TOKEN_ISO14443, (const uint8_t *)"a", 1, &t),
                     EVCP_EINVAL);
}

/* ---- equality ---------------------------------------------------------------------------- */

/* covers: RPC-34 */
static void token_equality_ignores_case_and_unknown_types(void **state)
{
    (void)state;
    struct evcp_token card = token(EVCP_TOKEN_ISO14443, "04A25B");
    struct evcp_token listed = token(EVCP_TOKEN_UNKNOWN, "04a25b");
    struct evcp_token remote = token(EVCP_TOKEN_CENTRAL, "04a25B");
    assert_true(evcp__token_equal(&card, &listed));
    assert_true(evcp__token_equal(&card, &remote)); /* started remotely, stopped by the card */
    assert_true(evcp__token_equal(&remote, &listed));
}

static void token_of_two_known_types_or_two_texts_differs(void **state)
{
    (void)state;
    struct evcp_token card = token(EVCP_TOKEN_ISO14443, "04A25B");
    struct evcp_token code = token(EVCP_TOKEN_KEYCODE, "04A25B");
    struct evcp_token longer = token(EVCP_TOKEN_ISO14443, "04A25B00");
    assert_false(evcp__token_equal(&card, &code));
    assert_false(evcp__token_equal(&card, &longer));
    assert_false(evcp__token_equal(&longer, &card));
}

static void token_fold_makes_one_spelling(void **state)
{
    (void)state;
    char out[EVCP_TOKEN_MAX + 1];
    assert_int_equal(evcp__token_fold("AbZ@[`{9", out), 8);
    assert_string_equal(out, "abz@[`{9"); /* letters only */
}

/* ---- rules ------------------------------------------------------------------------------- */

static void token_default_rules_are_as_documented(void **state)
{
    (void)state;
    const uint8_t card = EVCP_RULE_LIST | EVCP_RULE_CACHE | EVCP_RULE_UNKNOWN;
    const uint8_t known = EVCP_RULE_LIST | EVCP_RULE_CACHE;
    const struct {
        enum evcp_token_type type;
        uint8_t rule;
    } rows[EVCP_TOKEN_TYPES] = {
        {EVCP_TOKEN_UNKNOWN, card},
        {EVCP_TOKEN_ISO14443, card},
        {EVCP_TOKEN_ISO15693, card},
        {EVCP_TOKEN_VIN, EVCP_RULE_LIST},
        {EVCP_TOKEN_EVCCID, EVCP_RULE_LIST},
        {EVCP_TOKEN_MAC, EVCP_RULE_LIST},
        {EVCP_TOKEN_EMAID, known},
        {EVCP_TOKEN_KEYCODE, known},
        {EVCP_TOKEN_LOCAL, known},
        {EVCP_TOKEN_CENTRAL, known},
        {EVCP_TOKEN_NO_AUTHORIZATION, EVCP_RULE_NONE},
    };
    for (size_t i = 0; i < EVCP_TOKEN_TYPES; i++) {
        struct evcp_token t = token(rows[i].type, "04A25B1C");
        assert_int_equal(evcp__token_rule(NULL, &t), rows[i].rule);
    }
}

static void token_random_uid_is_listed_or_nothing(void **state)
{
    (void)state;
    struct evcp_token uid = token(EVCP_TOKEN_ISO14443, "08aB1C22");
    struct evcp_token untyped = token(EVCP_TOKEN_UNKNOWN, "08AB1C22");
    assert_int_equal(evcp__token_rule(NULL, &uid), EVCP_RULE_LIST);
    assert_int_equal(evcp__token_rule(NULL, &untyped), EVCP_RULE_LIST);
    const char *fixed[] = {"08AB1C", "08AB1C2233", "18AB1C22", "08AB1C2G"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        struct evcp_token t = token(EVCP_TOKEN_ISO14443, fixed[i]);
        assert_false(evcp__token_is_random(&t));
    }
    struct evcp_token code = token(EVCP_TOKEN_KEYCODE, "08123456");
    assert_false(evcp__token_is_random(&code));
}

static void token_rules_of_the_integrator_beat_the_defaults(void **state)
{
    (void)state;
    uint8_t rules[EVCP_TOKEN_TYPES];
    memset(rules, EVCP_RULE_DEFAULT, sizeof rules);
    struct evcp_token uid = token(EVCP_TOKEN_ISO14443, "08AB1C22");
    struct evcp_token vin = token(EVCP_TOKEN_VIN, "LSVAU2A37N2123456");
    assert_int_equal(evcp__token_rule(rules, &uid), EVCP_RULE_LIST);
    assert_int_equal(evcp__token_rule(rules, &vin), EVCP_RULE_LIST);
    rules[EVCP_TOKEN_ISO14443] = EVCP_RULE_UNKNOWN;
    rules[EVCP_TOKEN_VIN] = EVCP_RULE_NONE;
    assert_int_equal(evcp__token_rule(rules, &uid), EVCP_RULE_UNKNOWN);
    assert_int_equal(evcp__token_rule(rules, &vin), EVCP_RULE_NONE);
}

/* ---- the other small vocabulary ---------------------------------------------------------- */

static void measurand_names_read_back_with_and_without_phase(void **state)
{
    (void)state;
    uint8_t measurand, phase;
    for (unsigned m = 0; m < EVCP_MEASURANDS; m++) {
        for (unsigned p = EVCP_PHASE_NONE; p <= EVCP_PHASE_L3_L1; p++) {
            char text[64];
            strcpy(text, evcp__measurand_name((enum evcp_measurand)m));
            if (p != EVCP_PHASE_NONE) {
                strcat(text, ".");
                strcat(text, evcp__phase_name((enum evcp_phase)p));
            }
            assert_true(evcp__measurand_parse(text, strlen(text), &measurand, &phase));
            assert_int_equal(measurand, m);
            assert_int_equal(phase, p);
        }
    }
    assert_null(evcp__phase_name(EVCP_PHASE_NONE));
}

static void measurand_anything_else_is_not_one(void **state)
{
    (void)state;
    uint8_t measurand, phase;
    const char *bad[] = {"",           "voltage",       "Voltag",         "Voltage.",
                         "Voltage.L4", "Voltage.",      "Voltage.L1.",    "VoltageL1",
                         " Voltage",   "Voltage L1",    "SoC2",           "Voltage.l1",
                         ".L1",        "Energy.Active", "Current.Import."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(evcp__measurand_parse(bad[i], strlen(bad[i]), &measurand, &phase));
    assert_true(evcp__measurand_parse("Voltage,SoC", 7, &measurand, &phase)); /* by length */
    assert_int_equal(measurand, EVCP_VOLTAGE);
}

static void error_every_result_has_its_own_text(void **state)
{
    (void)state;
    for (int a = EVCP_EPROTO - 1; a <= EVCP_PENDING; a++) {
        assert_non_null(evcp_strerror(a));
        for (int b = EVCP_EPROTO - 1; b < a; b++)
            assert_string_not_equal(evcp_strerror(a), evcp_strerror(b));
    }
    assert_string_equal(evcp_strerror(1000), evcp_strerror(-1000));
    assert_string_equal(evcp_version(), "0.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_opaque_text_is_kept_as_it_is),
        cmocka_unit_test(token_of_twenty_characters_fits_and_of_21_is_refused_whole),
        cmocka_unit_test(token_empty_or_not_printable_is_refused),
        cmocka_unit_test(token_uid_becomes_upper_case_hex_with_byte_0_first),
        cmocka_unit_test(token_format_reverses_bytes_and_chooses_case),
        cmocka_unit_test(token_text_reader_loses_its_line_end_and_padding),
        cmocka_unit_test(token_text_case_is_upper_lower_or_kept),
        cmocka_unit_test(token_prefix_keeps_its_own_case),
        cmocka_unit_test(token_prefixed_vin_is_too_long_and_never_cut),
        cmocka_unit_test(token_hex_over_the_limit_is_refused),
        cmocka_unit_test(token_max_length_can_only_lower_the_protocols_limit),
        cmocka_unit_test(token_made_of_nothing_or_of_control_characters_is_refused),
        cmocka_unit_test(token_equality_ignores_case_and_unknown_types),
        cmocka_unit_test(token_of_two_known_types_or_two_texts_differs),
        cmocka_unit_test(token_fold_makes_one_spelling),
        cmocka_unit_test(token_default_rules_are_as_documented),
        cmocka_unit_test(token_random_uid_is_listed_or_nothing),
        cmocka_unit_test(token_rules_of_the_integrator_beat_the_defaults),
        cmocka_unit_test(measurand_names_read_back_with_and_without_phase),
        cmocka_unit_test(measurand_anything_else_is_not_one),
        cmocka_unit_test(error_every_result_has_its_own_text),
    };
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
