/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hardware that obeys, is late, sticks, fails or acts by itself: contactor, lock and meter, and the
 * faults that the firmware reports (issue: "what happens when a callback fails, is missing, or
 * answers late is specified and tested"). The world checks at every command that no contactor is
 * closed without a committed transaction, while it is faulted, or before its limit is given, and
 * that no cable is unlocked under load.
 */
#include "core_test.h"

#define TIMEOUT (6 * SECOND) /* a little more than ContactorTimeout */

static struct world *charging(const struct world_options *options)
{
    struct world *w = world_new(options);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    return w;
}

static struct world *ready(const struct world_options *options)
{
    struct world *w = world_new(options);
    world_tag(w, "CARD1", "Accepted", NULL);
    return w;
}

static const char *error_of(struct world *w, uint16_t connector)
{
    struct evcp_connector_state state;
    assert_int_equal(evcp__core_connector(w->core, connector, &state), EVCP_OK);
    static const char *const names[] = {
        [EVCP_ERROR_NO_ERROR] = "NoError",
        [EVCP_ERROR_CONNECTOR_LOCK_FAILURE] = "ConnectorLockFailure",
        [EVCP_ERROR_EV_COMMUNICATION_ERROR] = "EVCommunicationError",
        [EVCP_ERROR_GROUND_FAILURE] = "GroundFailure",
        [EVCP_ERROR_HIGH_TEMPERATURE] = "HighTemperature",
        [EVCP_ERROR_POWER_METER_FAILURE] = "PowerMeterFailure",
        [EVCP_ERROR_POWER_SWITCH_FAILURE] = "PowerSwitchFailure",
        [EVCP_ERROR_WEAK_SIGNAL] = "WeakSignal",
    };
    return names[state.error_code];
}

/* ---- contactor --------------------------------------------------------------------------- */

/* covers: STATUS-29 */
static void contactor_that_confirms_late_charges_only_then(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    w->connector[1].contactor_mode = DEVICE_LATE;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    world_run(w, SECOND);
    assert_true(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    world_run(w, MINUTE);
    world_unplug(w, 1);
    world_run(w, MINUTE);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    done(w);
}

/* covers: TX-23 STATUS-32 STATUS-36 */
static void contactor_that_does_not_close_is_a_fault_and_ends_the_transaction(void **state)
{
    (void)state;
    static const enum world_device modes[] = {DEVICE_STUCK, DEVICE_FAILS};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = ready(NULL);
        w->connector[1].contactor_mode = modes[i];
        world_plug(w, 1);
        world_card(w, 1, "CARD1");
        world_run(w, 2 * TIMEOUT);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
        assert_string_equal(error_of(w, 1), "PowerSwitchFailure");
        assert_int_equal(w->book_count, 1);
        assert_string_equal(w->book[0].reason, "Other");
        assert_int_equal(w->book[0].start_wh, w->book[0].stop_wh);
        world_card(w, 1, "CARD1");
        assert_int_equal(w->book_count, 1);
        done(w);
    }
}

static void contactor_fault_ends_when_the_firmware_clears_it(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    w->connector[1].contactor_mode = DEVICE_FAILS;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    w->connector[1].contactor_mode = DEVICE_OK;
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    world_clear(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_true(w->connector[1].contactor);
    world_run(w, MINUTE);
    world_unplug(w, 1);
    done(w);
}

static void contactor_that_does_not_open_keeps_the_cable_until_it_opens(void **state)
{
    (void)state;
    static const enum world_device modes[] = {DEVICE_STUCK, DEVICE_FAILS};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = charging(&(struct world_options){.lock = true});
        w->connector[1].contactor_mode = modes[i];
        world_card(w, 1, "CARD1");
        world_run(w, TIMEOUT);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
        assert_string_equal(error_of(w, 1), "PowerSwitchFailure");
        assert_true(w->connector[1].locked);
        assert_string_equal(world_call(w, "UnlockConnector", "{\"connectorId\":1}"),
                            "{\"status\":\"UnlockFailed\"}");
        assert_true(w->connector[1].locked);
        world_contactor(w, 1, false);
        assert_false(w->connector[1].locked);
        end(w);
    }
}

static void contactor_that_opens_by_itself_ends_the_transaction(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_run(w, MINUTE);
    world_contactor(w, 1, false);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    assert_string_equal(error_of(w, 1), "PowerSwitchFailure");
    assert_string_equal(w->book[0].reason, "Other");
    done(w);
}

static void contactor_that_closes_by_itself_is_told_to_open(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_contactor(w, 1, true);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    assert_false(w->connector[1].contactor);
    world_clear(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    end(w);
}

static void contactor_that_is_welded_is_not_told_again_and_again(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    w->connector[1].contactor_mode = DEVICE_FAILS;
    world_contactor(w, 1, true);
    world_forget(w);
    world_run(w, HOUR);
    assert_int_equal(events(w, EVCP_EVENT_CONTACTOR), 0);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    end(w);
}

/* ---- limit ------------------------------------------------------------------------------- */

static void limit_is_given_before_closing_and_withdrawn_before_opening(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.max_current_ma = 16000});
    assert_int_equal(w->connector[1].limit, 16000);
    world_card(w, 1, "CARD1");
    assert_int_equal(w->connector[1].limit, 0); /* in time: the world checks it at each command */
    assert_false(w->connector[1].contactor);
    done(w);
    w = charging(NULL);
    assert_int_equal(w->connector[1].limit, INT32_MAX);
    end(w);
}

