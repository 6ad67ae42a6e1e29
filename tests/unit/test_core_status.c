/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StatusNotification (OCPP 1.6 4.9, 6.47, 7.6, 7.7; errata 3.19 to 3.22, 3.55): which status, which
 * transitions, when it is told, and what it bears.
 */
#include "core_test.h"

#include "../../lib/protocol/datetime.h"

bool evcp__status_legal(enum evcp_status from, enum evcp_status to);
enum evcp_status evcp__status_bridge(enum evcp_status from, enum evcp_status to);

static struct world *ready(const struct world_options *options)
{
    struct world *w = world_new(options);
    world_tag(w, "CARD1", "Accepted", NULL);
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

static int64_t timestamp(const struct world_call *call)
{
    int64_t ms = 0;
    assert_non_null(call);
    assert_true(evcp__datetime_parse(world_text(call, "timestamp"), &ms));
    return ms;
}

/* ---- transitions ------------------------------------------------------------------------------
 */

/* Rows: from, columns: to; Available Preparing Charging SuspendedEV SuspendedEVSE Finishing
 * Reserved Unavailable Faulted. Available does not lead to a transaction: there is no start
 * without authorization. */
static const char *const table[] = {"-x....xxx", "x-xxxx..x", "x.-xxx.xx", "x.x-xx.xx", "x.xx-x.xx",
                                    "xx...-.xx", "xx....-xx", "xxxxx..-x", "xxxxxxxx-"};

/* covers: STATUS-04 STATUS-05 STATUS-06 STATUS-07 STATUS-08 STATUS-09 STATUS-11 */
static void transitions_are_those_of_the_standard(void **state)
{
    (void)state;
    for (int from = 0; from < 9; from++) {
        for (int to = 0; to < 9; to++) {
            assert_int_equal(evcp__status_legal((enum evcp_status)from, (enum evcp_status)to),
                             table[from][to] != '.');
        }
    }
}

/* Where reality skips a step the step is told: every pair gets there by legal ones. */
static void transitions_are_bridged_between_any_two(void **state)
{
    (void)state;
    for (int from = 0; from < 9; from++) {
        for (int to = 0; to < 9; to++) {
            enum evcp_status at = (enum evcp_status)from;
            int steps = 0;
            while (at != (enum evcp_status)to) {
                enum evcp_status next = evcp__status_legal(at, (enum evcp_status)to)
                                            ? (enum evcp_status)to
                                            : evcp__status_bridge(at, (enum evcp_status)to);
                assert_int_not_equal(table[at][next], '.');
                at = next;
                assert_in_range(++steps, 1, 3);
            }
        }
    }
}

/* covers: STATUS-01 STATUS-05 STATUS-06 STATUS-07 STATUS-08 STATUS-09 STATUS-25 STATUS-29 */
static void changes_are_told_one_by_one_in_order(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_forget(w);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_ev(w, 1, EVCP_EV_WAITING);
    world_ev(w, 1, EVCP_EV_READY);
    world_supply(w, 1, false);
    world_supply(w, 1, true);
    world_card(w, 1, "CARD1");
    world_unplug(w, 1);
    assert_string_equal(statuses_told(w), "1:Preparing 1:Charging 1:SuspendedEV 1:Charging "
                                          "1:SuspendedEVSE 1:Charging 1:Finishing 1:Available");
    done(w);
}

/* covers: STATUS-13 STATUS-27 STATUS-28 */
static void suspended_evse_wins_over_suspended_ev(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_forget(w);
    world_ev(w, 1, EVCP_EV_WAITING);
    world_supply(w, 1, false);
    world_supply(w, 1, true);
    world_ev(w, 1, EVCP_EV_READY);
    assert_string_equal(statuses_told(w), "1:SuspendedEV 1:SuspendedEVSE 1:SuspendedEV 1:Charging");
    world_supply(w, 1, false);
    world_ev(w, 1, EVCP_EV_WAITING);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_SUSPENDED_EVSE);
    end(w);
}

/* covers: STATUS-28 STATUS-29 */
static void closed_contactor_is_charging_also_without_current(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    w->connector[1].watts = 0;
    world_run(w, HOUR);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    end(w);
}

/* covers: STATUS-11 STATUS-04 */
static void unavailable_leads_back_to_what_is_there(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_forget(w);
    world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}");
    world_plug(w, 1);
    world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Operative\"}");
    assert_string_equal(statuses_told(w), "1:Unavailable 1:Preparing");
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    end(w);
}

