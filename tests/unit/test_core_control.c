/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset, UnlockConnector and ChangeAvailability: what the central system asks of the whole charge
 * point (OCPP 1.6 5.2, 5.14, 5.18).
 */
#include "core_test.h"

#define ACCEPTED  "{\"status\":\"Accepted\"}"
#define REJECTED  "{\"status\":\"Rejected\"}"
#define SCHEDULED "{\"status\":\"Scheduled\"}"

static struct world *ready(const struct world_options *options)
{
    struct world *w = world_new(options);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_tag(w, "CARD2", "Accepted", NULL);
    return w;
}

static struct world *charging(const struct world_options *options)
{
    struct world *w = ready(options);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_true(w->connector[1].contactor);
    return w;
}

static const char *remote_start(struct world *w, const char *tag, int connector)
{
    char payload[96];
    snprintf(payload, sizeof payload, "{\"idTag\":\"%s\",\"connectorId\":%d}", tag, connector);
    return world_call(w, "RemoteStartTransaction", payload);
}

/* ---- Reset --------------------------------------------------------------------------------------
 */

static void boot_again(struct world *w)
{
    world_cut(w); /* what a restart is for the core */
    w->reset_asked = false;
    world_run(w, MINUTE);
}

/* covers: RESET-01 RESET-02 RESET-04 RESET-10 TX-18 TX-13 */
static void reset_soft_ends_transactions_then_restarts(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_forget(w);
    assert_string_equal(world_call(w, "Reset", "{\"type\":\"Soft\"}"), ACCEPTED);
    assert_int_equal(w->reply_after, 0); /* answered before anything else */
    assert_false(w->reset_asked);        /* the answer has to leave first */
    assert_false(w->connector[1].contactor);
    assert_string_equal(last_text(w, "StopTransaction", "reason"), "SoftReset");
    world_run(w, 2 * SECOND);
    assert_true(w->reset_asked);
    assert_int_equal(w->reset_kind, EVCP_RESET_SOFT);
    assert_int_equal(w->resets, 1);
    world_forget(w);
    boot_again(w);
    assert_string_equal(w->calls[0].action, "BootNotification");
    assert_string_equal(statuses_told(w), "0:Available 1:Preparing");
    done(w);
}

/* covers: RESET-02 RESET-05 TX-18 */
static void reset_hard_ends_transactions_and_reports_them_also_later(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_script(w, EVCP__FACT_ENDED, "SILENCE");
    assert_string_equal(world_call(w, "Reset", "{\"type\":\"Hard\"}"), ACCEPTED);
    world_run(w, 2 * SECOND);
    assert_true(w->reset_asked);
    assert_int_equal(w->reset_kind, EVCP_RESET_HARD);
    boot_again(w);
    assert_true(w->book[0].stopped);
    assert_string_equal(w->book[0].reason, "HardReset");
    done(w);
}

/* covers: RESET-03 */
static void reset_soft_waits_for_the_stop_only_so_long_and_delivers_it_later(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_script(w, EVCP__FACT_ENDED, "SILENCE");
    world_call(w, "Reset", "{\"type\":\"Soft\"}");
    world_run(w, 9 * SECOND);
    assert_false(w->reset_asked);
    world_run(w, 2 * SECOND);
    assert_true(w->reset_asked);
    world_forget(w);
    boot_again(w);
    assert_string_equal(w->calls[0].action, "BootNotification");
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    assert_string_equal(w->book[0].reason, "SoftReset");
    done(w);
}

/* covers: RESET-03 */
static void reset_soft_waits_also_for_a_stop_that_was_refused_once(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_script(w, EVCP__FACT_ENDED, "ERROR:InternalError");
    world_call(w, "Reset", "{\"type\":\"Soft\"}");
    world_run(w, 9 * SECOND);
    assert_false(w->reset_asked);
    world_run(w, 2 * SECOND);
    assert_true(w->reset_asked);
    boot_again(w);
    world_run(w, MINUTE);
    done(w);
}

static void reset_soft_does_not_wait_for_a_link_that_is_gone(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    w->silent = true;
    world_call(w, "Reset", "{\"type\":\"Soft\"}");
    world_network(w, false);
    w->silent = false;
    world_run(w, 2 * SECOND);
    assert_true(w->reset_asked);
    world_network(w, true);
    boot_again(w);
    assert_true(w->book[0].stopped);
    done(w);
}

