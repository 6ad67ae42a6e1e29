# SPDX-License-Identifier: Apache-2.0
"""Who may charge: online, offline, by list, by cache, by group, and by vehicle."""
import pytest

from harness import HOLD, SILENT, Fail, covers

ACCEPTED = {"status": "Accepted"}


def offline(station):
    station.do("link down")
    station.event("link", state="down")


def online_again(station):
    station.do("link up")
    station.wait_online()


def stop(central, station, tag="CARD"):
    station.do(f"card 1 {tag}")
    central.expect("StopTransaction")
    station.do("unplug 1")
    station.wait_connector(status="Available")
    station.settle()


@covers("AUTH-01", "AUTH-09", "AUTH-06")
def test_authorize_unknown_card_waits_for_the_central_system(central, charger):
    central.answer("Authorize", HOLD)
    station = charger(settings={"AllowOfflineTxForUnknownId": "true"})
    station.do("plug 1", "card 1 CARD")
    asked = central.expect("Authorize", idTag="CARD")
    station.settle()
    assert not station.happened("contactor", closed=True)
    asked.reply()
    central.expect("StartTransaction", idTag="CARD")


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid"])
@covers("AUTH-10", "AUTH-19")
def test_authorize_refused_does_not_charge(central, charger, status):
    central.answer("Authorize", {"idTagInfo": {"status": status}})
    station = charger()
    station.do("plug 1", "card 1 CARD")
    verdict = station.event("decision", idTag="CARD")
    assert (verdict["accepted"], verdict["status"], verdict["reason"]) == (
        False, status, "central")
    station.settle()
    assert not central.seen("StartTransaction")
    assert not station.happened("contactor", closed=True)


@covers("AUTH-12", "AUTH-04")
def test_authorize_tag_is_opaque_text(central, charger):
    station = charger()
    station.do("plug 1", "card 1 abc-!_.:7{}\"\\")
    central.expect("Authorize", idTag="abc-!_.:7{}\"\\")
    central.expect("StartTransaction", idTag="abc-!_.:7{}\"\\")


@covers("AUTH-18")
def test_authorize_too_long_tag_never_reaches_the_wire(central, charger):
    station = charger()
    station.do("plug 1", "card 1 123456789012345678901")
    error = station.event("error")
    assert "20" in error["text"]
    station.settle()
    assert not central.seen("Authorize", "StartTransaction")
    station.process.events.remove(error)


@covers("AUTH-05", "AUTH-08")
def test_authorize_locally_known_card_starts_without_asking(central, charger):
    station = charger(settings={"LocalPreAuthorize": "true"})
    central.tell_list("Full", 1, {"CARD": ACCEPTED})
    start = station.charge("card")
    assert start["idTag"] == "card"
    assert not central.seen("Authorize")


@covers("AUTH-07", "AUTH-09")
def test_authorize_locally_known_card_is_asked_for_without_pre_authorization(central, charger):
    central.answer("Authorize", HOLD)
    station = charger(settings={"LocalPreAuthorize": "false"})
    central.tell_list("Full", 1, {"CARD": ACCEPTED})
    station.do("plug 1", "card 1 CARD")
    asked = central.expect("Authorize", idTag="CARD")
    station.settle()
    assert not central.seen("StartTransaction")
    asked.reply()
    central.expect("StartTransaction")


@pytest.mark.parametrize("answer", [SILENT, Fail("InternalError")], ids=["silence", "error"])
@covers("AUTH-05", "OFFLINE-01")
def test_authorize_unanswered_falls_back_to_the_list(central, charger, answer):
    central.answer("Authorize", answer)
    station = charger(settings={"AuthorizeTimeout": "1", "MessageTimeout": "3"})
    central.tell_list("Full", 1, {"KNOWN": ACCEPTED})
    station.do("plug 1", "card 1 KNOWN")
    verdict = station.event("decision", idTag="KNOWN")
    assert (verdict["accepted"], verdict["reason"]) == (True, "list")
    central.expect("StartTransaction", idTag="KNOWN")


@covers("AUTH-01", "CACHE-02")
def test_authorize_unanswered_refuses_the_unknown_and_poisons_nothing(central, charger):
    central.answer("Authorize", SILENT, {})
    station = charger(settings={"AuthorizeTimeout": "1", "MessageTimeout": "2"})
    station.do("plug 1")
    reasons = []
    while "central" not in reasons and len(reasons) < 5:
        station.do("card 1 CARD")
        reasons.append(station.event("decision", idTag="CARD")["reason"])
    assert reasons[0] == "timeout"
    assert set(reasons[1:-1]) <= {"timeout"}
    central.expect("StartTransaction", idTag="CARD")


