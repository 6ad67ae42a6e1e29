# SPDX-License-Identifier: Apache-2.0
"""Drives evcp-charger as a person at the desk does, against evcp-central, both real processes.

EVCP_CHARGER and EVCP_CENTRAL name the binaries; the openssl command makes the certificates.
Runs under pytest, or alone: python3 test_charger.py
"""
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

CHARGER = os.environ.get("EVCP_CHARGER", "evcp-charger")
CENTRAL = os.environ.get("EVCP_CENTRAL", "evcp-central")
PATIENCE = 30
FILES = tempfile.TemporaryDirectory(prefix="evcp-charger-")
NOWHERE = "ws://127.0.0.1:9/ocpp"
KEY = "000102030405060708090a0b0c0d0e0fff"[:32]

TAGS = """idTag,status,expiryDate,parentIdTag
04GOOD,Accepted,2099-12-31T23:59:59Z,
04MATE,Accepted,,FLEET
04BAD,Blocked,,
04OLD,Accepted,2001-01-01T00:00:00Z,
LSVAU2180N2183294,Accepted,,
"""
FAST = {"BackOffBase": "1", "BackOffCap": "1", "MinimumStatusDuration": "0",
        "ContactorTimeout": "1", "MeterValueSampleInterval": "1"}


def new_directory():
    return tempfile.mkdtemp(dir=FILES.name)


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


class Program:
    """A process that writes one JSON object a line, and takes commands."""

    def __init__(self, *command, stdin=subprocess.PIPE):
        self.events = []
        self.taken = 0
        self.lines = queue.Queue()
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def command(self, *texts):
        for text in texts:
            self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def expect(self, name, **members):
        """The next event with this name and these members; others are skipped, but kept."""
        deadline = time.monotonic() + PATIENCE
        while True:
            while self.taken < len(self.events):
                event = self.events[self.taken]
                self.taken += 1
                if event["event"] == name and members.items() <= event.items():
                    return event
            try:
                event = self.lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {name} {members} after {self.events[-5:]}") from None
            assert event is not None, f"ended before {name} {members}: {self.process.stderr.read()}"
            self.events.append(event)

    def all(self, name):
        return [event for event in self.events if event["event"] == name]

    def wait(self):
        """Exit status, after everything that was written has been read."""
        code = self.process.wait(PATIENCE)
        while (event := self.lines.get(timeout=PATIENCE)) is not None:
            self.events.append(event)
        return code

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(PATIENCE)
        if kind is None:
            assert code in (0, -signal.SIGKILL), f"ended with {code}: {self.process.stderr.read()}"


def central(*options, directory=None):
    directory = directory or new_directory()
    program = Program(CENTRAL, "--port", "0", "--json", "--tags", write(directory, "tags", TAGS),
                      "--books", os.path.join(directory, "books"), *options)
    program.port = program.expect("listening")["port"]
    program.url = f"ws://127.0.0.1:{program.port}/ocpp"
    return program


def charger(store, *options, url=NOWHERE, script=None, keys=None, connectors=2, stdin=subprocess.PIPE):
    config = write(new_directory(), "keys", json.dumps({**FAST, **(keys or {})}))
    arguments = ["--url", url, "--id", "CP1", "--store", store, "--connectors", str(connectors),
                 "--config", config, "--json", *options]
    if script is not None:
        arguments += ["--script", write(new_directory(), "script", script)]
    program = Program(CHARGER, *arguments, stdin=stdin)
    program.expect("ready")
    return program