/* covers: RESET-06 AVAIL-06 STATUS-14 */
static void reset_keeps_what_is_persistent(void **state)
{
    (void)state;
    static const char *const kinds[] = {"{\"type\":\"Soft\"}", "{\"type\":\"Hard\"}"};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = ready(&(struct world_options){.connectors = 2});
        world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}");
        change(w, "ConnectionTimeOut", "77");
        world_call(w, "Reset", kinds[i]);
        world_run(w, 2 * SECOND);
        assert_true(w->reset_asked);
        world_forget(w);
        boot_again(w);
        assert_string_equal(statuses_told(w), "0:Available 1:Unavailable 2:Available");
        assert_string_equal(world_setting(w, "ConnectionTimeOut"), "77");
        end(w);
    }
}

/* covers: RESET-07 RESET-08 */
static void reset_that_fails_is_tried_again_then_reported(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ResetRetries", "3");
    w->reset_result = EVCP_EHARDWARE;
    world_call(w, "Reset", "{\"type\":\"Soft\"}");
    world_run(w, MINUTE);
    assert_int_equal(w->resets, 4);
    assert_int_equal(w->reset_kind, EVCP_RESET_SOFT); /* also the last try */
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "ResetFailure");
    assert_string_equal(last_text(w, "StatusNotification", "connectorId"), "0");
    world_plug(w, 1);
    world_card(w, 1, "CARD1"); /* back in service */
    assert_true(w->connector[1].contactor);
    end(w);
}

/* covers: RESET-07 RESET-08 */
static void reset_that_is_promised_and_never_comes_is_a_failure(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ResetRetries", "1");
    world_call(w, "Reset", "{\"type\":\"Hard\"}");
    world_run(w, 10 * MINUTE);
    assert_int_equal(w->resets, 2);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "ResetFailure");
    end(w);
}

/* covers: RESET-09 */
static void reset_is_rejected_if_it_cannot_be_done_or_is_under_way(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.no_reset = true});
    assert_string_equal(world_call(w, "Reset", "{\"type\":\"Hard\"}"), REJECTED);
    end(w);
    w = charging(NULL);
    world_script(w, EVCP__FACT_ENDED, "SILENCE");
    world_call(w, "Reset", "{\"type\":\"Soft\"}");
    assert_string_equal(world_call(w, "Reset", "{\"type\":\"Hard\"}"), REJECTED);
    world_unplug(w, 1);
    world_plug(w, 1);
    world_card(w, 1, "CARD2"); /* nobody starts what the restart would cut */
    assert_false(world_decision(w)->accepted);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    end(w);
}

/* ---- UnlockConnector ------------------------------------------------------------------------- */

#define UNLOCKED      "{\"status\":\"Unlocked\"}"
#define UNLOCK_FAILED "{\"status\":\"UnlockFailed\"}"
#define NOT_SUPPORTED "{\"status\":\"NotSupported\"}"

static const char *unlock(struct world *w)
{
    return world_call(w, "UnlockConnector", "{\"connectorId\":1}");
}

/* covers: UNLOCK-01 UNLOCK-03 UNLOCK-05 */
static void unlock_of_an_idle_connector(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    assert_string_equal(unlock(w), UNLOCKED);
    assert_string_equal(unlock(w), UNLOCKED);
    world_plug(w, 1);
    assert_string_equal(unlock(w), UNLOCKED);
    assert_int_equal(events(w, EVCP_EVENT_CONTACTOR), 0);
    end(w);
}

/* covers: UNLOCK-01 UNLOCK-02 TX-22 */
static void unlock_ends_the_transaction_after_its_answer(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    world_forget(w);
    assert_string_equal(unlock(w), UNLOCKED);
    assert_int_equal(w->reply_after, 0); /* then StopTransaction and Finishing (OCTT TC_018_1) */
    assert_string_equal(last_text(w, "StopTransaction", "reason"), "UnlockCommand");
    assert_string_equal(statuses_told(w), "1:Finishing");
    assert_false(w->connector[1].contactor);
    assert_false(w->connector[1].locked);
    done(w);
}

/* covers: UNLOCK-01 UNLOCK-02 */
static void unlock_waits_for_contactor_and_lock(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    w->connector[1].contactor_mode = DEVICE_LATE;
    w->connector[1].lock_mode = DEVICE_LATE;
    world_forget(w);
    assert_string_equal(unlock(w), "");
    world_run(w, 3 * SECOND);
    assert_string_equal(w->reply, UNLOCKED);
    assert_int_equal(w->reply_after, 0);
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    done(w);
}

