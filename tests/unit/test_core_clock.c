/* SPDX-License-Identifier: Apache-2.0 */
/* Time in the world: no clock at power-on, a wrong clock, an earlier boot, dates that pass. */
#include "core_test.h"

static const int64_t hour = 3600000;

static struct world *listed(const struct world_options *o)
{
    struct world *w = world_new(o);
    world_tag(w, "A", "Accepted", NULL);
    world_list(w, 1, "A");
    world_forget(w);
    return w;
}

static void charge(struct world *w, uint64_t minutes)
{
    world_plug(w, 1);
    world_card(w, 1, "A");
    assert_true(w->connector[1].contactor);
    world_run(w, minutes * MINUTE);
    world_unplug(w, 1);
    assert_false(w->connector[1].contactor);
}

static void deliver(struct world *w)
{
    world_network(w, true);
    world_run(w, 10 * MINUTE);
}

/* covers: BOOT-17 OFFLINE-20 OFFLINE-08 */
static void clock_unknown_at_power_on_gives_exact_times_later(void **state)
{
    (void)state;
    struct world *w = listed(NULL);
    world_network(w, false);
    w->options.no_clock = true;
    world_cut(w);
    world_run(w, HOUR);
    int64_t begin = world_utc(w);
    charge(w, 30);
    world_run(w, HOUR);
    deliver(w);
    assert_int_equal(w->book[0].start_ms, begin);
    assert_int_equal(w->book[0].stop_ms, begin + 30 * 60000);
    assert_string_equal(last_text(w, "StartTransaction", "timestamp"), "2026-01-01T01:00:05Z");
    done(w);
}

/* The boot in which it happened never learned the time: order and limits are what can be told. */
/* covers: BOOT-17 OFFLINE-10 OFFLINE-20 */
static void clock_unknown_in_an_earlier_boot_keeps_the_order(void **state)
{
    (void)state;
    struct world *w = listed(NULL);
    world_network(w, false);
    w->options.no_clock = true;
    int64_t last_known = world_utc(w);
    for (int i = 0; i < 3; i++) {
        world_cut(w);
        world_run(w, 10 * MINUTE);
        charge(w, 20);
    }
    world_cut(w);
    deliver(w);
    assert_int_equal(w->book_count, 3);
    int64_t before = last_known - hour; /* the stored floor may be an hour old */
    for (size_t i = 0; i < 3; i++) {
        assert_true(w->book[i].start_ms >= before);
        assert_true(w->book[i].stop_ms > w->book[i].start_ms);
        before = w->book[i].stop_ms;
    }
    assert_true(before <= world_utc(w));
    done(w);
}

static void clock_known_in_an_earlier_boot_is_exact(void **state)
{
    (void)state;
    struct world *w = listed(NULL);
    world_network(w, false);
    int64_t begin = world_utc(w);
    charge(w, 30);
    w->options.no_clock = true;
    world_cut(w);
    world_run(w, 5 * HOUR);
    deliver(w);
    assert_int_equal(w->book[0].start_ms, begin);
    assert_int_equal(w->book[0].stop_ms, begin + 30 * 60000);
    done(w);
}

static void clock_learned_in_mid_transaction_dates_its_begin(void **state)
{
    (void)state;
    struct world *w = listed(NULL);
    world_network(w, false);
    w->options.no_clock = true;
    world_cut(w);
    world_plug(w, 1);
    int64_t begin = world_utc(w);
    world_card(w, 1, "A");
    world_run(w, 90 * SECOND);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    world_cut(w); /* and once more without a clock */
    world_run(w, MINUTE);
    world_unplug(w, 1);
    int64_t finish = world_utc(w);
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 1);
    assert_int_equal(w->book[0].start_ms, begin);
    assert_int_equal(w->book[0].stop_ms, finish);
    done(w);
}

/* covers: BOOT-04 OFFLINE-20 */
static void clock_that_was_wrong_is_corrected_also_for_what_is_queued(void **state)
{
    (void)state;
    static const int64_t errors[] = {5 * 3600000, -3600000, 90000};
    for (size_t i = 0; i < 3; i++) {
        struct world *w = listed(NULL);
        world_network(w, false);
        w->wall_skew = errors[i];
        world_cut(w);
        int64_t begin = world_utc(w);
        charge(w, 20);
        world_plug(w, 1);
        world_card(w, 1, "A"); /* runs while the clock is corrected */
        deliver(w);
        world_unplug(w, 1);
        world_run(w, MINUTE);
        assert_int_equal(w->book[0].start_ms, begin);
        assert_int_equal(w->book[0].stop_ms, begin + 20 * 60000);
        assert_int_equal(w->book[1].start_ms, begin + 20 * 60000);
        assert_true(w->book[1].stop_ms > w->book[1].start_ms);
        done(w);
    }
}

