/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the OCPP 1.6 requests that a charge point sends, by chapters 6 and 7. */
#include "requests.h"

#define REQUIRED true
#define OPTIONAL false
#define END                                                                                        \
    {                                                                                              \
        NULL, FIELD_TEXT, OPTIONAL, 0, NULL, NULL                                                  \
    }

#define TEXT(name, presence, longest)                                                              \
    {                                                                                              \
        name, FIELD_TEXT, presence, longest, NULL, NULL                                            \
    }
#define WORD(name, presence, words)                                                                \
    {                                                                                              \
        name, FIELD_TEXT, presence, 0, words, NULL                                                 \
    }
#define INTEGER(name, presence)                                                                    \
    {                                                                                              \
        name, FIELD_INTEGER, presence, 0, NULL, NULL                                               \
    }
#define DATE(name, presence)                                                                       \
    {                                                                                              \
        name, FIELD_DATE, presence, 0, NULL, NULL                                                  \
    }
#define LIST(name, presence, items)                                                                \
    {                                                                                              \
        name, FIELD_LIST, presence, 0, NULL, items                                                 \
    }

static const char *const charge_point_statuses[] = {
    "Available", "Preparing", "Charging",    "SuspendedEV", "SuspendedEVSE",
    "Finishing", "Reserved",  "Unavailable", "Faulted",     NULL};

static const char *const error_codes[] = {"NoError",
                                          "ConnectorLockFailure",
                                          "EVCommunicationError",
                                          "GroundFailure",
                                          "HighTemperature",
                                          "InternalError",
                                          "LocalListConflict",
                                          "OtherError",
                                          "OverCurrentFailure",
                                          "OverVoltage",
                                          "PowerMeterFailure",
                                          "PowerSwitchFailure",
                                          "ReaderFailure",
                                          "ResetFailure",
                                          "UnderVoltage",
                                          "WeakSignal",
                                          NULL};

static const char *const reasons[] = {
    "Local",     "Remote", "EVDisconnected", "DeAuthorized",  "EmergencyStop", "HardReset",
    "SoftReset", "Reboot", "PowerLoss",      "UnlockCommand", "Other",         NULL};

static const char *const diagnostics_statuses[] = {"Idle", "Uploading", "Uploaded", "UploadFailed",
                                                   NULL};

static const char *const firmware_statuses[] = {
    "Idle",       "Downloading", "Downloaded",         "DownloadFailed",
    "Installing", "Installed",   "InstallationFailed", NULL};

static const char *const contexts[] = {"Sample.Periodic",
                                       "Sample.Clock",
                                       "Transaction.Begin",
                                       "Transaction.End",
                                       "Interruption.Begin",
                                       "Interruption.End",
                                       "Trigger",
                                       "Other",
                                       NULL};

static const char *const formats[] = {"Raw", "SignedData", NULL};

static const char *const measurands[] = {"Energy.Active.Import.Register",
                                         "Energy.Active.Export.Register",
                                         "Energy.Active.Import.Interval",
                                         "Energy.Active.Export.Interval",
                                         "Energy.Reactive.Import.Register",
                                         "Energy.Reactive.Export.Register",
                                         "Energy.Reactive.Import.Interval",
                                         "Energy.Reactive.Export.Interval",
                                         "Power.Active.Import",
                                         "Power.Active.Export",
                                         "Power.Reactive.Import",
                                         "Power.Reactive.Export",
                                         "Power.Offered",
                                         "Power.Factor",
                                         "Current.Import",
                                         "Current.Export",
                                         "Current.Offered",
                                         "Voltage",
                                         "Frequency",
                                         "Temperature",
                                         "SoC",
                                         "RPM",
                                         NULL};

static const char *const phases[] = {"L1",   "L2",    "L3",    "N",     "L1-N", "L2-N",
                                     "L3-N", "L1-L2", "L2-L3", "L3-L1", NULL};

static const char *const locations[] = {"Outlet", "Inlet", "Cable", "EV", "Body", NULL};

/* Both spellings of Celsius are legal (OCPP-J errata 2.1); Hertz is in the errata sheet. */
static const char *const units[] = {
    "Wh", "kWh", "varh", "kvarh",   "W",       "kW",      "VA",         "kVA",   "var", "kvar",
    "A",  "V",   "K",    "Percent", "Celsius", "Celcius", "Fahrenheit", "Hertz", NULL};

static const struct field sampled_value[] = {
    TEXT("value", REQUIRED, 0),        WORD("context", OPTIONAL, contexts),
    WORD("format", OPTIONAL, formats), WORD("measurand", OPTIONAL, measurands),
    WORD("phase", OPTIONAL, phases),   WORD("location", OPTIONAL, locations),
    WORD("unit", OPTIONAL, units),     END,
};

static const struct field meter_value[] = {
    DATE("timestamp", REQUIRED),
    LIST("sampledValue", REQUIRED, sampled_value),
    END,
};

const struct field requests_authorize[] = {TEXT("idTag", REQUIRED, 20), END};

const struct field requests_boot_notification[] = {
    TEXT("chargePointVendor", REQUIRED, 20),
    TEXT("chargePointModel", REQUIRED, 20),
    TEXT("chargePointSerialNumber", OPTIONAL, 25),
    TEXT("chargeBoxSerialNumber", OPTIONAL, 25),
    TEXT("firmwareVersion", OPTIONAL, 50),
    TEXT("iccid", OPTIONAL, 20),
    TEXT("imsi", OPTIONAL, 20),
    TEXT("meterType", OPTIONAL, 25),
    TEXT("meterSerialNumber", OPTIONAL, 25),
    END,
};

const struct field requests_data_transfer[] = {
    TEXT("vendorId", REQUIRED, 255),
    TEXT("messageId", OPTIONAL, 50),
    TEXT("data", OPTIONAL, 0),
    END,
};

const struct field requests_diagnostics_status[] = {
    WORD("status", REQUIRED, diagnostics_statuses),
    END,
};

const struct field requests_firmware_status[] = {
    WORD("status", REQUIRED, firmware_statuses),
    END,
};

const struct field requests_heartbeat[] = {END};

const struct field requests_meter_values[] = {
    INTEGER("connectorId", REQUIRED),
    INTEGER("transactionId", OPTIONAL),
    LIST("meterValue", REQUIRED, meter_value),
    END,
};

const struct field requests_start_transaction[] = {
    INTEGER("connectorId", REQUIRED), TEXT("idTag", REQUIRED, 20),
    INTEGER("meterStart", REQUIRED),  INTEGER("reservationId", OPTIONAL),
    DATE("timestamp", REQUIRED),      END,
};

const struct field requests_status_notification[] = {
    INTEGER("connectorId", REQUIRED),
    WORD("errorCode", REQUIRED, error_codes),
    WORD("status", REQUIRED, charge_point_statuses),
    TEXT("info", OPTIONAL, 50),
    DATE("timestamp", OPTIONAL),
    TEXT("vendorId", OPTIONAL, 255),
    TEXT("vendorErrorCode", OPTIONAL, 50),
    END,
};

const struct field requests_stop_transaction[] = {
    TEXT("idTag", OPTIONAL, 20),
    INTEGER("meterStop", REQUIRED),
    DATE("timestamp", REQUIRED),
    INTEGER("transactionId", REQUIRED),
    WORD("reason", OPTIONAL, reasons),
    LIST("transactionData", OPTIONAL, meter_value),
    END,
};
