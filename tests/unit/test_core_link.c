/* SPDX-License-Identifier: Apache-2.0 */
/* The link: dialling, registration, heartbeat, calls one at a time (OCPP 1.6 4.2, 4.6; OCPP-J 4).
 */
#include "core_test.h"

#include "../support/world_private.h"

#include "../../lib/protocol/datetime.h"

static int64_t time_of(const struct world_call *call, const char *member)
{
    int64_t ms = 0;
    assert_non_null(call);
    assert_true(evcp__datetime_parse(world_text(call, member), &ms));
    return ms;
}

/* Not registered yet; the network came up right after the first attempt. */
static struct world *cold(struct world_options *o)
{
    o->cold = true;
    struct world *w = world_new(o);
    w->network = true;
    return w;
}

/* Runs until `ms` after the CALL. */
static void run_until(struct world *w, uint64_t call_at, uint64_t ms)
{
    world_run(w, call_at + ms - w->mono);
}

/* ---- dialling ---------------------------------------------------------------------------- */

/* covers: WS-01 OFFLINE-01 */
static void link_dials_by_itself_at_power_on(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.cold = true});
    assert_int_equal(w->dials, 1);
    assert_int_equal(w->dial_at[0], 0);
    end(w);
}

/* covers: WS-09 */
static void link_backs_off_and_never_gives_up(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.cold = true});
    world_run(w, HOUR);
    assert_in_range(w->dials, 12, 60); /* cap 300 s with full jitter: 150 s in the mean */
    for (size_t i = 1; i < w->dials; i++) {
        assert_in_range(w->dial_at[i] - w->dial_at[i - 1], 500, 300 * SECOND);
    }
    world_forget(w);
    world_run(w, 24 * HOUR);
    assert_in_range(w->dials, 12 * 24, 24 * 60);
    w->network = true;
    world_run(w, 301 * SECOND);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    end(w);
}

static void link_forbidden_by_the_firmware_stays_down(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_allow(w, false);
    world_forget(w);
    world_run(w, HOUR);
    assert_int_equal(w->dials, 0);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_DOWN);
    world_allow(w, true);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    end(w);
}

/* covers: WS-09 */
static void link_that_comes_up_when_it_was_given_up_already_does_not_end_the_dialling(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct evcp__event late = {.kind = EVCP__EV_CONNECTED};
    w->network = false;
    world_drop(w);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_DOWN);
    world__step(w, &late);
    w->network = true;
    world_run(w, 301 * SECOND);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    end(w);
}

/* covers: WS-16 WS-17 */
static void link_that_comes_back_sends_no_boot_notification(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_forget(w);
    world_drop(w);
    world_run(w, MINUTE);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    assert_int_equal(world_count(w, "BootNotification"), 0);
    assert_int_equal(world_count(w, "StatusNotification"), 0);
    world_forget(w);
    world_run(w, 24 * HOUR);
    assert_int_equal(w->dials, 0); /* nobody hung up */
    world_call(w, "GetConfiguration", "{\"key\":[\"HeartbeatInterval\"]}");
    assert_non_null(strstr(w->reply, "3600"));
    end(w);
}

/* ---- registration ------------------------------------------------------------------------ */

/* covers: BOOT-01 BOOT-02 OFFLINE-19 */
static void boot_sends_nothing_but_its_notification_until_it_is_answered(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", NULL);
    world_list(w, 1, "A");
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 5 * MINUTE);
    world_card(w, 1, "A");
    world_cut(w);
    assert_true(evcp__core_outbox_count(w->core) >= 2);
    world_forget(w);
    w->silent = true;
    world_network(w, true);
    world_unplug(w, 1);
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 10 * MINUTE);
    assert_true(world_count(w, "BootNotification") >= 5);
    assert_int_equal(w->call_count, world_count(w, "BootNotification"));
    w->silent = false;
    world_run(w, 5 * MINUTE);
    assert_int_equal(w->book_count, 2);
    world_unplug(w, 1);
    done(w);
}