static void limit_is_not_needed(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    w->hardware.limit = NULL;
    w->connector[1].limit = 1; /* the world wants to see one before the contactor closes */
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(w->connector[1].limit, 1);
    assert_true(w->connector[1].contactor);
    end(w);
}

/* ---- lock -------------------------------------------------------------------------------- */

/* covers: TX-24 */
static void lock_holds_the_cable_from_before_the_start_until_after_the_end(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    assert_true(w->connector[1].locked);
    world_run(w, MINUTE);
    world_card(w, 1, "CARD1");
    assert_false(w->connector[1].contactor);
    assert_false(w->connector[1].locked);
    done(w);
}

static void lock_that_is_late_delays_the_transaction(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    w->connector[1].lock_mode = DEVICE_LATE;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(w->book_count, 0);
    assert_false(w->connector[1].contactor);
    world_run(w, SECOND);
    assert_int_equal(w->book_count, 1);
    assert_true(w->connector[1].contactor);
    world_card(w, 1, "CARD1");
    world_run(w, SECOND);
    assert_false(w->connector[1].locked);
    done(w);
}

/* covers: STATUS-37 */
static void lock_that_does_not_close_prevents_the_transaction(void **state)
{
    (void)state;
    static const enum world_device modes[] = {DEVICE_STUCK, DEVICE_FAILS};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = ready(&(struct world_options){.lock = true});
        w->connector[1].lock_mode = modes[i];
        world_plug(w, 1);
        world_card(w, 1, "CARD1");
        world_run(w, 2 * TIMEOUT);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
        assert_string_equal(last_text(w, "StatusNotification", "errorCode"),
                            "ConnectorLockFailure");
        assert_string_equal(last_text(w, "StatusNotification", "status"), "Faulted");
        assert_int_equal(world_count(w, "StartTransaction"), 0);
        assert_false(w->connector[1].contactor);
        end(w);
    }
}

static void lock_fault_ends_when_the_cable_is_pulled(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    w->connector[1].lock_mode = DEVICE_FAILS;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    w->connector[1].lock_mode = DEVICE_OK;
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_true(w->connector[1].contactor);
    end(w);
}

static void lock_fault_of_the_firmware_stays_until_it_clears_it(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    world_plug(w, 1);
    world_fault(w, 1, EVCP_ERROR_CONNECTOR_LOCK_FAILURE, false);
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    world_clear(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    end(w);
}

/* The confirmation comes when nobody waits for it any more. */
static void lock_that_closes_too_late_is_opened_again(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    w->connector[1].lock_mode = DEVICE_STUCK;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, 2 * TIMEOUT);
    w->connector[1].lock_mode = DEVICE_OK;
    world_lock(w, 1, true);
    assert_false(w->connector[1].locked);
    assert_int_equal(w->book_count, 0);
    end(w);
}

/* covers: STATUS-37 */
static void lock_that_does_not_open_is_a_warning_until_it_opens(void **state)
{
    (void)state;
    static const enum world_device modes[] = {DEVICE_STUCK, DEVICE_FAILS};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = charging(&(struct world_options){.lock = true});
        w->connector[1].lock_mode = modes[i];
        world_card(w, 1, "CARD1");
        world_run(w, TIMEOUT);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
        assert_string_equal(last_text(w, "StatusNotification", "errorCode"),
                            "ConnectorLockFailure");
        assert_string_equal(last_text(w, "StatusNotification", "status"), "Finishing");
        world_forget(w);
        world_run(w, HOUR);
        assert_int_equal(events(w, EVCP_EVENT_HARDWARE), 0); /* it is not told again and again */
        world_lock(w, 1, false);
        assert_string_equal(error_of(w, 1), "NoError");
        world_unplug(w, 1);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
        done(w);
    }
}

