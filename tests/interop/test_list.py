# SPDX-License-Identifier: Apache-2.0
"""The local authorization list: what is accepted, what changes nothing, who may charge offline."""
import pytest

from harness import CallError, Raw, covers

ACCEPTED = {"status": "Accepted"}


def entry(tag, **info):
    return {"idTag": tag, "idTagInfo": info} if info else {"idTag": tag}


def offline(station):
    station.do("link down")
    station.event("link", state="down")


def decision(station, tag, connector=1):
    station.do(f"card {connector} {tag}")
    return station.event("decision", connector=connector)


def may_charge(station, tag):
    """Offline and without a cable: decide, then take the card away again."""
    verdict = decision(station, tag)
    if verdict["accepted"]:
        station.do(f"card 1 {tag}")
    return verdict["accepted"]


@covers("LIST-01", "LIST-02", "LIST-10", "LIST-12", "LIST-13")
def test_list_full_is_accepted_and_carries_its_version(central, charger):
    charger()
    assert "LocalAuthListManagement" in central.configuration(
        "SupportedFeatureProfiles")["SupportedFeatureProfiles"].split(",")
    assert central.list_version() == 0
    central.tell_list("Full", 5, {"A": ACCEPTED, "B": {"status": "Blocked"}})
    assert central.list_version() == 5


@covers("LIST-14", "LIST-22")
def test_list_full_replaces_everything_whatever_its_version(central, charger):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.tell_list("Full", 2, {"B": ACCEPTED})
    assert central.list_version() == 2
    offline(station)
    assert not may_charge(station, "A")
    assert may_charge(station, "B")


@covers("LIST-17", "LIST-18", "LIST-13")
def test_list_differential_adds_changes_and_deletes(central, charger):
    station = charger()
    central.tell_list("Full", 1, {"A": ACCEPTED, "B": ACCEPTED, "C": ACCEPTED})
    central.tell_list("Differential", 2, {"A": {"status": "Blocked"}, "B": None, "D": ACCEPTED,
                                          "NEVER": None})
    assert central.list_version() == 2
    offline(station)
    assert decision(station, "A")["reason"] == "list"
    assert not may_charge(station, "B")
    assert may_charge(station, "C")
    assert may_charge(station, "D")


@covers("LIST-21", "LIST-26")
def test_list_differential_of_an_old_version_changes_nothing(central, charger):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    for version in (5, 4):
        central.tell_list("Differential", version, {"A": None, "B": ACCEPTED},
                          status="VersionMismatch")
    assert central.list_version() == 5
    offline(station)
    assert may_charge(station, "A")
    assert not may_charge(station, "B")


@covers("LIST-21")
def test_list_same_version_sent_twice(central, charger):
    charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.tell_list("Differential", 6, {"B": ACCEPTED})
    central.tell_list("Differential", 6, {"B": ACCEPTED}, status="VersionMismatch")
    assert central.list_version() == 6


@pytest.mark.parametrize("entries", [None, {}], ids=["absent", "empty"])
@covers("LIST-16")
def test_list_differential_without_entries_moves_only_the_version(central, charger, entries):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.tell_list("Differential", 9, entries)
    assert central.list_version() == 9
    offline(station)
    assert may_charge(station, "A")


@pytest.mark.parametrize("entries", [None, {}], ids=["absent", "empty"])
@covers("LIST-15", "LIST-10")
def test_list_full_without_entries_removes_all(central, charger, entries):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.tell_list("Full", 6, entries)
    assert central.list_version() == 0
    offline(station)
    assert not may_charge(station, "A")


@pytest.mark.parametrize("entries", [None, {}], ids=["absent", "empty"])
@covers("LIST-25")
def test_list_full_with_version_0_and_no_entries_clears(central, charger, entries):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.tell_list("Full", 0, entries)
    assert central.list_version() == 0
    central.tell_list("Differential", 1, {"B": ACCEPTED})
    assert central.list_version() == 1
    offline(station)
    assert not may_charge(station, "A")
    assert may_charge(station, "B")


