# SPDX-License-Identifier: Apache-2.0
"""Without the network: transactions arrive later, complete, in order, with their own times."""
import pytest

from harness import HOLD, covers, parse_time

ACCEPTED = {"status": "Accepted"}
TRANSACTION = ("StartTransaction", "MeterValues", "StopTransaction")


def by_switch(central, station):
    station.do("link down")
    station.event("link", state="down")
    return lambda: station.do("link up")


def by_dead_server(central, station):
    central.down()
    station.event("link", state="down")
    return central.up


@pytest.fixture(params=[by_switch, by_dead_server], ids=["modem", "server"])
def cut(request):
    """Takes the network away; the result brings it back."""
    return request.param


def charge_offline(station, tag="CARD", energy=True):
    station.do("plug 1", f"card 1 {tag}")
    station.event("transaction", started=True)
    station.event("contactor", closed=True)
    if energy:
        station.do("wait 0.3")
    station.do(f"card 1 {tag}")
    station.event("transaction", started=False)
    station.event("contactor", closed=False)
    station.do("unplug 1")
    station.wait_connector(status="Available")


def delivered(central, station):
    station.wait_online()
    for _ in range(300):
        if station.state()["outbox"] == 0:
            return central.seen(*TRANSACTION)
        station.do("wait 0.1")
    raise AssertionError("the outbox did not become empty")


def listed(central, charger, **options):
    station = charger(**options)
    central.tell_list("Full", 1, {"CARD": ACCEPTED})
    return station


@covers("OFFLINE-01", "OFFLINE-08", "OFFLINE-09", "OFFLINE-10", "OFFLINE-20", "OFFLINE-18")
def test_offline_transaction_is_delivered_after_reconnect(central, charger, cut):
    station = listed(central, charger)
    station.do("load 1 1000000")
    restore = cut(central, station)
    charge_offline(station)
    began = station.happened("transaction", started=True)[0]
    ended = station.happened("transaction", started=False)[0]
    restore()
    start, stop = delivered(central, station)
    assert (start.action, stop.action) == ("StartTransaction", "StopTransaction")
    assert (start["idTag"], stop["transactionId"], stop["idTag"]) == ("CARD", 101, "CARD")
    assert (start["meterStart"], stop["meterStop"]) == (began["meter"], ended["meter"])
    assert start["meterStart"] < stop["meterStop"]
    assert abs((parse_time(start["timestamp"]) - parse_time(began["t"])).total_seconds()) < 0.1
    assert abs((parse_time(stop["timestamp"]) - parse_time(ended["t"])).total_seconds()) < 0.1
    assert len(central.seen("BootNotification")) == 1


@covers("OFFLINE-10", "OFFLINE-11", "OFFLINE-20", "TX-09")
def test_offline_many_transactions_arrive_in_order(central, charger, cut):
    station = listed(central, charger)
    restore = cut(central, station)
    for _ in range(5):
        charge_offline(station, energy=False)
    restore()
    messages = delivered(central, station)
    assert [m.action for m in messages] == ["StartTransaction", "StopTransaction"] * 5
    assert [m["transactionId"] for m in messages[1::2]] == [101, 102, 103, 104, 105]
    times = [parse_time(m["timestamp"]) for m in messages]
    assert times == sorted(times)


@covers("OFFLINE-09", "METER-36", "OFFLINE-21")
def test_offline_meter_values_are_delivered_too(central, charger):
    station = listed(central, charger, settings={"MeterValueSampleInterval": "1"})
    restore = by_switch(central, station)
    station.do("plug 1", "card 1 CARD")
    station.event("contactor", closed=True)
    station.do("wait 2.3", "card 1 CARD")
    station.event("contactor", closed=False)
    restore()
    messages = delivered(central, station)
    assert [m.action for m in messages] == ["StartTransaction", "MeterValues", "MeterValues",
                                            "StopTransaction"]
    assert {m["transactionId"] for m in messages[1:]} == {101}
    times = [parse_time(m["timestamp"] if "timestamp" in m.payload
                        else m["meterValue"][0]["timestamp"]) for m in messages]
    assert times == sorted(times)


@covers("OFFLINE-08", "OFFLINE-13")
def test_offline_begun_online_ended_offline(central, charger, cut):
    station = charger()
    station.charge()
    restore = cut(central, station)
    station.do("card 1 CARD")
    station.event("contactor", closed=False)
    restore()
    messages = delivered(central, station)
    assert [m.action for m in messages] == ["StartTransaction", "StopTransaction"]
    assert messages[1]["transactionId"] == 101


