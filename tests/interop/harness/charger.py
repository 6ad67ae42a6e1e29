# SPDX-License-Identifier: Apache-2.0
"""evcp-charger as a process: its commands, its events, and its power cuts."""
import json
import os

from .process import PATIENCE, Process

# Reconnect at once, retry at once; everything else as shipped.
QUICK = {"BackOffBase": "1", "BackOffCap": "1", "TransactionMessageRetryInterval": "1",
         "MeterValueSampleInterval": "0"}
LOUD = ("AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer", "runtime error:",
        "Assertion")


class Charger:
    """A charge point that keeps its store when the process dies."""

    def __init__(self, central, directory, settings=None, connectors=1, args=(), quick=True):
        self.central = central
        self.directory = directory
        self.connectors = connectors
        self.log = os.path.join(directory, "charger.log")
        self.store = os.path.join(directory, "store")
        os.makedirs(self.store, exist_ok=True)
        config = os.path.join(directory, "config.json")
        with open(config, "w", encoding="utf-8") as out:
            json.dump({**(QUICK if quick else {}), **(settings or {})}, out)
        self.args = ["--id", central.identity, "--store", self.store, "--config", config,
                     "--connectors", str(connectors), "--json", *args]
        self.process = None
        self.runs = []

    # ---- power --------------------------------------------------------------------------------

    def power_on(self):
        binary = os.environ["EVCP_CHARGER"]
        self.process = Process([binary, "--url", self.central.url, *self.args], self.log)
        self.runs.append(self.process)
        self.process.event("ready")
        return self

    def power_cut(self):
        self.process.kill()

    def leave(self):
        """Quit as the last act of a test: everything is freed, nothing was complained about."""
        if self.process and not self.process.ended:
            self.do("quit")
            code = self.process.wait()
            assert code == 0, f"evcp-charger ended with {code}: {self.process.errors()[-4000:]}"

    def abandon(self):
        if self.process and self.process.popen.poll() is None:
            self.process.kill()

    def complaints(self):
        """Everything that must not be there after a test."""
        errors = self.process.errors() if self.process else ""
        found = [line for line in errors.splitlines() if any(word in line for word in LOUD)]
        for run in self.runs:
            found += [str(e) for e in run.happened("error")]
        return found

    # ---- commands and events ------------------------------------------------------------------

    def do(self, *lines):
        for line in lines:
            self.process.tell(line)

    def event(self, name, timeout=None, **members):
        return self.process.event(name, timeout, **members)

    def happened(self, name, **members):
        return self.process.happened(name, **members)

    def state(self):
        """Also a fence: every command before it has been obeyed."""
        self.do("status")
        return self.event("state")

    def connector(self, number=1):
        return self.state()["connectors"][number]

    def wait_connector(self, number=1, **members):
        """Wait until the connector is as told, for instance status="Available"."""
        def look():
            state = self.connector(number)
            return state if members.items() <= state.items() else None
        for _ in range(int(PATIENCE * 10)):
            found = look()
            if found:
                return found
            self.do("wait 0.1")
        raise AssertionError(f"connector {number}: {self.connector(number)}, wanted {members}")

    def wait_online(self):
        return self.event("link", state="online")

    def settle(self):
        """Whatever the commands so far make the charge point send has been sent after this."""
        for _ in range(2):
            self.state()
            self.central.round_trip()

    # ---- short scripts ------------------------------------------------------------------------

    def booted(self):
        """Wait until the first statuses are out: from here on nothing is due by itself."""
        self.wait_online()
        for number in range(self.connectors + 1):
            self.central.expect("StatusNotification", connectorId=number)
        self.central.round_trip()
        return self

    def charge(self, tag="CARD", connector=1):
        """Plug and card; the StartTransaction once energy flows."""
        self.do(f"plug {connector}", f"card {connector} {tag}")
        start = self.central.expect("StartTransaction", connectorId=connector)
        self.central.expect("StatusNotification", connectorId=connector, status="Charging")
        return start