@pytest.mark.parametrize("kind", ["Full", "Differential"])
@pytest.mark.parametrize("version", [0, -1])
@covers("LIST-25", "LIST-26")
def test_list_reserved_versions_are_refused(central, charger, kind, version):
    charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    try:
        answer = central.call("SendLocalList", {
            "listVersion": version, "updateType": kind,
            "localAuthorizationList": [entry("B", status="Accepted")]})
        assert answer["status"] in ("Failed", "VersionMismatch")
    except CallError as error:
        assert error.code == "PropertyConstraintViolation"
    assert central.list_version() == 5


@pytest.mark.parametrize("kind", ["Full", "Differential"])
@covers("LIST-20", "LIST-26", "RPC-34")
def test_list_with_duplicates_is_refused_also_if_only_case_differs(central, charger, kind):
    station = charger()
    central.tell_list("Full", 5, {"OLD": ACCEPTED})
    central.tell_list(kind, 6, {"Card": ACCEPTED, "B": ACCEPTED, "cARD": ACCEPTED},
                      status="Failed")
    assert central.list_version() == 5
    offline(station)
    assert may_charge(station, "OLD")
    assert not may_charge(station, "B")


@covers("LIST-19", "LIST-26")
def test_list_full_entry_without_info_is_refused(central, charger):
    station = charger()
    central.tell_list("Full", 5, {"OLD": ACCEPTED})
    try:
        central.tell_list("Full", 6, {"A": ACCEPTED, "B": None}, status="Failed")
    except CallError as error:
        assert error.code in ("OccurenceConstraintViolation", "FormationViolation",
                              "PropertyConstraintViolation")
    assert central.list_version() == 5
    offline(station)
    assert may_charge(station, "OLD")


@covers("LIST-04", "LIST-05")
def test_list_limits_are_told(central, charger):
    charger()
    limits = central.configuration("LocalAuthListMaxLength", "SendLocalListMaxLength")
    assert int(limits["LocalAuthListMaxLength"]) > 0
    assert int(limits["SendLocalListMaxLength"]) > 0
    for key in limits:
        central.configure(key, "1", status="Rejected")


@covers("LIST-05", "LIST-23", "LIST-26")
def test_list_longer_than_a_message_may_be_is_refused(central, charger):
    charger()
    central.tell_list("Full", 5, {"OLD": ACCEPTED})
    limit = int(central.configuration("SendLocalListMaxLength")["SendLocalListMaxLength"])
    message = central.post("SendLocalList", {
        "listVersion": 6, "updateType": "Full",
        "localAuthorizationList": [entry(f"TAG{i:08}", status="Accepted")
                                   for i in range(limit + 1)]})
    answer = central.answer_frame(message)
    assert answer[2] == {"status": "Failed"} or answer[0] == 4
    assert central.list_version() == 5


@covers("LIST-04", "LIST-13", "WS-10")
def test_list_of_ten_thousand_is_accepted(central, charger):
    station = charger()
    central.tell_list("Full", 7, {f"TAG{i:08}": ACCEPTED for i in range(10000)})
    assert central.list_version() == 7
    offline(station)
    assert may_charge(station, "TAG00000000")
    assert may_charge(station, "tag00009999")
    assert not may_charge(station, "TAG00010000")


@covers("LIST-06")
def test_list_survives_a_power_cut(central, charger):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    station.power_cut()
    station.power_on().wait_online()
    assert central.list_version() == 5
    offline(station)
    assert may_charge(station, "A")


@covers("LIST-03", "LIST-11", "LIST-24")
def test_list_disabled_authorizes_nobody(central, charger):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.configure("LocalAuthListEnabled", "false")
    assert central.list_version() == -1
    central.tell_list("Full", 6, {"A": ACCEPTED}, status="NotSupported")
    offline(station)
    assert not may_charge(station, "A")
    station.do("link up")
    station.wait_online()
    central.configure("LocalAuthListEnabled", "true")
    assert central.list_version() == 5


