# SPDX-License-Identifier: Apache-2.0
"""Registration: accepted, pending, rejected."""
import pytest

from harness import HOLD, PATIENCE, SILENT, Fail, covers, parse_time

BOOT_PATIENCE = PATIENCE + 30  # the own wait where the central system named none


@covers("BOOT-01", "BOOT-18", "BOOT-19", "BOOT-20", "WS-01", "WS-02", "WS-03", "WS-06", "RPC-12")
def test_boot_first_call_after_power_on_is_boot_notification(central, charger):
    charger(args=["--vendor", "Vendor", "--model", "Model", "--serial", "S-1"])
    upgrade = central.peer.happened("upgrade", id=central.identity)[0]
    assert upgrade["path"] == f"/ocpp/{central.identity}"
    assert upgrade["version"] == "13"
    assert "ocpp1.6" in upgrade["protocols"]
    boot = central.calls[0]
    assert boot.action == "BootNotification"
    assert boot["chargePointVendor"] == "Vendor"
    assert boot["chargePointModel"] == "Model"
    assert boot["chargePointSerialNumber"] == "S-1"
    assert "chargeBoxSerialNumber" not in boot.payload


@covers("STATUS-02", "STATUS-03", "STATUS-32", "CONF-18")
def test_boot_accepted_reports_status_of_every_connector(central, charger):
    charger(connectors=3)
    notified = central.seen("StatusNotification")
    assert [n["connectorId"] for n in notified] == [0, 1, 2, 3]
    assert {(n["status"], n["errorCode"]) for n in notified} == {("Available", "NoError")}


@covers("BOOT-03", "HB-01", "HB-05")
def test_boot_accepted_interval_becomes_heartbeat_interval(central, charger):
    central.answer("BootNotification", {"interval": 1})
    charger()
    central.expect("Heartbeat")
    central.expect("Heartbeat")
    assert central.configuration("HeartbeatInterval") == {"HeartbeatInterval": "1"}


@covers("BOOT-04", "RPC-36", "RPC-39")
def test_boot_accepted_sets_the_clock(central, charger):
    central.answer("BootNotification", {"currentTime": "2031-05-06T07:08:09.000Z"})
    station = charger(args=["--clock", "lost"])
    start = station.charge()
    assert start["timestamp"].endswith("Z")
    assert parse_time(start["timestamp"]).strftime("%Y-%m-%dT%H:%M") in (
        "2031-05-06T07:08", "2031-05-06T07:09")


@covers("HB-03")
def test_boot_heartbeat_sets_the_clock(central, charger):
    central.answer("BootNotification", {"interval": 1, "currentTime": "2031-05-06T07:08:09Z"})
    central.answer("Heartbeat", {"currentTime": "2033-01-02T03:04:05Z"})
    station = charger(args=["--clock", "lost"])
    central.expect("Heartbeat")
    central.expect("Heartbeat")
    assert station.charge()["timestamp"].startswith("2033-01-02T03:0")


@covers("BOOT-02", "RPC-01")
def test_boot_unanswered_sends_nothing_else(central, charger):
    central.answer("BootNotification", HOLD)
    station = charger(booted=False)
    boot = central.expect("BootNotification")
    station.do("plug 1", "card 1 CARD")
    station.event("status", connector=1, status="Preparing")
    station.state()
    assert [c.action for c in central.seen()] == ["BootNotification"]
    boot.reply()
    central.expect("StatusNotification", connectorId=1, status="Preparing")


@pytest.mark.parametrize("answer", [Fail("InternalError"), SILENT], ids=["error", "silence"])
@covers("BOOT-21", "BOOT-02")
def test_boot_failed_is_tried_again(central, charger, answer):
    central.answer("BootNotification", answer, {})
    station = charger(booted=False, settings={"MessageTimeout": "1"})
    central.expect("BootNotification")
    central.expect("BootNotification", timeout=BOOT_PATIENCE)
    station.booted()
    assert [c.action for c in central.seen()][:3] == ["BootNotification", "BootNotification",
                                                      "StatusNotification"]


@covers("BOOT-05", "BOOT-06", "BOOT-11", "BOOT-13")
def test_boot_pending_sends_nothing_until_the_interval_is_over(central, charger):
    central.answer("BootNotification", {"status": "Pending", "interval": 2}, {})
    station = charger(booted=False)
    first = central.expect("BootNotification")
    station.event("link", state="pending")
    station.do("plug 1", "unplug 1", "plug 1")
    second = central.expect("BootNotification")
    assert second.index == first.index + 1
    assert second.seen - first.seen > 1.9
    station.booted()
    assert len(central.peer.happened("open", id=central.identity)) == 1


