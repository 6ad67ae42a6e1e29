/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration keys: every row of the table with good and bad values, what is kept, what is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/core/measurand.h"
#include "../../lib/core/record.h"
#include "../../lib/core/settings_table.h"
#include "../support/store_mem.h"

/* ---- a station with two connectors and a meter for voltage and current ------------------- */

struct fixture {
    struct evcp__db *db;
    struct evcp__store *store;
    struct evcp_hardware hardware;
    struct evcp_config config;
    struct evcp__settings *settings;
    const char *bad;
    unsigned damaged;
};

static int lock(void *user, uint16_t connector, bool on)
{
    (void)user, (void)connector, (void)on;
    return EVCP_OK;
}

static int measure(void *user, uint16_t connector, struct evcp_sample *out, size_t capacity)
{
    (void)user, (void)connector, (void)out, (void)capacity;
    return 0;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->hardware = (struct evcp_hardware){.size = sizeof f->hardware, .lock = lock};
    f->hardware.measure = measure;
    f->config = (struct evcp_config){.size = sizeof f->config,
                                     .connectors = 2,
                                     .measurands = 1u << EVCP_VOLTAGE | 1u << EVCP_SOC |
                                                   1u << EVCP_ENERGY_REACTIVE_EXPORT_REGISTER,
                                     .hardware = &f->hardware};
    *state = f;
    return evcp__db_open_mem(&f->db) || f->db->ops->station(f->db, "CP1", &f->store);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    evcp__settings_free(f->settings);
    f->db->ops->close(f->db);
    free(f);
    return 0;
}

static int try_load(struct fixture *f)
{
    evcp__settings_free(f->settings);
    f->settings = NULL;
    return evcp__settings_load(&f->settings, f->store, &f->config, &f->bad, &f->damaged);
}

static void load(struct fixture *f)
{
    assert_int_equal(try_load(f), EVCP_OK);
}

static void commit(struct fixture *f)
{
    assert_int_equal(f->db->ops->commit(f->db), EVCP_OK);
}

/* Power off, power on. */
static void reload(struct fixture *f)
{
    commit(f);
    evcp__mem_cut(f->db);
    load(f);
}

static enum evcp__outcome change(struct fixture *f, const char *key, const char *value)
{
    enum evcp__outcome outcome;
    enum evcp__key changed;
    assert_int_equal(evcp__settings_change(f->settings, key, value, &outcome, &changed), EVCP_OK);
    if (outcome == EVCP__OUT_ACCEPTED)
        assert_int_equal(changed, evcp__setting_find(f->settings, key));
    else
        assert_int_equal(changed, EVCP__KEYS);
    return outcome;
}

static const char *text(struct fixture *f, const char *key)
{
    return evcp__setting_text(f->settings, evcp__setting_find(f->settings, key));
}

static void free_reply(struct evcp__reply *reply)
{
    free(reply->settings);
    free(reply->values);
    free(reply->unknown);
    memset(reply, 0, sizeof *reply);
}

/* ---- every key --------------------------------------------------------------------------- */

#define LONGEST  "2147483647"
#define REGISTER "Energy.Active.Import.Register"
#define KEY40    "0123456789abcdefABCDEF0123456789abcdefAB"

struct row {
    const char *key;
    const char *initial; /* value of a new station; NULL: not readable */
    const char *good[6]; /* Accepted and read back as they are; none: read-only */
    const char *bad[12]; /* Rejected */
};

#define BOOLEAN                                                                                    \
    {"true", "false"},                                                                             \
    {                                                                                              \
        "", "1", "yes", "maybe", "true ", " true", "truefalse"                                     \
    }
#define READ_ONLY                                                                                  \
    {NULL},                                                                                        \
    {                                                                                              \
        "", "0", "1", "Core", "true"                                                               \
    }
#define NO_NUMBERS "", "-1", "-0", "+1", "1.5", " 1", "1 ", "abc", "0x10", "2147483648"
#define MEASURANDS                                                                                 \
    {"", "Voltage", "Voltage.L1,Voltage.L2-N,SoC", REGISTER ",Energy.Active.Import.Interval",      \
     "Energy.Reactive.Export.Register.L1,Energy.Reactive.Export.Interval.L1"},                     \
    {                                                                                              \
        "voltage", "Nonsense", "Voltage,Nonsense", "Voltage,", ",", "Voltage,Voltage",             \
            "Frequency", "Energy.Active.Export.Interval", REGISTER ".L1", "Voltage.L9", "SoC.L1",  \
            "Voltage SoC"                                                                          \
    }