@covers("RPC-33", "AUTH-01")
def test_authorize_answer_after_the_cable_is_gone_is_dropped(central, charger):
    central.answer("Authorize", HOLD)
    station = charger(settings={"AuthorizeTimeout": "1"})
    station.do("plug 1", "card 1 CARD")
    asked = central.expect("Authorize")
    station.do("unplug 1")
    station.event("status", connector=1, status="Available")
    asked.reply()
    station.do("plug 1")
    station.settle()
    assert not central.seen("StartTransaction")
    assert not station.happened("contactor", closed=True)


@covers("CACHE-01", "CACHE-03", "OFFLINE-02")
def test_authorize_cached_card_charges_offline(central, charger):
    station = charger()
    station.charge("CARD")
    stop(central, station)
    offline(station)
    station.do("plug 1", "card 1 CARD")
    verdict = station.event("decision", stop=False, reason="cache")
    assert verdict["accepted"]
    station.event("contactor", closed=True)


@covers("CACHE-02", "CACHE-03", "OFFLINE-05")
def test_authorize_cached_as_blocked_is_refused_offline(central, charger):
    central.answer("Authorize", {"idTagInfo": {"status": "Blocked"}})
    station = charger(settings={"AllowOfflineTxForUnknownId": "true"})
    station.do("plug 1", "card 1 CARD")
    station.event("decision", accepted=False, reason="central")
    offline(station)
    station.do("card 1 CARD")
    verdict = station.event("decision")
    assert (verdict["accepted"], verdict["reason"]) == (False, "cache")


@covers("CACHE-09")
def test_authorize_cached_as_blocked_is_asked_for_again_online(central, charger):
    central.answer("Authorize", {"idTagInfo": {"status": "Blocked"}}, {})
    station = charger(settings={"LocalPreAuthorize": "true"})
    station.do("plug 1", "card 1 CARD")
    station.event("decision", accepted=False)
    station.do("card 1 CARD")
    central.expect("StartTransaction", idTag="CARD")


@covers("CACHE-04")
def test_authorize_start_answer_updates_the_cache(central, charger):
    central.answer("StartTransaction", {"idTagInfo": {"status": "Blocked"}})
    station = charger()
    station.do("plug 1", "card 1 CARD")
    central.expect("StopTransaction", reason="DeAuthorized")
    station.do("unplug 1")
    station.settle()
    offline(station)
    station.do("card 1 CARD")
    assert station.event("decision", reason="cache")["accepted"] is False


@covers("CACHE-05", "TX-35")
def test_authorize_stop_answer_updates_the_cache_and_nothing_else(central, charger):
    central.answer("StopTransaction", {"idTagInfo": {"status": "Expired"}})
    station = charger()
    station.charge("CARD")
    stop(central, station)
    offline(station)
    station.do("card 1 CARD")
    verdict = station.event("decision", stop=False, reason="cache")
    assert verdict["accepted"] is False
    assert len(central.seen("StopTransaction")) == 1


@covers("CACHE-06", "CACHE-14", "AUTH-17", "OFFLINE-07")
def test_authorize_cached_until_its_expiry_date(central, charger):
    until_june = {"idTagInfo": {"status": "Accepted", "expiryDate": "2030-06-01T00:00:00Z"}}
    central.answer("BootNotification", {"currentTime": "2030-01-01T00:00:00Z"})
    central.answer("Authorize", until_june)
    central.answer("StartTransaction", until_june)
    central.answer("Heartbeat", {"currentTime": "2030-07-01T00:00:00Z"})
    station = charger(settings={"AllowOfflineTxForUnknownId": "true"}, args=["--clock", "lost"])
    station.charge("CARD")
    stop(central, station)
    offline(station)
    station.do("card 1 CARD")
    assert station.event("decision", reason="cache")["accepted"]
    station.do("card 1 CARD")
    online_again(station)
    central.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    central.expect("Heartbeat")
    station.settle()
    offline(station)
    station.do("card 1 CARD")
    assert station.event("decision", reason="cacheExpired")["accepted"] is False


