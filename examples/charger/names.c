/* SPDX-License-Identifier: Apache-2.0 */
/* The library's enumerations as text, as OCPP spells them where it knows them. */
#include "names.h"

#include <string.h>

const char *name_of_link(enum evcp_link_state link)
{
    switch (link) {
    case EVCP_LINK_DOWN: return "down";
    case EVCP_LINK_CONNECTING: return "connecting";
    case EVCP_LINK_BOOTING: return "booting";
    case EVCP_LINK_PENDING: return "pending";
    case EVCP_LINK_REJECTED: return "rejected";
    case EVCP_LINK_ONLINE: return "online";
    }
    return "?";
}

const char *name_of_status(enum evcp_status status)
{
    switch (status) {
    case EVCP_STATUS_AVAILABLE: return "Available";
    case EVCP_STATUS_PREPARING: return "Preparing";
    case EVCP_STATUS_CHARGING: return "Charging";
    case EVCP_STATUS_SUSPENDED_EV: return "SuspendedEV";
    case EVCP_STATUS_SUSPENDED_EVSE: return "SuspendedEVSE";
    case EVCP_STATUS_FINISHING: return "Finishing";
    case EVCP_STATUS_RESERVED: return "Reserved";
    case EVCP_STATUS_UNAVAILABLE: return "Unavailable";
    case EVCP_STATUS_FAULTED: return "Faulted";
    }
    return "?";
}

static const char *const errors[] = {
    [EVCP_ERROR_NO_ERROR] = "NoError",
    [EVCP_ERROR_CONNECTOR_LOCK_FAILURE] = "ConnectorLockFailure",
    [EVCP_ERROR_EV_COMMUNICATION_ERROR] = "EVCommunicationError",
    [EVCP_ERROR_GROUND_FAILURE] = "GroundFailure",
    [EVCP_ERROR_HIGH_TEMPERATURE] = "HighTemperature",
    [EVCP_ERROR_INTERNAL_ERROR] = "InternalError",
    [EVCP_ERROR_LOCAL_LIST_CONFLICT] = "LocalListConflict",
    [EVCP_ERROR_OTHER_ERROR] = "OtherError",
    [EVCP_ERROR_OVER_CURRENT_FAILURE] = "OverCurrentFailure",
    [EVCP_ERROR_OVER_VOLTAGE] = "OverVoltage",
    [EVCP_ERROR_POWER_METER_FAILURE] = "PowerMeterFailure",
    [EVCP_ERROR_POWER_SWITCH_FAILURE] = "PowerSwitchFailure",
    [EVCP_ERROR_READER_FAILURE] = "ReaderFailure",
    [EVCP_ERROR_RESET_FAILURE] = "ResetFailure",
    [EVCP_ERROR_UNDER_VOLTAGE] = "UnderVoltage",
    [EVCP_ERROR_WEAK_SIGNAL] = "WeakSignal",
};

const char *name_of_error(enum evcp_error_code code)
{
    return errors[code];
}

bool error_from_name(const char *name, enum evcp_error_code *code)
{
    for (unsigned i = EVCP_ERROR_NO_ERROR + 1; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (strcmp(name, errors[i]) == 0) {
            *code = (enum evcp_error_code)i;
            return true;
        }
    }
    return false;
}

const char *name_of_token_type(enum evcp_token_type type)
{
    switch (type) {
    case EVCP_TOKEN_UNKNOWN: return "Unknown";
    case EVCP_TOKEN_ISO14443: return "ISO14443";
    case EVCP_TOKEN_ISO15693: return "ISO15693";
    case EVCP_TOKEN_VIN: return "VIN";
    case EVCP_TOKEN_EVCCID: return "EVCCID";
    case EVCP_TOKEN_MAC: return "MacAddress";
    case EVCP_TOKEN_EMAID: return "eMAID";
    case EVCP_TOKEN_KEYCODE: return "KeyCode";
    case EVCP_TOKEN_LOCAL: return "Local";
    case EVCP_TOKEN_CENTRAL: return "Central";
    case EVCP_TOKEN_NO_AUTHORIZATION: return "NoAuthorization";
    case EVCP_TOKEN_TYPES: break;
    }
    return "?";
}