/* A boot with a wrong clock that nobody corrected; the next one knows better. */
static void clock_that_was_wrong_before_the_cut_gives_no_negative_duration(void **state)
{
    (void)state;
    struct world *w = listed(NULL);
    world_network(w, false);
    w->wall_skew = 5 * hour;
    world_cut(w);
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 30 * SECOND);
    w->wall_skew = 0;
    world_cut(w);
    world_run(w, MINUTE);
    deliver(w);
    world_unplug(w, 1);
    world_run(w, MINUTE);
    assert_true(w->book[0].stop_ms >= w->book[0].start_ms);
    done(w);
}

static void clock_below_the_floor_is_not_believed(void **state)
{
    (void)state;
    struct world *w = listed(NULL);
    world_run(w, 2 * HOUR); /* the floor is stored */
    world_network(w, false);
    w->wall_skew = -20 * 365 * 24 * hour; /* a battery that is empty */
    world_cut(w);
    int64_t begin = world_utc(w);
    charge(w, 10);
    world_run(w, HOUR);
    deliver(w);
    assert_int_equal(w->book[0].start_ms, begin);
    assert_int_equal(events(w, EVCP_EVENT_CLOCK), 1);
    done(w);
}

/* covers: AUTH-17 CACHE-14 LIST-28 */
static void clock_that_is_lost_revives_no_expired_card(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "C", "Accepted", NULL);
    w->tags[0].expiry_ms = world_utc(w) + 3 * hour;
    world_plug(w, 1);
    world_card(w, 1, "C");
    world_unplug(w, 1);
    world_call(w, "SendLocalList",
               "{\"listVersion\":1,\"updateType\":\"Full\",\"localAuthorizationList\":[{\"idTag\":"
               "\"L\",\"idTagInfo\":{\"status\":\"Accepted\",\"expiryDate\":"
               "\"2026-01-01T03:00:00Z\"}}]}");
    world_run(w, 5 * HOUR);
    world_network(w, false);
    w->options.no_clock = true;
    world_cut(w);
    world_plug(w, 1);
    world_card(w, 1, "C");
    assert_int_equal(world_decision(w)->reason, EVCP_BY_CACHE_EXPIRED);
    world_card(w, 1, "L");
    assert_int_equal(world_decision(w)->reason, EVCP_BY_LIST_EXPIRED);
    assert_false(w->connector[1].contactor);
    done(w);
}

static void clock_that_is_unknown_still_lets_a_date_pass(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_call(w, "SendLocalList",
               "{\"listVersion\":1,\"updateType\":\"Full\",\"localAuthorizationList\":[{\"idTag\":"
               "\"L\",\"idTagInfo\":{\"status\":\"Accepted\",\"expiryDate\":"
               "\"2026-01-01T03:00:00Z\"}}]}");
    world_tag(w, "L", "Accepted", NULL);
    world_network(w, false);
    w->options.no_clock = true;
    world_cut(w);
    world_plug(w, 1);
    world_card(w, 1, "L");
    assert_true(world_decision(w)->accepted);
    world_unplug(w, 1);
    world_run(w, 4 * HOUR); /* so much has passed at least */
    world_plug(w, 1);
    world_card(w, 1, "L");
    assert_int_equal(world_decision(w)->reason, EVCP_BY_LIST_EXPIRED);
    world_unplug(w, 1);
    deliver(w);
    done(w);
}

/* covers: RPC-36 RPC-38 RPC-39 */
static void clock_times_are_sent_in_utc(void **state)
{
    (void)state;
    struct world *w = listed(NULL);
    charge(w, 2);
    world_run(w, MINUTE);
    size_t n = 0;
    for (size_t i = 0; i < w->call_count; i++) {
        const char *t = world_text(&w->calls[i], "timestamp");
        if (t[0] != '\0') {
            assert_int_equal(strlen(t), strlen("2026-01-01T00:00:00Z"));
            assert_int_equal(t[10], 'T');
            assert_int_equal(t[strlen(t) - 1], 'Z');
            n++;
        }
    }
    assert_true(n >= 4);
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_unknown_at_power_on_gives_exact_times_later),
        cmocka_unit_test(clock_unknown_in_an_earlier_boot_keeps_the_order),
        cmocka_unit_test(clock_known_in_an_earlier_boot_is_exact),
        cmocka_unit_test(clock_learned_in_mid_transaction_dates_its_begin),
        cmocka_unit_test(clock_that_was_wrong_is_corrected_also_for_what_is_queued),
        cmocka_unit_test(clock_that_was_wrong_before_the_cut_gives_no_negative_duration),
        cmocka_unit_test(clock_below_the_floor_is_not_believed),
        cmocka_unit_test(clock_that_is_lost_revives_no_expired_card),
        cmocka_unit_test(clock_that_is_unknown_still_lets_a_date_pass),
        cmocka_unit_test(clock_times_are_sent_in_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