/* covers: BOOT-03 HB-01 */
static void boot_interval_becomes_the_heartbeat_interval(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_interval = 7;
    world_run(w, MINUTE);
    assert_string_equal(world_setting(w, "HeartbeatInterval"), "7");
    assert_true(world_count(w, "Heartbeat") >= 6);
    for (size_t i = 1; i < world_count(w, "Heartbeat"); i++) {
        assert_int_equal(nth(w, "Heartbeat", i)->at - nth(w, "Heartbeat", i - 1)->at, 7 * SECOND);
    }
    world_cut(w);
    assert_string_equal(world_setting(w, "HeartbeatInterval"), "7");
    end(w);
}

static void boot_interval_0_with_accepted_keeps_the_heartbeat_interval(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_interval = 0;
    world_run(w, MINUTE);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    assert_string_equal(world_setting(w, "HeartbeatInterval"), "3600");
    end(w);
}

/* covers: BOOT-04 */
static void boot_answer_sets_the_clock(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->wall_skew = -3600000; /* an hour late */
    world_cut(w);
    world_run(w, MINUTE);
    int64_t told = time_of(nth(w, "StatusNotification", 0), "timestamp");
    assert_int_equal(told, w->utc0 + (int64_t)nth(w, "StatusNotification", 0)->at);
    assert_int_equal(w->clock_set_ms, told);
    assert_int_equal(events(w, EVCP_EVENT_CLOCK), 1);
    end(w);
}

/* covers: BOOT-05 BOOT-06 BOOT-11 BOOT-13 */
static void boot_pending_waits_for_the_interval_and_sends_nothing_unasked(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_status = "Pending";
    w->boot_interval = 100;
    world_run(w, 10 * MINUTE);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_PENDING);
    for (size_t i = 1; i < world_count(w, "BootNotification"); i++) {
        assert_int_equal(w->calls[i].at - w->calls[i - 1].at, 100 * SECOND);
    }
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_unplug(w, 1);
    world_run(w, 10 * MINUTE);
    assert_int_equal(w->call_count, world_count(w, "BootNotification"));
    assert_int_equal(w->dials, 2); /* the connection is the same one */
    w->boot_status = "Accepted";
    world_run(w, 100 * SECOND);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    end(w);
}

/* covers: BOOT-06 BOOT-13 */
static void boot_pending_sends_what_was_triggered(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_status = "Pending";
    w->boot_interval = 300;
    world_run(w, MINUTE);
    world_forget(w);
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"BootNotification\"}");
    assert_string_equal(w->reply, "{\"status\":\"Accepted\"}");
    world_call(w, "TriggerMessage",
               "{\"requestedMessage\":\"StatusNotification\",\"connectorId\":1}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"Heartbeat\"}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"MeterValues\",\"connectorId\":1}");
    assert_int_equal(w->call_count, 4);
    assert_string_equal(w->calls[0].action, "BootNotification");
    assert_string_equal(w->calls[1].action, "StatusNotification");
    assert_string_equal(w->calls[2].action, "Heartbeat");
    assert_string_equal(w->calls[3].action, "MeterValues");
    world_forget(w);
    world_run(w, 299 * SECOND); /* the triggered one began a new interval */
    assert_int_equal(w->call_count, 0);
    world_run(w, SECOND);
    assert_int_equal(world_count(w, "BootNotification"), 1);
    end(w);
}

/* covers: BOOT-12 BOOT-14 */
static void boot_pending_answers_but_starts_nothing(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_status = "Pending";
    world_run(w, MINUTE);
    world_plug(w, 1);
    change(w, "MeterValueSampleInterval", "30");
    world_call(w, "GetConfiguration", "{\"key\":[\"MeterValueSampleInterval\"]}");
    assert_non_null(strstr(w->reply, "\"30\""));
    world_call(w, "RemoteStartTransaction", "{\"idTag\":\"A\",\"connectorId\":1}");
    assert_string_equal(w->reply, "{\"status\":\"Rejected\"}");
    world_call(w, "RemoteStopTransaction", "{\"transactionId\":1}");
    assert_string_equal(w->reply, "{\"status\":\"Rejected\"}");
    assert_false(w->connector[1].contactor);
    end(w);
}

