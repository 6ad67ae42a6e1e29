/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session at the connector, from plug and token to the end: OCPP 1.6 4.8 (StartTransaction),
 * 4.10 (StopTransaction), 7.36 (reasons), with the errata that changed them.
 */
#include "core_test.h"

#include "../../lib/protocol/datetime.h"

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

static int64_t time_member(const struct world_call *call, const char *member)
{
    int64_t ms = 0;
    assert_true(evcp__datetime_parse(world_text(call, member), &ms));
    return ms;
}

static const char *stop_reason(struct world *w)
{
    return last_text(w, "StopTransaction", "reason");
}

/* ---- start ---------------------------------------------------------------------------------- */

/* covers: TX-01 STATUS-26 */
static void tx_begins_once_whether_plug_or_token_comes_first(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_plug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    world_unplug(w, 1);
    world_forget(w);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    world_plug(w, 1);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    world_unplug(w, 1);
    done(w);
}

/* covers: TX-03 TX-10 */
static void tx_start_and_stop_bear_who_when_and_how_much(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    world_run(w, 7 * SECOND);
    world_plug(w, 2);
    int64_t begin = world_utc(w);
    world_card(w, 2, "CARD1");
    world_run(w, 10 * MINUTE);
    world_card(w, 2, "CARD1");
    int64_t end_ms = world_utc(w);
    const struct world_call *start = nth(w, "StartTransaction", 0);
    const struct world_call *stop = nth(w, "StopTransaction", 0);
    assert_string_equal(world_text(start, "connectorId"), "2");
    assert_string_equal(world_text(start, "idTag"), "CARD1");
    assert_string_equal(world_text(start, "meterStart"), "3000");
    assert_null(json_object_get(start->payload, "reservationId"));
    assert_int_equal(time_member(start, "timestamp"), begin);
    assert_string_equal(world_text(stop, "transactionId"), "1");
    assert_string_equal(world_text(stop, "meterStop"), "4200"); /* 7200 W, 10 minutes */
    assert_int_equal(time_member(stop, "timestamp"), end_ms);
    done(w);
}

/* covers: TX-36 REMOTE-07 */
static void tx_is_one_at_a_time_on_a_connector(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_card(w, 1, "CARD2");
    assert_string_equal(
        world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD2\",\"connectorId\":1}"),
        "{\"status\":\"Rejected\"}");
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    assert_int_equal(world_count(w, "StopTransaction"), 0);
    assert_true(w->connector[1].contactor);
    end(w);
}

/* covers: TX-37 STATUS-09 METER-27 */
static void tx_from_finishing_is_a_new_one(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_run(w, 5 * MINUTE);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    world_run(w, 5 * MINUTE);
    world_unplug(w, 1);
    assert_int_equal(w->book_count, 2);
    assert_int_not_equal(w->book[0].id, w->book[1].id);
    assert_int_equal(w->book[0].stop_wh, w->book[1].start_wh);
    done(w);
}

static void tx_refused_from_finishing_stays_finishing(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_tag(w, "BLOCKED", "Blocked", NULL);
    world_card(w, 1, "CARD1");
    world_card(w, 1, "BLOCKED");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    done(w);
}

/* ---- ConnectionTimeOut, PlugInTimeout -------------------------------------------------------- */