@covers("CACHE-08")
def test_authorize_cache_survives_a_power_cut(central, charger):
    station = charger()
    station.charge("CARD")
    stop(central, station)
    station.power_cut()
    central.down()
    station.power_on()
    station.do("plug 1", "card 1 CARD")
    assert station.event("decision", reason="cache")["accepted"]


@covers("CACHE-10", "CONF-13")
def test_authorize_cache_can_be_switched_off(central, charger):
    station = charger()
    station.charge("CARD")
    stop(central, station)
    central.configure("AuthorizationCacheEnabled", "false")
    offline(station)
    station.do("card 1 CARD")
    assert station.event("decision", stop=False, accepted=False)["reason"] == "unknown"


@covers("CACHE-12")
def test_authorize_clear_cache_forgets(central, charger):
    station = charger(settings={"LocalPreAuthorize": "true"})
    station.charge("CARD")
    stop(central, station)
    station.charge("CARD")
    stop(central, station)
    assert len(central.seen("Authorize")) == 1
    assert central.call("ClearCache") == {"status": "Accepted"}
    station.charge("CARD")
    assert len(central.seen("Authorize")) == 2


@covers("OFFLINE-03")
def test_authorize_offline_can_be_switched_off(central, charger):
    station = charger(settings={"LocalAuthorizeOffline": "false"})
    central.tell_list("Full", 1, {"CARD": ACCEPTED})
    offline(station)
    station.do("plug 1", "card 1 CARD")
    verdict = station.event("decision")
    assert (verdict["accepted"], verdict["reason"]) == (False, "offlineDisabled")


@covers("OFFLINE-04", "OFFLINE-05", "OFFLINE-08")
def test_authorize_unknown_card_offline_by_policy(central, charger):
    station = charger()
    offline(station)
    station.do("plug 1", "card 1 STRANGER")
    assert station.event("decision")["reason"] == "unknown"
    online_again(station)
    central.configure("AllowOfflineTxForUnknownId", "true")
    offline(station)
    station.do("card 1 STRANGER")
    verdict = station.event("decision")
    assert (verdict["accepted"], verdict["reason"]) == (True, "unknownPolicy")
    station.event("contactor", closed=True)
    online_again(station)
    central.expect("StartTransaction", idTag="STRANGER")


@covers("OFFLINE-01", "OFFLINE-02", "LIST-06")
def test_authorize_works_offline_right_after_a_cold_boot(central, charger):
    station = charger()
    central.tell_list("Full", 1, {"CARD": ACCEPTED})
    station.power_cut()
    central.down()
    station.power_on()
    station.do("plug 1", "card 1 CARD")
    assert station.event("decision")["accepted"]
    station.event("contactor", closed=True)
    central.up()
    central.expect("BootNotification")
    central.expect("StartTransaction", idTag="CARD")


@covers("BOOT-16")
def test_authorize_denies_everyone_until_the_first_acceptance(central, charger):
    central.refuse({"status": 404})
    station = charger(booted=False, settings={"AllowOfflineTxForUnknownId": "true"})
    central.event("upgrade")
    station.do("plug 1", "card 1 CARD")
    verdict = station.event("decision")
    assert (verdict["accepted"], verdict["reason"]) == (False, "notRegistered")


@covers("BOOT-15")
def test_authorize_before_the_first_acceptance_if_the_operator_allows(central, charger):
    central.refuse({"status": 404})
    station = charger(booted=False, settings={"AllowOfflineTxForUnknownId": "true",
                                              "PreBootTransactions": "true"})
    central.event("upgrade")
    station.do("plug 1", "card 1 CARD")
    assert station.event("decision")["accepted"]
    station.event("contactor", closed=True)
    central.refuse(None)
    central.expect("StartTransaction", idTag="CARD")


# ---- stopping ---------------------------------------------------------------------------------


@covers("AUTH-02", "TX-14", "TX-11", "TX-12")
def test_authorize_same_card_stops_without_asking(central, charger):
    station = charger()
    station.charge("CARD")
    station.do("card 1 card")
    stopped = central.expect("StopTransaction")
    assert stopped["idTag"].upper() == "CARD"
    assert stopped.payload.get("reason", "Local") == "Local"
    assert len(central.seen("Authorize")) == 1


@covers("AUTH-16")
def test_authorize_foreign_card_does_not_stop(central, charger):
    station = charger()
    station.charge("CARD")
    station.do("card 1 OTHER")
    station.event("decision", idTag="OTHER", accepted=False)
    station.settle()
    assert not central.seen("StopTransaction")
    station.wait_connector(contactor=True)


