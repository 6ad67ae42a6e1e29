/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power loss and restart with the four cases {contactor closed or open} x {record of a transaction
 * or none}, the policies Resume and Stop, and what the vehicle did in the dark.
 */
#include "core_test.h"

SETTINGS(stopping, {"PowerLossPolicy", "Stop"},
         {"StopTxnSampledData", "Energy.Active.Import.Register"});
#define STOP .settings = stopping, .setting_count = settings_of(stopping)

static struct world *charging(const struct world_options *options)
{
    struct world *w = world_new(options);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_tag(w, "CARD2", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, 10 * MINUTE + 30 * SECOND);
    assert_true(w->connector[1].contactor);
    return w;
}

static void cut(struct world *w)
{
    world_cut(w);
    world_run(w, SECOND);
}

/* ---- the four cases -------------------------------------------------------------------------- */

static void power_open_without_record_is_an_ordinary_start(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    cut(w);
    world_run(w, MINUTE);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    assert_int_equal(w->book_count, 0);
    done(w);
}

static void power_closed_without_record_is_opened(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    w->contactors_survive = true;
    w->connector[1].plugged = true;
    w->connector[1].contactor = true; /* closed by nobody that we know of */
    cut(w);
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    assert_int_equal(w->book_count, 0);
    end(w);
}

static void power_closed_without_record_that_does_not_open_is_a_fault(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    w->contactors_survive = true;
    w->connector[1].contactor = true;
    w->connector[1].contactor_mode = DEVICE_STUCK;
    cut(w);
    world_run(w, 10 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    end(w);
}

/* covers: TX-38 METER-26 */
static void power_open_with_record_resumes_the_same_transaction(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    cut(w);
    assert_true(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    world_run(w, 10 * MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    assert_string_equal(last_text(w, "MeterValues", "transactionId"), "1");
    world_card(w, 1, "CARD1");
    assert_string_equal(w->book[0].reason, "Local");
    done(w);
}

/* The contactor was closed all the time: it stays so until the cable is reported. */
static void power_closed_with_record_goes_on_without_a_blink(void **state)
{
    (void)state;
    for (int lock = 0; lock < 2; lock++) {
        struct world *w = charging(&(struct world_options){.lock = lock});
        w->contactors_survive = true;
        w->connector[1].lock_mode = DEVICE_LATE;
        w->mute = true;
        world_forget(w);
        cut(w);
        assert_true(w->connector[1].contactor);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
        world_plug(w, 1);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
        assert_int_equal(events(w, EVCP_EVENT_CONTACTOR), 0);
        world_run(w, MINUTE);
        world_unplug(w, 1);
        world_run(w, MINUTE);
        assert_int_equal(w->book_count, 1);
        done(w);
    }
}

static void power_closed_with_record_of_a_refused_start_is_opened(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "CARD1", "Accepted", NULL);
    change(w, "StopTransactionOnInvalidId", "false");
    world_script(w, EVCP__FACT_STARTED,
                 "{\"transactionId\":1,\"idTagInfo\":{\"status\":\"Blocked\"}}");
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    w->connector[1].contactor = true;
    w->contactors_survive = true;
    w->mute = true;
    cut(w);
    assert_false(w->connector[1].contactor);
    end(w);
}

/* covers: TX-20 TX-38 METER-11 */
static void power_with_record_ends_it_by_policy(void **state)
{
    (void)state;
    for (int survive = 0; survive < 2; survive++) {
        struct world *w = charging(&(struct world_options){STOP});
        int64_t before = world_utc(w);
        w->contactors_survive = survive;
        cut(w);
        world_run(w, MINUTE);
        assert_false(w->connector[1].contactor);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
        assert_string_equal(w->book[0].reason, "PowerLoss");
        /* What was taken since the last sample is in the register; when, nobody knows better. */
        assert_int_equal(w->book[0].stop_wh, w->connector[1].milliwatthours / 1000);
        assert_in_range(w->book[0].stop_ms, before - 100 * 1000, before);
        const json_t *data =
            json_object_get(nth(w, "StopTransaction", 0)->payload, "transactionData");
        const json_t *last = json_array_get(data, json_array_size(data) - 1);
        const json_t *sample = json_array_get(json_object_get(last, "sampledValue"), 0);
        assert_string_equal(json_string_value(json_object_get(sample, "context")),
                            "Transaction.End");
        char wh[24];
        snprintf(wh, sizeof wh, "%lld", (long long)w->book[0].stop_wh);
        assert_string_equal(json_string_value(json_object_get(sample, "value")), wh);
        done(w);
    }
}

/* covers: TX-19 */
static void restart_with_record_ends_it_as_reboot(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){STOP});
    w->config.restarted = true;
    cut(w);
    world_run(w, MINUTE);
    assert_string_equal(w->book[0].reason, "Reboot");
    done(w);
}