/* covers: STATUS-12 */
static void fault_leads_back_to_what_was_before(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_forget(w);
    world_fault(w, 1, EVCP_ERROR_OVER_VOLTAGE, false);
    world_clear(w, 1);
    world_plug(w, 1);
    world_fault(w, 1, EVCP_ERROR_OVER_VOLTAGE, false);
    world_clear(w, 1);
    assert_string_equal(statuses_told(w),
                        "1:Faulted 1:Available 1:Preparing 1:Faulted 1:Preparing");
    world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}");
    world_forget(w);
    world_fault(w, 1, EVCP_ERROR_OVER_VOLTAGE, false);
    world_clear(w, 1);
    assert_string_equal(statuses_told(w), "1:Faulted 1:Unavailable");
    end(w);
}

/* covers: STATUS-03 */
static void charge_point_has_three_statuses_of_its_own(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_fault(w, 0, EVCP_ERROR_READER_FAILURE, false);
    world_clear(w, 0);
    world_call(w, "ChangeAvailability", "{\"connectorId\":0,\"type\":\"Inoperative\"}");
    for (size_t i = 0; i < w->call_count; i++) {
        const struct world_call *c = &w->calls[i];
        if (strcmp(c->action, "StatusNotification") == 0 &&
            strcmp(world_text(c, "connectorId"), "0") == 0) {
            const char *s = world_text(c, "status");
            assert_true(strcmp(s, "Available") == 0 || strcmp(s, "Unavailable") == 0 ||
                        strcmp(s, "Faulted") == 0);
        }
    }
    assert_int_equal(world_status(w, 0), EVCP_STATUS_UNAVAILABLE);
    end(w);
}

/* ---- when -------------------------------------------------------------------------------------
 */

/* covers: STATUS-02 */
static void registration_is_followed_by_every_status(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.connectors = 3, .cold = true});
    world_plug(w, 2);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_string_equal(statuses_told(w), "0:Available 1:Available 2:Preparing 3:Available");
    end(w);
}

/* covers: STATUS-22 STATUS-24 STATUS-34 */
static void reconnect_tells_the_current_status_once_with_its_time(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    world_network(w, false);
    world_forget(w);
    for (int i = 0; i < 5; i++) {
        world_plug(w, 1);
        world_run(w, MINUTE);
        world_unplug(w, 1);
        world_plug(w, 2);
        world_unplug(w, 2);
    }
    world_plug(w, 1);
    int64_t plugged_at = world_utc(w);
    world_run(w, 10 * MINUTE);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_string_equal(statuses_told(w), "1:Preparing");
    assert_int_equal(timestamp(nth(w, "StatusNotification", 0)), plugged_at);
    end(w);
}

/* covers: STATUS-22 STATUS-24 */
static void reconnect_tells_nothing_if_nothing_changed(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_network(w, false);
    world_forget(w);
    world_plug(w, 1);
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_string_equal(statuses_told(w), "");
    end(w);
}

/* covers: STATUS-16 */
static void minimum_duration_filters_what_is_short(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    change(w, "MinimumStatusDuration", "5");
    world_forget(w);
    world_ev(w, 1, EVCP_EV_WAITING);
    world_run(w, SECOND);
    world_ev(w, 1, EVCP_EV_READY);
    world_run(w, 10 * SECOND);
    assert_string_equal(statuses_told(w), "");
    world_ev(w, 1, EVCP_EV_WAITING);
    int64_t since = world_utc(w);
    world_run(w, 4 * SECOND);
    assert_string_equal(statuses_told(w), "");
    world_run(w, 2 * SECOND);
    assert_string_equal(statuses_told(w), "1:SuspendedEV");
    assert_int_equal(timestamp(nth(w, "StatusNotification", 0)), since);
    end(w);
}

/* covers: STATUS-17 */
static void minimum_duration_of_zero_tells_at_once(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    change(w, "MinimumStatusDuration", "5");
    world_ev(w, 1, EVCP_EV_WAITING);
    world_forget(w);
    change(w, "MinimumStatusDuration", "0"); /* there is no delay of our own below it */
    assert_string_equal(statuses_told(w), "1:SuspendedEV");
    world_ev(w, 1, EVCP_EV_READY);
    assert_string_equal(statuses_told(w), "1:SuspendedEV 1:Charging");
    end(w);
}

/* covers: STATUS-16 */
static void minimum_duration_keeps_transitions_legal(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MinimumStatusDuration", "5");
    world_forget(w);
    world_plug(w, 1);
    world_card(w, 1, "CARD1"); /* Preparing lasted no time at all */
    world_run(w, 10 * SECOND);
    assert_string_equal(statuses_told(w), "1:Preparing 1:Charging");
    world_card(w, 1, "CARD1");
    world_unplug(w, 1);
    world_plug(w, 1);
    world_run(w, 10 * SECOND);
    assert_string_equal(statuses_told(w), "1:Preparing 1:Charging 1:Available 1:Preparing");
    done(w);
}

/* ---- what it bears -----------------------------------------------------------------------------
 */

