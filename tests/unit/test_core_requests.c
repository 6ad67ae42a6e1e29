/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the central system asks for: remote start and stop, TriggerMessage, DataTransfer,
 * configuration (OCPP 1.6 section 5). Reset, UnlockConnector and ChangeAvailability have a file of
 * their own.
 */
#include "core_test.h"

#define ACCEPTED "{\"status\":\"Accepted\"}"
#define REJECTED "{\"status\":\"Rejected\"}"

static struct world *ready(const struct world_options *options)
{
    struct world *w = world_new(options);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_tag(w, "CARD2", "Accepted", NULL);
    world_tag(w, "BLOCKED", "Blocked", NULL);
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

/* ---- remote start -------------------------------------------------------------------------------
 */

static const char *remote_start(struct world *w, const char *tag, int connector)
{
    char payload[96];
    snprintf(payload, sizeof payload, "{\"idTag\":\"%s\",\"connectorId\":%d}", tag, connector);
    return world_call(w, "RemoteStartTransaction", payload);
}

/* covers: REMOTE-01 REMOTE-03 REMOTE-04 */
static void remote_start_of_a_plugged_connector_starts_at_once(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    world_plug(w, 2);
    assert_string_equal(remote_start(w, "CARD1", 2), ACCEPTED);
    assert_true(w->connector[2].contactor);
    assert_int_equal(world_count(w, "Authorize"), 0);
    assert_string_equal(last_text(w, "StartTransaction", "idTag"), "CARD1");
    assert_string_equal(last_text(w, "StartTransaction", "connectorId"), "2");
    end(w);
}

/* covers: REMOTE-01 REMOTE-14 */
static void remote_start_waits_for_the_cable_until_it_times_out(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ConnectionTimeOut", "30");
    assert_string_equal(remote_start(w, "CARD1", 1), ACCEPTED);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    world_run(w, 20 * SECOND);
    world_plug(w, 1);
    assert_int_equal(w->book_count, 1);
    world_unplug(w, 1);
    assert_string_equal(remote_start(w, "CARD1", 1), ACCEPTED);
    world_run(w, 31 * SECOND);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_plug(w, 1);
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 1);
    done(w);
}

/* covers: REMOTE-02 */
static void remote_start_is_authorized_if_the_key_says_so(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "AuthorizeRemoteTxRequests", "true");
    world_plug(w, 1);
    assert_string_equal(remote_start(w, "BLOCKED", 1), ACCEPTED);
    assert_int_equal(world_count(w, "Authorize"), 1);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    assert_false(w->connector[1].contactor);
    assert_string_equal(remote_start(w, "CARD1", 1), ACCEPTED);
    assert_int_equal(world_count(w, "Authorize"), 2);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    end(w);
    w = ready(NULL);
    change(w, "AuthorizeRemoteTxRequests", "true");
    change(w, "LocalPreAuthorize", "true");
    world_list(w, 1, "CARD2");
    world_plug(w, 1);
    assert_string_equal(remote_start(w, "CARD2", 1), ACCEPTED);
    assert_int_equal(world_count(w, "Authorize"), 0);
    assert_true(w->connector[1].contactor);
    end(w);
}

/* covers: REMOTE-05 */
static void remote_start_without_connector_takes_the_plugged_one_or_the_only_one(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    assert_string_equal(world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD1\"}"), REJECTED);
    world_plug(w, 2);
    assert_string_equal(world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD1\"}"), ACCEPTED);
    assert_true(w->connector[2].contactor);
    assert_string_equal(world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD2\"}"), REJECTED);
    end(w);
    w = ready(NULL);
    assert_string_equal(world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD1\"}"), ACCEPTED);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    end(w);
}

/* covers: REMOTE-06 REMOTE-07 AVAIL-07 STATUS-36 */
static void remote_start_is_rejected_where_nothing_can_start(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.connectors = 4});
    world_call(w, "ChangeAvailability", "{\"connectorId\":2,\"type\":\"Inoperative\"}");
    world_fault(w, 3, EVCP_ERROR_GROUND_FAILURE, false);
    world_card(w, 4, "CARD1"); /* Preparing for somebody else */
    static const int connectors[] = {0, 1, 2, 3, 4, 5};
    for (size_t i = 0; i < sizeof connectors / sizeof connectors[0]; i++) {
        const char *reply = remote_start(w, "CARD2", connectors[i]);
        assert_true(strcmp(reply, REJECTED) == 0 || strncmp(reply, "ERROR:", 6) == 0);
    }
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    end(w);
}

