#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted day: evcp-charger and evcp-central as two processes on loopback.

usage: demo.py CENTRAL CHARGER [--keep DIRECTORY]

Prints one timeline of both sides, then the books of both sides. Exit status 0 only if the books
agree in every transaction: who, meter at begin and end, both times, and their number.
"""
import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

from books import charger_books, compare, print_books
from timeline import Timeline

IDENTITY = "DEMO-1"
PATIENCE = 20.0

VEHICLE = "LSVAU2180N2183294"
KNOWN, BLOCKED, EXPIRED, UNKNOWN = "04A1B2C3D4E5F6", "04B10C4EDCA4D0", "04E0917ED0CA4D", "04DEADBEEF0123"

TAGS = f"""idTag,status,expiryDate,parentIdTag
{VEHICLE},Accepted,2099-12-31T23:59:59Z,
{KNOWN},Accepted,2099-12-31T23:59:59Z,FLEET
{BLOCKED},Blocked,,
{EXPIRED},Accepted,2020-06-30T00:00:00Z,
"""

KEYS = {
    "LocalAuthorizeOffline": "true",
    "AllowOfflineTxForUnknownId": "false",
    "MeterValueSampleInterval": "2",
    "MinimumStatusDuration": "0",
    "BackOffBase": "1",
    "BackOffCap": "2",
    "PowerLossPolicy": "Resume",
}


class DemoFailed(Exception):
    """Something that had to happen did not."""


class Process:
    """A program that writes one JSON object a line; its events go into a queue."""

    def __init__(self, side, command, events):
        self.side = side
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        self.reader = threading.Thread(target=self._read, args=(events,), daemon=True)
        self.reader.start()

    def _read(self, events):
        for line in self.process.stdout:
            events.put((self.side, json.loads(line)))
        events.put((self.side, {"event": "ended"}))

    def command(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Day:
    """Both processes and what they told, in the order in which it arrived."""

    def __init__(self, central, charger, directory):
        self.programs = {"central": central, "charger": charger}
        self.directory = directory
        self.queue = queue.Queue()
        self.events = []
        self.timeline = Timeline()
        self.central = self.charger = None

    def path(self, name, text=None):
        path = os.path.join(self.directory, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        return path

    def start_central(self):
        self.central = Process("central", [
            self.programs["central"], "--json", "--port", "0", "--tags", self.path("tags.csv", TAGS),
            "--books", self.path("books.jsonl"), "--interval", "60"], self.queue)
        return self.expect("central", "listening")["port"]

    def start_charger(self, port, script=""):
        store = self.path("store")
        os.makedirs(store, exist_ok=True)
        self.charger = Process("charger", [
            self.programs["charger"], "--json", "--url", f"ws://127.0.0.1:{port}/ocpp", "--id",
            IDENTITY, "--store", store, "--connectors", "2", "--config",
            self.path("keys.json", json.dumps(KEYS)), "--script",
            self.path("script", script)], self.queue)
        self.expect("charger", "ready")

    def next_event(self, deadline, wanted):
        try:
            side, event = self.queue.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise DemoFailed(f"waited {PATIENCE:.0f} s in vain for {wanted}") from None
        self.events.append((side, event))
        self.timeline.show(side, event)
        return side, event

    def expect(self, side, name, **members):
        """Waits for an event; what else happens meanwhile is shown as well."""
        deadline = time.monotonic() + PATIENCE
        wanted = f"{side}: {name} {members}"
        while True:
            source, event = self.next_event(deadline, wanted)
            if source == side and event["event"] == "ended" and name != "ended":
                raise DemoFailed(f"the {side} ended, waiting for {wanted}")
            if event["event"] == "error":
                raise DemoFailed(f"{source}: {event['text']}")
            if source == side and event["event"] == name and members.items() <= event.items():
                return event

    def pause(self, seconds):
        """Time passes; what happens meanwhile is shown."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                side, event = self.queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            self.events.append((side, event))
            self.timeline.show(side, event)

    def chapter(self, text):
        self.timeline.chapter(text)

    def end(self):
        for process in (self.charger, self.central):
            if process:
                process.end()


# ---- the chapters -------------------------------------------------------------------------------

def boot_and_list(day):
    day.chapter("Power on: the charge point boots, the central system sends the local list")
    port = day.start_central()
    day.start_charger(port)
    day.expect("charger", "link", state="online")
    day.central.command(f"list {IDENTITY} full 1 {day.path('tags.csv')}")
    answer = day.expect("central", "answer", action="SendLocalList")
    if answer.get("payload", {}).get("status") != "Accepted":
        raise DemoFailed("the list was not accepted")
    return port