static void lock_that_opens_by_itself_cuts_the_energy(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    world_run(w, MINUTE);
    world_lock(w, 1, false);
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    assert_string_equal(error_of(w, 1), "ConnectorLockFailure");
    assert_string_equal(w->book[0].reason, "Other");
    done(w);
}

static void lock_is_opened_at_power_on(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    world_card(w, 1, "CARD1");
    w->connector[1].locked = true; /* it kept its position */
    w->contactors_survive = true;
    world_cut(w);
    world_settle(w);
    assert_false(w->connector[1].locked);
    end(w);
}

static void cable_that_is_pulled_while_it_is_locked_ends_the_start(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.lock = true});
    w->connector[1].lock_mode = DEVICE_LATE;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_unplug(w, 1);
    world_run(w, 2 * SECOND);
    assert_int_equal(w->book_count, 0);
    assert_false(w->connector[1].locked);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    end(w);
}

/* ---- meter ------------------------------------------------------------------------------- */

/* covers: STATUS-32 STATUS-36 */
static void meter_that_cannot_be_read_prevents_the_transaction_until_it_recovers(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    w->connector[1].meter_dead = true;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "PowerMeterFailure");
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    world_run(w, MINUTE);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    w->connector[1].meter_dead = false;
    world_run(w, 11 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "NoError");
    world_card(w, 1, "CARD1");
    assert_true(w->connector[1].contactor);
    end(w);
}

/* covers: STATUS-18 */
static void meter_that_fails_during_a_transaction_is_a_warning(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_run(w, 5 * MINUTE);
    w->connector[1].meter_dead = true;
    world_forget(w);
    world_run(w, 3 * MINUTE);
    assert_int_equal(world_count(w, "MeterValues"), 0);
    assert_int_equal(world_count(w, "StatusNotification"), 1); /* told once */
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "PowerMeterFailure");
    assert_string_equal(last_text(w, "StatusNotification", "status"), "Charging");
    assert_true(w->connector[1].contactor);
    w->connector[1].meter_dead = false;
    world_run(w, MINUTE);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "NoError");
    assert_true(world_count(w, "MeterValues") > 0);
    world_unplug(w, 1);
    done(w);
}

static void meter_that_fails_at_the_end_leaves_the_last_value(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_run(w, 5 * MINUTE);
    w->connector[1].meter_dead = true;
    world_run(w, 30 * SECOND);
    world_unplug(w, 1);
    assert_true(w->book[0].stopped);
    assert_int_equal(w->book[0].stop_wh - w->book[0].start_wh, 600); /* 7200 W, 5 minutes */
    assert_true(events(w, EVCP_EVENT_HARDWARE) > 0);
    end(w);
}

/* covers: METER-26 */
static void meter_that_goes_back_is_not_believed(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_run(w, 5 * MINUTE + SECOND);
    w->connector[1].meter_odd = true;
    w->connector[1].odd_wh = 12;
    world_forget(w);
    world_run(w, 2 * MINUTE);
    const struct world_call *call = world_next(w, "MeterValues");
    assert_non_null(call);
    const json_t *value = json_array_get(json_object_get(call->payload, "meterValue"), 0);
    const json_t *sample = json_array_get(json_object_get(value, "sampledValue"), 0);
    assert_string_equal(json_string_value(json_object_get(sample, "value")), "2600");
    world_unplug(w, 1);
    assert_int_equal(w->book[0].stop_wh, 2600);
    end(w);
}

static void meter_that_shows_nonsense_counts_as_unreadable(void **state)
{
    (void)state;
    static const int64_t nonsense[] = {-1, INT64_MIN, INT64_MAX, INT64_MAX / 1000 - 1};
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        struct world *w = ready(NULL);
        w->connector[1].meter_odd = true;
        w->connector[1].odd_wh = nonsense[i];
        world_plug(w, 1);
        world_card(w, 1, "CARD1");
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
        assert_string_equal(error_of(w, 1), "PowerMeterFailure");
        end(w);
        w = charging(NULL);
        w->connector[1].meter_odd = true;
        w->connector[1].odd_wh = nonsense[i];
        world_run(w, 2 * MINUTE);
        world_unplug(w, 1);
        assert_int_equal(w->book[0].stop_wh, w->book[0].start_wh);
        end(w);
    }
}