static void remote_start_from_finishing_is_a_new_transaction(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    assert_string_equal(remote_start(w, "CARD2", 1), ACCEPTED);
    assert_int_equal(w->book_count, 2);
    assert_string_equal(w->book[1].tag, "CARD2");
    world_unplug(w, 1);
    done(w);
}

/* covers: REMOTE-11 */
static void remote_start_ignores_a_charging_profile(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_plug(w, 1);
    assert_string_equal(world_call(w, "RemoteStartTransaction",
                                   "{\"idTag\":\"CARD1\",\"connectorId\":1,\"chargingProfile\":{"
                                   "\"chargingProfileId\":1,\"stackLevel\":0,"
                                   "\"chargingProfilePurpose\":\"TxProfile\","
                                   "\"chargingProfileKind\":\"Relative\",\"chargingSchedule\":{"
                                   "\"chargingRateUnit\":\"A\",\"chargingSchedulePeriod\":["
                                   "{\"startPeriod\":0,\"limit\":6.0}]}}}"),
                        ACCEPTED);
    assert_true(w->connector[1].contactor);
    end(w);
}

/* ---- remote stop --------------------------------------------------------------------------------
 */

/* covers: REMOTE-12 REMOTE-13 TX-15 TX-11 */
static void remote_stop_ends_what_runs_and_unlocks(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.lock = true});
    assert_string_equal(world_call(w, "RemoteStopTransaction", "{\"transactionId\":7}"), REJECTED);
    assert_true(w->connector[1].contactor);
    assert_string_equal(world_call(w, "RemoteStopTransaction", "{\"transactionId\":1}"), ACCEPTED);
    assert_string_equal(last_text(w, "StopTransaction", "reason"), "Remote");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    assert_false(w->connector[1].locked);
    assert_string_equal(world_call(w, "RemoteStopTransaction", "{\"transactionId\":1}"), REJECTED);
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    done(w);
}

/* ---- TriggerMessage -------------------------------------------------------------------------- */

static const char *trigger(struct world *w, const char *message, int connector)
{
    char payload[96];
    if (connector < 0) {
        snprintf(payload, sizeof payload, "{\"requestedMessage\":\"%s\"}", message);
    } else {
        snprintf(payload, sizeof payload, "{\"requestedMessage\":\"%s\",\"connectorId\":%d}",
                 message, connector);
    }
    world_forget(w);
    return world_call(w, "TriggerMessage", payload);
}

/* covers: TRIG-01 TRIG-02 TRIG-04 TRIG-06 */
static void trigger_of_a_heartbeat(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    assert_string_equal(trigger(w, "Heartbeat", -1), ACCEPTED);
    assert_int_equal(w->reply_after, 0);
    assert_int_equal(world_count(w, "Heartbeat"), 1);
    assert_string_equal(trigger(w, "Heartbeat", 1), ACCEPTED);
    assert_int_equal(world_count(w, "Heartbeat"), 1);
    end(w);
}

/* covers: TRIG-01 TRIG-02 TRIG-04 TRIG-07 TRIG-08 TRIG-14 */
static void trigger_of_a_status(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2});
    assert_string_equal(trigger(w, "StatusNotification", -1), ACCEPTED);
    assert_int_equal(w->reply_after, 0);
    assert_string_equal(statuses_told(w), "0:Available 1:Available 2:Available");
    assert_string_equal(trigger(w, "StatusNotification", 2), ACCEPTED);
    assert_string_equal(statuses_told(w), "2:Available");
    assert_string_equal(trigger(w, "StatusNotification", 0), ACCEPTED);
    assert_string_equal(statuses_told(w), "0:Available");
    assert_string_equal(trigger(w, "StatusNotification", 3), REJECTED);
    assert_string_equal(statuses_told(w), "");
    end(w);
}