def run(*arguments):
    return subprocess.run([CHARGER, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, check=False)


def state_of(program, connector):
    program.command("status")
    return program.expect("state")["connectors"][connector]


def give_list(system):
    system.command(f"list CP1 full 1 {write(new_directory(), 'list', TAGS)}")
    assert system.expect("answer", action="SendLocalList")["payload"]["status"] == "Accepted"


def registered_store():
    """A store that has met its central system once, and has its list."""
    store = new_directory()
    with central() as system, charger(store, url=system.url) as station:
        station.expect("link", state="online")
        give_list(system)
        station.command("quit")
        assert station.wait() == 0
    return store


# ---- the command line -----------------------------------------------------------------------------

def test_charger_help_names_every_command():
    result = run("--help")
    assert result.returncode == 0
    for word in ("plug N", "card N UID", "vehicle N", "wait SECONDS", "kill", "clock lost"):
        assert word in result.stdout


def test_charger_refuses_a_wrong_command_line():
    store = new_directory()
    for arguments in ((), ("--url", NOWHERE), ("--nonsense",), ("extra",),
                      ("--url", NOWHERE, "--id", "A", "--store", store, "--connectors", "65"),
                      ("--url", NOWHERE, "--id", "A", "--store", store, "--clock", "noon"),
                      ("--url", NOWHERE, "--id", "A", "--store", store, "--script", "/no/such"),
                      ("--url", NOWHERE, "--id", "A", "--store", store, "--config", "/no/such")):
        result = run(*arguments)
        assert result.returncode == 2, arguments
        assert result.stderr


def test_charger_refuses_a_bad_configuration_by_name():
    store = new_directory()
    bad_value = write(store, "keys", '{"HeartbeatInterval": "often"}')
    result = run("--url", NOWHERE, "--id", "A", "--store", store, "--config", bad_value)
    assert result.returncode == 1 and "HeartbeatInterval" in result.stderr
    not_text = write(store, "keys", '{"HeartbeatInterval": 60}')
    result = run("--url", NOWHERE, "--id", "A", "--store", store, "--config", not_text)
    assert result.returncode == 2 and "HeartbeatInterval" in result.stderr
    result = run("--url", "http://x", "--id", "A", "--store", store)
    assert result.returncode == 1 and "evcp_config.url" in result.stderr
    result = run("--url", NOWHERE, "--id", "A", "--store", os.path.join(store, "missing"))
    assert result.returncode != 0 and "missing" in result.stderr


def test_charger_refuses_a_store_that_another_process_uses():
    store = new_directory()
    with charger(store):
        result = run("--url", NOWHERE, "--id", "A", "--store", store)
        assert result.returncode == 1 and result.stderr


# ---- commands -----------------------------------------------------------------------------------------

BAD_COMMANDS = ["plugg 1", "plug", "plug 0", "plug 3", "plug one", "plug 1 2", "card 1", "card 1 2 3",
                "vehicle 1 vin", "vehicle 1 mac AABB", "ev 1 sleepy", "load 1 -5", "load 1 lots",
                "load 1 99999999", "fault 1 Broken", "fault 1 NoError", "contactor 1 maybe",
                "meter 1 broken", "link sideways", "clock noon", "clock 2026-13-01T00:00:00Z",
                "clock 2026-02-30T00:00:00Z", "wait", "wait -1", "wait forever", "wait nan",
                "status now", "unplug 1", "set HeartbeatInterval often", "set NoSuchKey 1",
                "get NoSuchKey", "get AuthorizationKey", "card 1 123456789012345678901",
                "card 1 \x07bell"]


def test_charger_refuses_bad_commands_and_changes_nothing():
    with charger(new_directory()) as station:
        before = state_of(station, 1)
        for line in BAD_COMMANDS:
            station.command(line)
            assert line.split()[0] in station.expect("error")["text"]
        assert state_of(station, 1) == before
        assert not station.all("decision")


def test_charger_refuses_a_line_that_is_too_long_and_goes_on():
    with charger(new_directory()) as station:
        station.command("plug " + "1" * 5000, "get HeartbeatInterval")
        assert "longer" in station.expect("error")["text"]
        station.expect("value", key="HeartbeatInterval")


def test_charger_passes_over_comments_and_empty_lines():
    with charger(new_directory(), script="# a day\n\n  \t\nplug 1 # the car\n") as station:
        station.expect("status", connector=1, status="Preparing")
        assert not station.all("error")


def test_charger_exit_status_tells_of_a_bad_command_in_the_script():
    station = charger(new_directory(), script="plug 9\nquit\n")
    assert station.wait() == 1
    station = charger(new_directory(), script="plug 1\nquit")
    assert station.wait() == 0
    assert station.all("quit")


def test_charger_quits_when_script_and_input_have_ended():
    station = charger(new_directory(), script="plug 1\n", stdin=subprocess.DEVNULL)
    assert station.wait() == 0


def test_charger_without_script_outlives_the_end_of_its_input():
    with charger(new_directory(), stdin=subprocess.DEVNULL) as station:
        station.expect("link", state="connecting")
        station.expect("link", state="connecting")
        assert station.process.poll() is None


def test_charger_wait_holds_up_only_its_own_input():
    with charger(new_directory(), script="wait 3600\nplug 1\n") as station:
        assert state_of(station, 1)["plugged"] is False
        station.command("plug 2")
        station.expect("status", connector=2, status="Preparing")
        assert not [e for e in station.all("status") if e["connector"] == 1
                    and e["status"] == "Preparing"]


def test_charger_ends_cleanly_by_signal():
    station = charger(new_directory())
    station.process.send_signal(signal.SIGTERM)
    assert station.wait() == 0
    assert station.all("quit")


def test_charger_sets_and_reads_keys_that_survive():
    store = new_directory()
    with charger(store) as station:
        station.command("set HeartbeatInterval 77", "kill")
        station.process.wait(PATIENCE)
    with charger(store, keys={"HeartbeatInterval": "5"}) as station:
        station.command("get HeartbeatInterval")
        assert station.expect("value")["value"] == "77"


# ---- without the network ------------------------------------------------------------------------------

def test_charger_that_was_never_registered_charges_nobody():
    with charger(new_directory()) as station:
        station.command("plug 1", "card 1 04GOOD")
        decision = station.expect("decision", idTag="04GOOD")
        assert not decision["accepted"] and decision["reason"] == "notRegistered"


def test_charger_decides_offline_from_a_cold_boot():
    with charger(registered_store(), script="plug 1\nvehicle 2 vin LSVAU2180N2183294\n") as station:
        vehicle = station.expect("decision", idTag="LSVAU2180N2183294")
        assert vehicle["accepted"] and vehicle["reason"] == "list" and vehicle["type"] == "VIN"
        station.expect("contactor", connector=2, closed=True)
        for card, reason, status in (("04BAD", "list", "Blocked"),
                                     ("04old", "listExpired", "Expired"),
                                     ("04DEADBEEF", "unknown", "Invalid")):
            station.command(f"card 1 {card}")
            decision = station.expect("decision", idTag=card)
            assert not decision["accepted"]
            assert (decision["reason"], decision["status"]) == (reason, status)
        station.command("card 1 04good")
        assert station.expect("decision", idTag="04good")["accepted"]
        station.expect("contactor", connector=1, closed=True)


def test_charger_delivers_what_happened_while_the_link_was_down():
    store = new_directory()
    with central() as system, charger(store, url=system.url) as station:
        station.expect("link", state="online")
        give_list(system)
        station.command("link down")
        station.expect("link", state="down")
        station.command("load 1 360000", "plug 1", "card 1 04GOOD")
        station.expect("status", connector=1, status="Charging")
        station.command("wait 1", "unplug 1")
        ended = station.expect("transaction", started=False)
        assert ended["reason"] == "EVDisconnected" and ended["meter"] > 0
        station.command("link up")
        station.expect("delivered", started=True)
        station.expect("delivered", started=False)
        system.command("books")
        books = system.expect("books")
        assert len(books["transactions"]) == 1
        only = books["transactions"][0]
        assert only["state"] == "closed" and only["idTag"] == "04GOOD"
        assert only["meterStop"] == ended["meter"] and only["reason"] == "EVDisconnected"
        assert not system.all("violation")


def test_charger_without_a_clock_gives_events_their_real_times_afterwards():
    store = registered_store()
    with central() as system, charger(store, "--clock", "lost", url=system.url,
                                      script="link down\nplug 1\ncard 1 04GOOD\n") as station:
        started = station.expect("transaction", started=True)
        station.expect("contactor", connector=1, closed=True)
        station.command("link up")
        station.expect("delivered", started=True)
        station.command("unplug 1")
        station.expect("delivered", started=False)
        system.command("books")
        only = system.expect("books")["transactions"][0]
        assert only["start"][:4] >= "2026" and only["start"] <= only["stop"]
        assert started["transaction"] == 1


# ---- power cuts -----------------------------------------------------------------------------------------

def test_charger_killed_in_mid_session_goes_on_and_delivers_once():
    store = new_directory()
    with central() as system:
        with charger(store, url=system.url) as station:
            station.expect("link", state="online")
            give_list(system)
            station.command("load 1 360000", "plug 1", "card 1 04GOOD")
            started = station.expect("transaction", started=True)
            station.expect("status", connector=1, status="Charging")
            station.command("link down", "wait 1", "status", "kill")
            seen = station.expect("state")["connectors"][1]["meter"]
            assert station.wait() == -signal.SIGKILL
        with charger(store, url=system.url, script="link down\nplug 1\n") as station:
            station.expect("contactor", connector=1, closed=True)
            assert state_of(station, 1)["idTag"] == "04GOOD"
            assert state_of(station, 1)["meter"] >= seen > 0
            station.command("link up")
            station.expect("link", state="online")
            station.command("card 1 04GOOD")
            ended = station.expect("transaction", started=False)
            assert ended["transaction"] == started["transaction"]
            station.expect("delivered", started=False)
        system.command("books")
        books = system.expect("books")["transactions"]
        assert [(b["meterStart"], b["meterStop"]) for b in books] == [
            (started["meter"], ended["meter"])]


def test_charger_stops_the_session_after_a_power_cut_if_the_policy_says_so():
    store = registered_store()
    with charger(store) as station:
        station.command("set PowerLossPolicy Stop", "plug 1", "card 1 04GOOD")
        station.expect("contactor", connector=1, closed=True)
        station.command("kill")
        station.wait()
    with charger(store) as station:
        assert station.expect("transaction", started=False)["reason"] == "PowerLoss"


def test_charger_meter_is_not_rewound_by_a_power_cut():
    store = registered_store()
    readings = []
    for _ in range(3):
        with charger(store, script="load 1 360000\nplug 1\ncard 1 04GOOD\n") as station:
            station.expect("contactor", connector=1, closed=True)
            station.command("wait 0.5", "status", "kill")
            readings.append(station.expect("state")["connectors"][1]["meter"])
            station.wait()
    assert readings == sorted(readings) and readings[0] < readings[2]


# ---- trouble --------------------------------------------------------------------------------------------

def test_charger_contactor_that_does_not_close_becomes_a_fault():
    with charger(registered_store()) as station:
        station.command("contactor 1 stuck", "plug 1", "card 1 04GOOD")
        station.expect("contactor", connector=1, closed=True)
        station.expect("status", connector=1, errorCode="PowerSwitchFailure")
        assert state_of(station, 1)["contactor"] is False


def test_charger_meter_that_cannot_be_read_lets_nobody_begin():
    with charger(registered_store()) as station:
        station.command("meter 1 dead", "plug 1", "card 1 04GOOD")
        station.expect("status", connector=1, errorCode="PowerMeterFailure")
        assert not station.all("contactor") and not station.all("transaction")
        assert state_of(station, 1)["meter"] is None


def test_charger_fault_is_told_and_cleared():
    with charger(new_directory()) as station:
        station.command("fault 2 GroundFailure")
        station.expect("status", connector=2, status="Faulted", errorCode="GroundFailure")
        station.command("clear 2")
        station.expect("status", connector=2, status="Available", errorCode="NoError")


def test_charger_fault_opens_the_contactor():
    with charger(registered_store()) as station:
        station.command("plug 1", "card 1 04GOOD")
        station.expect("status", connector=1, status="Charging")
        station.command("fault 1 OverCurrentFailure")
        station.expect("contactor", connector=1, closed=False)


def test_charger_pausing_vehicle_takes_no_energy():
    with charger(registered_store()) as station:
        station.command("load 1 360000", "plug 1", "card 1 04GOOD")
        station.expect("status", connector=1, status="Charging")
        station.command("ev 1 pause")
        station.expect("status", connector=1, status="SuspendedEV")
        before = state_of(station, 1)["meter"]
        station.command("wait 0.3")
        assert state_of(station, 1)["meter"] == before
        station.command("ev 1 ready")
        station.expect("status", connector=1, status="Charging")


def test_charger_locked_cable_comes_free_when_the_vehicle_is_gone():
    with charger(registered_store(), "--lock") as station:
        station.command("plug 1", "card 1 04GOOD")
        station.expect("status", connector=1, status="Charging")
        station.command("unplug 1")
        station.expect("transaction", started=False)
        station.expect("status", connector=1, status="Available")
        assert state_of(station, 1)["plugged"] is False


# ---- readers --------------------------------------------------------------------------------------------

def present(path, data):
    with open(path, "wb", buffering=0) as reader:
        reader.write(data)


def test_charger_reader_makes_tokens_and_refuses_long_ones():
    path = os.path.join(new_directory(), "reader")
    os.mkfifo(path)
    with charger(new_directory(), "--reader", path, "--reader-prefix", "C:") as station:
        present(path, bytes.fromhex("04a1b2c3"))
        assert station.expect("decision")["idTag"] == "C:04A1B2C3"
        present(path, bytes(range(10)))
        text = station.expect("hardware")["text"]
        assert "20" in text and "prefix" in text
        present(path, bytes.fromhex("04d1"))
        assert station.expect("decision")["idTag"] == "C:04D1"


# ---- the central system's wishes --------------------------------------------------------------------------

def test_charger_restarts_on_reset_and_ends_the_session_before():
    with central() as system, charger(new_directory(), url=system.url) as station:
        station.expect("link", state="online")
        give_list(system)
        station.command("plug 1", "card 1 04GOOD")
        station.expect("status", connector=1, status="Charging")
        system.command('call CP1 Reset {"type":"Soft"}')
        assert system.expect("answer", action="Reset")["payload"]["status"] == "Accepted"
        assert station.expect("transaction", started=False)["reason"] == "SoftReset"
        station.expect("ready")
        system.expect("boot")
        station.expect("link", state="online")
        if not [e for e in station.all("delivered") if not e["started"]]:
            station.expect("delivered", started=False)
        system.command("books")
        assert [b["state"] for b in system.expect("books")["transactions"]] == ["closed"]


def test_charger_starts_and_stops_remotely():
    with central() as system, charger(new_directory(), url=system.url) as station:
        station.expect("link", state="online")
        station.command("plug 1")
        station.expect("status", connector=1, status="Preparing")
        system.command('call CP1 RemoteStartTransaction {"idTag":"04GOOD","connectorId":1}')
        assert system.expect("answer", action="RemoteStartTransaction")["payload"] == {
            "status": "Accepted"}
        number = station.expect("delivered", started=True)["transactionId"]
        system.command(f'call CP1 RemoteStopTransaction {{"transactionId":{number}}}')
        assert station.expect("transaction", started=False)["reason"] == "Remote"
        station.expect("contactor", connector=1, closed=False)


def test_charger_connects_again_when_it_is_dropped():
    with central() as system, charger(new_directory(), url=system.url) as station:
        station.expect("link", state="online")
        system.command("drop CP1")
        station.expect("link", state="down")
        station.expect("link", state="online")


def test_charger_shows_no_authorization_key():
    with central() as system, charger(new_directory(), url=system.url) as station:
        station.expect("link", state="online")
        system.command('call CP1 ChangeConfiguration {"key":"AuthorizationKey","value":"%s"}' % KEY)
        system.expect("answer", action="ChangeConfiguration")
        station.command("quit")
        station.wait()
        assert "AuthorizationKey" in json.dumps(station.events)
        assert KEY not in json.dumps(station.events)


def test_charger_gives_its_authorization_key():
    with central("--auth", f"CP1:hex:{KEY}") as system:
        with charger(new_directory(), "--auth-key", KEY, url=system.url) as station:
            station.expect("link", state="online")
        with charger(new_directory(), url=system.url) as station:
            assert "401" in station.expect("link", state="down")["text"]


def make_certificate(directory):
    key, certificate = os.path.join(directory, "key"), os.path.join(directory, "certificate")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                    "-out", certificate, "-days", "9000", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    return key, certificate


def test_charger_verifies_the_central_system():
    key, certificate = make_certificate(new_directory())
    with central("--cert", certificate, "--key", key) as system:
        url = f"wss://localhost:{system.port}/ocpp"
        with charger(new_directory(), "--ca", certificate, url=url) as station:
            station.expect("link", state="online")
        with charger(new_directory(), "--unverified", url=url) as station:
            station.expect("link", state="online")
        with charger(new_directory(), url=url) as station:
            assert station.expect("link", state="down")["text"]
            station.expect("link", state="connecting")
            assert not [e for e in station.all("link") if e["state"] == "online"]


if __name__ == "__main__":
    failed = 0
    for name, test in sorted(globals().items()):
        if not name.startswith("test_") or (sys.argv[1:] and name not in sys.argv[1:]):
            continue
        try:
            test()
            print("ok   ", name, flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print("FAIL ", name, type(error).__name__, error, flush=True)
    sys.exit(1 if failed else 0)
