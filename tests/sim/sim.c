/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evcp-sim: random days from seeds. One seed draws a world (station, hardware, network, central
 * system, rates of every fault) and what happens in it; the promises are checked at every step and
 * in the books after a quiet phase. The same seed gives the same day.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scenario.h"

struct rates { /* of 1000 */
    unsigned cut, drop, silence, error, lie, late, failed_commit, failed_put, clock, hardware;
};

struct sim {
    uint64_t random;
    struct rates rates;
    struct world *w;
    int list_version;
    uint64_t steps;
    bool verbose;
};

static uint32_t draw(struct sim *s, uint32_t below)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return (uint32_t)(s->random * UINT64_C(2685821657736338717) >> 33) % below;
}

static bool chance(struct sim *s, unsigned of_1000)
{
    return draw(s, 1000) < of_1000;
}

static const char *const tags[] = {
    "A1", "B2", "C3", "BLOCKED", "EXPIRED", "NOBODY", "VID:0011223344"};
#define TAGS (sizeof tags / sizeof tags[0])

static const char *any_tag(struct sim *s)
{
    return tags[draw(s, TAGS)];
}

static uint16_t any_connector(struct sim *s)
{
    return (uint16_t)(1 + draw(s, s->w->config.connectors));
}

/* ---- the world --------------------------------------------------------------------------- */

static struct evcp_setting settings[] = {
    {"BackOffBase", "1"},
    {"BackOffCap", "20"},
    {"TransactionMessageRetryInterval", "1"},
    {"TransactionMessageAttempts", "1000"},
    {"MeterValueSampleInterval", "60"},
    {"LocalPreAuthorize", "true"},
    {"AllowOfflineTxForUnknownId", "true"},
    {"StopTransactionOnInvalidId", "true"},
    {"PowerLossPolicy", "Resume"},
    {"MaxEnergyOnInvalidId", "0"},
    {"ClockAlignedDataInterval", "0"},
    {"StopTxnSampledData", "Energy.Active.Import.Register"},
    {"MinimumStatusDuration", "0"},
    {"StopTransactionOnEVSideDisconnect", "true"},
};

static const char *flip(struct sim *s)
{
    return draw(s, 2) == 0 ? "true" : "false";
}

static void draw_settings(struct sim *s)
{
    settings[5].value = flip(s);
    settings[6].value = flip(s);
    settings[7].value = flip(s);
    settings[8].value = draw(s, 2) == 0 ? "Resume" : "Stop";
    settings[9].value = draw(s, 3) == 0 ? "100" : "0";
    settings[10].value = draw(s, 3) == 0 ? "300" : "0";
    settings[11].value = draw(s, 2) == 0 ? "Energy.Active.Import.Register" : "";
    settings[12].value = draw(s, 4) == 0 ? "2" : "0";
    settings[13].value = flip(s);
}

/* Swarm: in each world only some faults exist, each at a rate of its own. */
static unsigned rate(struct sim *s, unsigned most)
{
    return draw(s, 2) == 0 ? 0 : draw(s, most);
}

static void draw_rates(struct sim *s)
{
    s->rates = (struct rates){.cut = rate(s, 60),
                              .drop = rate(s, 100),
                              .silence = rate(s, 100),
                              .error = rate(s, 80),
                              .lie = rate(s, 80),
                              .late = rate(s, 80),
                              .failed_commit = rate(s, 40),
                              .failed_put = rate(s, 40),
                              .clock = rate(s, 20),
                              .hardware = rate(s, 60)};
}

static void make_world(struct sim *s)
{
    draw_settings(s);
    struct world_options o = {.connectors = (uint16_t)(1 + draw(s, 3)),
                              .lock = draw(s, 2) == 0,
                              .measure = draw(s, 2) == 0,
                              .no_clock = draw(s, 4) == 0,
                              .settings = settings,
                              .setting_count = sizeof settings / sizeof settings[0]};
    draw_rates(s);
    s->w = world_new(&o);
    s->w->contactors_survive = draw(s, 3) == 0;
    s->list_version = 0;
    world_tag(s->w, "A1", "Accepted", "G");
    world_tag(s->w, "B2", "Accepted", "G");
    world_tag(s->w, "C3", "Accepted", NULL);
    world_tag(s->w, "VID:0011223344", "Accepted", NULL);
    world_tag(s->w, "BLOCKED", "Blocked", NULL);
    world_tag(s->w, "EXPIRED", "Expired", NULL);
}

