# SPDX-License-Identifier: Apache-2.0
"""Configuration keys: every one of them, read and written as central systems do."""
import pytest

from harness import covers

REQUIRED = {
    "AuthorizeRemoteTxRequests", "ClockAlignedDataInterval", "ConnectionTimeOut",
    "ConnectorPhaseRotation", "GetConfigurationMaxKeys", "HeartbeatInterval",
    "LocalAuthorizeOffline", "LocalPreAuthorize", "MeterValuesAlignedData",
    "MeterValuesSampledData", "MeterValueSampleInterval", "NumberOfConnectors", "ResetRetries",
    "StopTransactionOnInvalidId", "StopTxnAlignedData", "StopTxnSampledData",
    "SupportedFeatureProfiles", "TransactionMessageAttempts", "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect", "LocalAuthListEnabled", "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
}
BOOLEANS = ["AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled",
            "AuthorizeRemoteTxRequests", "LocalAuthListEnabled", "LocalAuthorizeOffline",
            "LocalPreAuthorize", "StopTransactionOnEVSideDisconnect", "StopTransactionOnInvalidId"]
INTEGERS = ["ClockAlignedDataInterval", "ConnectionTimeOut", "HeartbeatInterval",
            "MaxEnergyOnInvalidId", "MessageTimeout", "MeterValueSampleInterval",
            "MinimumStatusDuration", "ResetRetries", "TransactionMessageAttempts",
            "TransactionMessageRetryInterval", "WebSocketPingInterval"]
MEASURANDS = ["MeterValuesAlignedData", "MeterValuesSampledData", "StopTxnAlignedData",
              "StopTxnSampledData"]


def items(central, *keys):
    answer = central.call("GetConfiguration", {"key": list(keys)} if keys else {})
    return {item["key"]: item for item in answer["configurationKey"]}


def change(central, key, value):
    return central.call("ChangeConfiguration", {"key": key, "value": value})["status"]


@pytest.mark.parametrize("payload", [{}, {"key": []}], ids=["absent", "empty"])
@covers("CONF-02", "CONF-14", "CONF-01", "CONF-15", "CONF-19")
def test_configuration_of_all_keys(central, charger, payload):
    charger(connectors=2)
    answer = central.raw_call("GetConfiguration", payload)
    found = {item["key"]: item for item in answer["configurationKey"]}
    assert REQUIRED <= set(found)
    assert not answer.get("unknownKey")
    assert len(found) == len(answer["configurationKey"])
    profiles = found["SupportedFeatureProfiles"]["value"].split(",")
    assert set(profiles) == {"Core", "LocalAuthListManagement", "RemoteTrigger"}
    assert found["NumberOfConnectors"]["value"] == "2"


@covers("CONF-03", "CONF-04", "CONF-12")
def test_configuration_of_named_keys(central, charger):
    charger()
    answer = central.call("GetConfiguration", {
        "key": ["heartbeatINTERVAL", "NoSuchKey", "NumberOfConnectors", "K" * 50]})
    found = {item["key"].lower(): item for item in answer["configurationKey"]}
    assert set(found) == {"heartbeatinterval", "numberofconnectors"}
    assert found["heartbeatinterval"]["readonly"] is False
    assert found["numberofconnectors"]["readonly"] is True
    assert sorted(answer["unknownKey"]) == sorted(["NoSuchKey", "K" * 50])


@covers("CONF-05")
def test_configuration_of_more_keys_than_allowed_is_answered(central, charger):
    charger()
    limit = int(central.configuration("GetConfigurationMaxKeys")["GetConfigurationMaxKeys"])
    message = central.post("GetConfiguration", {"key": [f"Key{i}" for i in range(limit + 50)]})
    assert central.answer_frame(message)[0] in (3, 4)
    central.round_trip()


@covers("CONF-10", "CONF-09")
def test_configuration_readonly_flag_tells_the_truth(central, charger):
    charger()
    for key, item in items(central).items():
        if item["readonly"]:
            assert change(central, key, item["value"]) == "Rejected", key
        elif "value" in item:
            assert change(central, key, item["value"]) == "Accepted", key