/* covers: UNLOCK-03 STATUS-37 */
static void unlock_that_fails_says_so(void **state)
{
    (void)state;
    static const enum world_device modes[] = {DEVICE_STUCK, DEVICE_FAILS};
    for (size_t i = 0; i < 2; i++) {
        for (int with = 0; with < 2; with++) {
            struct world *w = with ? charging(&(struct world_options){.lock = true})
                                   : ready(&(struct world_options){.lock = true});
            w->connector[1].lock_mode = modes[i];
            unlock(w);
            world_run(w, 6 * SECOND);
            assert_string_equal(w->reply, UNLOCK_FAILED);
            assert_string_equal(last_text(w, "StatusNotification", "errorCode"),
                                "ConnectorLockFailure");
            done(w);
        }
    }
}

/* covers: UNLOCK-03 */
static void unlock_never_happens_under_load(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    w->connector[1].contactor_mode = DEVICE_STUCK;
    unlock(w);
    world_run(w, 10 * SECOND);
    assert_string_equal(w->reply, UNLOCK_FAILED);
    assert_true(w->connector[1].locked);
    end(w);
}

static void unlock_twice_fails_the_second(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    w->connector[1].lock_mode = DEVICE_STUCK;
    assert_string_equal(unlock(w), "");
    assert_string_equal(unlock(w), UNLOCK_FAILED);
    world_run(w, 6 * SECOND);
    end(w);
}

static void unlock_gives_up_a_start_that_is_under_way(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    world_plug(w, 1);
    w->latency = SECOND;
    world_card(w, 1, "CARD1");
    assert_string_equal(unlock(w), UNLOCKED);
    world_run(w, 5 * SECOND);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    assert_false(w->connector[1].locked);
    end(w);
}

/* covers: UNLOCK-04 UNLOCK-06 */
static void unlock_of_what_is_not_there_is_not_supported(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    assert_string_equal(world_call(w, "UnlockConnector", "{\"connectorId\":2}"), NOT_SUPPORTED);
    assert_string_equal(world_call(w, "UnlockConnector", "{\"connectorId\":0}"), NOT_SUPPORTED);
    end(w);
}

/* covers: UNLOCK-04 UNLOCK-07 */
static void unlock_of_a_fixed_cable_leaves_the_transaction(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    assert_string_equal(unlock(w), NOT_SUPPORTED);
    world_run(w, MINUTE);
    assert_true(w->connector[1].contactor);
    assert_int_equal(world_count(w, "StopTransaction"), 0);
    end(w);
}

/* ---- ChangeAvailability ---------------------------------------------------------------------- */

static const char *availability(struct world *w, int connector, bool operative)
{
    char payload[96];
    snprintf(payload, sizeof payload, "{\"connectorId\":%d,\"type\":\"%s\"}", connector,
             operative ? "Operative" : "Inoperative");
    return world_call(w, "ChangeAvailability", payload);
}

/* covers: AVAIL-01 AVAIL-03 AVAIL-04 AVAIL-07 */
static void availability_of_an_idle_connector_changes_at_once(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_forget(w);
    assert_string_equal(availability(w, 1, true), ACCEPTED);
    assert_string_equal(statuses_told(w), "");
    assert_string_equal(availability(w, 1, false), ACCEPTED);
    assert_int_equal(w->reply_after, 0);
    assert_string_equal(availability(w, 1, false), ACCEPTED);
    assert_string_equal(statuses_told(w), "1:Unavailable");
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_false(w->connector[1].contactor);
    assert_string_equal(remote_start(w, "CARD1", 1), REJECTED);
    world_unplug(w, 1);
    assert_string_equal(availability(w, 1, true), ACCEPTED);
    assert_string_equal(statuses_told(w), "1:Unavailable 1:Available");
    end(w);
}

/* covers: AVAIL-02 AVAIL-09 AVAIL-03 */
static void availability_of_a_busy_connector_is_scheduled(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    assert_string_equal(availability(w, 1, true), ACCEPTED);
    assert_string_equal(availability(w, 1, false), SCHEDULED);
    assert_string_equal(availability(w, 1, false), SCHEDULED);
    assert_true(w->connector[1].contactor);
    assert_string_equal(availability(w, 1, true), ACCEPTED); /* takes the schedule back */
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    done(w);
}

/* covers: AVAIL-02 AVAIL-06 STATUS-14 */
static void availability_that_is_scheduled_survives_a_power_cut(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    availability(w, 1, false);
    world_cut(w);
    world_run(w, MINUTE);
    assert_true(w->connector[1].contactor);
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_UNAVAILABLE);
    world_cut(w);
    world_run(w, MINUTE);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_UNAVAILABLE);
    done(w);
}