/* ---- what happens ------------------------------------------------------------------------ */

static void drive(struct sim *s)
{
    struct world *w = s->w;
    uint16_t c = any_connector(s);
    switch (draw(s, 8)) {
    case 0:
    case 1: w->connector[c].plugged ? world_unplug(w, c) : world_plug(w, c); break;
    case 2:
    case 3: world_card(w, c, any_tag(s)); break;
    case 4: world_token(w, c, EVCP_TOKEN_EVCCID, tags[6]); break;
    case 5: world_card(w, 0, any_tag(s)); break;
    case 6: world_ev(w, c, (enum evcp_ev_state)draw(s, 3)); break;
    default: world_supply(w, c, draw(s, 2) == 0); break;
    }
}

static void list(struct sim *s)
{
    char text[256] = "";
    for (size_t i = 0; i < TAGS; i++) {
        if (draw(s, 2) == 0) {
            strcat(text, text[0] == '\0' ? "" : ",");
            strcat(text, tags[i]);
        }
    }
    world_list(s->w, ++s->list_version, text);
}

static void command(struct sim *s)
{
    char text[128];
    uint16_t c = any_connector(s);
    switch (draw(s, 9)) {
    case 0: list(s); break;
    case 1:
        snprintf(text, sizeof text, "{\"idTag\":\"%s\",\"connectorId\":%u}", any_tag(s), c);
        world_call(s->w, "RemoteStartTransaction", text);
        break;
    case 2:
        snprintf(text, sizeof text, "{\"transactionId\":%u}", 1 + draw(s, 8));
        world_call(s->w, "RemoteStopTransaction", text);
        break;
    case 3:
        snprintf(text, sizeof text, "{\"connectorId\":%u,\"type\":\"%s\"}", draw(s, 3),
                 draw(s, 2) == 0 ? "Inoperative" : "Operative");
        world_call(s->w, "ChangeAvailability", text);
        break;
    case 4:
        snprintf(text, sizeof text, "{\"connectorId\":%u}", c);
        world_call(s->w, "UnlockConnector", text);
        break;
    case 5: world_call(s->w, "ClearCache", "{}"); break;
    case 6:
        world_call(s->w, "TriggerMessage",
                   draw(s, 2) == 0 ? "{\"requestedMessage\":\"StatusNotification\"}"
                                   : "{\"requestedMessage\":\"MeterValues\"}");
        break;
    case 7: world_call(s->w, "GetConfiguration", "{}"); break;
    default:
        snprintf(text, sizeof text, "{\"key\":\"MeterValueSampleInterval\",\"value\":\"%u\"}",
                 30 + draw(s, 90));
        world_call(s->w, "ChangeConfiguration", text);
        break;
    }
}

static const char *const lies[] = {"{\"nonsense\":1}", "{}", "{\"idTagInfo\":{\"status\":\"Yes\"}}",
                                   "{\"transactionId\":\"x\"}", "{\"status\":7}"};

static enum evcp__fact_kind any_kind(struct sim *s)
{
    return (enum evcp__fact_kind)draw(s, EVCP__FACT_KINDS);
}

static void script(struct sim *s, const char *answer)
{
    enum evcp__fact_kind kind = any_kind(s);
    if (s->w->script_count[kind] < 8) {
        world_script(s->w, kind, answer);
    }
}

static void mislead(struct sim *s)
{
    if (chance(s, s->rates.silence)) {
        script(s, "SILENCE");
    }
    if (chance(s, s->rates.error)) {
        script(s, draw(s, 6) == 0 ? "ERROR:SecurityError" : "ERROR:InternalError");
    }
    if (chance(s, s->rates.lie)) {
        script(s, lies[draw(s, sizeof lies / sizeof lies[0])]);
    }
    if (chance(s, s->rates.late)) {
        s->w->latency = draw(s, 2) == 0 ? 0 : draw(s, 45000);
    }
}

static void disturb_hardware(struct sim *s)
{
    struct world_connector *c = &s->w->connector[any_connector(s)];
    c->contactor_mode = draw(s, 2) == 0 ? DEVICE_OK : DEVICE_LATE;
    c->lock_mode = (enum world_device)draw(s, 4);
}

