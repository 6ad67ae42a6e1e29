/* SPDX-License-Identifier: Apache-2.0 */
/* The words of OCPP 1.6 chapter 7, from and to the vocabulary of the core. */
#include "ocpp16.h"

#include <assert.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *pick(const char *const *words, size_t count, size_t index)
{
    assert(index < count);
    return index < count ? words[index] : "";
}

/* Index of the word, or `count`. */
static size_t find(const char *const *words, size_t count, const char *word)
{
    size_t i = 0;
    while (i < count && strcmp(words[i], word) != 0)
        i++;
    return i;
}

const char *evcp__ocpp16_status(enum evcp_status status)
{
    static const char *const words[] = {
        [EVCP_STATUS_AVAILABLE] = "Available",
        [EVCP_STATUS_PREPARING] = "Preparing",
        [EVCP_STATUS_CHARGING] = "Charging",
        [EVCP_STATUS_SUSPENDED_EV] = "SuspendedEV",
        [EVCP_STATUS_SUSPENDED_EVSE] = "SuspendedEVSE",
        [EVCP_STATUS_FINISHING] = "Finishing",
        [EVCP_STATUS_RESERVED] = "Reserved",
        [EVCP_STATUS_UNAVAILABLE] = "Unavailable",
        [EVCP_STATUS_FAULTED] = "Faulted",
    };
    return pick(words, COUNT(words), (size_t)status);
}