/* covers: BOOT-05 BOOT-08 BOOT-09 BOOT-10 */
static void boot_rejected_is_silent_until_the_interval_is_over(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_status = "Rejected";
    w->boot_interval = 200;
    world_run(w, MINUTE);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_REJECTED);
    uint64_t at = w->calls[0].at;
    world_forget(w);
    assert_string_equal(world_call(w, "GetConfiguration", "{}"), "");
    assert_string_equal(
        world_call(w, "TriggerMessage", "{\"requestedMessage\":\"BootNotification\"}"), "");
    assert_string_equal(world_call(w, "Reset", "{\"type\":\"Hard\"}"), "");
    world_plug(w, 1);
    world_card(w, 1, "A");
    run_until(w, at, 199 * SECOND);
    assert_int_equal(w->call_count, 0);
    assert_int_equal(w->resets, 0);
    world_run(w, SECOND);
    assert_int_equal(world_count(w, "BootNotification"), 1);
    end(w);
}

/* covers: BOOT-07 */
static void boot_interval_0_with_rejected_is_an_own_wait(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_status = "Rejected";
    w->boot_interval = 0;
    world_run(w, MINUTE);
    run_until(w, w->calls[0].at, 10 * MINUTE);
    assert_int_equal(world_count(w, "BootNotification"), 21); /* every 30 s */
    end(w);
}

/* covers: BOOT-05 BOOT-06 */
static void boot_interval_outlives_a_lost_connection(void **state)
{
    (void)state;
    static const char *const answers[] = {"Pending", "Rejected"};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = cold(&(struct world_options){0});
        w->boot_status = answers[i];
        w->boot_interval = 600;
        world_run(w, MINUTE);
        uint64_t first = w->calls[0].at;
        for (int k = 0; k < 5; k++) {
            world_drop(w);
            world_run(w, 20 * SECOND);
        }
        assert_int_equal(w->call_count, 1);
        assert_int_equal(evcp__core_link(w->core), i == 0 ? EVCP_LINK_PENDING : EVCP_LINK_REJECTED);
        world_run(w, 600 * SECOND);
        assert_int_equal(w->call_count, 2);
        assert_true(w->calls[1].at - first >= 600 * SECOND);
        end(w);
    }
}

/* covers: BOOT-13 */
static void boot_pending_sends_what_was_triggered_also_on_a_new_connection(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    w->boot_status = "Pending";
    w->boot_interval = 600;
    world_run(w, MINUTE);
    world_drop(w);
    world_run(w, MINUTE);
    world_forget(w);
    world_call(w, "TriggerMessage",
               "{\"requestedMessage\":\"StatusNotification\",\"connectorId\":1}");
    assert_string_equal(w->reply, "{\"status\":\"Accepted\"}");
    assert_int_equal(w->call_count, 1);
    assert_string_equal(w->calls[0].action, "StatusNotification");
    end(w);
}

/* covers: BOOT-21 RPC-03 */
static void boot_that_is_not_answered_is_repeated_after_a_pause(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){0});
    world_script(w, EVCP__FACT_BOOT, "ERROR:InternalError");
    world_script(w, EVCP__FACT_BOOT, "SILENCE");
    world_script(w, EVCP__FACT_BOOT, "{\"status\":\"Perhaps\"}");
    world_run(w, 5 * MINUTE);
    assert_int_equal(world_count(w, "BootNotification"), 4);
    assert_int_equal(w->calls[1].at - w->calls[0].at, 30 * SECOND);
    assert_int_equal(w->calls[2].at - w->calls[1].at, 60 * SECOND); /* timeout, then the pause */
    assert_int_equal(w->calls[3].at - w->calls[2].at, 30 * SECOND);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    end(w);
}

/* covers: BOOT-16 */
static void boot_never_accepted_means_no_energy(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.cold = true});
    world_plug(w, 1);
    world_card(w, 1, "A");
    assert_false(world_decision(w)->accepted);
    assert_int_equal(world_decision(w)->reason, EVCP_BY_NOT_REGISTERED);
    assert_false(w->connector[1].contactor);
    end(w);
}

