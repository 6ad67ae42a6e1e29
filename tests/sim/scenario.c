/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios: each is a day that the promises have to survive, wherever it is cut. */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60000u

static const struct evcp_setting fast[] = {
    {"BackOffBase", "1"},
    {"TransactionMessageRetryInterval", "1"},
    {"TransactionMessageAttempts", "50"},
    {"MeterValueSampleInterval", "60"},
    {"StopTxnSampledData", "Energy.Active.Import.Register"},
};
#define FAST .settings = fast, .setting_count = sizeof fast / sizeof fast[0]

static const struct evcp_setting stopping[] = {
    {"BackOffBase", "1"},
    {"TransactionMessageRetryInterval", "1"},
    {"TransactionMessageAttempts", "50"},
    {"PowerLossPolicy", "Stop"},
};

static void tags(struct world *w)
{
    world_tag(w, "CARD1", "Accepted", "FLEET");
    world_tag(w, "CARD2", "Accepted", "FLEET");
    world_tag(w, "VID:001122334455", "Accepted", NULL);
    world_tag(w, "BLOCKED", "Blocked", NULL);
}

static void offline_vehicle(struct world *w)
{
    tags(w);
    world_list(w, 1, "CARD1,VID:001122334455");
    world_network(w, false);
    world_plug(w, 1);
    world_token(w, 1, EVCP_TOKEN_EVCCID, "VID:001122334455");
    world_run(w, 10 * MINUTE);
    world_unplug(w, 1);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, 5 * MINUTE);
    world_card(w, 1, "CARD1");
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 5 * MINUTE);
}

static void online_cards(struct world *w)
{
    tags(w);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_card(w, 2, "CARD2");
    world_run(w, MINUTE / 2);
    world_plug(w, 2);
    world_run(w, 3 * MINUTE);
    world_card(w, 1, "CARD2"); /* same group */
    world_unplug(w, 1);
    world_card(w, 2, "BLOCKED");
    world_run(w, 2 * MINUTE);
    world_ev(w, 2, EVCP_EV_WAITING);
    world_run(w, 2 * MINUTE);
    world_ev(w, 2, EVCP_EV_READY);
    world_run(w, 2 * MINUTE);
    world_unplug(w, 2);
    world_run(w, MINUTE);
}

/* The list that was acknowledged last, or the one whose answer a cut swallowed. */
static void expect_version(struct world *w, int a, int b)
{
    char one[32];
    char two[32];
    snprintf(one, sizeof one, "{\"listVersion\":%d}", a);
    snprintf(two, sizeof two, "{\"listVersion\":%d}", b);
    world_run(w, MINUTE); /* after a cut the station has to come back first */
    const char *reply = world_call(w, "GetLocalListVersion", "{}");
    if (strcmp(reply, one) != 0 && strcmp(reply, two) != 0 && reply[0] != '\0' &&
        w->violation[0] == '\0') {
        snprintf(w->violation, sizeof w->violation, "list is %s, not %s or %s", reply, one, two);
    }
}

static void one_list(struct world *w, int version, const char *list, int *acknowledged)
{
    bool accepted = strcmp(world_list(w, version, list), "{\"status\":\"Accepted\"}") == 0;
    expect_version(w, accepted ? version : *acknowledged, version);
    *acknowledged = accepted ? version : *acknowledged;
}

static void lists(struct world *w)
{
    int acknowledged = 0;
    one_list(w, 1, "A,B,C", &acknowledged);
    one_list(w, 5, "A,D", &acknowledged);
    one_list(w, 2, "E", &acknowledged);
    world_call(w, "SendLocalList",
               "{\"listVersion\":9,\"updateType\":\"Differential\",\"localAuthorizationList\":"
               "[{\"idTag\":\"E\"},{\"idTag\":\"F\",\"idTagInfo\":{\"status\":\"Accepted\"}}]}");
    expect_version(w, 9, 2);
    world_call(w, "ClearCache", "{}");
    world_call(w, "ChangeConfiguration", "{\"key\":\"MeterValueSampleInterval\",\"value\":\"30\"}");
}

static void expect(struct world *w, const char *what, bool kept)
{
    if (!kept && w->violation[0] == '\0') {
        snprintf(w->violation, sizeof w->violation, "%s was acknowledged and then lost", what);
    }
}