@covers("OFFLINE-08", "STATUS-22")
def test_offline_begun_offline_ended_online(central, charger, cut):
    station = listed(central, charger)
    restore = cut(central, station)
    station.do("plug 1", "card 1 CARD")
    station.event("contactor", closed=True)
    restore()
    central.expect("StartTransaction", idTag="CARD")
    central.expect("StatusNotification", connectorId=1, status="Charging")
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=101)


@covers("OFFLINE-13", "OFFLINE-14")
def test_offline_link_loss_is_no_failed_attempt(central, charger):
    central.answer("StartTransaction", HOLD)
    station = charger(settings={"TransactionMessageAttempts": "1"})
    station.do("plug 1", "card 1 CARD")
    for _ in range(3):
        central.expect("StartTransaction")
        central.drop()
        station.event("link", state="down")
    tries = central.seen("StartTransaction")
    central.expect("StartTransaction").reply({"transactionId": 9})
    station.event("delivered", started=True, transactionId=9)
    assert not station.happened("quarantine")
    assert len({t.message for t in tries}) == 1
    assert all(t.payload == tries[0].payload for t in tries)
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=9)


@covers("OFFLINE-19", "OFFLINE-20", "BOOT-02", "WS-16")
def test_offline_transaction_survives_a_power_cut(central, charger):
    station = listed(central, charger)
    central.down()
    station.event("link", state="down")
    charge_offline(station)
    began = station.happened("transaction", started=True)[0]
    station.power_cut()
    station.power_on()
    central.up()
    start, stop = delivered(central, station)
    assert (start["idTag"], stop["transactionId"]) == ("CARD", 101)
    assert abs((parse_time(start["timestamp"]) - parse_time(began["t"])).total_seconds()) < 0.1
    boots = central.seen("BootNotification")
    assert len(boots) == 2
    assert start.index > boots[1].index


@pytest.mark.parametrize("network", ["up", "down"])
@covers("TX-38", "TX-20", "OFFLINE-19", "METER-26")
def test_offline_power_cut_in_mid_session_stops_with_power_loss(central, charger, network):
    station = listed(central, charger, settings={"PowerLossPolicy": "Stop"})
    station.do("load 1 1000000")
    restore = by_switch(central, station) if network == "down" else None
    station.do("plug 1", "card 1 CARD")
    began = station.event("transaction", started=True)
    station.event("contactor", closed=True)
    if not restore:
        station.event("delivered", started=True)
    station.do("wait 0.3")
    station.state()
    station.power_cut()
    station.power_on()
    start, stop = delivered(central, station)
    assert (start["idTag"], start["meterStart"]) == ("CARD", began["meter"])
    assert (stop["transactionId"], stop["reason"]) == (101, "PowerLoss")
    assert stop["meterStop"] >= start["meterStart"]
    assert parse_time(stop["timestamp"]) >= parse_time(start["timestamp"])


@covers("TX-38", "OFFLINE-19")
def test_offline_power_cut_in_mid_session_resumes_if_so_configured(central, charger):
    station = listed(central, charger, settings={"PowerLossPolicy": "Resume"})
    station.charge()
    station.event("delivered", started=True)
    station.power_cut()
    station.power_on()
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Charging")
    station.wait_connector(contactor=True)
    assert not central.seen("StopTransaction")
    station.do("card 1 CARD")
    stop = central.expect("StopTransaction", transactionId=101)
    assert stop.get("reason") in (None, "Local")
    assert len(central.seen("StartTransaction")) == 1


@covers("OFFLINE-19", "TX-38", "TX-09", "OFFLINE-18")
def test_offline_every_transaction_has_one_start_and_one_stop_after_repeated_cuts(central,
                                                                                  charger):
    station = listed(central, charger, settings={"PowerLossPolicy": "Stop"})
    central.down()
    for _ in range(4):
        station.do("plug 1", "card 1 CARD")
        station.event("contactor", closed=True)
        station.power_cut()
        station.power_on()
    central.up()
    messages = delivered(central, station)
    assert [m.action for m in messages] == ["StartTransaction", "StopTransaction"] * 4
    assert [m["transactionId"] for m in messages[1::2]] == [101, 102, 103, 104]
    assert {m["reason"] for m in messages[1::2]} == {"PowerLoss"}


@covers("STATUS-22", "STATUS-24", "STATUS-25")
def test_offline_only_the_current_status_is_reported_afterwards(central, charger, cut):
    station = charger()
    restore = cut(central, station)
    station.do("plug 1", "unplug 1", "plug 1", "unplug 1", "plug 1")
    station.wait_connector(status="Preparing")
    restore()
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    station.settle()
    assert [n["status"] for n in central.seen("StatusNotification", connectorId=1)] == [
        "Available", "Preparing"]


