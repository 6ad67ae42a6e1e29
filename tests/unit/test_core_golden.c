/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transcripts of use cases, byte for byte, in tests/golden/core. They are for reading: what the
 * charge point does, and in which order. EVCP_UPDATE_GOLDEN=1 writes them anew.
 */
#include "core_test.h"

#include <stdio.h>

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void fail_at_difference(const char *path, const char *expected, const char *actual)
{
    int line = 1;
    size_t begin = 0;
    for (size_t i = 0; expected[i] != '\0' && expected[i] == actual[i]; i++) {
        if (expected[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    fail_msg("%s:%d: if that is meant, run with EVCP_UPDATE_GOLDEN=1 and read the diff\n  expected "
             "%.*s\n  actual   %.*s",
             path, line, (int)strcspn(expected + begin, "\n"), expected + begin,
             (int)strcspn(actual + begin, "\n"), actual + begin);
}

typedef void story(struct world *w);

static char *tell(const struct world_options *o, story *play)
{
    char *text = NULL;
    size_t size = 0;
    struct world_options options = *o;
    options.log = open_memstream(&text, &size);
    struct world *w = world_new(&options);
    play(w);
    done(w);
    fclose(options.log);
    return text;
}

static void golden(const char *name, const struct world_options *o, story *play)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/golden/core/%s.txt", EVCP_SOURCE_DIR, name);
    char *actual = tell(o, play);
    if (getenv("EVCP_UPDATE_GOLDEN") != NULL) {
        write_file(path, actual);
    }
    char *expected = read_file(path);
    if (expected == NULL) {
        fail_msg("%s is missing: run with EVCP_UPDATE_GOLDEN=1 and read what it says", path);
    }
    if (strcmp(expected, actual) != 0) {
        fail_at_difference(path, expected, actual);
    }
    free(expected);
    free(actual);
}

static const struct world_options plain = {.connectors = 1, .lock = true};

/* ---- registration
 * --------------------------------------------------------------------------------- */

static void play_cold_boot(struct world *w)
{
    world_network(w, true);
    world_run(w, 10 * SECOND);
}

static void cold_boot(void **state)
{
    (void)state;
    golden("cold_boot", &(struct world_options){.connectors = 2, .cold = true, .no_clock = true},
           play_cold_boot);
}

static void play_boot_pending(struct world *w)
{
    w->boot_status = "Rejected";
    w->boot_interval = 30;
    world_network(w, true);
    world_run(w, 10 * SECOND);
    world_call(w, "GetConfiguration", "{\"key\":[\"NumberOfConnectors\"]}"); /* no answer */
    w->boot_status = "Pending";
    world_run(w, 30 * SECOND);
    world_call(w, "ChangeConfiguration",
               "{\"key\":\"MeterValueSampleInterval\",\"value\":\"300\"}");
    world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD\",\"connectorId\":1}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"StatusNotification\"}");
    w->boot_status = "Accepted";
    w->boot_interval = 600;
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"BootNotification\"}");
    world_run(w, 10 * SECOND);
}

static void boot_pending(void **state)
{
    (void)state;
    golden("boot_pending", &(struct world_options){.connectors = 1, .cold = true},
           play_boot_pending);
}

/* ---- charging
 * ---------------------------------------------------------------------------------------- */

static void play_plug_first(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_plug(w, 1);
    world_run(w, 5 * SECOND);
    world_card(w, 1, "CARD");
    world_run(w, 150 * SECOND);
    world_ev(w, 1, EVCP_EV_WAITING);
    world_run(w, 10 * SECOND);
    world_card(w, 1, "CARD");
    world_run(w, 5 * SECOND);
    world_unplug(w, 1);
    world_run(w, SECOND);
}

static void charging_plug_first(void **state)
{
    (void)state;
    golden("charging_plug_first", &plain, play_plug_first);
}

static void play_card_first(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_card(w, 1, "CARD");
    world_run(w, 5 * SECOND);
    world_plug(w, 1);
    world_run(w, 30 * SECOND);
    world_unplug(w, 1);
    world_run(w, SECOND);
    world_card(w, 1, "CARD"); /* and nobody plugs in */
    world_run(w, 61 * SECOND);
}

static void charging_card_first(void **state)
{
    (void)state;
    golden("charging_card_first", &plain, play_card_first);
}

static void play_remote(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD\",\"connectorId\":1}");
    world_run(w, 10 * SECOND);
    world_plug(w, 1);
    world_run(w, 20 * SECOND);
    world_call(w, "RemoteStopTransaction", "{\"transactionId\":7}");
    world_call(w, "RemoteStopTransaction", "{\"transactionId\":1}");
    world_run(w, 5 * SECOND);
    world_unplug(w, 1);
    world_run(w, SECOND);
}

static void remote_start_and_stop(void **state)
{
    (void)state;
    golden("remote_start_and_stop", &plain, play_remote);
}

static void play_list(struct world *w)
{
    world_tag(w, "VID:0011223344", "Accepted", NULL);
    world_call(w, "GetLocalListVersion", "{}");
    world_call(w, "SendLocalList",
               "{\"listVersion\":1,\"updateType\":\"Full\",\"localAuthorizationList\":[{\"idTag\":"
               "\"VID:0011223344\",\"idTagInfo\":{\"status\":\"Accepted\"}}]}");
    world_call(w, "SendLocalList", "{\"listVersion\":1,\"updateType\":\"Differential\"}");
    world_call(w, "GetLocalListVersion", "{}");
    world_call(w, "ChangeConfiguration", "{\"key\":\"LocalPreAuthorize\",\"value\":\"true\"}");
    world_plug(w, 1);
    world_token(w, 1, EVCP_TOKEN_EVCCID, "VID:0011223344");
    world_run(w, 10 * SECOND);
    world_unplug(w, 1);
    world_run(w, SECOND);
}

