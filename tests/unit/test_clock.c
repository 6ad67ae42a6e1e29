/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time: what is believed, what is kept over power cuts, and how a stamp from before the clock was
 * known becomes UTC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/core/clock.h"
#include "../../lib/core/record.h"
#include "../support/store_mem.h"

#define BUILD ((int64_t)1700000000000)
#define HOUR  ((int64_t)3600000)

static struct evcp__db *db;
static struct evcp__store *store;
static struct evcp__clock clock_now;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(evcp__db_open_mem(&db), EVCP_OK);
    return db->ops->station(db, "A", &store);
}

static int teardown(void **state)
{
    (void)state;
    db->ops->close(db);
    return 0;
}

static struct evcp__now at(uint64_t mono_ms, int64_t wall_ms)
{
    return (struct evcp__now){mono_ms, wall_ms};
}

static void boot(struct evcp__now now)
{
    assert_int_equal(evcp__clock_load(&clock_now, store, now, BUILD), EVCP_OK);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
}

static void learn(uint64_t mono_ms, int64_t utc_ms, bool first_expected, int64_t jump_expected)
{
    bool first;
    int64_t jump;
    assert_int_equal(evcp__clock_set(&clock_now, store, at(mono_ms, 0), utc_ms, &first, &jump),
                     EVCP_OK);
    assert_int_equal(first, first_expected);
    assert_true(jump == jump_expected);
}

static void keep_floor(uint64_t mono_ms, bool force)
{
    assert_int_equal(evcp__clock_keep_floor(&clock_now, store, at(mono_ms, 0), force), EVCP_OK);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
}

static int64_t resolve(struct evcp__stamp stamp)
{
    int64_t utc;
    assert_int_equal(evcp__clock_resolve(&clock_now, store, &stamp, &utc), EVCP_OK);
    return utc;
}

static void clock_counts_boots(void **state)
{
    (void)state;
    boot(at(0, 0));
    assert_int_equal(clock_now.boot, 1);
    boot(at(0, 0));
    boot(at(0, 0));
    assert_int_equal(clock_now.boot, 3);
}

static void clock_boot_number_that_was_not_committed_is_drawn_again(void **state)
{
    (void)state;
    boot(at(0, 0));
    assert_int_equal(evcp__clock_load(&clock_now, store, at(0, 0), BUILD), EVCP_OK);
    assert_int_equal(clock_now.boot, 2);
    evcp__mem_cut(db);
    boot(at(0, 0));
    assert_int_equal(clock_now.boot, 2);
}

static void clock_without_any_source_is_unknown(void **state)
{
    (void)state;
    boot(at(1000, 0));
    assert_true(evcp__clock_utc(&clock_now, at(5000, 0)) == 0);
    assert_true(evcp__clock_judge(&clock_now, at(5000, 0)) == BUILD + 4000);
}

static void clock_believes_a_wall_clock_from_the_floor_on(void **state)
{
    (void)state;
    boot(at(1000, BUILD));
    assert_true(evcp__clock_utc(&clock_now, at(3000, 0)) == BUILD + 2000);
}

static void clock_does_not_believe_a_wall_clock_below_the_floor(void **state)
{
    (void)state;
    boot(at(1000, BUILD - 1));
    assert_true(evcp__clock_utc(&clock_now, at(3000, BUILD - 1)) == 0);

    /* given: a later time was known once */
    learn(2000, BUILD + 10 * HOUR, true, 0);
    keep_floor(2000, true);
    boot(at(0, BUILD + 9 * HOUR));
    assert_true(evcp__clock_utc(&clock_now, at(0, 0)) == 0);
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) == BUILD + 10 * HOUR);
}

static void clock_takes_a_wall_clock_that_is_set_later(void **state)
{
    (void)state;
    boot(at(0, 0));
    assert_int_equal(evcp__clock_keep_floor(&clock_now, store, at(5000, BUILD + HOUR), false),
                     EVCP_OK);
    assert_true(evcp__clock_utc(&clock_now, at(6000, 0)) == BUILD + HOUR + 1000);
}

static void clock_tells_the_first_time_and_later_corrections(void **state)
{
    (void)state;
    boot(at(0, 0));
    learn(1000, BUILD + HOUR, true, 0);
    learn(2000, BUILD + HOUR + 1000, false, 0);
    learn(3000, BUILD + HOUR + 7000, false, 5000);
    learn(4000, BUILD + HOUR + 3000, false, -5000);
    assert_true(evcp__clock_utc(&clock_now, at(4000, 0)) == BUILD + HOUR + 3000);
}