static const json_t *first_value(struct world *w)
{
    const struct world_call *c = nth(w, "MeterValues", 0);
    assert_non_null(c);
    return json_array_get(json_object_get(c->payload, "meterValue"), 0);
}

/* covers: TRIG-01 TRIG-02 TRIG-04 TRIG-07 TRIG-09 TRIG-14 METER-28 */
static void trigger_of_meter_values(void **state)
{
    (void)state;
    struct world *w = charging(&(struct world_options){.connectors = 2, .measure = true});
    change(w, "MeterValuesSampledData", "Energy.Active.Import.Register,SoC");
    world_run(w, 30 * SECOND);
    assert_string_equal(trigger(w, "MeterValues", 1), ACCEPTED);
    assert_int_equal(w->reply_after, 0);
    assert_int_equal(world_count(w, "MeterValues"), 1);
    assert_string_equal(last_text(w, "MeterValues", "transactionId"), "1");
    const json_t *samples = json_object_get(first_value(w), "sampledValue");
    assert_int_equal(json_array_size(samples), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(
            json_string_value(json_object_get(json_array_get(samples, i), "context")), "Trigger");
    }
    /* 7200 W, 30 s: as the meter stands now */
    assert_string_equal(json_string_value(json_object_get(json_array_get(samples, 0), "value")),
                        "2060");
    assert_string_equal(trigger(w, "MeterValues", -1), ACCEPTED);
    assert_int_equal(world_count(w, "MeterValues"), 2);
    assert_null(json_object_get(nth(w, "MeterValues", 1)->payload, "transactionId"));
    assert_string_equal(trigger(w, "MeterValues", 3), REJECTED);
    assert_string_equal(trigger(w, "MeterValues", 0), REJECTED); /* no main meter */
    assert_int_equal(world_count(w, "MeterValues"), 0);
    end(w);
}

/* covers: TRIG-02 TRIG-04 METER-18 METER-19 */
static void trigger_of_meter_values_is_accepted_only_if_they_can_be_read(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.main_meter = true});
    assert_string_equal(trigger(w, "MeterValues", 0), ACCEPTED);
    assert_int_equal(world_count(w, "MeterValues"), 1);
    assert_string_equal(last_text(w, "MeterValues", "connectorId"), "0");
    w->connector[1].meter_dead = true;
    assert_string_equal(trigger(w, "MeterValues", 1), REJECTED);
    assert_int_equal(world_count(w, "MeterValues"), 0);
    end(w);
}

/* covers: TRIG-03 TRIG-12 */
static void trigger_of_what_is_not_there(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    assert_string_equal(trigger(w, "FirmwareStatusNotification", -1),
                        "{\"status\":\"NotImplemented\"}");
    assert_string_equal(trigger(w, "DiagnosticsStatusNotification", -1),
                        "{\"status\":\"NotImplemented\"}");
    assert_string_equal(trigger(w, "BootNotification", -1), REJECTED);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "BootNotification"), 0);
    end(w);
}

/* covers: TRIG-13 */
static void trigger_while_pending_is_all_that_is_sent(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.cold = true});
    w->boot_status = "Pending";
    w->boot_interval = 600;
    world_network(w, true);
    world_run(w, 5 * MINUTE); /* the first attempts found no network */
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_PENDING);
    world_forget(w);
    world_plug(w, 1);
    assert_int_equal(w->call_count, 0);
    assert_string_equal(trigger(w, "StatusNotification", 1), ACCEPTED);
    assert_string_equal(statuses_told(w), "1:Preparing");
    assert_string_equal(trigger(w, "Heartbeat", -1), ACCEPTED);
    assert_int_equal(world_count(w, "Heartbeat"), 1);
    assert_string_equal(trigger(w, "MeterValues", 1), ACCEPTED);
    assert_int_equal(world_count(w, "MeterValues"), 1);
    assert_string_equal(trigger(w, "BootNotification", -1), ACCEPTED);
    assert_int_equal(world_count(w, "BootNotification"), 1);
    end(w);
}

/* ---- DataTransfer ---------------------------------------------------------------------------- */