@covers("BOOT-12", "RPC-02", "CONF-06")
def test_boot_pending_answers_configuration(central, charger):
    central.answer("BootNotification", {"status": "Pending", "interval": 300})
    station = charger(booted=False)
    station.event("link", state="pending")
    assert central.configuration("ConnectionTimeOut") == {"ConnectionTimeOut": "60"}
    central.configure("ConnectionTimeOut", "77")
    assert central.configuration("ConnectionTimeOut") == {"ConnectionTimeOut": "77"}
    central.tell_list("Full", 4, {"CARD": {"status": "Accepted"}})
    assert central.list_version() == 4
    assert [c.action for c in central.seen()] == ["BootNotification"]


@covers("RPC-02", "BOOT-02")
def test_boot_unanswered_answers_configuration_meanwhile(central, charger):
    central.answer("BootNotification", HOLD)
    station = charger(booted=False)
    boot = central.expect("BootNotification")
    assert central.configuration("NumberOfConnectors") == {"NumberOfConnectors": "1"}
    boot.reply()
    station.booted()


@covers("BOOT-14", "BOOT-16", "AUTH-01")
def test_boot_pending_charges_nobody(central, charger):
    central.answer("BootNotification", {"status": "Pending", "interval": 300})
    station = charger(booted=False)
    station.event("link", state="pending")
    remote = {"idTag": "CARD", "connectorId": 1}
    assert central.call("RemoteStartTransaction", remote) == {"status": "Rejected"}
    assert central.call("RemoteStopTransaction", {"transactionId": 1}) == {"status": "Rejected"}
    station.do("plug 1", "card 1 CARD")
    station.event("decision", accepted=False)
    station.settle()
    assert [c.action for c in central.seen()] == ["BootNotification"]
    assert not station.happened("contactor", closed=True)


@covers("TRIG-13", "BOOT-06", "BOOT-13")
def test_boot_pending_sends_what_is_triggered(central, charger):
    central.answer("BootNotification", {"status": "Pending", "interval": 300}, {})
    station = charger(booted=False)
    station.event("link", state="pending")
    trigger = {"requestedMessage": "StatusNotification", "connectorId": 1}
    assert central.call("TriggerMessage", trigger) == {"status": "Accepted"}
    central.expect("StatusNotification", connectorId=1)
    assert len(central.seen()) == 2
    trigger = {"requestedMessage": "BootNotification"}
    assert central.call("TriggerMessage", trigger) == {"status": "Accepted"}
    central.expect("BootNotification")
    central.expect("BootNotification")
    station.wait_online()


@covers("BOOT-08", "BOOT-09", "BOOT-05")
def test_boot_rejected_is_silent_until_the_interval_is_over(central, charger):
    central.answer("BootNotification", {"status": "Rejected", "interval": 2}, {})
    station = charger(booted=False)
    first = central.expect("BootNotification")
    station.event("link", state="rejected")
    if central.peer.happened("close", id=central.identity) == []:
        unanswered = central.post("GetConfiguration", {})
    station.do("plug 1", "card 1 CARD")
    second = central.expect("BootNotification")
    assert second.index == first.index + 1
    assert second.seen - first.seen > 1.9
    station.wait_online()
    central.round_trip()
    assert central.find_answer(unanswered) is None


@covers("BOOT-07")
def test_boot_rejected_with_interval_zero_does_not_flood(central, charger):
    central.answer("BootNotification", {"status": "Rejected", "interval": 0})
    station = charger(booted=False)
    station.event("link", state="rejected")
    station.do("wait 2")
    station.state()
    assert len(central.seen("BootNotification")) <= 3


@covers("WS-16", "STATUS-24")
def test_boot_is_not_repeated_after_a_mere_reconnect(central, charger):
    station = charger()
    central.drop()
    station.event("link", state="down")
    station.wait_online()
    station.settle()
    assert len(central.seen("BootNotification")) == 1
    assert len(central.seen("StatusNotification")) == 2


@covers("BOOT-01", "RPC-08")
def test_boot_follows_every_power_cut_and_message_ids_stay_unique(central, charger):
    station = charger()
    for _ in range(3):
        station.power_cut()
        station.power_on().wait_online()
        central.round_trip()
    assert len(central.seen("BootNotification")) == 4
    ids = [c.message for c in central.seen()]
    assert len(ids) == len(set(ids))
    assert all(len(i) <= 36 for i in ids)


@covers("RPC-40")
def test_boot_security_error_on_another_call_leads_back_to_registration(central, charger):
    station = charger()
    central.answer("StatusNotification", Fail("SecurityError"), {})
    station.do("plug 1")
    central.expect("BootNotification")
    central.expect("BootNotification", timeout=BOOT_PATIENCE)
    station.booted()