/* covers: TX-03 TX-10 */
static void meter_register_beyond_31_bits_is_told_whole(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    w->connector[1].meter_odd = true;
    w->connector[1].odd_wh = INT64_C(987654321012345);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    w->connector[1].odd_wh++;
    world_unplug(w, 1);
    assert_int_equal(w->book[0].start_wh, INT64_C(987654321012345));
    assert_int_equal(w->book[0].stop_wh, INT64_C(987654321012346));
    end(w);
}

/* ---- faults that the firmware reports ---------------------------------------------------- */

/* covers: STATUS-12 STATUS-36 */
static void fault_in_each_state_of_the_session_leaves_no_energy(void **state)
{
    (void)state;
    for (int stage = 0; stage < 6; stage++) {
        struct world *w = ready(&(struct world_options){.lock = true});
        w->connector[1].lock_mode = stage == 3 ? DEVICE_STUCK : DEVICE_OK;
        w->latency = stage == 2 ? 1000 : 0;
        enum evcp_status after = EVCP_STATUS_AVAILABLE;
        if (stage == 1) { /* waits for the cable */
            world_card(w, 1, "CARD1");
        } else if (stage >= 2) { /* 2: is asked for; 3: is locked; 4: charges; 5: is over */
            world_plug(w, 1);
            world_card(w, 1, "CARD1");
            after = stage >= 4 ? EVCP_STATUS_FINISHING : EVCP_STATUS_PREPARING;
        }
        if (stage == 5) {
            world_card(w, 1, "CARD1");
        }
        world_fault(w, 1, EVCP_ERROR_GROUND_FAILURE, false);
        assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
        assert_false(w->connector[1].contactor);
        world_run(w, TIMEOUT);
        world_card(w, 1, "CARD1");
        assert_false(w->connector[1].contactor);
        assert_int_equal(w->book_count, stage >= 4 ? 1 : 0);
        world_clear(w, 1);
        assert_int_equal(world_status(w, 1), after);
        assert_false(w->connector[1].contactor);
        done(w);
    }
}

/* covers: STATUS-18 */
static void warning_is_reported_and_charging_goes_on(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_fault(w, 1, EVCP_ERROR_HIGH_TEMPERATURE, true);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    assert_true(w->connector[1].contactor);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "HighTemperature");
    assert_string_equal(last_text(w, "StatusNotification", "status"), "Charging");
    world_clear(w, 1);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "NoError");
    end(w);
}

static void warning_does_not_hide_a_fault(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_fault(w, 1, EVCP_ERROR_GROUND_FAILURE, false);
    world_fault(w, 1, EVCP_ERROR_WEAK_SIGNAL, true);
    assert_string_equal(error_of(w, 1), "GroundFailure");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FAULTED);
    end(w);
}

/* covers: STATUS-19 */
static void ev_communication_error_suspends_and_is_told_only_with_a_vehicle(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_fault(w, 1, EVCP_ERROR_EV_COMMUNICATION_ERROR, false);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    assert_string_equal(error_of(w, 1), "NoError");
    world_clear(w, 1);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_fault(w, 1, EVCP_ERROR_EV_COMMUNICATION_ERROR, false);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_SUSPENDED_EVSE);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "EVCommunicationError");
    assert_string_equal(last_text(w, "StatusNotification", "status"), "SuspendedEVSE");
    assert_false(w->connector[1].contactor);
    world_clear(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    assert_true(w->connector[1].contactor);
    assert_int_equal(w->book_count, 1);
    end(w);
}

/* covers: STATUS-03 */
static void fault_of_the_charge_point_stops_every_connector(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.connectors = 2});
    world_plug(w, 2);
    world_fault(w, 0, EVCP_ERROR_INTERNAL_ERROR, false);
    assert_int_equal(world_status(w, 0), EVCP_STATUS_FAULTED);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    assert_int_equal(world_status(w, 2), EVCP_STATUS_PREPARING);
    assert_false(w->connector[1].contactor);
    world_card(w, 2, "CARD1");
    assert_false(w->connector[2].contactor);
    assert_string_equal(
        world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD1\",\"connectorId\":2}"),
        "{\"status\":\"Rejected\"}");
    world_clear(w, 0);
    assert_int_equal(world_status(w, 0), EVCP_STATUS_AVAILABLE);
    world_card(w, 2, "CARD1");
    assert_true(w->connector[2].contactor);
    end(w);
}