const char *name_of_decision(enum evcp_decision_reason reason)
{
    switch (reason) {
    case EVCP_BY_CENTRAL_SYSTEM: return "central";
    case EVCP_BY_LIST: return "list";
    case EVCP_BY_CACHE: return "cache";
    case EVCP_BY_UNKNOWN_POLICY: return "unknownPolicy";
    case EVCP_BY_SAME_TOKEN: return "sameToken";
    case EVCP_BY_GROUP: return "group";
    case EVCP_BY_REMOTE_REQUEST: return "remote";
    case EVCP_BY_LIST_EXPIRED: return "listExpired";
    case EVCP_BY_CACHE_EXPIRED: return "cacheExpired";
    case EVCP_BY_OFFLINE_DISABLED: return "offlineDisabled";
    case EVCP_BY_UNKNOWN: return "unknown";
    case EVCP_BY_TOKEN_RULE: return "tokenRule";
    case EVCP_BY_NOT_REGISTERED: return "notRegistered";
    case EVCP_BY_UNAVAILABLE: return "unavailable";
    case EVCP_BY_STORE: return "store";
    case EVCP_BY_TIMEOUT: return "timeout";
    case EVCP_BY_OTHER_TOKEN: return "otherToken";
    }
    return "?";
}

const char *explain_decision(enum evcp_decision_reason reason)
{
    switch (reason) {
    case EVCP_BY_CENTRAL_SYSTEM: return "the central system says so";
    case EVCP_BY_LIST: return "by the local list";
    case EVCP_BY_CACHE: return "by the authorization cache";
    case EVCP_BY_UNKNOWN_POLICY: return "unknown, and unknown ids are allowed offline";
    case EVCP_BY_SAME_TOKEN: return "it began this transaction";
    case EVCP_BY_GROUP: return "same group as the one that began";
    case EVCP_BY_REMOTE_REQUEST: return "asked for by the central system";
    case EVCP_BY_LIST_EXPIRED: return "expired in the local list";
    case EVCP_BY_CACHE_EXPIRED: return "expired in the cache";
    case EVCP_BY_OFFLINE_DISABLED: return "offline authorization is switched off";
    case EVCP_BY_UNKNOWN: return "unknown";
    case EVCP_BY_TOKEN_RULE: return "this kind of token needs the central system";
    case EVCP_BY_NOT_REGISTERED: return "the charge point is not registered";
    case EVCP_BY_UNAVAILABLE: return "the connector is not available";
    case EVCP_BY_STORE: return "the store has no room or does not work";
    case EVCP_BY_TIMEOUT: return "nobody answered and nothing is known";
    case EVCP_BY_OTHER_TOKEN: return "another token holds the connector";
    }
    return "?";
}

const char *name_of_auth_status(enum evcp_auth_status status)
{
    switch (status) {
    case EVCP_AUTH_ACCEPTED: return "Accepted";
    case EVCP_AUTH_BLOCKED: return "Blocked";
    case EVCP_AUTH_EXPIRED: return "Expired";
    case EVCP_AUTH_INVALID: return "Invalid";
    case EVCP_AUTH_CONCURRENT_TX: return "ConcurrentTx";
    }
    return "?";
}

const char *name_of_stop_reason(enum evcp_stop_reason reason)
{
    switch (reason) {
    case EVCP_STOP_LOCAL: return "Local";
    case EVCP_STOP_REMOTE: return "Remote";
    case EVCP_STOP_EV_DISCONNECTED: return "EVDisconnected";
    case EVCP_STOP_DE_AUTHORIZED: return "DeAuthorized";
    case EVCP_STOP_UNLOCK_COMMAND: return "UnlockCommand";
    case EVCP_STOP_SOFT_RESET: return "SoftReset";
    case EVCP_STOP_HARD_RESET: return "HardReset";
    case EVCP_STOP_REBOOT: return "Reboot";
    case EVCP_STOP_POWER_LOSS: return "PowerLoss";
    case EVCP_STOP_EMERGENCY_STOP: return "EmergencyStop";
    case EVCP_STOP_OTHER: return "Other";
    }
    return "?";
}