@covers("CONF-06", "CONF-09", "CONF-12")
def test_configuration_of_booleans(central, charger):
    charger()
    for key in BOOLEANS:
        for value, stored in (("true", "true"), ("FALSE", "false"), ("True", "true"),
                              ("false", "false")):
            assert change(central, key.swapcase(), value) == "Accepted", key
            assert central.configuration(key) == {key: stored}
        for value in ("maybe", "1", "", "tru", "truee", " true", "0"):
            assert change(central, key, value) == "Rejected", (key, value)
        assert central.configuration(key) == {key: "false"}


@covers("CONF-06", "CONF-09", "WS-13")
def test_configuration_of_integers(central, charger):
    charger()
    for key in INTEGERS:
        assert change(central, key, "42") == "Accepted", key
        for value in ("-1", "1.5", "", "abc", "12x", " 12", "0x10", "99999999999999999999",
                      "1e3", "--1", "NaN"):
            assert change(central, key, value) == "Rejected", (key, value)
        assert central.configuration(key) == {key: "42"}


@covers("METER-15", "METER-16", "METER-34", "CONF-11", "CONF-09")
def test_configuration_of_measurands(central, charger):
    charger()
    for key in MEASURANDS:
        assert change(central, key, "Voltage,Current.Import") == "Accepted", key
        for value in ("Voltage,Temperature", "Nonsense", "Voltage,,Current.Import", "Voltage;",
                      ",", ",".join(["Voltage"] * 30)):
            assert change(central, key, value) == "Rejected", (key, value)
        assert central.configuration(key) == {key: "Voltage,Current.Import"}
        assert int(central.configuration(key + "MaxLength")[key + "MaxLength"]) > 1
        assert change(central, key, "") == "Accepted", key


@covers("METER-25", "CONF-09")
def test_configuration_of_phase_rotation(central, charger):
    charger(connectors=2)
    key = "ConnectorPhaseRotation"
    assert change(central, key, "0.RST,1.RST,2.TSR") == "Accepted"
    for value in ("1.ABC", "1", "RST", "x.RST", "1.RST,1.RTS", "9.RST"):
        assert change(central, key, value) == "Rejected", value
    assert central.configuration(key) == {key: "0.RST,1.RST,2.TSR"}


@covers("CONF-08", "CONF-13")
def test_configuration_of_an_unknown_key_is_not_supported(central, charger):
    charger()
    for key in ("NoSuchKey", "HeartbeatIntervall", "ReserveConnectorZeroSupported", "x" * 50):
        assert change(central, key, "1") == "NotSupported"


@covers("CONF-06", "CONF-22")
def test_configuration_survives_a_power_cut(central, charger):
    station = charger()
    central.configure("ConnectionTimeOut", "99")
    central.configure("StopTxnSampledData", "Voltage")
    station.power_cut()
    station.power_on().wait_online()
    assert central.configuration("ConnectionTimeOut", "StopTxnSampledData") == {
        "ConnectionTimeOut": "99", "StopTxnSampledData": "Voltage"}


@covers("CONF-06", "HB-05", "HB-01")
def test_configuration_of_heartbeat_interval_is_effective_at_once(central, charger):
    charger()
    central.configure("HeartbeatInterval", "1")
    central.expect("Heartbeat")
    central.expect("Heartbeat")


@covers("CONF-17", "CONF-09")
def test_configuration_authorization_key_is_never_readable(central, charger):
    charger()
    secret = "0123456789ABCDEF0123456789ABCDEF"
    for wrong in ("", "0123", secret[:-1], secret + "0123456789", "G" * 32):
        assert change(central, "AuthorizationKey", wrong) == "Rejected"
    assert change(central, "AuthorizationKey", secret) == "Accepted"
    central.event("upgrade", password=secret.lower())
    central.event("open")
    central.round_trip()
    for text in central.frames:
        assert secret not in text


@covers("WS-11", "CONF-06")
def test_configuration_of_ping_interval_is_effective_at_once(central, charger):
    charger(settings={"WebSocketPingInterval": "0"})
    central.configure("WebSocketPingInterval", "1")
    central.event("ping")
    central.event("ping")
    central.configure("WebSocketPingInterval", "0")
