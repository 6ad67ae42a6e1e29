/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored records: what is written is read again, and nothing else is ever read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/core/record.h"

static struct evcp__writer w;
static struct evcp__cursor r;

static struct evcp__slice sealed(void)
{
    struct evcp__slice record = {NULL, 0};
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_OK);
    return record;
}

static void record_checksum_is_the_ieee_crc32(void **state)
{
    (void)state;
    assert_int_equal(evcp__crc32("123456789", 9), 0xCBF43926u);
    assert_int_equal(evcp__crc32("", 0), 0);
    assert_int_equal(evcp__crc32("a", 1), 0xE8B7BE43u);
}

static void record_returns_every_field_as_written(void **state)
{
    (void)state;
    char text[16];
    evcp__write_begin(&w);
    evcp__write_u8(&w, 0xA5);
    evcp__write_u16(&w, 0xBEEF);
    evcp__write_u32(&w, 0xDEADBEEFu);
    evcp__write_u64(&w, UINT64_MAX - 1);
    evcp__write_i64(&w, INT64_MIN);
    evcp__write_text(&w, "idTag");
    evcp__write_text(&w, "");
    evcp__write_text(&w, NULL);

    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_OK);
    assert_int_equal(evcp__read_u8(&r), 0xA5);
    assert_int_equal(evcp__read_u16(&r), 0xBEEF);
    assert_int_equal(evcp__read_u32(&r), 0xDEADBEEFu);
    assert_true(evcp__read_u64(&r) == UINT64_MAX - 1);
    assert_true(evcp__read_i64(&r) == INT64_MIN);
    evcp__read_text(&r, text, sizeof(text));
    assert_string_equal(text, "idTag");
    evcp__read_text(&r, text, sizeof(text));
    assert_string_equal(text, "");
    evcp__read_text(&r, text, sizeof(text));
    assert_string_equal(text, "");
    assert_int_equal(evcp__read_end(&r), EVCP_OK);
}

static void record_bytes_are_as_documented(void **state)
{
    (void)state;
    const uint8_t expected[] = {1, 0x34, 0x12, 2, 0, 'a', 'b'};
    evcp__write_begin(&w);
    evcp__write_u16(&w, 0x1234);
    evcp__write_text(&w, "ab");
    struct evcp__slice record = sealed();
    const uint8_t *bytes = record.data;
    uint32_t crc = evcp__crc32(expected, sizeof(expected));
    assert_int_equal(record.size, sizeof(expected) + 4);
    assert_memory_equal(bytes, expected, sizeof(expected));
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(bytes[sizeof(expected) + i], crc >> (8 * i) & 0xFFu);
    }
}

static void record_with_any_bit_flipped_is_corrupt(void **state)
{
    (void)state;
    evcp__write_begin(&w);
    evcp__write_u64(&w, 42);
    evcp__write_text(&w, "parent");
    struct evcp__slice record = sealed();
    uint8_t copy[64];
    memcpy(copy, record.data, record.size);
    for (size_t bit = 0; bit < record.size * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(evcp__read_begin(&r, (struct evcp__slice){copy, record.size}),
                         EVCP_ECORRUPT);
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

static void record_cut_at_any_length_is_corrupt(void **state)
{
    (void)state;
    evcp__write_begin(&w);
    evcp__write_text(&w, "parent");
    struct evcp__slice record = sealed();
    for (size_t size = 0; size < record.size; size++) {
        assert_int_equal(evcp__read_begin(&r, (struct evcp__slice){record.data, size}),
                         EVCP_ECORRUPT);
    }
}

static void record_of_a_newer_format_is_told_apart_from_damage(void **state)
{
    (void)state;
    evcp__write_begin(&w);
    w.bytes[0] = EVCP__RECORD_VERSION + 1;
    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_EVERSION);
    evcp__write_begin(&w);
    w.bytes[0] = 0;
    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_ECORRUPT);
}

static void record_reading_past_the_end_fails(void **state)
{
    (void)state;
    evcp__write_begin(&w);
    evcp__write_u16(&w, 7);
    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_OK);
    assert_int_equal(evcp__read_u32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(evcp__read_u8(&r), 0);
    assert_int_equal(evcp__read_end(&r), EVCP_ECORRUPT);
}