/* clang-format off */
static const struct row rows[EVCP__KEYS] = {
    {"AllowOfflineTxForUnknownId", "false", BOOLEAN},
    {"AuthorizationCacheEnabled", "true", BOOLEAN},
    {"AuthorizationKey", NULL,
     {"0123456789abcdefABCDEF0123456789", "0123456789abcdefABCDEF0123456789ab", KEY40},
     {"", "0123456789abcdefABCDEF012345678", "0123456789abcdefABCDEF01234567890",
      "0123456789abcdefABCDEF01234567", KEY40 "01", "0123456789abcdefABCDEF012345678g",
      " 0123456789abcdefABCDEF0123456789"}},
    {"AuthorizeRemoteTxRequests", "false", BOOLEAN},
    {"ClockAlignedDataInterval", "0", {"0", "900", "86400"}, {NO_NUMBERS, "86401"}},
    {"ConnectionTimeOut", "60", {"1", "86400"}, {NO_NUMBERS, "0", "86401"}},
    {"ConnectorPhaseRotation", "0.Unknown,1.Unknown,2.Unknown",
     {"", "0.RST,1.RST,2.RTS", "2.NotApplicable", "1.SRT,0.STR", "1.TRS,2.TSR"},
     {"1", "1.", ".RST", "1.RSS", "3.RST", "1.RST,1.RTS", "1.RST,", "-1.RST", "1:RST", "a.RST",
      "1.RST.RST", "4294967297.RST"}},
    {"ConnectorPhaseRotationMaxLength", "3", READ_ONLY},
    {"GetConfigurationMaxKeys", "100", READ_ONLY},
    {"HeartbeatInterval", "3600", {"1", "7", LONGEST}, {NO_NUMBERS, "0"}},
    {"LocalAuthorizeOffline", "true", BOOLEAN},
    {"LocalPreAuthorize", "false", BOOLEAN},
    {"MaxEnergyOnInvalidId", "0", {"0", "500", LONGEST}, {NO_NUMBERS}},
    {"MessageTimeout", "30", {"1", "3600"}, {NO_NUMBERS, "0", "3601"}},
    {"MeterValuesAlignedData", REGISTER, MEASURANDS},
    {"MeterValuesAlignedDataMaxLength", "22", READ_ONLY},
    {"MeterValuesSampledData", REGISTER, MEASURANDS},
    {"MeterValuesSampledDataMaxLength", "22", READ_ONLY},
    {"MeterValueSampleInterval", "60", {"0", "10", LONGEST}, {NO_NUMBERS}},
    {"MinimumStatusDuration", "0", {"0", "3600"}, {NO_NUMBERS, "3601"}},
    {"NumberOfConnectors", "2", READ_ONLY},
    {"ResetRetries", "2", {"0", "100"}, {NO_NUMBERS, "101"}},
    {"StopTransactionMaxMeterValues", "100", READ_ONLY},
    {"StopTransactionOnEVSideDisconnect", "true", BOOLEAN},
    {"StopTransactionOnInvalidId", "true", BOOLEAN},
    {"StopTxnAlignedData", "", MEASURANDS},
    {"StopTxnAlignedDataMaxLength", "22", READ_ONLY},
    {"StopTxnSampledData", "", MEASURANDS},
    {"StopTxnSampledDataMaxLength", "22", READ_ONLY},
    {"SupportedFeatureProfiles", "Core,LocalAuthListManagement,RemoteTrigger", READ_ONLY},
    {"TransactionMessageAttempts", "3", {"0", "1", "1000"}, {NO_NUMBERS, "1001"}},
    {"TransactionMessageRetryInterval", "60", {"0", "86400"}, {NO_NUMBERS, "86401"}},
    {"UnlockConnectorOnEVSideDisconnect", "true", BOOLEAN},
    {"WebSocketPingInterval", "60", {"0", "30", "86400"}, {NO_NUMBERS, "86401"}}, /* WS-13 */
    {"LocalAuthListEnabled", "true", BOOLEAN},
    {"LocalAuthListMaxLength", "100000", READ_ONLY},
    {"SendLocalListMaxLength", "100000", READ_ONLY},
    {"AuthorizeTimeout", "5", {"1", "120"}, {NO_NUMBERS, "0", "121"}},
    {"BackOffBase", "5", {"1", "3600"}, {NO_NUMBERS, "0", "3601"}},
    {"BackOffCap", "300", {"1", "86400"}, {NO_NUMBERS, "0", "86401"}},
    {"ContactorTimeout", "5", {"1", "300"}, {NO_NUMBERS, "0", "301"}},
    {"PlugInTimeout", "0", {"0", "86400"}, {NO_NUMBERS, "86401"}},
    {"PowerLossPolicy", "Resume", {"Resume", "Stop"}, {"", "Res", "Resume|Stop", "Resume ", "0"}},
    {"PreBootTransactions", "false", BOOLEAN},
};
/* clang-format on */