static void list_update_and_pre_authorized_start(void **state)
{
    (void)state;
    golden("list_update_and_pre_authorized_start", &plain, play_list);
}

/* ---- without the network
 * -------------------------------------------------------------------------------- */

static void play_offline(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_list(w, 1, "CARD");
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, "STRANGER");
    world_card(w, 1, "CARD");
    world_run(w, 90 * SECOND);
    world_card(w, 1, "CARD");
    world_unplug(w, 1);
    world_run(w, SECOND);
    w->network = true;
    world_run(w, 5 * MINUTE);
}

static void offline_start_and_stop(void **state)
{
    (void)state;
    golden("offline_start_and_stop", &plain, play_offline);
}

static void play_resumed(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD");
    world_run(w, 90 * SECOND);
    world_cut(w);
    world_run(w, 90 * SECOND);
    world_card(w, 1, "CARD");
    world_unplug(w, 1);
    world_run(w, SECOND);
}

static void power_cut_resumed(void **state)
{
    (void)state;
    golden("power_cut_resumed", &plain, play_resumed);
}

static void power_cut_stopped(void **state)
{
    (void)state;
    SETTINGS(s, {"PowerLossPolicy", "Stop"});
    golden("power_cut_stopped",
           &(struct world_options){
               .connectors = 1, .lock = true, .settings = s, .setting_count = settings_of(s)},
           play_resumed);
}

/* ---- the central system's wishes
 * ---------------------------------------------------------------------------- */

static void play_reset(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD");
    world_run(w, 30 * SECOND);
    world_call(w, "Reset", "{\"type\":\"Soft\"}");
    world_run(w, 5 * SECOND);
    assert_int_equal(w->resets, 1);
    world_cut(w);
    world_run(w, 10 * SECOND);
    world_call(w, "Reset", "{\"type\":\"Hard\"}");
    world_run(w, 5 * SECOND);
    assert_int_equal(w->resets, 2);
    world_cut(w);
    world_run(w, 10 * SECOND);
    world_unplug(w, 1);
}

static void reset_soft_and_hard(void **state)
{
    (void)state;
    golden("reset_soft_and_hard", &plain, play_reset);
}

static void play_unlock(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD");
    world_run(w, 30 * SECOND);
    w->connector[1].lock_mode = DEVICE_LATE;
    world_call(w, "UnlockConnector", "{\"connectorId\":1}");
    world_run(w, 5 * SECOND);
    world_unplug(w, 1);
    world_call(w, "UnlockConnector", "{\"connectorId\":2}");
}

static void unlock_connector(void **state)
{
    (void)state;
    golden("unlock_connector", &plain, play_unlock);
}

static void play_availability(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD");
    world_call(w, "ChangeAvailability", "{\"connectorId\":0,\"type\":\"Inoperative\"}");
    world_run(w, 10 * SECOND);
    world_card(w, 1, "CARD");
    world_unplug(w, 1);
    world_run(w, SECOND);
    world_cut(w);
    world_run(w, 10 * SECOND);
    world_call(w, "ChangeAvailability", "{\"connectorId\":0,\"type\":\"Operative\"}");
    world_run(w, SECOND);
}

static void availability(void **state)
{
    (void)state;
    golden("availability", &(struct world_options){.connectors = 2}, play_availability);
}

static void play_triggers(struct world *w)
{
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"Heartbeat\"}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"MeterValues\"}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"StatusNotification\"}");
    world_call(w, "TriggerMessage",
               "{\"requestedMessage\":\"StatusNotification\",\"connectorId\":1}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"MeterValues\",\"connectorId\":9}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"BootNotification\"}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"FirmwareStatusNotification\"}");
}

static void triggers(void **state)
{
    (void)state;
    golden("triggers", &(struct world_options){.connectors = 2, .measure = true}, play_triggers);
}

static void play_invalid(struct world *w)
{
    world_tag(w, "CARD", "Accepted", NULL);
    world_script(w, EVCP__FACT_STARTED,
                 "{\"transactionId\":1,\"idTagInfo\":{\"status\":\"Blocked\"}}");
    world_plug(w, 1);
    world_card(w, 1, "CARD");
    world_run(w, 70 * SECOND);
    world_card(w, 1, "CARD");
    world_unplug(w, 1);
    world_run(w, SECOND);
}

static void invalid_id_ends_the_transaction(void **state)
{
    (void)state;
    golden("invalid_id_ends_the_transaction", &plain, play_invalid);
}

static void invalid_id_keeps_the_transaction(void **state)
{
    (void)state;
    SETTINGS(s, {"StopTransactionOnInvalidId", "false"});
    golden("invalid_id_keeps_the_transaction",
           &(struct world_options){
               .connectors = 1, .lock = true, .settings = s, .setting_count = settings_of(s)},
           play_invalid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cold_boot),
        cmocka_unit_test(boot_pending),
        cmocka_unit_test(charging_plug_first),
        cmocka_unit_test(charging_card_first),
        cmocka_unit_test(remote_start_and_stop),
        cmocka_unit_test(list_update_and_pre_authorized_start),
        cmocka_unit_test(offline_start_and_stop),
        cmocka_unit_test(power_cut_resumed),
        cmocka_unit_test(power_cut_stopped),
        cmocka_unit_test(reset_soft_and_hard),
        cmocka_unit_test(unlock_connector),
        cmocka_unit_test(availability),
        cmocka_unit_test(triggers),
        cmocka_unit_test(invalid_id_ends_the_transaction),
        cmocka_unit_test(invalid_id_keeps_the_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
