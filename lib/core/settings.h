/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed registry of configuration keys (OCPP 1.6 section 9, errata, and ours): type, range, unit,
 * access, default, persistence. Keys compare without regard to case.
 */
#ifndef EVCP_CORE_SETTINGS_H
#define EVCP_CORE_SETTINGS_H

#include "store.h"

/* One id per key; the order is that of GetConfiguration. */
enum evcp__key {
    EVCP__KEY_ALLOW_OFFLINE_TX_FOR_UNKNOWN_ID,
    EVCP__KEY_AUTHORIZATION_CACHE_ENABLED,
    EVCP__KEY_AUTHORIZATION_KEY,
    EVCP__KEY_AUTHORIZE_REMOTE_TX_REQUESTS,
    EVCP__KEY_CLOCK_ALIGNED_DATA_INTERVAL,
    EVCP__KEY_CONNECTION_TIME_OUT,
    EVCP__KEY_CONNECTOR_PHASE_ROTATION,
    EVCP__KEY_CONNECTOR_PHASE_ROTATION_MAX_LENGTH,
    EVCP__KEY_GET_CONFIGURATION_MAX_KEYS,
    EVCP__KEY_HEARTBEAT_INTERVAL,
    EVCP__KEY_LOCAL_AUTHORIZE_OFFLINE,
    EVCP__KEY_LOCAL_PRE_AUTHORIZE,
    EVCP__KEY_MAX_ENERGY_ON_INVALID_ID,
    EVCP__KEY_MESSAGE_TIMEOUT,
    EVCP__KEY_METER_VALUES_ALIGNED_DATA,
    EVCP__KEY_METER_VALUES_ALIGNED_DATA_MAX_LENGTH,
    EVCP__KEY_METER_VALUES_SAMPLED_DATA,
    EVCP__KEY_METER_VALUES_SAMPLED_DATA_MAX_LENGTH,
    EVCP__KEY_METER_VALUE_SAMPLE_INTERVAL,
    EVCP__KEY_MINIMUM_STATUS_DURATION,
    EVCP__KEY_NUMBER_OF_CONNECTORS,
    EVCP__KEY_RESET_RETRIES,
    EVCP__KEY_STOP_TRANSACTION_MAX_METER_VALUES,
    EVCP__KEY_STOP_TRANSACTION_ON_EV_SIDE_DISCONNECT,
    EVCP__KEY_STOP_TRANSACTION_ON_INVALID_ID,
    EVCP__KEY_STOP_TXN_ALIGNED_DATA,
    EVCP__KEY_STOP_TXN_ALIGNED_DATA_MAX_LENGTH,
    EVCP__KEY_STOP_TXN_SAMPLED_DATA,
    EVCP__KEY_STOP_TXN_SAMPLED_DATA_MAX_LENGTH,
    EVCP__KEY_SUPPORTED_FEATURE_PROFILES,
    EVCP__KEY_TRANSACTION_MESSAGE_ATTEMPTS,
    EVCP__KEY_TRANSACTION_MESSAGE_RETRY_INTERVAL,
    EVCP__KEY_UNLOCK_CONNECTOR_ON_EV_SIDE_DISCONNECT,
    EVCP__KEY_WEB_SOCKET_PING_INTERVAL,
    EVCP__KEY_LOCAL_AUTH_LIST_ENABLED,
    EVCP__KEY_LOCAL_AUTH_LIST_MAX_LENGTH,
    EVCP__KEY_SEND_LOCAL_LIST_MAX_LENGTH,
    /* ours */
    EVCP__KEY_AUTHORIZE_TIMEOUT,     /* s, default 5: then list and cache decide */
    EVCP__KEY_BACK_OFF_BASE,         /* s, default 5: first wait between connection attempts */
    EVCP__KEY_BACK_OFF_CAP,          /* s, default 300 */
    EVCP__KEY_CONTACTOR_TIMEOUT,     /* s, default 5: confirmation of the contactor */
    EVCP__KEY_PLUG_IN_TIMEOUT,       /* s, default 0 (off): plugged without token -> Finishing */
    EVCP__KEY_POWER_LOSS_POLICY,     /* Resume or Stop, default Resume */
    EVCP__KEY_PRE_BOOT_TRANSACTIONS, /* boolean, default false */
    EVCP__KEYS
};

struct evcp__settings;

/* Reads stored values over the defaults. config->settings and config->authorization_key are the
 * integrator's values for keys that the store does not have yet (staged); they are checked even if
 * it has them. EVCP_EINVAL: one is refused, nothing is staged, *bad names the key (text of
 * `config`, or constant). Damaged records, and values that this hardware or version no longer
 * allows, count as not stored; *damaged is their number. `config` outlives the settings. */
EVCP__MUST_CHECK int evcp__settings_load(struct evcp__settings **out, struct evcp__store *s,
                                         const struct evcp_config *config, const char **bad,
                                         unsigned *damaged);
void evcp__settings_free(struct evcp__settings *settings);

bool evcp__setting_bool(const struct evcp__settings *s, enum evcp__key key);
int32_t evcp__setting_int(const struct evcp__settings *s, enum evcp__key key);
/* The text; lives until the key changes. AuthorizationKey too: for the port, never for the wire. */
const char *evcp__setting_text(const struct evcp__settings *s, enum evcp__key key);

/* A parsed list of measurands (OCPP 1.6 9.1.17): what, and phase or EVCP_PHASE_NONE for all. */
struct evcp__measurand_item {
    uint8_t measurand;
    uint8_t phase;
};
/* Items of one of the four measurand keys; an empty MeterValuesSampledData reads as the energy
 * register (OCTT TC_070). Returns their number. */
size_t evcp__setting_measurands(const struct evcp__settings *s, enum evcp__key key,
                                const struct evcp__measurand_item **items);

/* ChangeConfiguration: *outcome is ACCEPTED, REJECTED or NOT_SUPPORTED (no key needs a reboot);
 * *changed the key, or EVCP__KEYS if not ACCEPTED. Stages the write; none if the same value is
 * stored already. An error code abandons the step. */
EVCP__MUST_CHECK int evcp__settings_change(struct evcp__settings *s, const char *key,
                                           const char *value, enum evcp__outcome *outcome,
                                           enum evcp__key *changed);

/* Sets an integer key on behalf of the core (HeartbeatInterval from the boot answer). What is out
 * of the key's range becomes the nearest legal value. */
EVCP__MUST_CHECK int evcp__settings_put_int(struct evcp__settings *s, enum evcp__key key,
                                            int32_t value);

/* GetConfiguration: fills settings, setting_count, unknown, unknown_count of the reply. No keys:
 * all. Keys without a feature (no cache) do not exist. More keys than GetConfigurationMaxKeys: the
 * request is refused (reply->refusal), a part of an answer would look like the whole. EVCP_ENOMEM:
 * what the reply owns so far is freed with it. */
EVCP__MUST_CHECK int evcp__settings_get(const struct evcp__settings *s, const char *const *keys,
                                        size_t key_count, struct evcp__reply *reply);

/* EVCP__KEYS if there is no such key. */
enum evcp__key evcp__setting_find(const struct evcp__settings *s, const char *name);
const char *evcp__setting_name(enum evcp__key key);

#endif