static void disturb(struct sim *s)
{
    struct world *w = s->w;
    if (chance(s, s->rates.cut)) {
        w->cut_at = w->commits + 1 + draw(s, 3);
        w->cut_mode = draw(s, 2) == 0 ? CUT_BEFORE_COMMIT : CUT_AFTER_COMMIT;
    }
    if (chance(s, s->rates.cut) && draw(s, 4) == 0) {
        world_cut(w);
    }
    if (chance(s, s->rates.drop)) {
        draw(s, 2) == 0 ? world_drop(w) : world_network(w, !w->network);
    }
    if (chance(s, s->rates.failed_commit)) {
        evcp__mem_fail_commit(w->db, 1 + draw(s, 3), draw(s, 2) == 0 ? EVCP_EFULL : EVCP_ESTORE);
    }
    if (chance(s, s->rates.failed_put)) {
        evcp__mem_fail_put(w->db, 1 + draw(s, 20), EVCP_EFULL);
    }
    if (chance(s, s->rates.clock)) {
        w->wall_skew = (int64_t)draw(s, 7200000) - 3600000;
    }
    if (chance(s, s->rates.hardware)) {
        disturb_hardware(s);
    }
    mislead(s);
}

static const char *invariant(const struct sim *s)
{
    for (uint16_t i = 1; i <= s->w->config.connectors; i++) {
        struct evcp_connector_state state;
        const struct world_connector *c = &s->w->connector[i];
        if (s->w->core == NULL || s->w->cut_now ||
            evcp__core_connector(s->w->core, i, &state) != EVCP_OK) {
            continue;
        }
        if (c->contactor && !state.transaction && c->contactor_due == UINT64_MAX) {
            return "a contactor is closed without a transaction";
        }
        if (state.status == EVCP_STATUS_FAULTED && c->contactor && c->contactor_due == UINT64_MAX) {
            return "a contactor is closed in Faulted";
        }
    }
    return NULL;
}

static void day(struct sim *s)
{
    unsigned steps = 20 + draw(s, 120);
    for (unsigned i = 0; i < steps && s->w->violation[0] == '\0'; i++) {
        disturb(s);
        draw(s, 3) == 0 ? command(s) : drive(s);
        world_run(s->w, draw(s, 4) == 0 ? draw(s, 600000) : draw(s, 20000));
        s->steps++;
        const char *broken = invariant(s);
        if (broken != NULL && s->w->violation[0] == '\0') {
            snprintf(s->w->violation, sizeof s->w->violation, "%s", broken);
        }
    }
}

static void be_quiet(struct sim *s)
{
    evcp__mem_fail_commit(s->w->db, 0, EVCP_OK);
    evcp__mem_fail_put(s->w->db, 0, EVCP_OK);
    s->w->wall_skew = 0;
    scenario_quiet(s->w);
    world_check_books(s->w);
}

/* True if a promise was broken. */
static bool schedule(struct sim *s, uint64_t seed)
{
    s->random = seed * UINT64_C(0x9E3779B97F4A7C15) | 1u;
    for (int i = 0; i < 8; i++) {
        draw(s, 2);
    }
    make_world(s);
    s->w->log = s->verbose ? stdout : NULL;
    day(s);
    be_quiet(s);
    bool broken = s->w->violation[0] != '\0';
    if (broken) {
        printf("seed %llu: %s\n", (unsigned long long)seed, s->w->violation);
    }
    world_free(s->w);
    return broken;
}

static int usage(const char *name)
{
    fprintf(stderr,
            "usage: %s [--seed N] [--schedules M | --seconds S] [--verbose]\n"
            "Runs M random days (default 100) beginning with seed N (default 1).\n"
            "Replay a failing one with: %s --seed N --schedules 1 --verbose\n",
            name, name);
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"schedules", required_argument, NULL, 'n'},
                                            {"seconds", required_argument, NULL, 't'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    uint64_t seed = 1;
    uint64_t count = 100;
    time_t end = 0;
    struct sim s = {0};
    uint64_t violations = 0;
    uint64_t done = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case 's': seed = strtoull(optarg, NULL, 10); break;
        case 'n': count = strtoull(optarg, NULL, 10); break;
        case 't':
            end = time(NULL) + strtol(optarg, NULL, 10);
            count = UINT64_MAX;
            break;
        case 'v': s.verbose = true; break;
        default: return usage(argv[0]);
        }
    }
    for (; done < count && (end == 0 || time(NULL) < end); done++) {
        violations += schedule(&s, seed + done);
    }
    printf("schedules %llu, steps %llu, violations %llu\n", (unsigned long long)done,
           (unsigned long long)s.steps, (unsigned long long)violations);
    return violations == 0 ? 0 : 1;
}