static void warning_of_the_charge_point_stops_nothing(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_fault(w, 0, EVCP_ERROR_READER_FAILURE, true);
    assert_true(w->connector[1].contactor);
    assert_int_equal(world_status(w, 0), EVCP_STATUS_AVAILABLE);
    assert_string_equal(last_text(w, "StatusNotification", "errorCode"), "ReaderFailure");
    end(w);
}

/* ---- reports ----------------------------------------------------------------------------- */

static void plug_reported_again_changes_nothing(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_ev(w, 1, EVCP_EV_WAITING);
    assert_false(w->connector[1].contactor);
    world_plug(w, 1);
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_SUSPENDED_EV);
    end(w);
}

static void vehicle_that_was_reported_waiting_before_the_plug_is_not_energized(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_ev(w, 1, EVCP_EV_WAITING);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(w->book_count, 1);
    assert_false(w->connector[1].contactor);
    world_ev(w, 1, EVCP_EV_READY);
    assert_true(w->connector[1].contactor);
    end(w);
}

/* covers: STATUS-27 */
static void supply_of_the_charge_point_pauses_every_connector(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_supply(w, 0, false);
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_SUSPENDED_EVSE);
    world_supply(w, 0, true);
    assert_true(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contactor_that_confirms_late_charges_only_then),
        cmocka_unit_test(contactor_that_does_not_close_is_a_fault_and_ends_the_transaction),
        cmocka_unit_test(contactor_fault_ends_when_the_firmware_clears_it),
        cmocka_unit_test(contactor_that_does_not_open_keeps_the_cable_until_it_opens),
        cmocka_unit_test(contactor_that_opens_by_itself_ends_the_transaction),
        cmocka_unit_test(contactor_that_closes_by_itself_is_told_to_open),
        cmocka_unit_test(contactor_that_is_welded_is_not_told_again_and_again),
        cmocka_unit_test(limit_is_given_before_closing_and_withdrawn_before_opening),
        cmocka_unit_test(limit_is_not_needed),
        cmocka_unit_test(lock_holds_the_cable_from_before_the_start_until_after_the_end),
        cmocka_unit_test(lock_that_is_late_delays_the_transaction),
        cmocka_unit_test(lock_that_does_not_close_prevents_the_transaction),
        cmocka_unit_test(lock_fault_ends_when_the_cable_is_pulled),
        cmocka_unit_test(lock_fault_of_the_firmware_stays_until_it_clears_it),
        cmocka_unit_test(lock_that_closes_too_late_is_opened_again),
        cmocka_unit_test(lock_that_does_not_open_is_a_warning_until_it_opens),
        cmocka_unit_test(lock_that_opens_by_itself_cuts_the_energy),
        cmocka_unit_test(lock_is_opened_at_power_on),
        cmocka_unit_test(cable_that_is_pulled_while_it_is_locked_ends_the_start),
        cmocka_unit_test(meter_that_cannot_be_read_prevents_the_transaction_until_it_recovers),
        cmocka_unit_test(meter_that_fails_during_a_transaction_is_a_warning),
        cmocka_unit_test(meter_that_fails_at_the_end_leaves_the_last_value),
        cmocka_unit_test(meter_that_goes_back_is_not_believed),
        cmocka_unit_test(meter_that_shows_nonsense_counts_as_unreadable),
        cmocka_unit_test(meter_register_beyond_31_bits_is_told_whole),
        cmocka_unit_test(fault_in_each_state_of_the_session_leaves_no_energy),
        cmocka_unit_test(warning_is_reported_and_charging_goes_on),
        cmocka_unit_test(warning_does_not_hide_a_fault),
        cmocka_unit_test(ev_communication_error_suspends_and_is_told_only_with_a_vehicle),
        cmocka_unit_test(fault_of_the_charge_point_stops_every_connector),
        cmocka_unit_test(warning_of_the_charge_point_stops_nothing),
        cmocka_unit_test(plug_reported_again_changes_nothing),
        cmocka_unit_test(vehicle_that_was_reported_waiting_before_the_plug_is_not_energized),
        cmocka_unit_test(supply_of_the_charge_point_pauses_every_connector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