/* covers: BOOT-15 BOOT-17 OFFLINE-20 */
static void boot_setting_allows_transactions_before_it(void **state)
{
    (void)state;
    SETTINGS(s, {"PreBootTransactions", "true"}, {"AllowOfflineTxForUnknownId", "true"});
    struct world *w = cold(
        &(struct world_options){.no_clock = true, .settings = s, .setting_count = settings_of(s)});
    world_tag(w, "A", "Accepted", NULL);
    w->boot_status = "Pending";
    w->boot_interval = 600;
    world_run(w, MINUTE);
    world_plug(w, 1);
    world_card(w, 1, "A");
    assert_true(w->connector[1].contactor);
    int64_t begin = world_utc(w);
    world_run(w, 2 * MINUTE);
    world_card(w, 1, "A");
    int64_t finish = world_utc(w);
    assert_int_equal(w->call_count, 1);
    w->boot_status = "Accepted";
    world_run(w, 10 * MINUTE);
    assert_int_equal(w->book_count, 1);
    assert_int_equal(w->book[0].start_ms, begin); /* the time was not known then */
    assert_int_equal(w->book[0].stop_ms, finish);
    done(w);
}

/* covers: BOOT-22 */
static void boot_acceptance_is_followed_by_the_real_states(void **state)
{
    (void)state;
    struct world *w = cold(&(struct world_options){.connectors = 2});
    world_plug(w, 2);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StatusNotification"), 3);
    assert_string_equal(world_text(nth(w, "StatusNotification", 0), "connectorId"), "0");
    assert_string_equal(world_text(nth(w, "StatusNotification", 0), "status"), "Available");
    assert_string_equal(world_text(nth(w, "StatusNotification", 1), "status"), "Available");
    assert_string_equal(world_text(nth(w, "StatusNotification", 2), "status"), "Preparing");
    end(w);
}

/* covers: BOOT-18 BOOT-20 */
static void boot_notification_has_what_is_configured_and_nothing_else(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    const struct world_call *boot = nth(w, "BootNotification", 0);
    assert_int_equal(json_object_size(boot->payload), 3);
    assert_string_equal(world_text(boot, "chargePointVendor"), "Vendor");
    assert_string_equal(world_text(boot, "chargePointModel"), "Model");
    assert_string_equal(world_text(boot, "firmwareVersion"), "1.0");
    end(w);
}

/* covers: RPC-40 */
static void boot_again_after_security_error(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 30 * SECOND);
    world_forget(w);
    world_script(w, EVCP__FACT_UPDATED, "ERROR:SecurityError");
    world_run(w, 31 * SECOND); /* a sample is due */
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_BOOTING);
    world_plug(w, 1);
    world_supply(w, 1, false);
    size_t calls = w->call_count;
    world_run(w, 20 * SECOND);
    assert_int_equal(w->call_count, calls); /* nothing before it is registered */
    world_run(w, 2 * MINUTE);
    assert_string_equal(w->calls[calls].action, "BootNotification");
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    assert_true(w->connector[1].plugged);
    world_card(w, 1, "A");
    world_run(w, MINUTE);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), 0);
    done(w);
}

/* ---- heartbeat --------------------------------------------------------------------------- */

/* covers: HB-02 */
static void heartbeat_is_skipped_while_something_else_is_said(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", NULL);
    change(w, "HeartbeatInterval", "10");
    change(w, "MeterValueSampleInterval", "5");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_forget(w);
    world_run(w, 10 * MINUTE);
    assert_int_equal(world_count(w, "Heartbeat"), 0);
    assert_int_equal(world_count(w, "MeterValues"), 120);
    world_card(w, 1, "A");
    world_forget(w);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "Heartbeat"), 6);
    done(w);
}

/* covers: HB-03 */
static void heartbeat_answer_sets_the_clock(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    change(w, "HeartbeatInterval", "60");
    w->utc0 += 90000; /* the central system finds out that it is later */
    w->wall_skew = -90000;
    world_plug(w, 1);
    assert_int_equal(time_of(nth(w, "StatusNotification", 2), "timestamp"), world_utc(w) - 90000);
    world_run(w, 61 * SECOND);
    world_forget(w);
    world_unplug(w, 1);
    assert_int_equal(time_of(nth(w, "StatusNotification", 0), "timestamp"), world_utc(w));
    end(w);
}