static void clock_floor_survives_a_power_cut(void **state)
{
    (void)state;
    boot(at(0, 0));
    learn(1000, BUILD + 100 * HOUR, true, 0);
    keep_floor(1000, false);
    boot(at(0, 0));
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) == BUILD + 100 * HOUR);
}

static void clock_floor_is_written_once_an_hour_at_most(void **state)
{
    (void)state;
    boot(at(0, BUILD));
    keep_floor(1000, false);
    uint64_t commits = evcp__mem_commits(db);
    for (uint64_t t = 0; t < (uint64_t)HOUR; t += 60000) {
        keep_floor(t, false);
    }
    assert_int_equal(evcp__mem_commits(db), commits);
    keep_floor((uint64_t)HOUR, false);
    assert_int_equal(evcp__mem_commits(db), commits + 1);
    keep_floor((uint64_t)HOUR + 1, true);
    assert_int_equal(evcp__mem_commits(db), commits + 2);
    keep_floor((uint64_t)HOUR + 1, true);
    assert_int_equal(evcp__mem_commits(db), commits + 2);
}

static void clock_floor_grows_with_elapsed_time_while_utc_is_unknown(void **state)
{
    (void)state;
    boot(at(0, 0));
    keep_floor((uint64_t)(5 * HOUR), false);
    boot(at(0, 0));
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) == BUILD + 5 * HOUR);
}

static void clock_floor_raised_by_a_wrong_clock_is_corrected_by_the_central_system(void **state)
{
    (void)state;
    boot(at(0, BUILD + 900000 * HOUR));
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) == BUILD + 900000 * HOUR);
    learn(1000, BUILD + HOUR, false, HOUR - 900000 * HOUR - 1000);
    assert_true(evcp__clock_judge(&clock_now, at(1000, 0)) == BUILD + HOUR);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
    boot(at(0, 0));
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) == BUILD + HOUR);
}

static void clock_floor_is_never_below_the_build_time(void **state)
{
    (void)state;
    boot(at(0, 0));
    learn(0, 1000, true, 0);
    assert_true(evcp__clock_utc(&clock_now, at(0, 0)) == 1000);
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) == BUILD);
}

static void clock_judge_is_never_zero(void **state)
{
    (void)state;
    assert_int_equal(evcp__clock_load(&clock_now, store, at(0, 0), 0), EVCP_OK);
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) > 0);
}

static void clock_stamp_of_known_time_keeps_it(void **state)
{
    (void)state;
    boot(at(0, BUILD));
    struct evcp__stamp stamp = evcp__clock_stamp(&clock_now, at(500, 0));
    learn(1000, BUILD + 1000 + 300, false, 300); /* drift: a message sent again keeps its bytes */
    assert_true(resolve(stamp) == BUILD + 500);
}

static void clock_stamp_from_a_wrong_clock_is_corrected_with_it(void **state)
{
    (void)state;
    boot(at(0, BUILD + HOUR));
    struct evcp__stamp stamp = evcp__clock_stamp(&clock_now, at(500, 0));
    learn(1000, BUILD + 1000, false, -HOUR);
    assert_true(resolve(stamp) == BUILD + 500);
}

static void clock_stamp_from_before_the_time_was_known_gets_its_real_time(void **state)
{
    (void)state;
    boot(at(0, 0));
    struct evcp__stamp stamp = evcp__clock_stamp(&clock_now, at(2000, 0));
    assert_true(resolve(stamp) == 0);
    learn(10000, BUILD + HOUR, true, 0);
    assert_true(resolve(stamp) == BUILD + HOUR - 8000);
}

static void clock_stamp_of_an_earlier_boot_gets_its_real_time(void **state)
{
    (void)state;
    boot(at(0, 0));
    struct evcp__stamp stamp = evcp__clock_stamp(&clock_now, at(2000, 0));
    learn(10000, BUILD + HOUR, true, 0);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
    boot(at(0, 0));
    assert_true(resolve(stamp) == BUILD + HOUR - 8000);
}

static void clock_stamps_of_boots_without_time_keep_their_order(void **state)
{
    (void)state;
    /* given: two boots in which the time was never known; the floor is kept with each event */
    boot(at(0, 0));
    struct evcp__stamp first = evcp__clock_stamp(&clock_now, at(30 * 60000, 0));
    keep_floor(30 * 60000, true);
    struct evcp__stamp lost = evcp__clock_stamp(&clock_now, at(50 * 60000, 0));
    boot(at(0, 0));
    struct evcp__stamp second = evcp__clock_stamp(&clock_now, at(60000, 0));
    keep_floor(60000, true);
    /* when: the time becomes known in the third */
    boot(at(0, 0));
    learn(5000, BUILD + 1000 * HOUR, true, 0);
    /* then: estimates, in order, none after this boot's begin */
    assert_true(resolve(first) == BUILD + 30 * 60000);
    assert_true(resolve(lost) == BUILD + 30 * 60000);
    assert_true(resolve(second) == BUILD + 31 * 60000);
}

