# SPDX-License-Identifier: Apache-2.0
"""What the central system can make a charge point do: start, stop, unlock, reset, availability."""
import pytest

from harness import HOLD, SILENT, CallError, covers

START = {"idTag": "APP", "connectorId": 1}
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


def remote_start(central, **members):
    return central.call("RemoteStartTransaction", {**START, **members})


def refused(central, action, payload):
    """Rejected, or a CALLERROR that blames the value."""
    try:
        return central.raw_call(action, payload)["status"] in ("Rejected", "NotSupported")
    except CallError as error:
        return error.code == "PropertyConstraintViolation"


# ---- remote start and stop ----------------------------------------------------------------------


@covers("REMOTE-01", "REMOTE-03", "REMOTE-04", "TX-01")
def test_remote_start_of_a_plugged_vehicle(central, charger):
    station = charger(settings={"AuthorizeRemoteTxRequests": "false"})
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    assert remote_start(central) == ACCEPTED
    central.expect("StartTransaction", idTag="APP", connectorId=1)
    central.expect("StatusNotification", connectorId=1, status="Charging")
    assert not central.seen("Authorize")


@covers("REMOTE-01", "REMOTE-04", "STATUS-26")
def test_remote_start_before_the_plug(central, charger):
    station = charger()
    assert remote_start(central) == ACCEPTED
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    station.do("plug 1")
    central.expect("StartTransaction", idTag="APP")


@covers("REMOTE-14", "STATUS-30")
def test_remote_start_without_a_plug_is_given_up(central, charger):
    station = charger(settings={"ConnectionTimeOut": "1"})
    assert remote_start(central) == ACCEPTED
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    central.expect("StatusNotification", connectorId=1, status="Available")
    station.do("plug 1")
    station.settle()
    assert not central.seen("StartTransaction")


@covers("REMOTE-02")
def test_remote_start_is_authorized_if_so_configured(central, charger):
    central.answer("Authorize", HOLD)
    station = charger(settings={"AuthorizeRemoteTxRequests": "true"})
    station.do("plug 1")
    assert remote_start(central) == ACCEPTED
    asked = central.expect("Authorize", idTag="APP")
    assert not central.seen("StartTransaction")
    asked.reply()
    central.expect("StartTransaction", idTag="APP")


@covers("REMOTE-02", "AUTH-10")
def test_remote_start_that_is_not_authorized_does_not_charge(central, charger):
    central.answer("Authorize", {"idTagInfo": {"status": "Invalid"}})
    station = charger(settings={"AuthorizeRemoteTxRequests": "true"})
    station.do("plug 1")
    assert remote_start(central) == ACCEPTED
    station.event("decision", idTag="APP", accepted=False)
    station.settle()
    assert not central.seen("StartTransaction")


@covers("REMOTE-05")
def test_remote_start_without_connector_takes_the_plugged_one(central, charger):
    station = charger(connectors=2)
    station.do("plug 2")
    central.expect("StatusNotification", connectorId=2, status="Preparing")
    assert central.call("RemoteStartTransaction", {"idTag": "APP"}) == ACCEPTED
    central.expect("StartTransaction", idTag="APP", connectorId=2)