/* covers: AVAIL-05 AVAIL-06 STATUS-14 */
static void availability_of_zero_is_that_of_all(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    world_forget(w);
    assert_string_equal(availability(w, 0, false), ACCEPTED);
    assert_string_equal(statuses_told(w), "0:Unavailable 1:Unavailable 2:Unavailable");
    world_forget(w);
    world_cut(w);
    world_run(w, MINUTE);
    assert_string_equal(statuses_told(w), "0:Unavailable 1:Unavailable 2:Unavailable");
    world_forget(w);
    assert_string_equal(availability(w, 0, true), ACCEPTED);
    assert_string_equal(statuses_told(w), "0:Available 1:Available 2:Available");
    end(w);
}

/* covers: AVAIL-08 */
static void availability_of_zero_waits_for_the_busy_ones_only(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.connectors = 2});
    world_forget(w);
    assert_string_equal(availability(w, 0, false), SCHEDULED);
    assert_string_equal(statuses_told(w), "0:Unavailable 2:Unavailable");
    assert_true(w->connector[1].contactor);
    world_unplug(w, 1);
    assert_string_equal(statuses_told(w), "0:Unavailable 2:Unavailable 1:Unavailable");
    done(w);
}

static void availability_of_a_connector_needs_that_of_the_charge_point(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    availability(w, 0, false);
    assert_string_equal(availability(w, 1, true), ACCEPTED);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_UNAVAILABLE);
    end(w);
}

/* covers: AVAIL-10 */
static void availability_of_what_is_not_there_is_rejected(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    assert_string_equal(availability(w, 99, false), REJECTED);
    assert_string_equal(availability(w, 2, false), REJECTED);
    assert_true(strcmp(availability(w, -1, false), ACCEPTED) != 0);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    end(w);
}

/* covers: AVAIL-11 AVAIL-04 */
static void availability_ends_a_preparation_first(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    world_plug(w, 1);          /* Preparing by plug */
    world_card(w, 2, "CARD1"); /* Preparing by token */
    world_forget(w);
    assert_string_equal(availability(w, 1, false), ACCEPTED);
    assert_string_equal(availability(w, 2, false), ACCEPTED);
    assert_string_equal(statuses_told(w), "1:Available 1:Unavailable 2:Available 2:Unavailable");
    world_plug(w, 2);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    end(w);
}

/* F8: nothing runs, so nothing has to be waited for. */
static void availability_of_a_finishing_connector_changes_at_once(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_card(w, 1, "CARD1");
    world_forget(w);
    assert_string_equal(availability(w, 1, false), ACCEPTED);
    assert_string_equal(statuses_told(w), "1:Unavailable");
    assert_string_equal(availability(w, 1, true), ACCEPTED);
    assert_string_equal(statuses_told(w), "1:Unavailable 1:Preparing");
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_soft_ends_transactions_then_restarts),
        cmocka_unit_test(reset_hard_ends_transactions_and_reports_them_also_later),
        cmocka_unit_test(reset_soft_waits_for_the_stop_only_so_long_and_delivers_it_later),
        cmocka_unit_test(reset_soft_waits_also_for_a_stop_that_was_refused_once),
        cmocka_unit_test(reset_soft_does_not_wait_for_a_link_that_is_gone),
        cmocka_unit_test(reset_keeps_what_is_persistent),
        cmocka_unit_test(reset_that_fails_is_tried_again_then_reported),
        cmocka_unit_test(reset_that_is_promised_and_never_comes_is_a_failure),
        cmocka_unit_test(reset_is_rejected_if_it_cannot_be_done_or_is_under_way),
        cmocka_unit_test(unlock_of_an_idle_connector),
        cmocka_unit_test(unlock_ends_the_transaction_after_its_answer),
        cmocka_unit_test(unlock_waits_for_contactor_and_lock),
        cmocka_unit_test(unlock_that_fails_says_so),
        cmocka_unit_test(unlock_never_happens_under_load),
        cmocka_unit_test(unlock_twice_fails_the_second),
        cmocka_unit_test(unlock_gives_up_a_start_that_is_under_way),
        cmocka_unit_test(unlock_of_what_is_not_there_is_not_supported),
        cmocka_unit_test(unlock_of_a_fixed_cable_leaves_the_transaction),
        cmocka_unit_test(availability_of_an_idle_connector_changes_at_once),
        cmocka_unit_test(availability_of_a_busy_connector_is_scheduled),
        cmocka_unit_test(availability_that_is_scheduled_survives_a_power_cut),
        cmocka_unit_test(availability_of_zero_is_that_of_all),
        cmocka_unit_test(availability_of_zero_waits_for_the_busy_ones_only),
        cmocka_unit_test(availability_of_a_connector_needs_that_of_the_charge_point),
        cmocka_unit_test(availability_of_what_is_not_there_is_rejected),
        cmocka_unit_test(availability_ends_a_preparation_first),
        cmocka_unit_test(availability_of_a_finishing_connector_changes_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