const char *evcp__ocpp16_error_code(enum evcp_error_code code)
{
    static const char *const words[] = {
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
    return pick(words, COUNT(words), (size_t)code);
}

const char *evcp__ocpp16_reason(enum evcp_stop_reason reason)
{
    static const char *const words[] = {
        [EVCP_STOP_LOCAL] = "Local",
        [EVCP_STOP_REMOTE] = "Remote",
        [EVCP_STOP_EV_DISCONNECTED] = "EVDisconnected",
        [EVCP_STOP_DE_AUTHORIZED] = "DeAuthorized",
        [EVCP_STOP_UNLOCK_COMMAND] = "UnlockCommand",
        [EVCP_STOP_SOFT_RESET] = "SoftReset",
        [EVCP_STOP_HARD_RESET] = "HardReset",
        [EVCP_STOP_REBOOT] = "Reboot",
        [EVCP_STOP_POWER_LOSS] = "PowerLoss",
        [EVCP_STOP_EMERGENCY_STOP] = "EmergencyStop",
        [EVCP_STOP_OTHER] = "Other",
    };
    return pick(words, COUNT(words), (size_t)reason);
}

const char *evcp__ocpp16_context(enum evcp__context context)
{
    static const char *const words[] = {
        [EVCP__CONTEXT_PERIODIC] = "Sample.Periodic",
        [EVCP__CONTEXT_CLOCK] = "Sample.Clock",
        [EVCP__CONTEXT_BEGIN] = "Transaction.Begin",
        [EVCP__CONTEXT_END] = "Transaction.End",
        [EVCP__CONTEXT_TRIGGER] = "Trigger",
        [EVCP__CONTEXT_INTERRUPTION_BEGIN] = "Interruption.Begin",
        [EVCP__CONTEXT_INTERRUPTION_END] = "Interruption.End",
        [EVCP__CONTEXT_OTHER] = "Other",
    };
    return pick(words, COUNT(words), (size_t)context);
}

const char *evcp__ocpp16_location(enum evcp_location location)
{
    static const char *const words[] = {
        [EVCP_LOCATION_OUTLET] = "Outlet", [EVCP_LOCATION_INLET] = "Inlet",
        [EVCP_LOCATION_CABLE] = "Cable",   [EVCP_LOCATION_BODY] = "Body",
        [EVCP_LOCATION_EV] = "EV",
    };
    return pick(words, COUNT(words), (size_t)location);
}

const char *evcp__ocpp16_unit(enum evcp_measurand measurand)
{
    switch (measurand) {
    case EVCP_ENERGY_ACTIVE_IMPORT_REGISTER:
    case EVCP_ENERGY_ACTIVE_EXPORT_REGISTER:
    case EVCP_ENERGY_ACTIVE_IMPORT_INTERVAL:
    case EVCP_ENERGY_ACTIVE_EXPORT_INTERVAL: return "Wh";
    case EVCP_ENERGY_REACTIVE_IMPORT_REGISTER:
    case EVCP_ENERGY_REACTIVE_EXPORT_REGISTER:
    case EVCP_ENERGY_REACTIVE_IMPORT_INTERVAL:
    case EVCP_ENERGY_REACTIVE_EXPORT_INTERVAL: return "varh";
    case EVCP_POWER_ACTIVE_EXPORT:
    case EVCP_POWER_ACTIVE_IMPORT:
    case EVCP_POWER_OFFERED: return "W";
    case EVCP_POWER_REACTIVE_EXPORT:
    case EVCP_POWER_REACTIVE_IMPORT: return "var";
    case EVCP_CURRENT_EXPORT:
    case EVCP_CURRENT_IMPORT:
    case EVCP_CURRENT_OFFERED: return "A";
    case EVCP_VOLTAGE: return "V";
    case EVCP_TEMPERATURE: return "Celcius"; /* the spelling that all peers know */
    case EVCP_SOC: return "Percent";
    case EVCP_POWER_FACTOR:
    case EVCP_FREQUENCY:
    case EVCP_RPM: return NULL;
    case EVCP_MEASURANDS: break;
    }
    assert(0 && "not a measurand");
    return NULL;
}

const char *evcp__ocpp16_outcome(enum evcp__outcome outcome)
{
    static const char *const words[] = {
        [EVCP__OUT_ACCEPTED] = "Accepted",
        [EVCP__OUT_REJECTED] = "Rejected",
        [EVCP__OUT_SCHEDULED] = "Scheduled",
        [EVCP__OUT_NOT_SUPPORTED] = "NotSupported",
        [EVCP__OUT_NOT_IMPLEMENTED] = "NotImplemented",
        [EVCP__OUT_REBOOT_REQUIRED] = "RebootRequired",
        [EVCP__OUT_FAILED] = "Failed",
        [EVCP__OUT_VERSION_MISMATCH] = "VersionMismatch",
        [EVCP__OUT_UNLOCKED] = "Unlocked",
        [EVCP__OUT_UNLOCK_FAILED] = "UnlockFailed",
        [EVCP__OUT_UNKNOWN_VENDOR_ID] = "UnknownVendorId",
        [EVCP__OUT_UNKNOWN_MESSAGE_ID] = "UnknownMessageId",
    };
    return pick(words, COUNT(words), (size_t)outcome);
}

const char *evcp__ocpp16_action(enum evcp__fact_kind kind)
{
    static const char *const words[EVCP__FACT_KINDS] = {
        [EVCP__FACT_BOOT] = "BootNotification",     [EVCP__FACT_HEARTBEAT] = "Heartbeat",
        [EVCP__FACT_STATUS] = "StatusNotification", [EVCP__FACT_AUTHORIZE] = "Authorize",
        [EVCP__FACT_STARTED] = "StartTransaction",  [EVCP__FACT_UPDATED] = "MeterValues",
        [EVCP__FACT_ENDED] = "StopTransaction",
    };
    return pick(words, COUNT(words), (size_t)kind);
}

enum evcp_auth_status evcp__ocpp16_auth_status(const char *word)
{
    static const char *const words[] = {
        [EVCP_AUTH_ACCEPTED] = "Accepted",
        [EVCP_AUTH_BLOCKED] = "Blocked",
        [EVCP_AUTH_EXPIRED] = "Expired",
        [EVCP_AUTH_INVALID] = "Invalid",
        [EVCP_AUTH_CONCURRENT_TX] = "ConcurrentTx",
    };
    size_t found = find(words, COUNT(words), word);
    assert(found < COUNT(words));
    return (enum evcp_auth_status)found;
}

enum evcp__registration evcp__ocpp16_registration(const char *word)
{
    static const char *const words[] = {
        [EVCP__REGISTRATION_ACCEPTED] = "Accepted",
        [EVCP__REGISTRATION_PENDING] = "Pending",
        [EVCP__REGISTRATION_REJECTED] = "Rejected",
    };
    size_t found = find(words, COUNT(words), word);
    assert(found < COUNT(words));
    return (enum evcp__registration)found;
}

enum evcp__trigger evcp__ocpp16_trigger(const char *word)
{
    static const char *const words[EVCP__TRIGGER_UNSUPPORTED] = {
        [EVCP__TRIGGER_BOOT] = "BootNotification",
        [EVCP__TRIGGER_HEARTBEAT] = "Heartbeat",
        [EVCP__TRIGGER_METER_VALUES] = "MeterValues",
        [EVCP__TRIGGER_STATUS] = "StatusNotification",
    };
    return (enum evcp__trigger)find(words, COUNT(words), word);
}