/* covers: CONF-11 CONF-14 CONF-20 CONF-21 */
static void settings_every_key_has_its_row_and_default(void **state)
{
    struct fixture *f = *state;
    load(f);
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        assert_string_equal(evcp__setting_name((enum evcp__key)k), rows[k].key);
        assert_int_equal(evcp__setting_find(f->settings, rows[k].key), k);
        assert_string_equal(text(f, rows[k].key), rows[k].initial ? rows[k].initial : "");
    }
}

/* covers: CONF-06 CONF-10 CONF-14 CONF-22 METER-25 */
static void settings_good_values_are_accepted_kept_and_effective(void **state)
{
    struct fixture *f = *state;
    load(f);
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        for (const char *const *good = rows[k].good; *good; good++) {
            assert_int_equal(change(f, rows[k].key, *good), EVCP__OUT_ACCEPTED);
            assert_string_equal(text(f, rows[k].key), *good); /* CONF-06 */
            reload(f);
            assert_string_equal(text(f, rows[k].key), *good); /* CONF-22 */
            assert_int_equal(f->damaged, 0);
        }
    }
}

/* covers: CONF-09 METER-15 METER-25 */
static void settings_bad_values_are_rejected_and_the_old_one_stays(void **state)
{
    struct fixture *f = *state;
    load(f);
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        char before[EVCP__VALUE_MAX + 1];
        strcpy(before, text(f, rows[k].key));
        for (const char *const *bad = rows[k].bad; bad < rows[k].bad + 12 && *bad; bad++) {
            if (change(f, rows[k].key, *bad) != EVCP__OUT_REJECTED) /* CONF-09 */
                fail_msg("%s=%s is not rejected", rows[k].key, *bad);
            assert_string_equal(text(f, rows[k].key), before);
        }
    }
    assert_false(f->db->ops->dirty(f->db));
}

/* covers: CONF-02 CONF-10 CONF-17 */
static void settings_readonly_is_told_exactly_for_keys_that_cannot_be_set(void **state)
{
    struct fixture *f = *state;
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    load(f);
    assert_int_equal(evcp__settings_get(f->settings, NULL, 0, &reply), EVCP_OK);
    assert_int_equal(reply.setting_count, EVCP__KEYS); /* CONF-02 */
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        const struct evcp__setting_view *v = &reply.settings[k];
        assert_string_equal(v->key, rows[k].key);
        assert_int_equal(v->readonly, rows[k].good[0] == NULL); /* CONF-10 */
        if (rows[k].initial)
            assert_string_equal(v->value, rows[k].initial);
        else
            assert_null(v->value); /* SEC-23, CONF-17 */
    }
    free_reply(&reply);
}

/* ---- changing ---------------------------------------------------------------------------- */

/* covers: CONF-08 CONF-13 */
static void settings_unknown_key_is_not_supported(void **state)
{
    struct fixture *f = *state;
    load(f);
    assert_int_equal(change(f, "NoSuchKey", "1"), EVCP__OUT_NOT_SUPPORTED); /* CONF-08 */
    assert_int_equal(change(f, "", "1"), EVCP__OUT_NOT_SUPPORTED);
    assert_int_equal(change(f, "BlinkRepeat", "1"), EVCP__OUT_NOT_SUPPORTED); /* CONF-13 */
}

/* covers: CONF-12 */
static void settings_keys_match_without_case(void **state)
{
    struct fixture *f = *state;
    load(f);
    assert_int_equal(change(f, "heartbeatINTERVAL", "7"), EVCP__OUT_ACCEPTED); /* CONF-12 */
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_HEARTBEAT_INTERVAL), 7);
}

