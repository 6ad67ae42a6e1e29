# SPDX-License-Identifier: Apache-2.0
"""The scripted day of examples/demo, and that it would notice books that differ.

EVCP_CHARGER and EVCP_CENTRAL name the binaries. Runs under pytest, or alone.
"""
import copy
import os
import subprocess
import sys

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "demo")
sys.path.insert(0, DEMO)

from books import charger_books, compare  # noqa: E402 pylint: disable=wrong-import-position

EVENTS = [
    {"event": "transaction", "transaction": 1, "started": True, "connector": 2, "idTag": "A",
     "meter": 10, "t": "2026-01-31T12:00:00.100Z"},
    {"event": "delivered", "transaction": 1, "started": True, "transactionId": 7},
    {"event": "transaction", "transaction": 1, "started": False, "connector": 2, "idTag": "A",
     "meter": 30, "t": "2026-01-31T12:10:00.900Z", "reason": "Local"},
    {"event": "delivered", "transaction": 1, "started": False, "transactionId": 7},
]
CENTRAL = {
    "unassignedMeterValues": 0,
    "transactions": [{"transactionId": 7, "connectorId": 2, "idTag": "A", "meterStart": 10,
                      "meterStop": 30, "start": "2026-01-31T12:00:00Z",
                      "stop": "2026-01-31T12:10:00.901Z", "reason": "Local", "state": "closed"}],
}


def test_demo_equal_books_agree():
    assert compare(charger_books(EVENTS), CENTRAL) == []


def test_demo_names_everything_that_differs():
    for key, value in (("idTag", "B"), ("connectorId", 1), ("meterStart", 9), ("meterStop", 31),
                       ("reason", "Remote"), ("start", "2026-01-31T12:00:02Z"), ("stop", None)):
        central = copy.deepcopy(CENTRAL)
        central["transactions"][0][key] = value
        faults = compare(charger_books(EVENTS), central)
        assert len(faults) == 1 and key in faults[0], (key, faults)


def test_demo_notices_what_one_side_does_not_have():
    mine = charger_books(EVENTS)
    assert compare(mine, {"unassignedMeterValues": 0, "transactions": []})
    assert compare([], CENTRAL)
    assert compare(mine, {**CENTRAL, "unassignedMeterValues": 1})
    twice = copy.deepcopy(CENTRAL)
    twice["transactions"].append({**twice["transactions"][0], "transactionId": 8})
    assert compare(mine, twice)
    assert compare(charger_books(EVENTS[:3]), CENTRAL)


def test_demo_day_ends_with_books_that_agree():
    result = subprocess.run(
        [sys.executable, "-B", os.path.join(DEMO, "demo.py"),
         os.environ.get("EVCP_CENTRAL", "evcp-central"),
         os.environ.get("EVCP_CHARGER", "evcp-charger")],
        capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "The books agree." in result.stdout


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok   ", name, flush=True)