@pytest.mark.parametrize("info,accepted", [
    ({"status": "Accepted"}, True),
    ({"status": "ConcurrentTx"}, True),
    ({"status": "Blocked"}, False),
    ({"status": "Expired"}, False),
    ({"status": "Invalid"}, False),
    ({"status": "Accepted", "expiryDate": "2099-01-01T00:00:00Z"}, True),
    ({"status": "Accepted", "expiryDate": "2001-01-01T00:00:00.000Z"}, False),
    ({"status": "Accepted", "expiryDate": "2001-01-01T02:00:00.123456789+02:00"}, False),
], ids=["accepted", "concurrent", "blocked", "expired", "invalid", "valid-until-2099",
        "expired-by-date", "expired-by-date-with-offset"])
@covers("LIST-27", "LIST-28", "OFFLINE-06", "OFFLINE-07", "RPC-37")
def test_list_entry_decides_offline_even_if_unknown_ids_are_allowed(central, charger, info,
                                                                    accepted):
    station = charger(settings={"AllowOfflineTxForUnknownId": "true"})
    central.raw_call("SendLocalList", {"listVersion": 5, "updateType": "Full",
                                       "localAuthorizationList": [entry("A", **info)]})
    offline(station)
    assert decision(station, "A")["accepted"] is accepted


@covers("LIST-09", "CACHE-11", "LIST-07")
def test_list_outranks_the_cache(central, charger):
    station = charger()
    central.tell_list("Full", 5, {"A": {"status": "Blocked"}})
    station.charge("A")
    station.do("card 1 A")
    central.expect("StopTransaction")
    station.do("unplug 1")
    station.settle()
    offline(station)
    verdict = decision(station, "A")
    assert (verdict["accepted"], verdict["reason"]) == (False, "list")


@covers("CACHE-11", "LIST-07", "CACHE-03")
def test_list_member_is_never_cached(central, charger):
    station = charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    station.charge("A")
    station.do("card 1 A")
    central.expect("StopTransaction")
    station.do("unplug 1")
    station.settle()
    central.tell_list("Differential", 6, {"A": None})
    offline(station)
    assert decision(station, "A")["reason"] == "unknown"


@covers("LIST-08", "LIST-07")
def test_list_conflict_is_reported(central, charger):
    station = charger(settings={"LocalPreAuthorize": "true"})
    central.tell_list("Full", 5, {"A": ACCEPTED})
    central.answer("StartTransaction", {"idTagInfo": {"status": "Invalid"}})
    station.do("plug 1", "card 1 A")
    central.expect("StatusNotification", connectorId=0, errorCode="LocalListConflict")
    central.expect("StopTransaction", reason="DeAuthorized")
    assert central.list_version() == 5


@covers("LIST-26", "LIST-06")
def test_list_refused_for_its_shape_changes_nothing(central, charger):
    charger()
    central.tell_list("Full", 5, {"A": ACCEPTED})
    wrong = [
        {"listVersion": 6, "updateType": "Full", "localAuthorizationList": [{}]},
        {"listVersion": 6, "updateType": "Full", "localAuthorizationList": {}},
        {"listVersion": "6", "updateType": "Full"},
        {"listVersion": 6.5, "updateType": "Full"},
        {"listVersion": 6, "updateType": "Partial"},
        {"updateType": "Full"},
        {"listVersion": 6, "updateType": "Full", "localAuthorizationList":
            [entry("A" * 21, status="Accepted")]},
        {"listVersion": 6, "updateType": "Full", "localAuthorizationList":
            [entry("A", status="Welcome")]},
        {"listVersion": 6, "updateType": "Full", "localAuthorizationList":
            [entry("A", status="Accepted", expiryDate="tomorrow")]},
    ]
    for payload in wrong:
        with pytest.raises(CallError):
            central.raw_call("SendLocalList", payload)
        assert central.list_version() == 5


@covers("LIST-12", "RPC-10")
def test_list_arrives_while_an_own_call_is_unanswered(central, charger):
    station = charger()
    central.answer("Authorize", Raw("[3]"))  # no answer that could be understood
    station.do("plug 1", "card 1 A")
    central.expect("Authorize")
    central.tell_list("Full", 5, {"A": ACCEPTED})
    assert central.list_version() == 5