static void settings_values_are_kept_in_one_spelling(void **state)
{
    struct fixture *f = *state;
    const char *cases[][3] = {
        {"LocalPreAuthorize", "TRUE", "true"},
        {"LocalPreAuthorize", "False", "false"},
        {"HeartbeatInterval", "0060", "60"},
        {"MeterValuesSampledData", " Voltage , SoC ", "Voltage,SoC"},
        {"MeterValuesSampledData", "  ", ""},
        {"ConnectorPhaseRotation", "0.RST, 01.rst, 2.unknown", "0.RST,1.RST,2.Unknown"},
        {"PowerLossPolicy", "stop", "Stop"},
    };
    load(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(change(f, cases[i][0], cases[i][1]), EVCP__OUT_ACCEPTED);
        assert_string_equal(text(f, cases[i][0]), cases[i][2]);
    }
}

static void settings_same_value_is_written_once(void **state)
{
    struct fixture *f = *state;
    load(f);
    assert_int_equal(change(f, "MessageTimeout", "30"), EVCP__OUT_ACCEPTED);
    assert_true(f->db->ops->dirty(f->db)); /* the default was chosen: a later default may differ */
    commit(f);
    assert_int_equal(change(f, "MessageTimeout", "30"), EVCP__OUT_ACCEPTED);
    assert_int_equal(change(f, "MessageTimeout", "030"), EVCP__OUT_ACCEPTED);
    assert_int_equal(evcp__settings_put_int(f->settings, EVCP__KEY_MESSAGE_TIMEOUT, 30), EVCP_OK);
    assert_false(f->db->ops->dirty(f->db));
}

static void settings_uncommitted_change_is_gone_after_a_power_cut(void **state)
{
    struct fixture *f = *state;
    load(f);
    assert_int_equal(change(f, "MessageTimeout", "31"), EVCP__OUT_ACCEPTED);
    evcp__mem_cut(f->db);
    load(f);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_MESSAGE_TIMEOUT), 30);
}

/* covers: CONF-06 */
static void settings_failing_store_is_told_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    enum evcp__outcome outcome;
    enum evcp__key changed;
    load(f);
    evcp__mem_fail_put(f->db, 1, EVCP_ESTORE);
    int result = evcp__settings_change(f->settings, "MessageTimeout", "31", &outcome, &changed);
    assert_int_equal(result, EVCP_ESTORE);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_MESSAGE_TIMEOUT), 30);
}

static void settings_integer_set_by_the_core_is_brought_into_range(void **state)
{
    struct fixture *f = *state;
    load(f);
    assert_int_equal(evcp__settings_put_int(f->settings, EVCP__KEY_HEARTBEAT_INTERVAL, 0), EVCP_OK);
    assert_string_equal(text(f, "HeartbeatInterval"), "1");
    assert_int_equal(evcp__settings_put_int(f->settings, EVCP__KEY_BACK_OFF_CAP, INT32_MAX),
                     EVCP_OK);
    reload(f);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_HEARTBEAT_INTERVAL), 1);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_BACK_OFF_CAP), 86400);
}

/* covers: CONF-12 */
static void settings_value_of_more_than_500_characters_is_rejected(void **state)
{
    struct fixture *f = *state;
    char value[502];
    memset(value, '0', sizeof value);
    load(f);
    value[501] = '\0';
    value[500] = '5';
    assert_int_equal(change(f, "MessageTimeout", value), EVCP__OUT_REJECTED);
    value[500] = '\0';
    value[499] = '5';
    assert_int_equal(change(f, "MessageTimeout", value), EVCP__OUT_ACCEPTED);
    assert_string_equal(text(f, "MessageTimeout"), "5");
}

/* ---- measurands -------------------------------------------------------------------------- */

static void settings_measurands_are_parsed_for_the_meter(void **state)
{
    struct fixture *f = *state;
    const struct evcp__measurand_item *items;
    load(f);
    assert_int_equal(change(f, "StopTxnSampledData", "SoC,Voltage.L1-N"), EVCP__OUT_ACCEPTED);
    reload(f);
    size_t n = evcp__setting_measurands(f->settings, EVCP__KEY_STOP_TXN_SAMPLED_DATA, &items);
    assert_int_equal(n, 2);
    assert_int_equal(items[0].measurand, EVCP_SOC);
    assert_int_equal(items[0].phase, EVCP_PHASE_NONE);
    assert_int_equal(items[1].measurand, EVCP_VOLTAGE);
    assert_int_equal(items[1].phase, EVCP_PHASE_L1_N);
    assert_int_equal(evcp__setting_measurands(f->settings, EVCP__KEY_STOP_TXN_ALIGNED_DATA, &items),
                     0);
}