/* covers: STATUS-32 STATUS-18 */
static void error_codes_are_told_as_reported(void **state)
{
    (void)state;
    static const struct {
        enum evcp_error_code code;
        const char *word;
    } rows[] = {
        {EVCP_ERROR_CONNECTOR_LOCK_FAILURE, "ConnectorLockFailure"},
        {EVCP_ERROR_GROUND_FAILURE, "GroundFailure"},
        {EVCP_ERROR_HIGH_TEMPERATURE, "HighTemperature"},
        {EVCP_ERROR_INTERNAL_ERROR, "InternalError"},
        {EVCP_ERROR_OTHER_ERROR, "OtherError"},
        {EVCP_ERROR_OVER_CURRENT_FAILURE, "OverCurrentFailure"},
        {EVCP_ERROR_OVER_VOLTAGE, "OverVoltage"},
        {EVCP_ERROR_POWER_METER_FAILURE, "PowerMeterFailure"},
        {EVCP_ERROR_POWER_SWITCH_FAILURE, "PowerSwitchFailure"},
        {EVCP_ERROR_READER_FAILURE, "ReaderFailure"},
        {EVCP_ERROR_UNDER_VOLTAGE, "UnderVoltage"},
        {EVCP_ERROR_WEAK_SIGNAL, "WeakSignal"},
    };
    struct world *w = ready(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int warning = 0; warning < 2; warning++) {
            world_fault(w, 1, rows[i].code, warning);
            assert_string_equal(last_text(w, "StatusNotification", "errorCode"), rows[i].word);
            assert_string_equal(last_text(w, "StatusNotification", "status"),
                                warning ? "Available" : "Faulted");
            world_clear(w, 1);
            assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "NoError");
        }
    }
    end(w);
}

/* covers: STATUS-32 STATUS-33 */
static void texts_of_a_fault_are_told_and_fit(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    struct evcp_report r = {.kind = EVCP_REPORT_FAULT, .connector = 1};
    r.fault.code = EVCP_ERROR_OTHER_ERROR;
    memset(r.fault.info, 'i', sizeof r.fault.info - 1);
    memset(r.fault.vendor_id, 'v', sizeof r.fault.vendor_id - 1);
    memset(r.fault.vendor_code, 'c', sizeof r.fault.vendor_code - 1);
    world_report(w, &r); /* the world checks the lengths by the schema */
    assert_string_equal(last_text(w, "StatusNotification", "info"), r.fault.info);
    assert_string_equal(last_text(w, "StatusNotification", "vendorId"), r.fault.vendor_id);
    assert_string_equal(last_text(w, "StatusNotification", "vendorErrorCode"), r.fault.vendor_code);
    end(w);
}

/* covers: STATUS-35 AVAIL-02 */
static void scheduled_change_is_told_when_it_takes_effect(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_forget(w);
    assert_string_equal(
        world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}"),
        "{\"status\":\"Scheduled\"}");
    world_run(w, MINUTE);
    assert_string_equal(statuses_told(w), "");
    world_card(w, 1, "CARD1");
    world_unplug(w, 1);
    assert_string_equal(statuses_told(w), "1:Finishing 1:Unavailable");
    done(w);
}

/* A station without a network tells its own display what it is. */
static void events_tell_the_status_also_offline(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.cold = true});
    world_forget(w);
    world_plug(w, 1);
    assert_int_equal(events(w, EVCP_EVENT_STATUS), 1);
    assert_int_equal(w->events[w->event_count - 1].status, EVCP_STATUS_PREPARING);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_are_those_of_the_standard),
        cmocka_unit_test(transitions_are_bridged_between_any_two),
        cmocka_unit_test(changes_are_told_one_by_one_in_order),
        cmocka_unit_test(suspended_evse_wins_over_suspended_ev),
        cmocka_unit_test(closed_contactor_is_charging_also_without_current),
        cmocka_unit_test(unavailable_leads_back_to_what_is_there),
        cmocka_unit_test(fault_leads_back_to_what_was_before),
        cmocka_unit_test(charge_point_has_three_statuses_of_its_own),
        cmocka_unit_test(registration_is_followed_by_every_status),
        cmocka_unit_test(reconnect_tells_the_current_status_once_with_its_time),
        cmocka_unit_test(reconnect_tells_nothing_if_nothing_changed),
        cmocka_unit_test(minimum_duration_filters_what_is_short),
        cmocka_unit_test(minimum_duration_of_zero_tells_at_once),
        cmocka_unit_test(minimum_duration_keeps_transitions_legal),
        cmocka_unit_test(error_codes_are_told_as_reported),
        cmocka_unit_test(texts_of_a_fault_are_told_and_fit),
        cmocka_unit_test(scheduled_change_is_told_when_it_takes_effect),
        cmocka_unit_test(events_tell_the_status_also_offline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