def charge_vehicle_offline(day):
    day.chapter("The link is cut. A vehicle is plugged in; its VIN is its identification")
    day.charger.command("link down")
    day.expect("charger", "link", state="down")
    day.charger.command("load 1 150000")
    day.charger.command(f"vehicle 1 vin {VEHICLE}")
    day.expect("charger", "decision", idTag=VEHICLE, accepted=True, reason="list")
    day.expect("charger", "contactor", connector=1, closed=True)
    day.pause(4)
    day.charger.command("unplug 1")
    day.expect("charger", "transaction", connector=1, started=False)


def deliver(day):
    day.chapter("The link returns: what happened meanwhile is delivered")
    day.charger.command("link up")
    day.expect("charger", "delivered", started=True)
    day.expect("charger", "delivered", started=False)


def refuse_cards_offline(day):
    day.chapter("The link is cut again. Cards: one blocked, one expired, one unknown")
    day.charger.command("link down")
    day.expect("charger", "link", state="down")
    day.charger.command("plug 2")
    for card in (BLOCKED, EXPIRED, UNKNOWN):
        day.charger.command(f"card 2 {card}")
        day.expect("charger", "decision", idTag=card, accepted=False)


def cut_power_in_session(day, port):
    day.chapter("A known card charges; in mid-session the power is cut")
    day.charger.command("load 2 90000")
    day.charger.command(f"card 2 {KNOWN}")
    day.expect("charger", "decision", idTag=KNOWN, accepted=True, reason="list")
    day.expect("charger", "contactor", connector=2, closed=True)
    day.pause(3)
    day.charger.command("kill")
    day.expect("charger", "ended")
    day.charger.process.wait(PATIENCE)
    day.chapter("Power is back, the network is not: the session goes on")
    day.start_charger(port, "link down\nload 2 90000\nplug 2\n")
    day.expect("charger", "contactor", connector=2, closed=True)
    day.pause(3)


def finish_online(day):
    day.chapter("The link returns; the driver ends the session with the card")
    day.charger.command("link up")
    day.expect("charger", "delivered", started=True)
    day.charger.command(f"card 2 {KNOWN}")
    day.expect("charger", "transaction", connector=2, started=False)
    day.expect("charger", "delivered", started=False)
    day.charger.command("unplug 2")
    day.expect("charger", "status", connector=2, status="Available")


def charge_online(day):
    day.chapter("Online: the same, with the central system's own answer to an unknown card")
    day.charger.command("plug 1")
    day.charger.command(f"card 1 {UNKNOWN}")
    day.expect("charger", "decision", idTag=UNKNOWN, accepted=False, reason="central")
    day.charger.command(f"card 1 {KNOWN}")
    day.expect("charger", "decision", idTag=KNOWN, accepted=True)
    day.expect("charger", "delivered", started=True)
    day.pause(2)
    day.charger.command("unplug 1")
    day.expect("charger", "delivered", started=False)


def read_books(day):
    day.chapter("The books of both sides")
    day.central.command("books")
    central = day.expect("central", "books")
    mine = charger_books(event for side, event in day.events if side == "charger")
    faults = compare(mine, central)
    print_books(mine, central["transactions"], faults, day.timeline)
    return not faults and len(mine) == 3


def live(day):
    port = boot_and_list(day)
    charge_vehicle_offline(day)
    deliver(day)
    refuse_cards_offline(day)
    cut_power_in_session(day, port)
    finish_online(day)
    charge_online(day)
    return read_books(day)


def run(central, charger, directory):
    day = Day(central, charger, directory)
    began = time.monotonic()
    try:
        agree = live(day)
    except DemoFailed as failure:
        day.timeline.failed(str(failure))
        return 1
    finally:
        day.end()
    day.timeline.verdict(agree, time.monotonic() - began)
    return 0 if agree else 1


def main():
    parser = argparse.ArgumentParser(description="A scripted day of charge point and central system")
    parser.add_argument("central")
    parser.add_argument("charger")
    parser.add_argument("--keep", metavar="DIRECTORY", help="keep store and books here")
    arguments = parser.parse_args()
    programs = [os.path.abspath(p) for p in (arguments.central, arguments.charger)]
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
        return run(*programs, arguments.keep)
    with tempfile.TemporaryDirectory(prefix="evcp-demo-") as directory:
        return run(*programs, directory)


if __name__ == "__main__":
    sys.exit(main())