/* ---- what happened in the dark -----------------------------------------------------------------
 */

static void dark_energy_of_a_closed_contactor_is_billed_on_resume(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    w->contactors_survive = true;
    int64_t before = w->connector[1].milliwatthours;
    cut(w);
    assert_true(w->connector[1].milliwatthours > before);
    world_unplug(w, 1);
    assert_int_equal(w->book[0].stop_wh, w->connector[1].milliwatthours / 1000);
    done(w);
}

/* covers: TX-38 */
static void vehicle_that_left_in_the_dark_ends_the_transaction(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    w->connector[1].plugged = false;
    cut(w);
    world_run(w, SECOND);
    assert_string_equal(w->book[0].reason, "PowerLoss");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    done(w);
}

/* covers: TX-38 */
static void cable_that_is_never_reported_ends_the_transaction(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    w->mute = true;
    cut(w);
    world_run(w, 50 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_SUSPENDED_EVSE);
    assert_false(w->book[0].stopped);
    assert_false(w->connector[1].contactor);
    world_run(w, 20 * SECOND); /* ConnectionTimeOut */
    assert_true(w->book[0].stopped);
    assert_string_equal(w->book[0].reason, "PowerLoss");
    world_plug(w, 1);
    assert_false(w->connector[1].contactor);
    done(w);
}

static void cable_that_is_reported_once_is_waited_for_no_longer(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    cut(w);
    world_run(w, HOUR);
    assert_true(w->connector[1].contactor);
    assert_false(w->book[0].stopped);
    end(w);
}

static void another_vehicle_does_not_charge_on_the_first_ones_account(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "VID:000000000001", "Accepted", NULL);
    world_tag(w, "VID:000000000002", "Accepted", NULL);
    world_tag(w, "VID:000000000003", "Blocked", NULL);
    world_plug(w, 1);
    world_token(w, 1, EVCP_TOKEN_EVCCID, "VID:000000000001");
    world_run(w, 5 * MINUTE);
    cut(w);
    world_token(w, 1, EVCP_TOKEN_EVCCID, "VID:000000000001"); /* the same one: goes on */
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 1);
    assert_true(w->connector[1].contactor);
    cut(w);
    world_token(w, 1, EVCP_TOKEN_EVCCID, "VID:000000000002");
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 2);
    assert_string_equal(w->book[0].reason, "EVDisconnected");
    assert_string_equal(w->book[1].tag, "VID:000000000002");
    assert_true(w->connector[1].contactor);
    cut(w);
    world_token(w, 1, EVCP_TOKEN_EVCCID, "VID:000000000003");
    world_run(w, MINUTE);
    assert_false(w->connector[1].contactor);
    assert_int_equal(w->book_count, 2);
    done(w);
}

static void meter_that_is_dead_after_the_cut_leaves_the_last_sample(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){STOP});
    w->connector[1].meter_dead = true;
    cut(w);
    world_run(w, MINUTE);
    assert_in_range(w->book[0].stop_wh - w->book[0].start_wh, 1080, 1200); /* 9 to 10 minutes */
    end(w);
}

/* The answer to the start is lost in the cut: it is repeated with the same bytes, although the
 * clock had been corrected only just before. */
static void start_that_is_repeated_after_a_cut_has_the_same_time(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_list(w, 1, "CARD1");
    world_network(w, false);
    w->wall_skew = 11 * 1000;
    cut(w); /* it believes its own clock now */
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_true(w->connector[1].contactor);
    world_script(w, EVCP__FACT_STARTED, "SILENCE");
    world_network(w, true);
    world_forget(w);
    for (int i = 0; i < 600 && world_count(w, "StartTransaction") == 0; i++) {
        world_run(w, SECOND);
    }
    char told[64];
    snprintf(told, sizeof told, "%s", last_text(w, "StartTransaction", "timestamp"));
    assert_string_not_equal(told, "");
    world_forget(w);
    w->wall_skew = 0;
    cut(w);
    world_run(w, MINUTE);
    assert_string_equal(last_text(w, "StartTransaction", "timestamp"), told);
    end(w);
}

static void meter_that_went_back_in_the_dark_is_not_believed(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){STOP});
    w->connector[1].meter_odd = true;
    w->connector[1].odd_wh = 7;
    cut(w);
    world_run(w, MINUTE);
    assert_in_range(w->book[0].stop_wh - w->book[0].start_wh, 1080, 1200);
    end(w);
}

