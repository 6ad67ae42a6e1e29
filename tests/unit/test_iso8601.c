/* SPDX-License-Identifier: Apache-2.0 */
/* Date-times on the wire: what is written, what is read, and that both agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../lib/protocol/datetime.h"
#include "../../lib/protocol/iso8601.h"

#define DAY_MS    INT64_C(86400000)
#define LATEST_MS INT64_C(253402300799999)

static void assert_written(int64_t utc_ms, const char *expected)
{
    char text[EVCP__ISO8601_SIZE];
    assert_string_equal(evcp__iso8601_format(utc_ms, text), expected);
}

static void assert_read(const char *text, int64_t expected)
{
    int64_t utc_ms = -1;
    if (!evcp__datetime_parse(text, &utc_ms))
        fail_msg("%s was refused", text);
    assert_int_equal(utc_ms, expected);
}

static void assert_refused(const char *text)
{
    int64_t utc_ms = 77;
    if (evcp__datetime_parse(text, &utc_ms))
        fail_msg("\"%s\" was read", text);
    assert_int_equal(utc_ms, 77);
}

/* ---- writing ----------------------------------------------------------------------------- */

static void iso8601_is_written_in_utc_with_milliseconds_only_if_there_are_any(void **state)
{
    (void)state;
    assert_written(0, "1970-01-01T00:00:00Z");
    assert_written(1, "1970-01-01T00:00:00.001Z");
    assert_written(INT64_C(951827696000), "2000-02-29T12:34:56Z");
    assert_written(INT64_C(1893456000120), "2030-01-01T00:00:00.120Z");
    assert_written(LATEST_MS, "9999-12-31T23:59:59.999Z");
}

static void iso8601_outside_its_years_the_nearest_moment_is_written(void **state)
{
    (void)state;
    assert_written(-1, "1970-01-01T00:00:00Z");
    assert_written(INT64_MIN, "1970-01-01T00:00:00Z");
    assert_written(LATEST_MS + 1, "9999-12-31T23:59:59.999Z");
    assert_written(INT64_MAX, "9999-12-31T23:59:59.999Z");
}

/* Against the C library's own calendar, at a moment of every day until 2400 and a few later. */
static void iso8601_every_day_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 2932896; day += day < 157000 ? 1 : 997) {
        int64_t utc_ms = day * DAY_MS + day * 7919 % DAY_MS / 1000 * 1000;
        time_t seconds = (time_t)(utc_ms / 1000);
        struct tm tm;
        char expected[64];
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_int_not_equal(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm), 0);
        assert_written(utc_ms, expected);
    }
}

static void iso8601_what_is_written_is_read_back(void **state)
{
    (void)state;
    for (int64_t utc_ms = 0; utc_ms <= LATEST_MS; utc_ms += INT64_C(86399999999)) {
        char text[EVCP__ISO8601_SIZE];
        assert_read(evcp__iso8601_format(utc_ms, text), utc_ms);
    }
    assert_read("9999-12-31T23:59:59.999Z", LATEST_MS);
}

/* ---- reading ----------------------------------------------------------------------------- */

static void iso8601_fractions_of_any_length_are_read(void **state)
{
    (void)state;
    assert_read("1970-01-01T00:00:00.5Z", 500);
    assert_read("1970-01-01T00:00:00.05Z", 50);
    assert_read("1970-01-01T00:00:00.9999999999999999999999Z", 999);
    assert_refused("1970-01-01T00:00:00.Z");
    assert_refused("1970-01-01T00:00:00,5Z");
}

static void iso8601_offsets_are_subtracted(void **state)
{
    (void)state;
    assert_read("2030-01-01T02:00:00.123+02:00", INT64_C(1893456000123)); /* RPC-37 */
    assert_read("2029-12-31T18:30:00-05:30", INT64_C(1893456000000));
    assert_read("1970-01-01T00:00:00-00:00", 0);
    assert_read("1970-01-01T23:59:00+23:59", 0);
    assert_read("1970-01-01T00:00:00", 0); /* none is UTC */
    assert_refused("1970-01-01T00:00:00+24:00");
    assert_refused("1970-01-01T00:00:00+02:60");
    assert_refused("1970-01-01T00:00:00+0200");
    assert_refused("1970-01-01T00:00:00+2:00");
}

static void iso8601_lower_case_letters_and_the_leap_second_are_read(void **state)
{
    (void)state;
    assert_read("2030-01-01t00:00:00z", INT64_C(1893456000000)); /* RFC 3339 5.6 */
    assert_read("2029-12-31T23:59:60Z", INT64_C(1893456000000));
}

static void iso8601_time_before_1970_is_negative(void **state)
{
    (void)state;
    assert_read("1969-12-31T23:59:59Z", -1000);
    assert_read("0001-01-01T00:00:00Z", INT64_C(-62135596800000));
}

static void iso8601_every_field_has_its_range(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "0000-01-01T00:00:00Z", "2030-00-01T00:00:00Z", "2030-13-01T00:00:00Z",
        "2030-01-00T00:00:00Z", "2030-01-32T00:00:00Z", "2030-04-31T00:00:00Z",
        "2030-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2030-01-01T24:00:00Z",
        "2030-01-01T00:60:00Z", "2030-01-01T00:00:61Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(wrong[i]);
    assert_read("2028-02-29T00:00:00Z", INT64_C(1835395200000));
    assert_read("2400-02-29T00:00:00Z", INT64_C(13574563200000));
}

static void iso8601_anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "Z",
        "2030",
        "2030-01-01",
        "2030-01-01T",
        "2030-01-01T00:00Z",
        "2030-01-01 00:00:00Z",
        "2030-1-1T00:00:00Z",
        "02030-01-01T00:00:00Z",
        "+2030-01-01T00:00:00Z",
        " 2030-01-01T00:00:00Z",
        "2030-01-01T00:00:00Z ",
        "2030-01-01T00:00:00ZZ",
        "20300101T000000Z",
        "2030-01-01T00:00:00 Z",
        "2030-01-01T-1:00:00Z",
        "\357\274\222030-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(wrong[i]);
}

/* Given a good text, cut anywhere: no byte behind its end is looked at (the sanitizer sees it). */
static void iso8601_every_prefix_is_decided(void **state)
{
    (void)state;
    static const char whole[] = "2030-01-01T00:00:00.123+02:00";
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        char *text = strndup(whole, length);
        int64_t utc_ms = 0;
        bool good = length == 19 || (length >= 21 && length <= 23); /* offset missing */
        assert_int_equal(evcp__datetime_parse(text, &utc_ms), good);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso8601_is_written_in_utc_with_milliseconds_only_if_there_are_any),
        cmocka_unit_test(iso8601_outside_its_years_the_nearest_moment_is_written),
        cmocka_unit_test(iso8601_every_day_agrees_with_the_c_library),
        cmocka_unit_test(iso8601_what_is_written_is_read_back),
        cmocka_unit_test(iso8601_fractions_of_any_length_are_read),
        cmocka_unit_test(iso8601_offsets_are_subtracted),
        cmocka_unit_test(iso8601_lower_case_letters_and_the_leap_second_are_read),
        cmocka_unit_test(iso8601_time_before_1970_is_negative),
        cmocka_unit_test(iso8601_every_field_has_its_range),
        cmocka_unit_test(iso8601_anything_else_is_refused),
        cmocka_unit_test(iso8601_every_prefix_is_decided),
    };
    return cmocka_run_group_tests_name("iso8601", tests, NULL, NULL);
}