static bool accepted(const char *reply)
{
    return strcmp(reply, "{\"status\":\"Accepted\"}") == 0;
}

/* Promise 2, read literally: the power goes right after each Accepted. */
static void acknowledged(struct world *w)
{
    if (accepted(world_list(w, 3, "A,B"))) {
        world_cut(w);
        world_run(w, MINUTE);
        const char *reply = world_call(w, "GetLocalListVersion", "{}");
        expect(w, "a list", reply[0] == '\0' || strcmp(reply, "{\"listVersion\":3}") == 0);
    }
    if (accepted(world_call(w, "ChangeConfiguration",
                            "{\"key\":\"ConnectionTimeOut\",\"value\":\"77\"}"))) {
        world_cut(w);
        expect(w, "a key", strcmp(world_setting(w, "ConnectionTimeOut"), "77") == 0);
        world_run(w, MINUTE);
    }
    if (accepted(
            world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}"))) {
        world_cut(w);
        expect(w, "an availability", world_status(w, 1) == EVCP_STATUS_UNAVAILABLE);
        world_run(w, MINUTE);
    }
}

static void invalid_start(struct world *w)
{
    tags(w);
    world_list(w, 1, "BLOCKED,CARD1");
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, "BLOCKED"); /* the list still says Accepted */
    world_run(w, 2 * MINUTE);
    world_network(w, true);
    world_run(w, 2 * MINUTE);
    world_unplug(w, 1);
    world_run(w, MINUTE);
}

static void remote(struct world *w)
{
    tags(w);
    world_plug(w, 1);
    world_call(w, "RemoteStartTransaction", "{\"idTag\":\"CARD1\",\"connectorId\":1}");
    world_run(w, 2 * MINUTE);
    world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}");
    world_call(w, "UnlockConnector", "{\"connectorId\":1}");
    world_run(w, MINUTE);
    world_unplug(w, 1);
    world_call(w, "ChangeAvailability", "{\"connectorId\":0,\"type\":\"Operative\"}");
    world_run(w, MINUTE);
}

static void flaky(struct world *w)
{
    tags(w);
    world_list(w, 1, "CARD1");
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    for (int i = 0; i < 6; i++) {
        world_run(w, 40000);
        world_drop(w);
        world_script(w, EVCP__FACT_UPDATED, "SILENCE");
        world_script(w, EVCP__FACT_STARTED, i % 2 == 0 ? "SILENCE" : "ERROR:InternalError");
        world_run(w, MINUTE);
    }
    world_script(w, EVCP__FACT_ENDED, "ERROR:GenericError");
    world_unplug(w, 1);
    world_run(w, MINUTE);
}

static void late_contactor(struct world *w)
{
    tags(w);
    w->connector[1].contactor_mode = DEVICE_LATE;
    w->connector[1].lock_mode = DEVICE_LATE;
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, 2 * MINUTE);
    world_card(w, 1, "CARD1");
    world_run(w, MINUTE);
    world_unplug(w, 1);
    world_run(w, MINUTE);
}

const struct scenario scenarios[] = {
    {"offline_vehicle", {FAST}, offline_vehicle},
    {"offline_vehicle_with_lock", {FAST, .lock = true}, offline_vehicle},
    {"offline_vehicle_stop_policy",
     {.settings = stopping, .setting_count = sizeof stopping / sizeof stopping[0]},
     offline_vehicle},
    {"offline_vehicle_without_clock", {FAST, .no_clock = true}, offline_vehicle},
    {"online_cards", {FAST, .connectors = 2, .measure = true}, online_cards},
    {"lists", {FAST}, lists},
    {"acknowledged", {FAST}, acknowledged},
    {"invalid_start", {FAST}, invalid_start},
    {"remote", {FAST, .lock = true}, remote},
    {"flaky", {FAST}, flaky},
    {"late_contactor", {FAST, .lock = true}, late_contactor},
};
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];

void scenario_quiet(struct world *w)
{
    memset(w->script_count, 0, sizeof w->script_count);
    w->silent = false;
    w->latency = 0;
    w->boot_status = "Accepted";
    w->cut_at = 0;
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        w->connector[i].contactor_mode = DEVICE_OK;
        w->connector[i].lock_mode = DEVICE_OK;
        w->connector[i].meter_dead = false;
        world_clear(w, i);
        world_unplug(w, i);
    }
    world_network(w, true);
    world_run(w, 120 * MINUTE);
}