@covers("AUTH-14", "AUTH-03", "TX-11")
def test_authorize_card_of_the_same_group_stops(central, charger):
    central.answer("Authorize", {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}})
    station = charger()
    station.charge("FIRST")
    station.do("card 1 SECOND")
    central.expect("Authorize", idTag="SECOND")
    assert central.expect("StopTransaction")["idTag"] == "SECOND"


@covers("AUTH-15", "AUTH-16")
def test_authorize_parent_itself_is_no_member_of_the_group(central, charger):
    def answer(call):
        parent = {} if call["idTag"] == "FLEET" else {"parentIdTag": "FLEET"}
        return {"idTagInfo": {"status": "Accepted", **parent}}
    central.answer("Authorize", answer)
    station = charger()
    station.charge("FIRST")
    station.do("card 1 FLEET")
    station.event("decision", idTag="FLEET", accepted=False)
    station.settle()
    assert not central.seen("StopTransaction")


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid"])
@covers("AUTH-14", "AUTH-10")
def test_authorize_refused_card_of_the_same_group_does_not_stop(central, charger, status):
    central.answer("Authorize",
                   {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}},
                   {"idTagInfo": {"status": status, "parentIdTag": "FLEET"}})
    station = charger()
    station.charge("FIRST")
    station.do("card 1 SECOND")
    station.event("decision", idTag="SECOND", accepted=False)
    station.settle()
    assert not central.seen("StopTransaction")


@covers("OFFLINE-23", "LIST-28")
def test_authorize_group_stop_offline_by_the_list(central, charger):
    station = charger()
    group = {"status": "Accepted", "parentIdTag": "FLEET"}
    central.tell_list("Full", 1, {"FIRST": group, "SECOND": group, "ALONE": ACCEPTED})
    offline(station)
    station.do("plug 1", "card 1 FIRST")
    station.event("contactor", closed=True)
    station.do("card 1 ALONE")
    assert station.event("decision", idTag="ALONE")["accepted"] is False
    station.do("card 1 SECOND")
    verdict = station.event("decision", idTag="SECOND")
    assert (verdict["accepted"], verdict["reason"]) == (True, "group")
    online_again(station)
    assert central.expect("StopTransaction")["idTag"] == "SECOND"


@covers("OFFLINE-22", "AUTH-02")
def test_authorize_same_card_stops_offline_whatever_the_keys_say(central, charger):
    station = charger()
    for key in ("LocalAuthorizeOffline", "LocalPreAuthorize", "LocalAuthListEnabled",
                "AuthorizationCacheEnabled"):
        central.configure(key, "false")
    station.charge("CARD")
    offline(station)
    station.do("card 1 CARD")
    assert station.event("decision", stop=True)["accepted"]
    station.event("contactor", closed=False)
    online_again(station)
    central.expect("StopTransaction", idTag="CARD")


# ---- the vehicle is the identification --------------------------------------------------------


@pytest.mark.parametrize("kind,value", [("vin", "WVWZZZ1KZ6W000001"), ("evccid", "0A1B2C3D4E5F")])
@covers("AUTH-01", "AUTH-04")
def test_authorize_vehicle_by_plugging_in(central, charger, kind, value):
    station = charger()
    station.do(f"vehicle 1 {kind} {value}")
    central.expect("Authorize", idTag=value)
    central.expect("StartTransaction", idTag=value)


@covers("OFFLINE-02", "LIST-27")
def test_authorize_listed_vehicle_offline(central, charger):
    station = charger()
    central.tell_list("Full", 1, {"WVWZZZ1KZ6W000001": ACCEPTED})
    offline(station)
    station.do("vehicle 1 vin wvwzzz1kz6w000001")
    verdict = station.event("decision", type="VIN")
    assert (verdict["accepted"], verdict["reason"]) == (True, "list")
    station.event("contactor", closed=True)


@covers("OFFLINE-05")
def test_authorize_evccid_is_never_an_unknown_that_may_charge(central, charger):
    station = charger(settings={"AllowOfflineTxForUnknownId": "true"})
    offline(station)
    station.do("vehicle 1 evccid 0A1B2C3D4E5F")
    verdict = station.event("decision", type="EVCCID")
    assert (verdict["accepted"], verdict["reason"]) == (False, "tokenRule")