static void record_with_bytes_left_is_corrupt(void **state)
{
    (void)state;
    evcp__write_begin(&w);
    evcp__write_u16(&w, 7);
    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_OK);
    assert_int_equal(evcp__read_u8(&r), 7);
    assert_int_equal(evcp__read_end(&r), EVCP_ECORRUPT);
}

static void record_text_that_does_not_fit_fails(void **state)
{
    (void)state;
    char small[4];
    evcp__write_begin(&w);
    evcp__write_text(&w, "four");
    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_OK);
    evcp__read_text(&r, small, sizeof(small));
    assert_string_equal(small, "");
    assert_int_equal(evcp__read_end(&r), EVCP_ECORRUPT);
}

static void record_text_with_a_zero_byte_fails(void **state)
{
    (void)state;
    char text[8];
    evcp__write_begin(&w);
    evcp__write_u16(&w, 3);
    evcp__write_u8(&w, 'a');
    evcp__write_u8(&w, 0);
    evcp__write_u8(&w, 'b');
    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_OK);
    evcp__read_text(&r, text, sizeof(text));
    assert_int_equal(evcp__read_end(&r), EVCP_ECORRUPT);
}

static void record_text_longer_than_the_record_fails(void **state)
{
    (void)state;
    char text[8];
    evcp__write_begin(&w);
    evcp__write_u16(&w, 60000);
    evcp__write_u8(&w, 'a');
    assert_int_equal(evcp__read_begin(&r, sealed()), EVCP_OK);
    evcp__read_text(&r, text, sizeof(text));
    assert_string_equal(text, "");
    assert_true(r.failed);
}

static void record_that_overflows_is_refused_when_sealed(void **state)
{
    (void)state;
    struct evcp__slice record;
    evcp__write_begin(&w);
    for (size_t i = 0; i < EVCP__RECORD_MAX; i += 8) {
        evcp__write_u64(&w, i);
    }
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_EFULL);

    /* room for the fields but not for the checksum */
    evcp__write_begin(&w);
    for (size_t i = 1; i < EVCP__RECORD_MAX; i++) {
        evcp__write_u8(&w, 1);
    }
    assert_false(w.failed);
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_EFULL);
}

static void record_refuses_a_text_over_65535_bytes(void **state)
{
    (void)state;
    struct evcp__slice record;
    char *text = malloc(70000);
    assert_non_null(text);
    memset(text, 'x', 69999);
    text[69999] = '\0';
    evcp__write_begin(&w);
    evcp__write_text(&w, text);
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_EFULL);
    free(text);
}

static void record_number_keys_sort_as_numbers(void **state)
{
    (void)state;
    const uint64_t numbers[] = {0, 1, 255, 256, 65535, 65536, UINT32_MAX, 1ull << 40, UINT64_MAX};
    uint8_t before[8] = {0};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint8_t key[8];
        evcp__key_u64(numbers[i], key);
        assert_true(evcp__key_to_u64(key) == numbers[i]);
        assert_true(i == 0 || memcmp(before, key, sizeof(key)) < 0);
        memcpy(before, key, sizeof(key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_checksum_is_the_ieee_crc32),
        cmocka_unit_test(record_returns_every_field_as_written),
        cmocka_unit_test(record_bytes_are_as_documented),
        cmocka_unit_test(record_with_any_bit_flipped_is_corrupt),
        cmocka_unit_test(record_cut_at_any_length_is_corrupt),
        cmocka_unit_test(record_of_a_newer_format_is_told_apart_from_damage),
        cmocka_unit_test(record_reading_past_the_end_fails),
        cmocka_unit_test(record_with_bytes_left_is_corrupt),
        cmocka_unit_test(record_text_that_does_not_fit_fails),
        cmocka_unit_test(record_text_with_a_zero_byte_fails),
        cmocka_unit_test(record_text_longer_than_the_record_fails),
        cmocka_unit_test(record_that_overflows_is_refused_when_sealed),
        cmocka_unit_test(record_refuses_a_text_over_65535_bytes),
        cmocka_unit_test(record_number_keys_sort_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