static int vendor(void *user, const char *vendor_id, const char *message_id, const char *data,
                  char *answer, size_t answer_size)
{
    (void)user;
    if (strcmp(vendor_id, "org.example") != 0) {
        return EVCP_ENOENT;
    }
    if (message_id == NULL || strcmp(message_id, "echo") != 0) {
        return EVCP_ESTATE;
    }
    if (data == NULL) {
        return EVCP_EINVAL;
    }
    snprintf(answer, answer_size, "%s!", data);
    return EVCP_OK;
}

/* covers: DT-04 */
static void data_transfer_without_a_vendor_is_unknown(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    assert_string_equal(
        world_call(w, "DataTransfer", "{\"vendorId\":\"org.example\",\"data\":\"x\"}"),
        "{\"status\":\"UnknownVendorId\"}");
    end(w);
}

/* covers: DT-03 DT-04 DT-05 DT-06 */
static void data_transfer_is_the_vendors_to_answer(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *reply;
    } rows[] = {
        {"{\"vendorId\":\"com.other\"}", "{\"status\":\"UnknownVendorId\"}"},
        {"{\"vendorId\":\"org.example\",\"messageId\":\"x\"}", "{\"status\":\"UnknownMessageId\"}"},
        {"{\"vendorId\":\"org.example\"}", "{\"status\":\"UnknownMessageId\"}"},
        {"{\"vendorId\":\"org.example\",\"messageId\":\"echo\"}", "{\"status\":\"Rejected\"}"},
        {"{\"vendorId\":\"org.example\",\"messageId\":\"echo\",\"data\":\"ping\"}",
         "{\"data\":\"ping!\",\"status\":\"Accepted\"}"},
    };
    struct world *w = ready(&(struct world_options){.data_transfer = vendor});
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(world_call(w, "DataTransfer", rows[i].request), rows[i].reply);
    }
    end(w);
}

/* covers: DT-06 */
static void data_transfer_of_any_length_is_survived(void **state)
{
    (void)state;
    static char request[EVCP__DATA_MAX + 256];
    struct world *w = ready(&(struct world_options){.data_transfer = vendor});
    static const size_t sizes[] = {EVCP__DATA_MAX, EVCP__DATA_MAX + 1};
    for (size_t i = 0; i < 2; i++) {
        int at = snprintf(request, sizeof request,
                          "{\"vendorId\":\"org.example\",\"messageId\":\"echo\",\"data\":\"");
        memset(request + at, 'x', sizes[i]);
        snprintf(request + at + sizes[i], sizeof request - (size_t)at - sizes[i], "\"}");
        const char *reply = world_call(w, "DataTransfer", request);
        if (i == 0) {
            assert_non_null(strstr(reply, "Accepted"));
        } else {
            assert_string_equal(reply, REJECTED);
        }
    }
    end(w);
}

/* covers: DT-01 */
static void actions_are_only_those_of_the_standard(void **state)
{
    (void)state;
    struct world *w = charging(NULL);
    world_run(w, 2 * HOUR);
    world_unplug(w, 1);
    for (size_t i = 0; i < w->call_count; i++) { /* also: the world checks each by its schema */
        static const char *const known[] = {
            "BootNotification", "Heartbeat",   "StatusNotification", "Authorize",
            "StartTransaction", "MeterValues", "StopTransaction"};
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            found = found || strcmp(w->calls[i].action, known[k]) == 0;
        }
        assert_true(found);
    }
    done(w);
}

/* ---- configuration --------------------------------------------------------------------------- */

/* covers: CONF-06 CONF-22 */
static void change_is_effective_at_once_and_survives(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "HeartbeatInterval", "40");
    world_forget(w);
    world_run(w, 2 * MINUTE);
    assert_int_equal(world_count(w, "Heartbeat"), 3);
    unsigned handed = w->net_settings;
    change(w, "WebSocketPingInterval", "33");
    assert_int_equal(w->net_settings, handed + 1);
    world_cut(w);
    world_run(w, MINUTE);
    assert_string_equal(world_setting(w, "WebSocketPingInterval"), "33");
    end(w);
}