/* covers: STATUS-30 STATUS-05 */
static void wait_for_the_cable_ends_after_connection_time_out(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ConnectionTimeOut", "20");
    world_card(w, 1, "CARD1");
    world_run(w, 19 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    world_run(w, 2 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_plug(w, 1);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    assert_false(w->connector[1].contactor);
    end(w);
}

/* The answer takes its part of the time (errata 3.89: it counts from Preparing). */
static void wait_for_the_cable_counts_from_preparing(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ConnectionTimeOut", "20");
    w->latency = 4 * SECOND;
    world_card(w, 1, "CARD1");
    world_run(w, 19 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    world_run(w, SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    end(w);
}

static void wait_for_the_answer_outlives_connection_time_out_once_plugged(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ConnectionTimeOut", "2");
    change(w, "AuthorizeTimeout", "10");
    w->latency = 4 * SECOND;
    world_card(w, 1, "CARD1");
    world_plug(w, 1);
    world_run(w, 5 * SECOND);
    assert_true(w->connector[1].contactor);
    end(w);
}

/* B1: the same token again. */
static void wait_for_the_cable_is_given_up_by_the_same_token(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_card(w, 1, "CARD1");
    world_card(w, 1, "card1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_plug(w, 1);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    end(w);
}

/* covers: STATUS-31 STATUS-05 */
static void cable_without_token_is_finishing_after_plug_in_timeout(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    change(w, "PlugInTimeout", "30");
    world_plug(w, 1);
    world_run(w, 29 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    world_run(w, 2 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    world_card(w, 0, "CARD1"); /* somebody else, at the shared reader */
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    world_plug(w, 2);
    assert_true(w->connector[2].contactor);
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    end(w);
}

/* covers: STATUS-31 */
static void cable_without_token_is_never_started_by_somebody_else(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    change(w, "PlugInTimeout", "30");
    world_plug(w, 1);
    world_plug(w, 2);
    world_run(w, 31 * SECOND);
    world_card(w, 0, "CARD1"); /* no other connector is free */
    assert_false(world_decision(w)->accepted);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    end(w);
}

/* covers: TX-37 */
static void shared_reader_restarts_the_cable_of_the_same_token(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    world_plug(w, 2);
    world_card(w, 0, "CARD1");
    world_card(w, 0, "CARD1");
    assert_int_equal(world_status(w, 2), EVCP_STATUS_FINISHING);
    world_card(w, 0, "CARD1");
    assert_int_equal(world_status(w, 2), EVCP_STATUS_CHARGING);
    assert_int_equal(w->book_count, 2);
    world_unplug(w, 2);
    done(w);
}

/* ---- ends ----------------------------------------------------------------------------------- */

/* covers: TX-09 TX-11 TX-14 */
static void stop_by_the_same_token_is_local_and_names_it(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_run(w, MINUTE);
    world_card(w, 1, "CARD1");
    assert_string_equal(last_text(w, "StopTransaction", "idTag"), "CARD1");
    assert_string_equal(stop_reason(w), "Local");
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    done(w);
}

/* covers: TX-12 TX-13 TX-14 TX-19 TX-21 TX-23 */
static void stop_by_the_firmware_bears_its_reason(void **state)
{
    (void)state;
    static const struct {
        enum evcp_stop_reason reason;
        const char *word;
    } rows[] = {
        {EVCP_STOP_LOCAL, "Local"},   {EVCP_STOP_EMERGENCY_STOP, "EmergencyStop"},
        {EVCP_STOP_OTHER, "Other"},   {EVCP_STOP_POWER_LOSS, "PowerLoss"},
        {EVCP_STOP_REBOOT, "Reboot"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world *w = charging(NULL);
        world_stop(w, 1, rows[i].reason);
        assert_string_equal(stop_reason(w), rows[i].word);
        assert_string_equal(last_text(w, "StopTransaction", "idTag"), "");
        assert_false(w->connector[1].contactor);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
        done(w);
    }
}

/* covers: TX-21 */
static void emergency_stop_of_the_charge_point_ends_all(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.connectors = 2});
    world_plug(w, 2);
    world_card(w, 2, "CARD2");
    world_stop(w, 0, EVCP_STOP_EMERGENCY_STOP);
    assert_false(w->connector[1].contactor);
    assert_false(w->connector[2].contactor);
    assert_string_equal(w->book[0].reason, "EmergencyStop");
    assert_string_equal(w->book[1].reason, "EmergencyStop");
    done(w);
}

/* covers: TX-16 TX-09 */
static void stop_by_unplugging_is_ev_disconnected(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_unplug(w, 1);
    assert_string_equal(stop_reason(w), "EVDisconnected");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    done(w);
}

/* covers: TX-23 TX-13 */
static void stop_by_a_fault_is_other(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_fault(w, 1, EVCP_ERROR_GROUND_FAILURE, false);
    assert_string_equal(stop_reason(w), "Other");
    done(w);
}

/* covers: TX-35 */
static void stop_cannot_be_vetoed(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_script(w, EVCP__FACT_ENDED, "{\"idTagInfo\":{\"status\":\"Invalid\"}}");
    world_card(w, 1, "CARD1");
    assert_false(w->connector[1].contactor);
    world_run(w, MINUTE);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    assert_int_equal(evcp__core_outbox_count(w->core), 0);
    end(w);
}

/* covers: TX-33 */
static void ids_of_zero_and_below_are_ordinary(void **state)
{
    (void)state;
    static const char *const ids[] = {"0", "-1", "-5"};
    for (size_t i = 0; i < 3; i++) {
        char answer[96];
        char request[64];
        struct world *w = ready(NULL);
        snprintf(answer, sizeof answer,
                 "{\"transactionId\":%s,\"idTagInfo\":{\"status\":\"Accepted\"}}", ids[i]);
        snprintf(request, sizeof request, "{\"transactionId\":%s}", ids[i]);
        world_script(w, EVCP__FACT_STARTED, answer);
        world_plug(w, 1);
        world_card(w, 1, "CARD1");
        world_run(w, 90 * SECOND);
        assert_string_equal(last_text(w, "MeterValues", "transactionId"), ids[i]);
        assert_string_equal(world_call(w, "RemoteStopTransaction", request),
                            "{\"status\":\"Accepted\"}");
        assert_string_equal(last_text(w, "StopTransaction", "transactionId"), ids[i]);
        end(w);
    }
}

/* ---- a start that the central system does not accept ------------------------------------------
 */

#define NOT_ACCEPTED(status) "{\"transactionId\":1,\"idTagInfo\":{\"status\":\"" status "\"}}"

/* covers: TX-04 TX-05 TX-06 TX-17 */
static void invalid_start_ends_de_authorized_and_keeps_the_cable(void **state)
{
    (void)state;
    static const char *const answers[] = {NOT_ACCEPTED("Blocked"), NOT_ACCEPTED("Expired"),
                                          NOT_ACCEPTED("Invalid"), NOT_ACCEPTED("ConcurrentTx")};
    for (size_t i = 0; i < 4; i++) {
        struct world *w = ready(&(struct world_options){.lock = true});
        world_script(w, EVCP__FACT_STARTED, answers[i]);
        world_plug(w, 1);
        world_card(w, 1, "CARD1");
        assert_string_equal(stop_reason(w), "DeAuthorized");
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
        assert_false(w->connector[1].contactor);
        assert_true(w->connector[1].locked);
        world_card(w, 1, "CARD2");
        assert_true(w->connector[1].locked);
        assert_false(w->connector[1].contactor);
        world_card(w, 1, "CARD1");
        assert_false(w->connector[1].locked);
        assert_false(w->connector[1].contactor);
        done(w);
    }
}

/* Pulled by force, or a fixed cable: nothing is kept any more. */
static void invalid_start_is_forgotten_with_its_cable(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    world_script(w, EVCP__FACT_STARTED, NOT_ACCEPTED("Blocked"));
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_unplug(w, 1);
    assert_false(w->connector[1].locked);
    world_plug(w, 1);
    world_card(w, 1, "CARD2");
    assert_true(w->connector[1].contactor);
    end(w);
}

/* covers: TX-04 TX-05 */
static void invalid_start_from_offline_ends_the_same_way(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_list(w, 1, "CARD1");
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, 10 * MINUTE);
    world_script(w, EVCP__FACT_STARTED, NOT_ACCEPTED("Blocked"));
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_string_equal(stop_reason(w), "DeAuthorized");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    done(w);
}

/* covers: TX-04 */
static void invalid_start_of_what_is_over_ends_nothing_again(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_list(w, 1, "CARD1");
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, MINUTE);
    world_unplug(w, 1);
    world_script(w, EVCP__FACT_STARTED, NOT_ACCEPTED("Blocked"));
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    assert_string_equal(stop_reason(w), "EVDisconnected");
    done(w);
}

/* covers: TX-07 STATUS-27 */
static void invalid_start_may_only_cut_the_energy(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    change(w, "StopTransactionOnInvalidId", "false");
    world_script(w, EVCP__FACT_STARTED, NOT_ACCEPTED("Blocked"));
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_SUSPENDED_EVSE);
    assert_false(w->connector[1].contactor);
    assert_true(w->connector[1].locked);
    world_run(w, HOUR);
    assert_int_equal(world_count(w, "StopTransaction"), 0);
    world_cut(w);
    world_run(w, MINUTE);
    assert_false(w->connector[1].contactor); /* the record says it */
    assert_int_equal(world_status(w, 1), EVCP_STATUS_SUSPENDED_EVSE);
    world_card(w, 1, "CARD1");
    assert_string_equal(stop_reason(w), "Local");
    done(w);
}

/* Some energy is granted after the refusal (9.1.14): 300 Wh are 150 s at 7200 W. */
static void run_grant(bool stop, bool cut)
{
    struct world *w = ready(NULL);
    change(w, "MaxEnergyOnInvalidId", "300");
    change(w, "StopTransactionOnInvalidId", stop ? "true" : "false");
    world_script(w, EVCP__FACT_STARTED, NOT_ACCEPTED("Invalid"));
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_true(w->connector[1].contactor);
    world_run(w, MINUTE);
    assert_true(w->connector[1].contactor);
    if (cut) {
        world_cut(w);
        world_run(w, SECOND);
        assert_true(w->connector[1].contactor);
    }
    world_run(w, 3 * MINUTE);
    assert_false(w->connector[1].contactor);
    assert_in_range(w->connector[1].delivered_mwh, 300000, 303000);
    assert_int_equal(world_status(w, 1), stop ? EVCP_STATUS_FINISHING : EVCP_STATUS_SUSPENDED_EVSE);
    assert_string_equal(stop ? stop_reason(w) : "DeAuthorized", "DeAuthorized");
    world_unplug(w, 1);
    done(w);
}

/* covers: TX-08 */
static void invalid_start_gets_the_granted_energy_and_no_more(void **state)
{
    (void)state;
    run_grant(true, false);
    run_grant(false, false);
    run_grant(true, true);
    run_grant(false, true);
}

/* covers: TX-08 */
static void invalid_start_gets_nothing_if_it_cannot_be_metered(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MaxEnergyOnInvalidId", "300");
    world_script(w, EVCP__FACT_STARTED, NOT_ACCEPTED("Invalid"));
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    w->connector[1].meter_dead = true;
    world_run(w, 2 * SECOND);
    assert_false(w->connector[1].contactor);
    assert_string_equal(stop_reason(w), "DeAuthorized");
    end(w);
}

/* covers: TX-08 */
static void invalid_start_gets_nothing_if_the_meter_goes_back(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MaxEnergyOnInvalidId", "300");
    world_script(w, EVCP__FACT_STARTED, NOT_ACCEPTED("Invalid"));
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    w->connector[1].meter_odd = true;
    w->connector[1].odd_wh = 5;
    world_run(w, 2 * SECOND);
    assert_false(w->connector[1].contactor);
    end(w);
}

/* ---- unplugged at the vehicle's side --------------------------------------------------------- */

static struct world *ev_gone(const char *stop, const char *unlock)
{
    struct world *w = charging(&(struct world_options){.lock = true});
    change(w, "StopTransactionOnEVSideDisconnect", stop);
    change(w, "UnlockConnectorOnEVSideDisconnect", unlock);
    world_run(w, MINUTE);
    world_ev(w, 1, EVCP_EV_ABSENT);
    assert_false(w->connector[1].contactor);
    assert_string_equal(last_text(w, "StatusNotification", "info"), "EV side disconnected");
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "NoError");
    return w;
}

/* covers: TX-25 TX-27 TX-29 TX-16 STATUS-21 */
static void ev_gone_stops_and_unlocks(void **state)
{
    (void)state;
    struct world *w = ev_gone("true", "true");
    assert_string_equal(stop_reason(w), "EVDisconnected");
    assert_string_equal(last_text(w, "StatusNotification", "status"), "Finishing");
    assert_false(w->connector[1].locked);
    world_ev(w, 1, EVCP_EV_READY);
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    done(w);
}

/* covers: TX-25 TX-27 TX-28 STATUS-21 */
static void ev_gone_stops_and_keeps_the_cable(void **state)
{
    (void)state;
    struct world *w = ev_gone("true", "false");
    assert_string_equal(stop_reason(w), "EVDisconnected");
    assert_string_equal(last_text(w, "StatusNotification", "status"), "Finishing");
    assert_true(w->connector[1].locked);
    world_ev(w, 1, EVCP_EV_READY);
    assert_false(w->connector[1].contactor);
    assert_true(w->connector[1].locked);
    world_card(w, 1, "CARD1");
    assert_false(w->connector[1].locked);
    done(w);
}

/* covers: TX-28 */
static void ev_gone_and_kept_cable_is_released_by_the_central_system(void **state)
{
    (void)state;
    struct world *w = ev_gone("true", "false");
    assert_string_equal(world_call(w, "UnlockConnector", "{\"connectorId\":1}"),
                        "{\"status\":\"Unlocked\"}");
    assert_false(w->connector[1].locked);
    done(w);
}

/* covers: TX-26 TX-28 TX-30 STATUS-20 */
static void ev_gone_may_leave_the_transaction_open(void **state)
{
    (void)state;
    static const char *const unlock[] = {"false", "true"};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = ev_gone("false", unlock[i]);
        assert_string_equal(last_text(w, "StatusNotification", "status"), "SuspendedEV");
        assert_true(w->connector[1].locked);
        assert_int_equal(world_count(w, "StopTransaction"), 0);
        world_run(w, HOUR);
        world_ev(w, 1, EVCP_EV_READY);
        assert_true(w->connector[1].contactor);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
        assert_string_equal(last_text(w, "StatusNotification", "info"), "");
        assert_int_equal(world_count(w, "StartTransaction"), 1);
        world_card(w, 1, "CARD1");
        assert_false(w->connector[1].locked);
        done(w);
    }
}

/* covers: TX-26 */
static void ev_gone_then_remote_stop_ends_it(void **state)
{
    (void)state;
    struct world *w = ev_gone("false", "false");
    assert_string_equal(world_call(w, "RemoteStopTransaction", "{\"transactionId\":1}"),
                        "{\"status\":\"Accepted\"}");
    assert_string_equal(stop_reason(w), "Remote");
    assert_false(w->connector[1].locked);
    done(w);
}

static void ev_gone_then_the_whole_cable_ends_it(void **state)
{
    (void)state;
    struct world *w = ev_gone("false", "false");
    world_unplug(w, 1);
    assert_string_equal(stop_reason(w), "EVDisconnected");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    assert_false(w->connector[1].locked);
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tx_begins_once_whether_plug_or_token_comes_first),
        cmocka_unit_test(tx_start_and_stop_bear_who_when_and_how_much),
        cmocka_unit_test(tx_is_one_at_a_time_on_a_connector),
        cmocka_unit_test(tx_from_finishing_is_a_new_one),
        cmocka_unit_test(tx_refused_from_finishing_stays_finishing),
        cmocka_unit_test(wait_for_the_cable_ends_after_connection_time_out),
        cmocka_unit_test(wait_for_the_cable_counts_from_preparing),
        cmocka_unit_test(wait_for_the_answer_outlives_connection_time_out_once_plugged),
        cmocka_unit_test(wait_for_the_cable_is_given_up_by_the_same_token),
        cmocka_unit_test(cable_without_token_is_finishing_after_plug_in_timeout),
        cmocka_unit_test(cable_without_token_is_never_started_by_somebody_else),
        cmocka_unit_test(shared_reader_restarts_the_cable_of_the_same_token),
        cmocka_unit_test(stop_by_the_same_token_is_local_and_names_it),
        cmocka_unit_test(stop_by_the_firmware_bears_its_reason),
        cmocka_unit_test(emergency_stop_of_the_charge_point_ends_all),
        cmocka_unit_test(stop_by_unplugging_is_ev_disconnected),
        cmocka_unit_test(stop_by_a_fault_is_other),
        cmocka_unit_test(stop_cannot_be_vetoed),
        cmocka_unit_test(ids_of_zero_and_below_are_ordinary),
        cmocka_unit_test(invalid_start_ends_de_authorized_and_keeps_the_cable),
        cmocka_unit_test(invalid_start_is_forgotten_with_its_cable),
        cmocka_unit_test(invalid_start_from_offline_ends_the_same_way),
        cmocka_unit_test(invalid_start_of_what_is_over_ends_nothing_again),
        cmocka_unit_test(invalid_start_may_only_cut_the_energy),
        cmocka_unit_test(invalid_start_gets_the_granted_energy_and_no_more),
        cmocka_unit_test(invalid_start_gets_nothing_if_it_cannot_be_metered),
        cmocka_unit_test(invalid_start_gets_nothing_if_the_meter_goes_back),
        cmocka_unit_test(ev_gone_stops_and_unlocks),
        cmocka_unit_test(ev_gone_stops_and_keeps_the_cable),
        cmocka_unit_test(ev_gone_and_kept_cable_is_released_by_the_central_system),
        cmocka_unit_test(ev_gone_may_leave_the_transaction_open),
        cmocka_unit_test(ev_gone_then_remote_stop_ends_it),
        cmocka_unit_test(ev_gone_then_the_whole_cable_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
