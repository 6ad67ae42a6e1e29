# SPDX-License-Identifier: Apache-2.0
"""What a whole day looks like on the wire: framing, statuses, heartbeats, reasons."""
import json

import pytest

from harness import HOLD, CallError, covers, parse_time

ACTIONS = {"Authorize", "BootNotification", "DataTransfer", "Heartbeat", "MeterValues",
           "StartTransaction", "StatusNotification", "StopTransaction"}
# OCPP 1.6 4.9: where a connector may go from each status.
STEPS = {
    "Available": {"Preparing", "Reserved", "Unavailable", "Faulted"},
    "Preparing": {"Available", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing",
                  "Faulted"},
    "Charging": {"Available", "SuspendedEV", "SuspendedEVSE", "Finishing", "Unavailable",
                 "Faulted"},
    "SuspendedEV": {"Available", "Charging", "SuspendedEVSE", "Finishing", "Unavailable",
                    "Faulted"},
    "SuspendedEVSE": {"Available", "Charging", "SuspendedEV", "Finishing", "Unavailable",
                      "Faulted"},
    "Finishing": {"Available", "Preparing", "Unavailable", "Faulted"},
    "Unavailable": {"Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE",
                    "Faulted"},
    "Faulted": {"Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE",
                "Finishing", "Unavailable"},
}


def availability(central, connector, kind):
    return central.call("ChangeAvailability", {"connectorId": connector, "type": kind})["status"]


def a_day(central, station):
    """Something of everything that a charge point does."""
    station.do("load 1 1000000")
    station.charge("CARD")
    station.do("ev 1 pause", "ev 1 ready", "wait 1.1", "card 1 OTHER", "card 1 CARD")
    central.expect("StopTransaction")
    station.do("card 1 OTHER")
    central.expect("StartTransaction", idTag="OTHER")
    central.call("RemoteStopTransaction", {"transactionId": 102})
    central.expect("StopTransaction", reason="Remote")
    station.do("unplug 1", "fault 1 GroundFailure", "clear 1")
    central.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    central.call("TriggerMessage", {"requestedMessage": "MeterValues"})
    with pytest.raises(CallError):
        central.raw_call("Nonsense", {})
    station.settle()
    assert availability(central, 0, "Inoperative") == "Accepted"
    availability(central, 0, "Operative")
    station.do("link down")
    station.event("link", state="down")
    station.do("plug 1", "card 1 CARD", "wait 0.2", "card 1 CARD", "unplug 1", "link up")
    central.expect("StopTransaction", transactionId=103)
    station.settle()


@covers("RPC-04", "RPC-05", "RPC-06", "RPC-08", "RPC-11", "RPC-12", "RPC-13", "RPC-14", "RPC-16",
        "RPC-18", "RPC-20", "RPC-32", "RPC-36", "RPC-38", "RPC-39", "DT-01")
def test_wire_frames_of_a_day_are_as_ocpp_j_wants_them(central, charger):
    station = charger(settings={"MeterValueSampleInterval": "1",
                                "StopTxnSampledData": "Voltage"})
    a_day(central, station)
    ids = set()
    for text in central.frames:
        text.encode("ascii")
        frame = json.loads(text)
        assert len(frame) == {2: 4, 3: 3, 4: 5}[frame[0]]
        assert isinstance(frame[1], str) and len(frame[1]) <= 36
        assert isinstance(frame[-1], dict)
        if frame[0] == 2:
            assert frame[2] in ACTIONS
            assert frame[1] not in ids
            ids.add(frame[1])
    for call in central.seen():
        for key in ("timestamp", "expiryDate"):
            if key in call.payload:
                assert call[key].endswith("Z")
                parse_time(call[key])


@covers("STATUS-01", "STATUS-03", "STATUS-04", "STATUS-05", "STATUS-06", "STATUS-07", "STATUS-09",
        "STATUS-11", "STATUS-25", "STATUS-32")