@covers("STATUS-24", "WS-16")
def test_offline_unchanged_status_is_not_repeated(central, charger):
    station = charger()
    restore = by_switch(central, station)
    station.do("plug 1", "unplug 1")
    station.wait_connector(status="Available")
    restore()
    station.wait_online()
    station.settle()
    assert len(central.seen("StatusNotification")) == 2


@covers("TX-05", "TX-17", "CACHE-04")
def test_offline_start_that_turns_out_invalid_is_ended(central, charger):
    central.answer("StartTransaction", {"idTagInfo": {"status": "Blocked"}})
    station = charger(settings={"AllowOfflineTxForUnknownId": "true"})
    restore = by_switch(central, station)
    station.do("plug 1", "card 1 STRANGER")
    station.event("contactor", closed=True)
    restore()
    central.expect("StopTransaction", reason="DeAuthorized", transactionId=101)
    station.wait_connector(contactor=False)


@covers("TX-07", "STATUS-27")
def test_offline_start_that_turns_out_invalid_only_loses_energy_if_so_configured(central,
                                                                                 charger):
    central.answer("StartTransaction", {"idTagInfo": {"status": "Invalid"}})
    station = charger(settings={"AllowOfflineTxForUnknownId": "true",
                                "StopTransactionOnInvalidId": "false"})
    restore = by_switch(central, station)
    station.do("plug 1", "card 1 STRANGER")
    station.event("contactor", closed=True)
    restore()
    central.expect("StatusNotification", connectorId=1, status="SuspendedEVSE")
    station.settle()
    assert not central.seen("StopTransaction")
    station.wait_connector(contactor=False)


@covers("OFFLINE-20", "BOOT-17")
def test_offline_times_from_before_the_clock_was_known_are_put_right(central, charger):
    station = listed(central, charger)
    station.power_cut()
    central.down()
    station.args += ["--clock", "lost"]
    station.power_on()
    charge_offline(station)
    central.answer("BootNotification", {"currentTime": "2031-05-06T07:08:00Z"})
    central.up()
    start, stop = delivered(central, station)
    begin, end = parse_time(start["timestamp"]), parse_time(stop["timestamp"])
    known = parse_time("2031-05-06T07:08:00Z")
    assert begin < end <= known
    assert (known - begin).total_seconds() < 60


@covers("OFFLINE-10", "RPC-01")
def test_offline_backlog_of_fifty_arrives_complete(central, charger):
    station = listed(central, charger)
    restore = by_switch(central, station)
    for _ in range(25):
        station.do("plug 1", "card 1 CARD", "wait 0.06", "card 1 CARD", "wait 0.06", "unplug 1")
    for _ in range(25):
        station.event("transaction", started=False)
    restore()
    messages = delivered(central, station)
    assert [m.action for m in messages] == ["StartTransaction", "StopTransaction"] * 25
    assert [m["transactionId"] for m in messages[1::2]] == list(range(101, 126))
    assert len({m.message for m in messages}) == 50


@covers("OFFLINE-10", "OFFLINE-13", "OFFLINE-19")
def test_offline_backlog_over_a_flaky_link_arrives_complete(central, charger):
    numbers = {}  # as a central system that knows a repeated message by its id
    central.answer("StartTransaction",
                   lambda call: {"transactionId": numbers.setdefault(call.message, len(numbers))})
    station = listed(central, charger)
    restore = by_switch(central, station)
    for _ in range(6):
        charge_offline(station, energy=False)
    restore()
    for _ in range(3):
        central.expect("StopTransaction")
        central.drop()
        station.event("link", state="down")
    delivered(central, station)
    messages = {}
    for m in central.seen("StartTransaction", "StopTransaction"):
        assert messages.setdefault(m.message, m).payload == m.payload
    messages = list(messages.values())
    assert [m.action for m in messages] == ["StartTransaction", "StopTransaction"] * 6
    assert [m["transactionId"] for m in messages[1::2]] == list(range(6))
    times = [parse_time(m["timestamp"]) for m in messages]
    assert times == sorted(times)


@covers("WS-01", "WS-09", "OFFLINE-13")
def test_offline_modem_that_is_switched_off_and_on_at_once_connects_again(central, charger):
    station = charger()
    for _ in range(20):
        station.do("link down", "link up")
        station.wait_online()
        station.do("link down", "link up", "link down", "wait 0.02", "link up")
        station.wait_online()
    station.charge()
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=101)