/* covers: METER-37 */
static void settings_empty_sampled_data_means_the_energy_register(void **state)
{
    struct fixture *f = *state;
    const struct evcp__measurand_item *items;
    load(f);
    assert_int_equal(change(f, "MeterValuesSampledData", ""), EVCP__OUT_ACCEPTED);
    assert_int_equal(change(f, "MeterValuesAlignedData", ""), EVCP__OUT_ACCEPTED);
    assert_int_equal(
        evcp__setting_measurands(f->settings, EVCP__KEY_METER_VALUES_SAMPLED_DATA, &items), 1);
    assert_int_equal(items[0].measurand, EVCP_ENERGY_ACTIVE_IMPORT_REGISTER); /* OCTT TC_070 */
    assert_int_equal(
        evcp__setting_measurands(f->settings, EVCP__KEY_METER_VALUES_ALIGNED_DATA, &items), 0);
}

/* covers: METER-16 */
static void settings_all_measurands_fit_one_more_is_rejected(void **state)
{
    struct fixture *f = *state;
    char all[EVCP__VALUE_MAX + 20] = "";
    f->config.measurands = (1u << EVCP_MEASURANDS) - 1;
    load(f);
    for (int m = 0; m < EVCP_MEASURANDS; m++) {
        strcat(all, m ? "," : "");
        strcat(all, evcp__measurand_name((enum evcp_measurand)m));
    }
    assert_int_equal(change(f, "MeterValuesSampledData", all), EVCP__OUT_ACCEPTED);
    const char *more = "Voltage.L1,Voltage.L2,Voltage.L3,Voltage.N,Voltage.L1-N,Voltage.L2-N,"
                       "Voltage.L3-N,Voltage.L1-L2,Voltage.L2-L3,Voltage.L3-L1,Voltage,"
                       "Current.Import.L1,Current.Import.L2,Current.Import.L3,Current.Import.N,"
                       "Current.Import,RPM,SoC,Frequency,Frequency.L1,Frequency.L2,Power.Factor";
    char one_more[EVCP__VALUE_MAX + 1];
    strcpy(one_more, more);
    assert_int_equal(change(f, "MeterValuesSampledData", one_more), EVCP__OUT_ACCEPTED);
    strcat(one_more, ",Temperature"); /* METER-16 */
    assert_int_equal(change(f, "MeterValuesSampledData", one_more), EVCP__OUT_REJECTED);
    assert_string_equal(text(f, "MeterValuesSampledData"), more);
}

/* covers: METER-34 */
static void settings_without_measure_there_are_no_phases(void **state)
{
    struct fixture *f = *state;
    f->hardware.measure = NULL;
    f->config.measurands = 1u << EVCP_ENERGY_ACTIVE_IMPORT_REGISTER;
    load(f);
    assert_int_equal(change(f, "StopTxnSampledData", REGISTER), EVCP__OUT_ACCEPTED);
    assert_int_equal(change(f, "StopTxnSampledData", REGISTER ".L1"), EVCP__OUT_REJECTED);
    f->hardware.measure = measure;
    load(f);
    assert_int_equal(change(f, "StopTxnSampledData", REGISTER ".L1"), EVCP__OUT_ACCEPTED);
}

/* ---- what the station has ---------------------------------------------------------------- */

/* covers: CONF-13 */
static void settings_without_cache_its_key_does_not_exist(void **state)
{
    struct fixture *f = *state;
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    f->config.cache_max = UINT32_MAX;
    load(f);
    assert_int_equal(change(f, "AuthorizationCacheEnabled", "true"), EVCP__OUT_NOT_SUPPORTED);
    assert_false(evcp__setting_bool(f->settings, EVCP__KEY_AUTHORIZATION_CACHE_ENABLED));
    assert_int_equal(evcp__settings_get(f->settings, NULL, 0, &reply), EVCP_OK);
    assert_int_equal(reply.setting_count, EVCP__KEYS - 1); /* CACHE-10 */
    free_reply(&reply);
}

