# SPDX-License-Identifier: Apache-2.0
"""TriggerMessage of every kind."""
import pytest

from harness import CallError, covers


def trigger(central, message, connector=None):
    payload = {"requestedMessage": message}
    if connector is not None:
        payload["connectorId"] = connector
    return central.call("TriggerMessage", payload)["status"]


def position(central, text):
    """Where the first frame with this text is among all frames of the charge point."""
    return next(i for i, frame in enumerate(central.frames) if text in frame)


@pytest.mark.parametrize("connector", [None, 1])
@covers("TRIG-01", "TRIG-02", "TRIG-04", "TRIG-06")
def test_trigger_heartbeat(central, charger, connector):
    charger()
    assert trigger(central, "Heartbeat", connector) == "Accepted"
    central.expect("Heartbeat")
    answer = next(i for i, f in enumerate(central.frames) if f.startswith("[3")
                  and "Accepted" in f)
    assert answer < position(central, '"Heartbeat"')


@covers("TRIG-02", "TRIG-04")
def test_trigger_status_of_one_connector(central, charger):
    station = charger(connectors=2)
    station.do("plug 2")
    central.expect("StatusNotification", connectorId=2, status="Preparing")
    assert trigger(central, "StatusNotification", 2) == "Accepted"
    central.expect("StatusNotification", connectorId=2, status="Preparing")
    station.settle()
    assert len(central.seen("StatusNotification")) == 3 + 2


@covers("TRIG-07")
def test_trigger_status_of_all(central, charger):
    station = charger(connectors=2)
    assert trigger(central, "StatusNotification") == "Accepted"
    station.settle()
    told = [n["connectorId"] for n in central.seen("StatusNotification")]
    assert told == [0, 1, 2, 0, 1, 2]


@covers("TRIG-08")
def test_trigger_status_of_the_charge_point(central, charger):
    station = charger()
    answer = central.raw_call("TriggerMessage", {"requestedMessage": "StatusNotification",
                                                 "connectorId": 0})
    assert answer == {"status": "Accepted"}
    station.settle()
    assert [n["connectorId"] for n in central.seen("StatusNotification")] == [0, 1, 0]


@covers("TRIG-09", "METER-28")
def test_trigger_meter_values_of_one_connector(central, charger):
    station = charger(connectors=2, settings={
        "MeterValuesSampledData": "Energy.Active.Import.Register,Voltage"})
    station.charge("CARD", 1)
    assert trigger(central, "MeterValues", 1) == "Accepted"
    sample = central.expect("MeterValues", connectorId=1, transactionId=101)
    [moment] = sample["meterValue"]
    assert {v["measurand"] for v in moment["sampledValue"]} == {
        "Energy.Active.Import.Register", "Voltage"}
    assert {v["context"] for v in moment["sampledValue"]} == {"Trigger"}
    assert trigger(central, "MeterValues", 2) == "Accepted"
    assert "transactionId" not in central.expect("MeterValues", connectorId=2).payload


@covers("TRIG-09", "TRIG-07")
def test_trigger_meter_values_of_all(central, charger):
    station = charger(connectors=2)
    assert trigger(central, "MeterValues") == "Accepted"
    central.expect("MeterValues", connectorId=1)
    central.expect("MeterValues", connectorId=2)
    station.settle()


@covers("TRIG-12", "TRIG-02")
def test_trigger_boot_notification_after_acceptance_is_rejected(central, charger):
    station = charger()
    assert trigger(central, "BootNotification") == "Rejected"
    station.settle()
    assert len(central.seen("BootNotification")) == 1


@pytest.mark.parametrize("message", ["FirmwareStatusNotification",
                                     "DiagnosticsStatusNotification"])
@covers("TRIG-03")
def test_trigger_of_a_profile_that_is_not_there(central, charger, message):
    charger()
    assert trigger(central, message) == "NotImplemented"


@pytest.mark.parametrize("message", ["LogStatusNotification", "heartbeat", "", "Nonsense"])
@covers("TRIG-03", "RPC-27")
def test_trigger_of_an_unknown_message_is_refused(central, charger, message):
    charger()
    try:
        answer = central.raw_call("TriggerMessage", {"requestedMessage": message})
        assert answer == {"status": "NotImplemented"}
    except CallError as error:
        assert error.code == "PropertyConstraintViolation"


@pytest.mark.parametrize("message", ["StatusNotification", "MeterValues"])
@covers("TRIG-14")
def test_trigger_for_an_unknown_connector_is_rejected(central, charger, message):
    station = charger()
    assert trigger(central, message, 2) == "Rejected"
    station.settle()
    assert len(central.seen("StatusNotification", "MeterValues")) == 2


@pytest.mark.parametrize("count", [5, 50])
@covers("TRIG-05", "RPC-01", "RPC-18")
def test_trigger_many_at_once_are_all_answered(central, charger, count):
    station = charger()
    messages = [central.post("TriggerMessage", {"requestedMessage": "Heartbeat"})
                for _ in range(count)]
    answers = [central.answer_frame(m) for m in messages]
    accepted = [a for a in answers if a[0] == 3 and a[2] == {"status": "Accepted"}]
    assert len(accepted) >= 5
    assert all(a[2] == "GenericError" for a in answers if a not in accepted)
    station.settle()
    assert central.seen("Heartbeat")