/* covers: HB-04 */
static void heartbeat_is_sent_once_a_day_whatever_the_traffic(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "A"); /* a sample every minute, HeartbeatInterval is an hour */
    world_forget(w);
    world_run(w, 72 * HOUR + MINUTE);
    assert_int_equal(world_count(w, "Heartbeat"), 3);
    world_card(w, 1, "A");
    done(w);
}

/* covers: HB-05 */
static void heartbeat_interval_can_be_changed(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_call(w, "GetConfiguration", "{\"key\":[\"HeartbeatInterval\"]}");
    assert_non_null(strstr(w->reply, "\"readonly\":false"));
    change(w, "HeartbeatInterval", "5");
    world_forget(w);
    world_run(w, 20 * SECOND);
    assert_int_equal(world_count(w, "Heartbeat"), 4);
    end(w);
}

/* ---- calls
 * ------------------------------------------------------------------------------------------------
 */

/* covers: RPC-01 RPC-02 */
static void calls_wait_for_each_other_but_requests_are_answered(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.connectors = 2});
    w->silent = true;
    world_forget(w);
    world_plug(w, 1);
    world_plug(w, 2);
    world_run(w, 29 * SECOND);
    assert_int_equal(w->call_count, 1);
    world_call(w, "GetConfiguration", "{\"key\":[\"NumberOfConnectors\"]}");
    assert_non_null(strstr(w->reply, "\"2\""));
    world_run(w, 2 * SECOND);
    assert_int_equal(w->call_count, 2);
    end(w);
}

/* covers: RPC-03 */
static void calls_time_out_after_message_timeout(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    change(w, "MessageTimeout", "5");
    w->silent = true;
    world_forget(w);
    world_plug(w, 1);
    world_unplug(w, 1);
    world_run(w, 10 * SECOND);
    assert_int_equal(w->call_count, 2);
    assert_int_equal(w->calls[1].at - w->calls[0].at, 5 * SECOND);
    end(w);
}

/* covers: RPC-33 */
static void calls_drop_an_answer_that_is_late(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    change(w, "HeartbeatInterval", "60");
    w->latency = 45 * SECOND; /* MessageTimeout is 30 s */
    world_forget(w);
    world_run(w, 61 * SECOND);
    assert_int_equal(world_count(w, "Heartbeat"), 1);
    w->utc0 += 3600000;
    w->wall_skew = -3600000;
    w->latency = 0;
    world_run(w, 50 * SECOND); /* the answer of before arrives and is no news */
    assert_int_equal(events(w, EVCP_EVENT_CLOCK), 0);
    world_run(w, MINUTE);
    assert_int_equal(events(w, EVCP_EVENT_CLOCK), 1);
    end(w);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* covers: RPC-08 RPC-11 */
static void calls_have_ids_that_never_repeat(void **state)
{
    (void)state;
    enum { MOST = 2000 };
    static char ids[MOST][EVCP__MESSAGE_ID_MAX + 1];
    size_t n = 0;
    struct world *w = world_new(&(struct world_options){.connectors = 2});
    world_tag(w, "A", "Accepted", NULL);
    for (int round = 0; round < 20; round++) {
        if (round % 5 == 4) {
            evcp__mem_fail_commit(w->db, 1, EVCP_ESTORE); /* the core is loaded again */
        }
        world_plug(w, 1);
        world_card(w, 1, "A");
        world_run(w, 3 * MINUTE);
        if (round % 3 == 1) {
            world_drop(w);
        }
        world_unplug(w, 1);
        world_run(w, 6 * MINUTE);
        for (size_t i = 0; i < w->call_count && n < MOST; i++) {
            assert_true(strlen(w->calls[i].id) <= 36);
            memcpy(ids[n++], w->calls[i].id, sizeof ids[0]);
        }
        world_forget(w);
        if (round % 4 == 2) {
            world_cut(w);
        }
    }
    assert_in_range(n, 150, MOST - 1);
    assert_int_equal(w->book_count, 16); /* a failed commit is a start that never was */
    qsort(ids, n, sizeof ids[0], compare_ids);
    for (size_t i = 1; i < n; i++) {
        assert_string_not_equal(ids[i], ids[i - 1]);
    }
    done(w);
}

/* A heartbeat that is due while an UnlockConnector waits for its lock must not spin. */
static void calls_go_on_while_an_unlock_waits(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.lock = true});
    change(w, "HeartbeatInterval", "2");
    change(w, "ContactorTimeout", "10");
    w->connector[1].lock_mode = DEVICE_STUCK;
    world_forget(w);
    world_call(w, "UnlockConnector", "{\"connectorId\":1}");
    assert_string_equal(w->reply, "");
    world_run(w, 9 * SECOND);
    assert_int_equal(world_count(w, "Heartbeat"), 4);
    world_run(w, 2 * SECOND);
    assert_string_equal(w->reply, "{\"status\":\"UnlockFailed\"}");
    end(w);
}