/* covers: TX-32 */
static void settings_fixed_cable_never_unlocks(void **state)
{
    struct fixture *f = *state;
    const char *name = "UnlockConnectorOnEVSideDisconnect";
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    load(f);
    assert_int_equal(change(f, name, "true"), EVCP__OUT_ACCEPTED);
    commit(f);
    f->hardware.lock = NULL;
    load(f);
    assert_false(evcp__setting_bool(f->settings, EVCP__KEY_UNLOCK_CONNECTOR_ON_EV_SIDE_DISCONNECT));
    assert_int_equal(change(f, name, "false"), EVCP__OUT_REJECTED);
    assert_int_equal(evcp__settings_get(f->settings, &name, 1, &reply), EVCP_OK);
    assert_true(reply.settings[0].readonly);
    free_reply(&reply);
}

/* covers: CONF-19 */
static void settings_numbers_follow_the_configuration(void **state)
{
    struct fixture *f = *state;
    f->config.connectors = 0; /* default 1 */
    f->config.local_list_max = 500;
    load(f);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_NUMBER_OF_CONNECTORS),
                     1); /* CONF-19 */
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_LOCAL_AUTH_LIST_MAX_LENGTH), 500);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_SEND_LOCAL_LIST_MAX_LENGTH), 500);
    f->config.send_list_max = 50;
    load(f);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_SEND_LOCAL_LIST_MAX_LENGTH), 50);
}

static void settings_phase_rotation_of_the_largest_station_fits_a_value(void **state)
{
    struct fixture *f = *state;
    f->config.connectors = EVCP_CONNECTORS_MAX;
    load(f);
    const char *rotation = text(f, "ConnectorPhaseRotation");
    assert_true(strlen(rotation) <= EVCP__VALUE_MAX);
    assert_int_equal(strncmp(rotation, "0.Unknown,1.Unknown,", 20), 0);
    char copy[EVCP__VALUE_MAX + 1];
    strcpy(copy, rotation);
    assert_int_equal(change(f, "ConnectorPhaseRotation", copy), EVCP__OUT_ACCEPTED);
    assert_int_equal(change(f, "ConnectorPhaseRotation", "64.RST"), EVCP__OUT_ACCEPTED);
}

static void ws_15_a_dead_link_is_found_before_messages_are_given_up(void **state)
{
    struct fixture *f = *state;
    load(f);
    int32_t ping = evcp__setting_int(f->settings, EVCP__KEY_WEB_SOCKET_PING_INTERVAL);
    int32_t attempts = evcp__setting_int(f->settings, EVCP__KEY_TRANSACTION_MESSAGE_ATTEMPTS);
    int32_t wait = evcp__setting_int(f->settings, EVCP__KEY_TRANSACTION_MESSAGE_RETRY_INTERVAL);
    assert_true(ping > 0 && ping < attempts * wait);
}

/* ---- first boot -------------------------------------------------------------------------- */

static void settings_of_the_integrator_count_until_the_store_has_its_own(void **state)
{
    struct fixture *f = *state;
    const struct evcp_setting first[] = {{"heartbeatinterval", "60"}, {"ResetRetries", "9"}};
    f->config.settings = first;
    f->config.setting_count = 2;
    load(f);
    assert_string_equal(text(f, "HeartbeatInterval"), "60");
    assert_int_equal(change(f, "HeartbeatInterval", "3600"), EVCP__OUT_ACCEPTED);
    reload(f);
    assert_string_equal(text(f, "HeartbeatInterval"), "3600");
    assert_string_equal(text(f, "ResetRetries"), "9");
    assert_false(f->db->ops->dirty(f->db));
}

static void settings_bad_one_of_the_integrator_is_named_and_nothing_is_kept(void **state)
{
    struct fixture *f = *state;
    const char *bad[][2] = {{"HeartbeatInterval", "0"},        {"NoSuchKey", "1"},
                            {"NumberOfConnectors", "2"},       {"AuthorizationKey", "secret"},
                            {"MeterValuesSampledData", "RPM"}, {"ResetRetries", NULL}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct evcp_setting first[] = {{"ResetRetries", "9"}, {bad[i][0], bad[i][1]}};
        f->config.settings = first;
        f->config.setting_count = 2;
        assert_int_equal(try_load(f), EVCP_EINVAL);
        assert_string_equal(f->bad, bad[i][0]);
        assert_false(f->db->ops->dirty(f->db));
    }
}