/* covers: CONF-08 CONF-09 CONF-12 */
static void change_of_nonsense_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *reply;
    } rows[] = {
        {"NoSuchKey", "1", "{\"status\":\"NotSupported\"}"},
        {"NumberOfConnectors", "7", "{\"status\":\"Rejected\"}"},
        {"MeterValueSampleInterval", "-1", "{\"status\":\"Rejected\"}"},
        {"MeterValueSampleInterval", "1.5", "{\"status\":\"Rejected\"}"},
        {"MeterValueSampleInterval", "", "{\"status\":\"Rejected\"}"},
        {"LocalPreAuthorize", "maybe", "{\"status\":\"Rejected\"}"},
        {"meterVALUEsampleinterval", "61", "{\"status\":\"Accepted\"}"},
    };
    struct world *w = ready(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char payload[160];
        snprintf(payload, sizeof payload, "{\"key\":\"%s\",\"value\":\"%s\"}", rows[i].key,
                 rows[i].value);
        assert_string_equal(world_setting(w, "MeterValueSampleInterval"), "60");
        assert_string_equal(world_call(w, "ChangeConfiguration", payload), rows[i].reply);
    }
    assert_string_equal(world_setting(w, "MeterValueSampleInterval"), "61");
    end(w);
}

/* covers: CONF-01 CONF-02 CONF-03 CONF-04 CONF-15 CONF-19 */
static void get_answers_what_is_asked(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 3});
    assert_string_equal(
        world_call(w, "GetConfiguration",
                   "{\"key\":[\"NumberOfConnectors\",\"NoSuchKey\",\"localpreauthorize\"]}"),
        "{\"configurationKey\":[{\"key\":\"NumberOfConnectors\",\"readonly\":true,"
        "\"value\":\"3\"},{\"key\":\"LocalPreAuthorize\",\"readonly\":false,"
        "\"value\":\"false\"}],\"unknownKey\":[\"NoSuchKey\"]}");
    json_t *all = json_loads(world_call(w, "GetConfiguration", "{}"), 0, NULL);
    json_t *empty = json_loads(world_call(w, "GetConfiguration", "{\"key\":[]}"), 0, NULL);
    assert_true(json_equal(all, empty));
    assert_true(json_array_size(json_object_get(all, "configurationKey")) > 40);
    assert_null(json_object_get(all, "unknownKey"));
    assert_string_equal(world_setting(w, "SupportedFeatureProfiles"),
                        "Core,LocalAuthListManagement,RemoteTrigger");
    json_decref(all);
    json_decref(empty);
    end(w);
}

/* covers: CONF-18 */
static void connectors_are_numbered_without_gaps(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.connectors = 3});
    assert_string_equal(statuses_told(w), "0:Available 1:Available 2:Available 3:Available");
    assert_string_equal(world_setting(w, "NumberOfConnectors"), "3");
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remote_start_of_a_plugged_connector_starts_at_once),
        cmocka_unit_test(remote_start_waits_for_the_cable_until_it_times_out),
        cmocka_unit_test(remote_start_is_authorized_if_the_key_says_so),
        cmocka_unit_test(remote_start_without_connector_takes_the_plugged_one_or_the_only_one),
        cmocka_unit_test(remote_start_is_rejected_where_nothing_can_start),
        cmocka_unit_test(remote_start_from_finishing_is_a_new_transaction),
        cmocka_unit_test(remote_start_ignores_a_charging_profile),
        cmocka_unit_test(remote_stop_ends_what_runs_and_unlocks),
        cmocka_unit_test(trigger_of_a_heartbeat),
        cmocka_unit_test(trigger_of_a_status),
        cmocka_unit_test(trigger_of_meter_values),
        cmocka_unit_test(trigger_of_meter_values_is_accepted_only_if_they_can_be_read),
        cmocka_unit_test(trigger_of_what_is_not_there),
        cmocka_unit_test(trigger_while_pending_is_all_that_is_sent),
        cmocka_unit_test(data_transfer_without_a_vendor_is_unknown),
        cmocka_unit_test(data_transfer_is_the_vendors_to_answer),
        cmocka_unit_test(data_transfer_of_any_length_is_survived),
        cmocka_unit_test(actions_are_only_those_of_the_standard),
        cmocka_unit_test(change_is_effective_at_once_and_survives),
        cmocka_unit_test(change_of_nonsense_is_refused_and_changes_nothing),
        cmocka_unit_test(get_answers_what_is_asked),
        cmocka_unit_test(connectors_are_numbered_without_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