@covers("REMOTE-06", "REMOTE-07", "AVAIL-07", "TX-36")
def test_remote_start_is_rejected_where_nothing_can_start(central, charger):
    station = charger(connectors=3)
    station.charge("CARD", 1)
    central.call("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
    station.do("fault 3 GroundFailure")
    central.expect("StatusNotification", connectorId=3, status="Faulted")
    for connector in (1, 2, 3, 4):
        assert remote_start(central, connectorId=connector) == REJECTED
    assert refused(central, "RemoteStartTransaction", {"idTag": "APP", "connectorId": 0})
    station.settle()
    assert len(central.seen("StartTransaction")) == 1


@covers("REMOTE-11")
def test_remote_start_with_a_profile_starts_anyway(central, charger):
    station = charger()
    station.do("plug 1")
    profile = {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile",
               "chargingProfileKind": "Relative", "chargingSchedule": {
                   "chargingRateUnit": "A",
                   "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}}
    assert remote_start(central, chargingProfile=profile) == ACCEPTED
    central.expect("StartTransaction", idTag="APP")


@covers("REMOTE-12", "REMOTE-13", "TX-15")
def test_remote_stop_ends_the_transaction(central, charger):
    station = charger(args=["--lock"])
    station.charge()
    assert central.call("RemoteStopTransaction", {"transactionId": 999}) == REJECTED
    assert central.call("RemoteStopTransaction", {"transactionId": 101}) == ACCEPTED
    central.expect("StopTransaction", transactionId=101, reason="Remote")
    station.do("unplug 1")
    station.wait_connector(plugged=False, status="Available")
    assert central.call("RemoteStopTransaction", {"transactionId": 101}) == REJECTED


@covers("REMOTE-12")
def test_remote_stop_of_a_transaction_without_id_is_rejected(central, charger):
    central.answer("StartTransaction", HOLD)
    station = charger()
    station.do("plug 1", "card 1 CARD")
    central.expect("StartTransaction")
    assert central.call("RemoteStopTransaction", {"transactionId": 101}) == REJECTED
    assert central.call("RemoteStopTransaction", {"transactionId": -1}) == REJECTED
    assert central.call("RemoteStopTransaction", {"transactionId": 0}) == REJECTED


# ---- unlock -------------------------------------------------------------------------------------


@covers("UNLOCK-01", "UNLOCK-03", "UNLOCK-05")
def test_remote_unlock_of_an_idle_connector(central, charger):
    charger(args=["--lock"])
    assert central.call("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}


@covers("UNLOCK-02", "UNLOCK-03", "TX-22")
def test_remote_unlock_ends_the_transaction(central, charger):
    station = charger(args=["--lock"])
    station.charge()
    assert central.call("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    central.expect("StopTransaction", transactionId=101, reason="UnlockCommand")
    station.do("unplug 1")
    station.wait_connector(plugged=False, status="Available", contactor=False)


@covers("UNLOCK-04", "UNLOCK-06")
def test_remote_unlock_of_an_unknown_connector_is_not_supported(central, charger):
    charger(args=["--lock"])
    assert central.call("UnlockConnector", {"connectorId": 9}) == {"status": "NotSupported"}
    assert refused(central, "UnlockConnector", {"connectorId": 0})


# ---- reset --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
@covers("RESET-01", "RESET-10", "BOOT-01", "STATUS-02")
def test_remote_reset_boots_again(central, charger, kind):
    station = charger(connectors=2)
    assert central.call("Reset", {"type": kind}) == ACCEPTED
    central.expect("BootNotification")
    boot = central.expect("BootNotification")
    for connector in range(3):
        central.expect("StatusNotification", where=lambda c: c.index > boot.index,
                       connectorId=connector)
    station.settle()


@covers("RESET-02", "RESET-04", "TX-18")
def test_remote_reset_soft_ends_transactions_first(central, charger):
    station = charger()
    station.charge()
    assert central.call("Reset", {"type": "Soft"}) == ACCEPTED
    stopped = central.expect("StopTransaction", transactionId=101, reason="SoftReset")
    central.expect("BootNotification")
    assert central.expect("BootNotification").index > stopped.index
    station.booted()
    assert len(central.seen("StopTransaction")) == 1
    station.wait_connector(contactor=False)


@covers("RESET-02", "RESET-05", "TX-18")
def test_remote_reset_hard_reports_transactions(central, charger):
    station = charger()
    station.charge()
    assert central.call("Reset", {"type": "Hard"}) == ACCEPTED
    central.expect("StopTransaction", transactionId=101, reason="HardReset")
    central.expect("BootNotification")
    central.expect("BootNotification")
    station.booted()
    assert len(central.seen("StopTransaction")) == 1


@covers("RESET-03")
def test_remote_reset_delivers_an_unanswered_stop_afterwards(central, charger):
    central.answer("StopTransaction", SILENT)
    station = charger(settings={"MessageTimeout": "30"})
    station.charge()
    assert central.call("Reset", {"type": "Soft"}) == ACCEPTED
    first = central.expect("StopTransaction")
    central.expect("BootNotification")
    boot = central.expect("BootNotification", timeout=90)
    central.answer("StopTransaction", {})
    again = central.expect("StopTransaction", where=lambda c: c.index > boot.index)
    assert again.payload == first.payload
    station.event("delivered", started=False)


@covers("RESET-06", "STATUS-14", "AVAIL-06", "CONF-22", "LIST-06", "CONF-06")
def test_remote_reset_keeps_availability_keys_and_list(central, charger):
    charger(connectors=2)
    central.call("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
    central.expect("StatusNotification", connectorId=2, status="Unavailable")
    central.configure("ConnectionTimeOut", "123")
    central.tell_list("Full", 8, {"CARD": ACCEPTED})
    central.expect("BootNotification")
    central.call("Reset", {"type": "Hard"})
    boot = central.expect("BootNotification")
    again = central.expect("StatusNotification", where=lambda c: c.index > boot.index,
                           connectorId=2)
    assert again["status"] == "Unavailable"
    assert central.configuration("ConnectionTimeOut") == {"ConnectionTimeOut": "123"}
    assert central.list_version() == 8


@pytest.mark.parametrize("kind", ["soft", "Medium", "", 1, None])
@covers("RPC-35", "RPC-27")
def test_remote_reset_of_an_unknown_kind_is_refused(central, charger, kind):
    station = charger()
    with pytest.raises(CallError):
        central.raw_call("Reset", {"type": kind})
    station.settle()
    assert len(central.seen("BootNotification")) == 1


# ---- availability -------------------------------------------------------------------------------


def change(central, connector, operative):
    return central.call("ChangeAvailability", {
        "connectorId": connector, "type": "Operative" if operative else "Inoperative"})["status"]


@covers("AVAIL-01", "AVAIL-03", "AVAIL-04", "AVAIL-07", "STATUS-11")
def test_remote_availability_of_one_connector(central, charger):
    station = charger(connectors=2)
    assert change(central, 1, True) == "Accepted"
    assert change(central, 1, False) == "Accepted"
    central.expect("StatusNotification", connectorId=1, status="Unavailable")
    assert change(central, 1, False) == "Accepted"
    station.do("plug 1", "card 1 CARD")
    station.event("decision", accepted=False, reason="unavailable")
    station.do("unplug 1")
    assert change(central, 1, True) == "Accepted"
    central.expect("StatusNotification", connectorId=1, status="Available")
    station.settle()
    assert not central.seen("StartTransaction")
    assert len(central.seen("StatusNotification", status="Unavailable")) == 1


@covers("AVAIL-02", "STATUS-35", "AVAIL-04")
def test_remote_availability_waits_for_the_transaction(central, charger):
    station = charger()
    station.charge()
    assert change(central, 1, False) == "Scheduled"
    assert change(central, 1, False) == "Scheduled"
    station.settle()
    assert not central.seen("StatusNotification", status="Unavailable")
    station.do("card 1 CARD")
    stopped = central.expect("StopTransaction")
    station.do("unplug 1")
    told = central.expect("StatusNotification", connectorId=1, status="Unavailable")
    assert told.index > stopped.index


@covers("AVAIL-09", "AVAIL-03")
def test_remote_availability_can_be_taken_back(central, charger):
    station = charger()
    station.charge()
    assert change(central, 1, False) == "Scheduled"
    assert change(central, 1, True) == "Accepted"
    station.do("card 1 CARD", "unplug 1")
    central.expect("StatusNotification", connectorId=1, status="Available")
    station.settle()
    assert not central.seen("StatusNotification", status="Unavailable")


@covers("AVAIL-05", "AVAIL-08", "STATUS-03")
def test_remote_availability_of_the_charge_point(central, charger):
    station = charger(connectors=2)
    station.charge("CARD", 2)
    assert change(central, 0, False) == "Scheduled"
    central.expect("StatusNotification", connectorId=1, status="Unavailable")
    station.settle()
    assert not central.seen("StatusNotification", connectorId=2, status="Unavailable")
    station.do("card 2 CARD")
    central.expect("StopTransaction")
    station.do("unplug 2")
    central.expect("StatusNotification", connectorId=2, status="Unavailable")
    central.expect("StatusNotification", connectorId=0, status="Unavailable")
    assert change(central, 0, True) == "Accepted"
    for connector in range(3):
        central.expect("StatusNotification", connectorId=connector, status="Available")


@covers("AVAIL-06", "STATUS-14", "AVAIL-02")
def test_remote_availability_survives_power_cuts_also_when_scheduled(central, charger):
    station = charger(connectors=2, settings={"PowerLossPolicy": "Stop"})
    assert change(central, 2, False) == "Accepted"
    station.charge("CARD", 1)
    assert change(central, 1, False) == "Scheduled"
    station.power_cut()
    boots = central.seen("BootNotification")
    station.power_on()
    for connector in (1, 2):
        told = central.expect("StatusNotification", where=lambda c: c.index > boots[-1].index,
                              connectorId=connector, status="Unavailable")
        assert told["status"] == "Unavailable"


@covers("AVAIL-10")
def test_remote_availability_of_an_unknown_connector_is_refused(central, charger):
    charger()
    for connector in (2, 99, -1):
        assert refused(central, "ChangeAvailability",
                       {"connectorId": connector, "type": "Inoperative"})


@covers("AVAIL-11")
def test_remote_availability_while_preparing_makes_no_forbidden_step(central, charger):
    station = charger()
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    assert change(central, 1, False) in ("Accepted", "Scheduled")
    station.do("unplug 1")
    central.expect("StatusNotification", connectorId=1, status="Unavailable")
    steps = [n["status"] for n in central.seen("StatusNotification", connectorId=1)]
    assert ("Preparing", "Unavailable") not in list(zip(steps, steps[1:]))


# ---- data transfer ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 10, 100000])
@covers("DT-01", "DT-04", "DT-06")
def test_remote_data_transfer_of_an_unknown_vendor(central, charger, size):
    charger()
    payload = {"vendorId": "org.example", "messageId": "m"}
    if size:
        payload["data"] = "x" * size
    assert central.call("DataTransfer", payload) == {"status": "UnknownVendorId"}
