# SPDX-License-Identifier: Apache-2.0
"""Days that nobody wrote: random drivers, cables, cuts of link, server and power; then the books.

The seed is the parameter: a day that failed is run again with it. EVCP_INTEROP_SEEDS says how many
days (4), for a long run.
"""
import itertools
import os
import random

import pytest

from harness import covers, parse_time

TAGS = ["CARD", "FRIEND", "STRANGER", "BLOCKED"]
CONNECTORS = 2


class Day:
    """Rolls dice until the evening, then makes peace and asks for the books."""

    def __init__(self, central, station, seed):
        self.central, self.station = central, station
        self.dice = random.Random(seed)
        self.plugged = set()
        self.server = True
        self.modem = True

    def plug(self):
        connector = self.dice.randint(1, CONNECTORS)
        if connector in self.plugged:
            self.station.do(f"unplug {connector}")
        else:
            self.station.do(f"plug {connector}")
        self.plugged ^= {connector}

    def card(self):
        self.station.do(f"card {self.dice.randint(1, CONNECTORS)} {self.dice.choice(TAGS)}")

    def wait(self):
        self.station.do(f"wait {self.dice.choice([0.01, 0.1, 0.3])}")
        self.station.state()

    def switch_modem(self):
        self.modem = not self.modem
        self.station.do(f"link {'up' if self.modem else 'down'}")

    def switch_server(self):
        (self.central.down if self.server else self.central.up)()
        self.server = not self.server

    def drop(self):
        if self.server:
            self.central.drop()

    def cut_power(self):
        self.station.power_cut()
        self.station.power_on()
        self.plugged, self.modem = set(), True

    def step(self):
        return self.dice.choices(
            [self.plug, self.card, self.wait, self.switch_modem, self.switch_server, self.drop,
             self.cut_power], weights=[25, 30, 25, 5, 3, 4, 2])[0]()

    def evening(self):
        if not self.server:
            self.switch_server()
        if not self.modem:
            self.switch_modem()
        self.station.do(*[f"unplug {c}" for c in self.plugged])
        for _ in range(600):
            state = self.station.state()
            idle = all(c["transaction"] is None for c in state["connectors"][1:])
            if state["link"] == "online" and state["outbox"] == 0 and idle:
                return state
            self.station.do("wait 0.1")
        raise AssertionError(f"the evening never came: {state}")


def books(central):
    """Each message once, however often it was sent; a repeated one says the same."""
    messages = {}
    for message in central.seen("StartTransaction", "StopTransaction"):
        assert messages.setdefault(message.message, message).payload == message.payload
    return list(messages.values())


@pytest.mark.parametrize("policy", ["Stop", "Resume"])
@pytest.mark.parametrize("seed", range(int(os.environ.get("EVCP_INTEROP_SEEDS", "4"))))
@covers("OFFLINE-09", "OFFLINE-10", "OFFLINE-13", "OFFLINE-19", "TX-09", "TX-38", "METER-26",
        "AUTH-01")
def test_days_end_with_books_that_agree(central, charger, seed, policy):
    ids = {}
    counter = itertools.count(1)
    central.answer("StartTransaction", lambda call: {
        "transactionId": ids.setdefault(call.message, next(counter))})
    central.answer("Authorize", lambda call: {"idTagInfo": {
        "status": "Invalid" if call["idTag"] == "STRANGER" else "Accepted"}})
    station = charger(connectors=CONNECTORS, settings={"PowerLossPolicy": policy})
    central.tell_list("Full", 1, {"CARD": {"status": "Accepted", "parentIdTag": "US"},
                                  "FRIEND": {"status": "Accepted", "parentIdTag": "US"},
                                  "BLOCKED": {"status": "Blocked"}})
    station.do(*[f"load {c} 1000000" for c in range(1, CONNECTORS + 1)])
    day = Day(central, station, seed)
    for _ in range(120):
        day.step()
    day.evening()

    starts = [m for m in books(central) if m.action == "StartTransaction"]
    stops = [m for m in books(central) if m.action == "StopTransaction"]
    assert starts, "a day without a transaction proves nothing"
    assert len(ids) == len(starts)
    assert sorted(s["transactionId"] for s in stops) == sorted(ids.values())
    by_id = {ids[s.message]: s for s in starts}
    last = dict.fromkeys(range(1, CONNECTORS + 1), 0)
    for stop in stops:
        start = by_id[stop["transactionId"]]
        assert start["idTag"] not in ("STRANGER",)
        assert start.index < stop.index
        assert last[start["connectorId"]] <= start["meterStart"] <= stop["meterStop"]
        assert parse_time(start["timestamp"]) <= parse_time(stop["timestamp"])
        last[start["connectorId"]] = stop["meterStop"]
    assert not [e for run in station.runs for e in run.happened("quarantine")]