static void clock_estimate_is_not_after_this_boots_begin(void **state)
{
    (void)state;
    boot(at(0, BUILD + 900000 * HOUR));
    struct evcp__stamp stamp = {clock_now.boot, 0, 0};
    boot(at(0, 0));
    stamp.boot = clock_now.boot;
    boot(at(0, 0));
    learn(5000, BUILD + HOUR, true, 0);
    assert_true(resolve(stamp) == BUILD + HOUR - 5000);
}

static void clock_estimate_does_not_need_a_clock_that_starts_at_zero(void **state)
{
    (void)state;
    /* given: the process started when the system had been up for 30 days */
    uint64_t up = (uint64_t)(720 * HOUR);
    boot(at(up, 0));
    struct evcp__stamp stamp = evcp__clock_stamp(&clock_now, at(up + 1000, 0));
    keep_floor(up + 1000, true);
    boot(at(up + 5000, 0));
    assert_true(resolve(stamp) == BUILD + 1000);
}

static void clock_record_that_is_damaged_does_not_repeat_a_boot_number(void **state)
{
    (void)state;
    boot(at(0, BUILD + 5 * HOUR));
    boot(at(0, 0));
    assert_int_equal(evcp__put(store, EVCP__SPACE_META, (struct evcp__slice){"clock", 5},
                               (struct evcp__slice){"garbage", 7}),
                     EVCP_OK);
    boot(at(0, 0));
    assert_int_equal(clock_now.boot, 3);
    assert_true(evcp__clock_judge(&clock_now, at(0, 0)) == BUILD + 5 * HOUR);
}

static void clock_record_of_a_newer_library_is_refused(void **state)
{
    (void)state;
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    w.bytes[0] = EVCP__RECORD_VERSION + 1;
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_OK);
    assert_int_equal(evcp__put(store, EVCP__SPACE_META, (struct evcp__slice){"clock", 5}, record),
                     EVCP_OK);
    assert_int_equal(evcp__clock_load(&clock_now, store, at(0, 0), BUILD), EVCP_EVERSION);
}

static int count_key(void *context, struct evcp__slice key, struct evcp__slice value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)context;
    return 0;
}

static void clock_keeps_a_bounded_number_of_boots(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        boot(at(0, 0));
    }
    unsigned count = 0;
    assert_int_equal(
        evcp__scan(store, EVCP__SPACE_META, (struct evcp__slice){"boot", 4}, count_key, &count),
        EVCP_OK);
    assert_int_equal(count, 256 + 1); /* and "clock" behind them */
    /* a stamp of a forgotten boot keeps its order: it is not after the oldest that is known */
    assert_true(resolve((struct evcp__stamp){5, 1000, 0}) == BUILD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clock_counts_boots),
        TEST(clock_boot_number_that_was_not_committed_is_drawn_again),
        TEST(clock_without_any_source_is_unknown),
        TEST(clock_believes_a_wall_clock_from_the_floor_on),
        TEST(clock_does_not_believe_a_wall_clock_below_the_floor),
        TEST(clock_takes_a_wall_clock_that_is_set_later),
        TEST(clock_tells_the_first_time_and_later_corrections),
        TEST(clock_floor_survives_a_power_cut),
        TEST(clock_floor_is_written_once_an_hour_at_most),
        TEST(clock_floor_grows_with_elapsed_time_while_utc_is_unknown),
        TEST(clock_floor_raised_by_a_wrong_clock_is_corrected_by_the_central_system),
        TEST(clock_floor_is_never_below_the_build_time),
        TEST(clock_judge_is_never_zero),
        TEST(clock_stamp_of_known_time_keeps_it),
        TEST(clock_stamp_from_a_wrong_clock_is_corrected_with_it),
        TEST(clock_stamp_from_before_the_time_was_known_gets_its_real_time),
        TEST(clock_stamp_of_an_earlier_boot_gets_its_real_time),
        TEST(clock_stamps_of_boots_without_time_keep_their_order),
        TEST(clock_estimate_is_not_after_this_boots_begin),
        TEST(clock_estimate_does_not_need_a_clock_that_starts_at_zero),
        TEST(clock_record_that_is_damaged_does_not_repeat_a_boot_number),
        TEST(clock_record_of_a_newer_library_is_refused),
        TEST(clock_keeps_a_bounded_number_of_boots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