def test_wire_statuses_of_a_day_make_only_legal_steps(central, charger):
    station = charger()
    a_day(central, station)
    told = central.seen("StatusNotification")
    assert {n["status"] for n in told if n["connectorId"] == 0} <= {
        "Available", "Unavailable", "Faulted"}
    steps = [n["status"] for n in told if n["connectorId"] == 1]
    for before, after in zip(steps, steps[1:]):
        assert before == after or after in STEPS[before], steps
    assert {"Available", "Preparing", "Charging", "SuspendedEV", "Finishing", "Faulted",
            "Unavailable"} <= set(steps)
    times = [n["timestamp"] for n in told]
    assert [n["timestamp"] for n in told if n["connectorId"] == 1] == sorted(
        n["timestamp"] for n in told if n["connectorId"] == 1)
    assert all(times)


@covers("STATUS-34", "STATUS-25")
def test_wire_delayed_status_carries_the_time_of_the_event(central, charger):
    central.answer("StatusNotification", HOLD)
    station = charger(booted=False)
    first = central.expect("StatusNotification")
    station.do("wait 1")
    station.state()
    central.answer("StatusNotification", {})
    first.reply()
    delayed = central.expect("StatusNotification", connectorId=1)
    assert delayed["timestamp"] <= first["timestamp"] or (
        parse_time(delayed["timestamp"]) - parse_time(first["timestamp"])).total_seconds() < 0.9


@covers("STATUS-19")
def test_wire_ev_communication_error_is_a_warning(central, charger):
    station = charger()
    station.charge()
    station.do("fault 1 EVCommunicationError")
    told = central.expect("StatusNotification", connectorId=1,
                          errorCode="EVCommunicationError")
    assert told["status"] in ("SuspendedEVSE", "SuspendedEV")
    station.settle()
    assert not central.seen("StatusNotification", status="Faulted")
    assert not central.seen("StopTransaction")


@covers("STATUS-23")
def test_wire_fault_from_offline_times_is_reported_if_it_lasts(central, charger):
    station = charger()
    station.do("link down")
    station.event("link", state="down")
    station.do("fault 1 HighTemperature", "link up")
    central.expect("StatusNotification", connectorId=1, errorCode="HighTemperature")


@covers("HB-02")
def test_wire_heartbeat_is_left_out_where_there_is_traffic(central, charger):
    station = charger(settings={"MeterValueSampleInterval": "1"})
    central.configure("HeartbeatInterval", "20")
    station.charge()
    for _ in range(3):
        central.expect("MeterValues")
    assert not central.seen("Heartbeat")


@covers("HB-01", "HB-04", "RPC-14")
def test_wire_heartbeat_comes_where_there_is_none(central, charger):
    charger()
    central.configure("HeartbeatInterval", "1")
    beats = [central.expect("Heartbeat") for _ in range(3)]
    assert all(b.payload == {} for b in beats)
    assert beats[2].seen - beats[0].seen > 1.8


@covers("METER-37")
def test_wire_empty_list_of_measurands_still_sends_the_energy_register(central, charger):
    station = charger(settings={"MeterValueSampleInterval": "1", "MeterValuesSampledData": ""})
    station.charge()
    [moment] = central.expect("MeterValues")["meterValue"]
    [value] = moment["sampledValue"]
    assert value.get("measurand", "Energy.Active.Import.Register") == \
        "Energy.Active.Import.Register"
    assert value.get("location", "Outlet") != "EV"


@covers("WS-15")
def test_wire_shipped_ping_interval_finds_a_dead_link_before_messages_are_given_up(central,
                                                                                  charger):
    charger(quick=False)
    shipped = {k: int(v) for k, v in central.configuration(
        "WebSocketPingInterval", "TransactionMessageAttempts",
        "TransactionMessageRetryInterval").items()}
    assert 0 < shipped["WebSocketPingInterval"] < (
        shipped["TransactionMessageAttempts"] * shipped["TransactionMessageRetryInterval"])


@covers("CONF-21", "TX-25", "TX-31", "CONF-13", "RPC-17")
def test_wire_vendor_and_optional_keys_are_there_and_can_be_changed(central, charger):
    charger()
    for key, value in (("BackOffCap", "77"), ("AuthorizeTimeout", "9"),
                       ("StopTransactionOnEVSideDisconnect", "false"),
                       ("UnlockConnectorOnEVSideDisconnect", "false")):
        central.configure(key, value)
        assert central.configuration(key) == {key: value}
    central.configure("NumberOfConnectors", "5", status="Rejected")
