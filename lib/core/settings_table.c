/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every configuration key with its type, access, default and range. What the standard leaves open
 * (ranges, defaults) is decided here, with the reason where it is not plain.
 */
#include "settings_table.h"

#include <assert.h>

#define DAY     86400
#define FOREVER INT32_MAX /* "so long that it never comes" is a value people do set */

#define BOOLEAN    EVCP__VALUE_BOOLEAN, EVCP__READ_WRITE
#define INTEGER    EVCP__VALUE_INTEGER, EVCP__READ_WRITE
#define MEASURANDS EVCP__VALUE_MEASURANDS, EVCP__READ_WRITE
#define CHOICE     EVCP__VALUE_CHOICE, EVCP__READ_WRITE
#define NUMBER_RO  EVCP__VALUE_INTEGER, EVCP__READ_ONLY
#define NUMBER     0, INT32_MAX

/* clang-format off */
static const struct evcp__setting_row table[EVCP__KEYS] = {
    /* A foreign card charges while the central system is away only if the operator says so. */
    [EVCP__KEY_ALLOW_OFFLINE_TX_FOR_UNKNOWN_ID] =
        {"AllowOfflineTxForUnknownId", BOOLEAN, "false", 0, 0},
    /* Exists only if there is a cache (9.1.2). */
    [EVCP__KEY_AUTHORIZATION_CACHE_ENABLED] =
        {"AuthorizationCacheEnabled", BOOLEAN, "true", 0, 0},
    /* Hex digits of 16 to 20 bytes (security whitepaper A00.FR.205); never readable. */
    [EVCP__KEY_AUTHORIZATION_KEY] =
        {"AuthorizationKey", EVCP__VALUE_HEX, EVCP__WRITE_ONLY, "", 32, 40},
    [EVCP__KEY_AUTHORIZE_REMOTE_TX_REQUESTS] =
        {"AuthorizeRemoteTxRequests", BOOLEAN, "false", 0, 0},
    /* s; 0: off. The grid begins anew at midnight, so a longer step than a day has no meaning. */
    [EVCP__KEY_CLOCK_ALIGNED_DATA_INTERVAL] =
        {"ClockAlignedDataInterval", INTEGER, "0", 0, DAY},
    /* s; 0 would end every start before a cable can be plugged. */
    [EVCP__KEY_CONNECTION_TIME_OUT] =
        {"ConnectionTimeOut", INTEGER, "60", 1, DAY},
    /* A connector that is not named is Unknown. */
    [EVCP__KEY_CONNECTOR_PHASE_ROTATION] =
        {"ConnectorPhaseRotation", EVCP__VALUE_ROTATION, EVCP__READ_WRITE, NULL, 0, 0},
    [EVCP__KEY_CONNECTOR_PHASE_ROTATION_MAX_LENGTH] =
        {"ConnectorPhaseRotationMaxLength", NUMBER_RO, NULL, NUMBER},
    [EVCP__KEY_GET_CONFIGURATION_MAX_KEYS] =
        {"GetConfigurationMaxKeys", NUMBER_RO, NULL, NUMBER},
    /* s; until the answer to the first BootNotification replaces it. An hour keeps mobile data
     * low; the WebSocket ping finds a dead link long before. */
    [EVCP__KEY_HEARTBEAT_INTERVAL] =
        {"HeartbeatInterval", INTEGER, "3600", 1, FOREVER},
    [EVCP__KEY_LOCAL_AUTHORIZE_OFFLINE] =
        {"LocalAuthorizeOffline", BOOLEAN, "true", 0, 0},
    [EVCP__KEY_LOCAL_PRE_AUTHORIZE] =
        {"LocalPreAuthorize", BOOLEAN, "false", 0, 0},
    /* Wh */
    [EVCP__KEY_MAX_ENERGY_ON_INVALID_ID] =
        {"MaxEnergyOnInvalidId", INTEGER, "0", 0, FOREVER},
    /* s (errata 3.83); 0 would fail every call. */
    [EVCP__KEY_MESSAGE_TIMEOUT] =
        {"MessageTimeout", INTEGER, "30", 1, 3600},
    [EVCP__KEY_METER_VALUES_ALIGNED_DATA] =
        {"MeterValuesAlignedData", MEASURANDS, "Energy.Active.Import.Register", 0, 0},
    [EVCP__KEY_METER_VALUES_ALIGNED_DATA_MAX_LENGTH] =
        {"MeterValuesAlignedDataMaxLength", NUMBER_RO, NULL, NUMBER},
    [EVCP__KEY_METER_VALUES_SAMPLED_DATA] =
        {"MeterValuesSampledData", MEASURANDS, "Energy.Active.Import.Register", 0, 0},
    [EVCP__KEY_METER_VALUES_SAMPLED_DATA_MAX_LENGTH] =
        {"MeterValuesSampledDataMaxLength", NUMBER_RO, NULL, NUMBER},
    /* s; 0: off */
    [EVCP__KEY_METER_VALUE_SAMPLE_INTERVAL] =
        {"MeterValueSampleInterval", INTEGER, "60", 0, FOREVER},
    /* s */
    [EVCP__KEY_MINIMUM_STATUS_DURATION] =
        {"MinimumStatusDuration", INTEGER, "0", 0, 3600},
    [EVCP__KEY_NUMBER_OF_CONNECTORS] =
        {"NumberOfConnectors", NUMBER_RO, NULL, NUMBER},
    /* times */
    [EVCP__KEY_RESET_RETRIES] =
        {"ResetRetries", INTEGER, "2", 0, 100},
    [EVCP__KEY_STOP_TRANSACTION_MAX_METER_VALUES] =
        {"StopTransactionMaxMeterValues", NUMBER_RO, NULL, NUMBER},
    [EVCP__KEY_STOP_TRANSACTION_ON_EV_SIDE_DISCONNECT] =
        {"StopTransactionOnEVSideDisconnect", BOOLEAN, "true", 0, 0},
    [EVCP__KEY_STOP_TRANSACTION_ON_INVALID_ID] =
        {"StopTransactionOnInvalidId", BOOLEAN, "true", 0, 0},
    [EVCP__KEY_STOP_TXN_ALIGNED_DATA] =
        {"StopTxnAlignedData", MEASURANDS, "", 0, 0},
    [EVCP__KEY_STOP_TXN_ALIGNED_DATA_MAX_LENGTH] =
        {"StopTxnAlignedDataMaxLength", NUMBER_RO, NULL, NUMBER},
    [EVCP__KEY_STOP_TXN_SAMPLED_DATA] =
        {"StopTxnSampledData", MEASURANDS, "", 0, 0},
    [EVCP__KEY_STOP_TXN_SAMPLED_DATA_MAX_LENGTH] =
        {"StopTxnSampledDataMaxLength", NUMBER_RO, NULL, NUMBER},
    [EVCP__KEY_SUPPORTED_FEATURE_PROFILES] =
        {"SupportedFeatureProfiles", EVCP__VALUE_TEXT, EVCP__READ_ONLY,
         "Core,LocalAuthListManagement,RemoteTrigger", 0, 0},
    /* times; 0 is taken as one transmission without a repeat */
    [EVCP__KEY_TRANSACTION_MESSAGE_ATTEMPTS] =
        {"TransactionMessageAttempts", INTEGER, "3", 0, 1000},
    /* s, times the number of transmissions made */
    [EVCP__KEY_TRANSACTION_MESSAGE_RETRY_INTERVAL] =
        {"TransactionMessageRetryInterval", INTEGER, "60", 0, DAY},
    /* With a fixed cable there is nothing to unlock: read-only and false (errata 3.84). */
    [EVCP__KEY_UNLOCK_CONNECTOR_ON_EV_SIDE_DISCONNECT] =
        {"UnlockConnectorOnEVSideDisconnect", BOOLEAN, "true", 0, 0},
    /* s; 0: no pings. Shorter than attempts times retry interval (OCPP-J errata 3.11), so that a
     * dead link is found before transaction messages are given up. */
    [EVCP__KEY_WEB_SOCKET_PING_INTERVAL] =
        {"WebSocketPingInterval", INTEGER, "60", 0, DAY},
    [EVCP__KEY_LOCAL_AUTH_LIST_ENABLED] =
        {"LocalAuthListEnabled", BOOLEAN, "true", 0, 0},
    [EVCP__KEY_LOCAL_AUTH_LIST_MAX_LENGTH] =
        {"LocalAuthListMaxLength", NUMBER_RO, NULL, NUMBER},
    [EVCP__KEY_SEND_LOCAL_LIST_MAX_LENGTH] =
        {"SendLocalListMaxLength", NUMBER_RO, NULL, NUMBER},
    /* ours */
    /* s; a driver stands at the pole meanwhile */
    [EVCP__KEY_AUTHORIZE_TIMEOUT] =
        {"AuthorizeTimeout", INTEGER, "5", 1, 120},
    /* s; if it is longer than BackOffCap, the cap counts */
    [EVCP__KEY_BACK_OFF_BASE] =
        {"BackOffBase", INTEGER, "5", 1, 3600},
    [EVCP__KEY_BACK_OFF_CAP] =
        {"BackOffCap", INTEGER, "300", 1, DAY},
    /* s */
    [EVCP__KEY_CONTACTOR_TIMEOUT] =
        {"ContactorTimeout", INTEGER, "5", 1, 300},
    /* s; 0: off */
    [EVCP__KEY_PLUG_IN_TIMEOUT] =
        {"PlugInTimeout", INTEGER, "0", 0, DAY},
    [EVCP__KEY_POWER_LOSS_POLICY] =
        {"PowerLossPolicy", CHOICE, "Resume|Stop", 0, 0},
    [EVCP__KEY_PRE_BOOT_TRANSACTIONS] =
        {"PreBootTransactions", BOOLEAN, "false", 0, 0},
};
/* clang-format on */

const struct evcp__setting_row *evcp__setting_row(enum evcp__key key)
{
    assert((unsigned)key < EVCP__KEYS);
    return &table[key];
}

const char *evcp__setting_name(enum evcp__key key)
{
    return evcp__setting_row(key)->name;
}