/* ---- statuses and the connection --------------------------------------------------------- */

/* covers: OFFLINE-12 */
static void status_on_the_way_when_the_link_was_lost_is_told_again(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    w->latency = 2 * SECOND;
    world_plug(w, 1);
    world_drop(w); /* Preparing was sent, nobody knows whether it arrived */
    world_unplug(w, 1);
    world_forget(w);
    w->latency = 0;
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StatusNotification"), 1);
    assert_string_equal(last_text(w, "StatusNotification", "status"), "Available");
    end(w);
}

static void status_that_did_not_change_over_a_lost_link_is_not_told(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.connectors = 2});
    world_network(w, false);
    world_plug(w, 1);
    world_unplug(w, 1);
    world_plug(w, 2);
    world_forget(w);
    world_network(w, true);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StatusNotification"), 1);
    assert_string_equal(last_text(w, "StatusNotification", "connectorId"), "2");
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_dials_by_itself_at_power_on),
        cmocka_unit_test(link_backs_off_and_never_gives_up),
        cmocka_unit_test(link_forbidden_by_the_firmware_stays_down),
        cmocka_unit_test(link_that_comes_up_when_it_was_given_up_already_does_not_end_the_dialling),
        cmocka_unit_test(link_that_comes_back_sends_no_boot_notification),
        cmocka_unit_test(boot_sends_nothing_but_its_notification_until_it_is_answered),
        cmocka_unit_test(boot_interval_becomes_the_heartbeat_interval),
        cmocka_unit_test(boot_interval_0_with_accepted_keeps_the_heartbeat_interval),
        cmocka_unit_test(boot_answer_sets_the_clock),
        cmocka_unit_test(boot_pending_waits_for_the_interval_and_sends_nothing_unasked),
        cmocka_unit_test(boot_pending_sends_what_was_triggered),
        cmocka_unit_test(boot_pending_answers_but_starts_nothing),
        cmocka_unit_test(boot_rejected_is_silent_until_the_interval_is_over),
        cmocka_unit_test(boot_interval_0_with_rejected_is_an_own_wait),
        cmocka_unit_test(boot_interval_outlives_a_lost_connection),
        cmocka_unit_test(boot_pending_sends_what_was_triggered_also_on_a_new_connection),
        cmocka_unit_test(boot_that_is_not_answered_is_repeated_after_a_pause),
        cmocka_unit_test(boot_never_accepted_means_no_energy),
        cmocka_unit_test(boot_setting_allows_transactions_before_it),
        cmocka_unit_test(boot_acceptance_is_followed_by_the_real_states),
        cmocka_unit_test(boot_notification_has_what_is_configured_and_nothing_else),
        cmocka_unit_test(boot_again_after_security_error),
        cmocka_unit_test(heartbeat_is_skipped_while_something_else_is_said),
        cmocka_unit_test(heartbeat_answer_sets_the_clock),
        cmocka_unit_test(heartbeat_is_sent_once_a_day_whatever_the_traffic),
        cmocka_unit_test(heartbeat_interval_can_be_changed),
        cmocka_unit_test(calls_wait_for_each_other_but_requests_are_answered),
        cmocka_unit_test(calls_time_out_after_message_timeout),
        cmocka_unit_test(calls_drop_an_answer_that_is_late),
        cmocka_unit_test(calls_have_ids_that_never_repeat),
        cmocka_unit_test(calls_go_on_while_an_unlock_waits),
        cmocka_unit_test(status_on_the_way_when_the_link_was_lost_is_told_again),
        cmocka_unit_test(status_that_did_not_change_over_a_lost_link_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