static void settings_first_authorization_key_comes_from_the_configuration(void **state)
{
    struct fixture *f = *state;
    f->config.authorization_key = KEY40;
    load(f);
    assert_string_equal(text(f, "AuthorizationKey"), KEY40);
    const char *later = "00112233445566778899aabbccddeeff";
    assert_int_equal(change(f, "AuthorizationKey", later), EVCP__OUT_ACCEPTED);
    reload(f);
    assert_string_equal(text(f, "AuthorizationKey"), later);
    f->config.authorization_key = "too short";
    assert_int_equal(try_load(f), EVCP_EINVAL);
    assert_string_equal(f->bad, "AuthorizationKey");
}

/* ---- damage ------------------------------------------------------------------------------ */

static struct evcp__slice slice(const void *data, size_t size)
{
    return (struct evcp__slice){data, size};
}

static void put_raw(struct fixture *f, const char *key, const void *data, size_t size)
{
    int result =
        evcp__put(f->store, EVCP__SPACE_SETTING, slice(key, strlen(key)), slice(data, size));
    assert_int_equal(result, EVCP_OK);
    commit(f);
}

static void put_text(struct fixture *f, const char *key, const char *value)
{
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__write_text(&w, value);
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_OK);
    put_raw(f, key, record.data, record.size);
}

static void settings_damaged_record_reads_as_default_and_is_counted(void **state)
{
    struct fixture *f = *state;
    put_raw(f, "HeartbeatInterval", "\x01garbage", 8);
    put_raw(f, "ResetRetries", "", 0);
    put_text(f, "MessageTimeout", "31");
    load(f);
    assert_int_equal(f->damaged, 2);
    assert_string_equal(text(f, "HeartbeatInterval"), "3600");
    assert_string_equal(text(f, "ResetRetries"), "2");
    assert_string_equal(text(f, "MessageTimeout"), "31");
    assert_int_equal(change(f, "HeartbeatInterval", "3600"), EVCP__OUT_ACCEPTED); /* heals it */
    assert_int_equal(change(f, "ResetRetries", "3"), EVCP__OUT_ACCEPTED);
    reload(f);
    assert_int_equal(f->damaged, 0);
}

static void settings_stored_value_that_is_no_longer_legal_reads_as_default(void **state)
{
    struct fixture *f = *state;
    load(f);
    assert_int_equal(change(f, "ConnectorPhaseRotation", "2.RST"), EVCP__OUT_ACCEPTED);
    commit(f);
    f->config.connectors = 1;
    load(f);
    assert_int_equal(f->damaged, 1);
    assert_string_equal(text(f, "ConnectorPhaseRotation"), "0.Unknown,1.Unknown");
}

static void settings_integrators_value_replaces_a_damaged_record(void **state)
{
    struct fixture *f = *state;
    f->config.authorization_key = KEY40;
    put_raw(f, "AuthorizationKey", "x", 1);
    load(f);
    assert_string_equal(text(f, "AuthorizationKey"), KEY40); /* else it could not connect */
    reload(f);
    assert_int_equal(f->damaged, 0);
}

static void settings_stored_read_only_value_is_not_believed(void **state)
{
    struct fixture *f = *state;
    put_text(f, "NumberOfConnectors", "40");
    load(f);
    assert_int_equal(evcp__setting_int(f->settings, EVCP__KEY_NUMBER_OF_CONNECTORS), 2);
}

/* ---- GetConfiguration -------------------------------------------------------------------- */

/* covers: CONF-03 CONF-04 CONF-12 CONF-17 */
static void settings_get_answers_known_keys_and_names_unknown_ones(void **state)
{
    struct fixture *f = *state;
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    const char *keys[] = {"noSuchKey",         "HEARTBEATinterval", "NumberOfConnectors",
                          "HeartbeatInterval", "NOSUCHKEY",         "AuthorizationKey"};
    load(f);
    assert_int_equal(evcp__settings_get(f->settings, keys, 6, &reply), EVCP_OK);
    assert_int_equal(reply.setting_count, 3); /* CONF-03; asked twice, answered once */
    assert_string_equal(reply.settings[0].key, "HeartbeatInterval");
    assert_string_equal(reply.settings[0].value, "3600");
    assert_false(reply.settings[0].readonly);
    assert_string_equal(reply.settings[1].value, "2");
    assert_true(reply.settings[1].readonly);
    assert_null(reply.settings[2].value);
    assert_int_equal(reply.unknown_count, 1); /* CONF-04 */
    assert_string_equal(reply.unknown[0], "noSuchKey");
    free_reply(&reply);
}