/* ---- again, and without a cut ---------------------------------------------------------------- */

/* covers: TX-38 METER-04 */
static void power_may_fail_again_and_again(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    for (int i = 0; i < 5; i++) {
        cut(w);
        world_run(w, 7 * MINUTE);
        assert_true(w->connector[1].contactor);
    }
    world_unplug(w, 1);
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 1);
    /* the instants of the samples go on counting from the start */
    for (size_t i = 0; i < w->call_count; i++) {
        if (strcmp(w->calls[i].action, "MeterValues") == 0) {
            assert_int_equal(
                (WORLD_START_UTC + (int64_t)w->calls[i].at - w->book[0].start_ms) % 60000, 0);
        }
    }
    done(w);
}

/* A failed commit is handled as a power cut, but it is none: policy and reasons know. */
static void failed_commit_resumes_also_with_the_stop_policy(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){STOP});
    evcp__mem_fail_commit(w->db, 1, EVCP_ESTORE);
    world_call(w, "ChangeConfiguration", "{\"key\":\"ConnectionTimeOut\",\"value\":\"77\"}");
    world_run(w, 2 * MINUTE);
    assert_true(w->connector[1].contactor);
    assert_int_equal(w->book_count, 1);
    assert_false(w->book[0].stopped);
    world_card(w, 1, "CARD1");
    assert_string_equal(w->book[0].reason, "Local");
    done(w);
}

static void failed_commit_with_the_vehicle_gone_is_no_power_loss(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    evcp__mem_fail_commit(w->db, 1, EVCP_ESTORE);
    world_unplug(w, 1); /* its end cannot be written: the core is loaded again and told once more */
    world_run(w, 2 * MINUTE);
    assert_string_equal(w->book[0].reason, "EVDisconnected");
    assert_false(w->connector[1].contactor);
    done(w);
}

static void resumed_transaction_ends_if_its_cable_cannot_be_locked(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    w->connector[1].lock_mode = DEVICE_FAILS;
    cut(w);
    world_run(w, MINUTE);
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    assert_string_equal(w->book[0].reason, "Other");
    done(w);
}

static void resumed_transaction_waits_for_its_lock(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    w->connector[1].lock_mode = DEVICE_LATE;
    world_cut(w);
    world_settle(w);
    assert_false(w->connector[1].contactor);
    world_run(w, SECOND);
    assert_true(w->connector[1].locked);
    assert_true(w->connector[1].contactor);
    end(w);
}

static void stop_is_not_repeated_after_a_cut(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_network(w, false);
    world_card(w, 1, "CARD1");
    cut(w);
    assert_false(w->connector[1].contactor);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    assert_string_equal(w->book[0].reason, "Local");
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_open_without_record_is_an_ordinary_start),
        cmocka_unit_test(power_closed_without_record_is_opened),
        cmocka_unit_test(power_closed_without_record_that_does_not_open_is_a_fault),
        cmocka_unit_test(power_open_with_record_resumes_the_same_transaction),
        cmocka_unit_test(power_closed_with_record_goes_on_without_a_blink),
        cmocka_unit_test(power_closed_with_record_of_a_refused_start_is_opened),
        cmocka_unit_test(power_with_record_ends_it_by_policy),
        cmocka_unit_test(restart_with_record_ends_it_as_reboot),
        cmocka_unit_test(dark_energy_of_a_closed_contactor_is_billed_on_resume),
        cmocka_unit_test(vehicle_that_left_in_the_dark_ends_the_transaction),
        cmocka_unit_test(cable_that_is_never_reported_ends_the_transaction),
        cmocka_unit_test(cable_that_is_reported_once_is_waited_for_no_longer),
        cmocka_unit_test(another_vehicle_does_not_charge_on_the_first_ones_account),
        cmocka_unit_test(meter_that_is_dead_after_the_cut_leaves_the_last_sample),
        cmocka_unit_test(start_that_is_repeated_after_a_cut_has_the_same_time),
        cmocka_unit_test(meter_that_went_back_in_the_dark_is_not_believed),
        cmocka_unit_test(power_may_fail_again_and_again),
        cmocka_unit_test(failed_commit_resumes_also_with_the_stop_policy),
        cmocka_unit_test(failed_commit_with_the_vehicle_gone_is_no_power_loss),
        cmocka_unit_test(resumed_transaction_ends_if_its_cable_cannot_be_locked),
        cmocka_unit_test(resumed_transaction_waits_for_its_lock),
        cmocka_unit_test(stop_is_not_repeated_after_a_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