static void settings_get_keeps_its_values_after_a_change(void **state)
{
    struct fixture *f = *state;
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    const char *key = "HeartbeatInterval";
    load(f);
    assert_int_equal(evcp__settings_get(f->settings, &key, 1, &reply), EVCP_OK);
    assert_int_equal(change(f, key, "7"), EVCP__OUT_ACCEPTED);
    assert_string_equal(reply.settings[0].value, "3600");
    free_reply(&reply);
}

/* covers: CONF-04 */
static void settings_get_of_only_unknown_keys_has_no_settings(void **state)
{
    struct fixture *f = *state;
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    const char *key = "NoSuchKey";
    load(f);
    assert_int_equal(evcp__settings_get(f->settings, &key, 1, &reply), EVCP_OK);
    assert_int_equal(reply.setting_count, 0);
    assert_int_equal(reply.unknown_count, 1);
    free_reply(&reply);
}

/* covers: CONF-05 */
static void conf_05_more_keys_than_the_limit_are_refused_as_a_whole(void **state)
{
    struct fixture *f = *state;
    struct evcp__reply reply = {.kind = EVCP__REQ_GET_SETTINGS};
    const char *keys[101];
    load(f);
    int32_t limit = evcp__setting_int(f->settings, EVCP__KEY_GET_CONFIGURATION_MAX_KEYS);
    assert_int_equal(limit, 100);
    for (size_t i = 0; i < 101; i++)
        keys[i] = "HeartbeatInterval";
    assert_int_equal(evcp__settings_get(f->settings, keys, 100, &reply), EVCP_OK);
    assert_int_equal(reply.refusal, EVCP__REFUSE_NONE);
    assert_int_equal(reply.setting_count, 1);
    free_reply(&reply);
    assert_int_equal(evcp__settings_get(f->settings, keys, 101, &reply), EVCP_OK);
    assert_int_equal(reply.refusal, EVCP__REFUSE_OCCURRENCE);
    assert_non_null(reply.refusal_text);
    assert_null(reply.settings);
    free_reply(&reply);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(settings_every_key_has_its_row_and_default),
        CASE(settings_good_values_are_accepted_kept_and_effective),
        CASE(settings_bad_values_are_rejected_and_the_old_one_stays),
        CASE(settings_readonly_is_told_exactly_for_keys_that_cannot_be_set),
        CASE(settings_unknown_key_is_not_supported),
        CASE(settings_keys_match_without_case),
        CASE(settings_values_are_kept_in_one_spelling),
        CASE(settings_same_value_is_written_once),
        CASE(settings_uncommitted_change_is_gone_after_a_power_cut),
        CASE(settings_failing_store_is_told_and_changes_nothing),
        CASE(settings_integer_set_by_the_core_is_brought_into_range),
        CASE(settings_value_of_more_than_500_characters_is_rejected),
        CASE(settings_measurands_are_parsed_for_the_meter),
        CASE(settings_empty_sampled_data_means_the_energy_register),
        CASE(settings_all_measurands_fit_one_more_is_rejected),
        CASE(settings_without_measure_there_are_no_phases),
        CASE(settings_without_cache_its_key_does_not_exist),
        CASE(settings_fixed_cable_never_unlocks),
        CASE(settings_numbers_follow_the_configuration),
        CASE(settings_phase_rotation_of_the_largest_station_fits_a_value),
        CASE(ws_15_a_dead_link_is_found_before_messages_are_given_up),
        CASE(settings_of_the_integrator_count_until_the_store_has_its_own),
        CASE(settings_bad_one_of_the_integrator_is_named_and_nothing_is_kept),
        CASE(settings_first_authorization_key_comes_from_the_configuration),
        CASE(settings_damaged_record_reads_as_default_and_is_counted),
        CASE(settings_stored_value_that_is_no_longer_legal_reads_as_default),
        CASE(settings_integrators_value_replaces_a_damaged_record),
        CASE(settings_stored_read_only_value_is_not_believed),
        CASE(settings_get_answers_known_keys_and_names_unknown_ones),
        CASE(settings_get_keeps_its_values_after_a_change),
        CASE(settings_get_of_only_unknown_keys_has_no_settings),
        CASE(conf_05_more_keys_than_the_limit_are_refused_as_a_whole),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
