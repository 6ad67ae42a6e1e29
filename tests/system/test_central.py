# SPDX-License-Identifier: Apache-2.0
"""Drives evcp-central over real sockets with a charge point that others wrote.

EVCP_CENTRAL names the binary; the openssl command makes the certificates.
Runs under pytest, or alone: python3 test_central.py
"""
import asyncio
import base64
import json
import os
import ssl
import subprocess
import sys
import tempfile
import uuid

import websockets
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.routing import on
from websockets.exceptions import ConnectionClosed, InvalidStatus

BINARY = os.environ.get("EVCP_CENTRAL", "evcp-central")
PATIENCE = 20
FILES = tempfile.TemporaryDirectory(prefix="evcp-central-")
TAGS = """idTag,status,expiryDate,parentIdTag
# the ones who may charge
GOOD,Accepted,2099-12-31T23:59:59Z,FLEET
"OLD",Accepted,2001-01-01T00:00:00+01:00
BLOCKED,Blocked
"""


class Central:
    """The process, its events in order, and its commands."""

    def __init__(self, *options, tags=TAGS, books=None, scheme="ws", directory=None):
        self.directory = directory or tempfile.mkdtemp(dir=FILES.name)
        self.options = list(options)
        if tags is not None:
            self.options += ["--tags", self.file("tags.csv", tags)]
        if books:
            self.options += ["--books", os.path.join(self.directory, books)]
        self.scheme = scheme
        self.events = []
        self.taken = 0

    def file(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            BINARY, "--port", "0", "--json", *self.options, limit=64 * 1024 * 1024,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = (await self.event("listening"))["port"]
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.terminate()
        code = await asyncio.wait_for(self.process.wait(), PATIENCE)
        if sys.exc_info()[0] is None:
            assert code in (0, -9), f"evcp-central ended with {code}"

    async def event(self, name, **members):
        """The next event with this name and these members; others are skipped, but kept."""
        while True:
            while self.taken < len(self.events):
                event = self.events[self.taken]
                self.taken += 1
                if event["event"] == name and members.items() <= event.items():
                    return event
            line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
            assert line, f"evcp-central ended before {name} {members}"
            self.events.append(json.loads(line))

    def command(self, text):
        self.process.stdin.write(text.encode() + b"\n")

    async def books(self):
        self.command("books")
        return (await self.event("books"))["transactions"]

    async def kill(self):
        self.process.kill()
        await self.process.wait()

    def url(self, identity="CP1"):
        return f"{self.scheme}://127.0.0.1:{self.port}/ocpp/{identity}"

    def connect(self, identity="CP1", **options):
        options.setdefault("subprotocols", ["ocpp1.6"])
        options.setdefault("max_size", None)
        return websockets.connect(self.url(identity), **options)


class Station(ChargePoint):
    """A charge point by mobilityhouse/ocpp."""

    def __init__(self, socket, identity="CP1"):
        super().__init__(identity, socket, response_timeout=PATIENCE)
        self.lists = []
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        try:
            await self.start()
        except ConnectionClosed:
            pass

    @on("SendLocalList")
    def on_list(self, **payload):
        self.lists.append(payload)
        return call_result.SendLocalList(status="Accepted")

    @on("GetLocalListVersion")
    def on_version(self):
        return call_result.GetLocalListVersion(list_version=7)

    async def boot(self):
        return await self.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))


def start_request(**changes):
    return {"connectorId": 1, "idTag": "GOOD", "meterStart": 1000,
            "timestamp": "2024-05-01T10:00:00Z", **changes}


def stop_request(transaction_id, **changes):
    return {"transactionId": transaction_id, "meterStop": 4200,
            "timestamp": "2024-05-01T11:00:00Z", **changes}


async def exchange(socket, action, payload, message_id=None):
    """A raw CALL, for what a well-behaved library would not send."""
    message_id = message_id or str(uuid.uuid4())
    await socket.send(json.dumps([2, message_id, action, payload]))
    while True:
        frame = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
        if frame[0] in (3, 4) and frame[1] == message_id:
            return frame


async def status_of(connection):
    try:
        async with connection:
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code


def scenario(function):
    def run():
        asyncio.run(asyncio.wait_for(function(), 120))
    run.__name__ = function.__name__
    return run


@scenario
async def test_central_boot_is_answered_as_told():
    async with Central("--interval", "77", "--boot", "pending") as central:
        async with central.connect() as socket:
            station = Station(socket)
            answer = await station.boot()
            assert (answer.status, answer.interval) == ("Pending", 77)
            central.command("boot rejected")
            await central.event("done", command="boot")
            assert (await station.boot()).status == "Rejected"
            central.command("boot accepted")
            await central.event("done", command="boot")
            assert (await station.boot()).status == "Accepted"
            central.command("connected CP1")
            await central.event("ready", id="CP1")


@scenario
async def test_central_tags_decide_by_status_and_expiry():
    async with Central() as central, central.connect() as socket:
        station = Station(socket)
        await station.boot()
        for tag, status in [("good", "Accepted"), ("OLD", "Expired"), ("BLOCKED", "Blocked"),
                            ("NOBODY", "Invalid")]:
            assert (await station.call(call.Authorize(id_tag=tag))).id_tag_info["status"] == status
        info = (await station.call(call.Authorize(id_tag="GOOD"))).id_tag_info
        assert info["parent_id_tag"] == "FLEET"


@scenario
async def test_central_transaction_is_booked():
    async with Central() as central, central.connect() as socket:
        station = Station(socket)
        await station.boot()
        started = await station.call(call.StartTransaction(
            connector_id=2, id_tag="GOOD", meter_start=1000, timestamp="2024-05-01T10:00:00Z"))
        value = {"timestamp": "2024-05-01T10:30:00Z", "sampledValue": [{"value": "2000"}]}
        await station.call(call.MeterValues(
            connector_id=2, transaction_id=started.transaction_id, meter_value=[value, value]))
        (line,) = await central.books()
        assert line["state"] == "open" and "meterStop" not in line
        await station.call(call.StopTransaction(
            meter_stop=4200, timestamp="2024-05-01T11:00:00Z", reason="EVDisconnected",
            transaction_id=started.transaction_id))
        (line,) = await central.books()
        assert line == {
            "transactionId": started.transaction_id, "id": "CP1", "status": "Accepted",
            "connectorId": 2, "idTag": "GOOD", "meterStart": 1000, "meterStop": 4200, "Wh": 3200,
            "start": "2024-05-01T10:00:00Z", "stop": "2024-05-01T11:00:00Z",
            "reason": "EVDisconnected", "meterValues": 2, "state": "closed"}


@scenario
async def test_central_repetitions_are_booked_once():
    async with Central() as central, central.connect() as socket:
        await exchange(socket, "BootNotification",
                       {"chargePointModel": "M", "chargePointVendor": "V"})
        first = await exchange(socket, "StartTransaction", start_request(), "m1")
        same_id = await exchange(socket, "StartTransaction",
                                 start_request(timestamp="2024-05-01T10:00:05Z"), "m1")
        same_content = await exchange(socket, "StartTransaction", start_request(), "m2")
        other = await exchange(socket, "StartTransaction", start_request(connectorId=2), "m1")
        ids = [answer[2]["transactionId"] for answer in (first, same_id, same_content, other)]
        assert ids[0] == ids[1] == ids[2] and ids[3] > ids[0]
        values = {"connectorId": 1, "transactionId": ids[0], "meterValue": [
            {"timestamp": "2024-05-01T10:30:00Z", "sampledValue": [{"value": "1"}]}]}
        await exchange(socket, "MeterValues", values, "m3")
        await exchange(socket, "MeterValues", values, "m3")
        await exchange(socket, "StopTransaction", stop_request(ids[0]), "m4")
        await exchange(socket, "StopTransaction", stop_request(ids[0]), "m4")
        lines = await central.books()
        assert [line["state"] for line in lines] == ["closed", "open"]
        assert lines[0]["meterValues"] == 1


@scenario
async def test_central_stop_of_unknown_transaction_is_kept():
    async with Central(books="books") as central, central.connect() as socket:
        await exchange(socket, "StopTransaction", stop_request(-1, idTag="GOOD"))
        started = await exchange(socket, "StartTransaction", start_request())
        number = started[2]["transactionId"]
        async with central.connect("CP2") as other:
            await exchange(other, "StopTransaction", stop_request(number))
        await exchange(socket, "StopTransaction", stop_request(number))
        await exchange(socket, "StopTransaction", stop_request(number, meterStop=9999,
                                                               timestamp="2024-05-01T12:00:00Z"))
        lines = await central.books()
        assert [line["state"] for line in lines] == ["closed", "orphan", "orphan", "orphan"]
        assert lines[0]["meterStop"] == 4200
        assert [(line["id"], line["meterStop"]) for line in lines[1:]] == [
            ("CP1", 4200), ("CP2", 4200), ("CP1", 9999)]


@scenario
async def test_central_books_survive_a_kill():
    async with Central(books="books") as central, central.connect() as socket:
        answer = await exchange(socket, "StartTransaction", start_request(), "m1")
        number = answer[2]["transactionId"]
        await exchange(socket, "StopTransaction", stop_request(-1))
        before = await central.books()
        await central.kill()
    path = os.path.join(central.directory, "books")
    with open(path, "a", encoding="utf-8") as books:
        books.write('{"fact":"stop","ti')  # cut in mid-write
    async with Central(books="books", directory=central.directory) as central:
        assert await central.books() == before
        async with central.connect() as socket:
            again = await exchange(socket, "StartTransaction", start_request(), "m1")
            assert again[2]["transactionId"] == number
            await exchange(socket, "StopTransaction", stop_request(number))
            other = await exchange(socket, "StartTransaction", start_request(meterStart=4200))
            assert other[2]["transactionId"] > number
        states = [line["state"] for line in await central.books()]
        assert states == ["closed", "open", "orphan"]


@scenario
async def test_central_books_have_one_owner():
    async with Central(books="books") as central:
        second = await asyncio.create_subprocess_exec(
            BINARY, "--port", "0", "--books", os.path.join(central.directory, "books"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _, problem = await asyncio.wait_for(second.communicate(), PATIENCE)
        assert second.returncode == 1 and b"another process" in problem


@scenario
async def test_central_list_command_sends_the_file():
    async with Central() as central, central.connect() as socket:
        station = Station(socket)
        await station.boot()
        path = central.file("tags.csv", TAGS)
        central.command(f"list CP1 full 3 {path}")
        answer = await central.event("answer", action="SendLocalList")
        assert answer["outcome"] == "result" and answer["payload"] == {"status": "Accepted"}
        path = central.file("diff.csv", "NEW,Accepted\r\nGOOD\r\n")
        central.command(f"list CP1 diff 4 {path}")
        await central.event("answer", action="SendLocalList")
        full, diff = station.lists
        assert full == {"list_version": 3, "update_type": "Full", "local_authorization_list": [
            {"id_tag": "GOOD", "id_tag_info": {
                "status": "Accepted", "expiry_date": "2099-12-31T23:59:59Z",
                "parent_id_tag": "FLEET"}},
            {"id_tag": "OLD", "id_tag_info": {
                "status": "Accepted", "expiry_date": "2001-01-01T00:00:00+01:00"}},
            {"id_tag": "BLOCKED", "id_tag_info": {"status": "Blocked"}}]}
        assert diff == {"list_version": 4, "update_type": "Differential",
                        "local_authorization_list": [
                            {"id_tag": "NEW", "id_tag_info": {"status": "Accepted"}},
                            {"id_tag": "GOOD"}]}


@scenario
async def test_central_calls_go_one_at_a_time():
    async with Central() as central, central.connect() as socket:
        central.command("call CP1 GetLocalListVersion {}")
        central.command('call CP1 Reset {"type":"Soft"}')
        first = json.loads(await socket.recv())
        assert first[2:] == ["GetLocalListVersion", {}]
        # the second one waits for the first, while our own CALL is answered at once
        assert (await exchange(socket, "Heartbeat", {}))[0] == 3
        await socket.send(json.dumps([3, "nobody's", {}]))
        await central.event("violation", id="CP1")
        await socket.send(json.dumps([3, first[1], {"listVersion": 7}]))
        second = json.loads(await socket.recv())
        assert second[2:] == ["Reset", {"type": "Soft"}] and second[1] != first[1]
        await socket.send(json.dumps([4, second[1], "NotSupported", "no", {"why": 1}]))
        answer = await central.event("answer", action="GetLocalListVersion")
        assert (answer["outcome"], answer["payload"]) == ("result", {"listVersion": 7})
        answer = await central.event("answer", action="Reset")
        assert (answer["outcome"], answer["payload"]["code"]) == ("error", "NotSupported")
        central.command("call CP1 ClearCache {}")
        await socket.recv()
        central.command("drop CP1")
        assert (await central.event("answer", action="ClearCache"))["outcome"] == "lost"
        try:
            await socket.recv()
            assert False, "still connected"
        except ConnectionClosed as closed:
            assert closed.rcvd.code == 1001


@scenario
async def test_central_bad_commands_change_nothing():
    async with Central() as central, central.connect() as socket:
        path = central.file("bad.csv", "idTag,status\nA,Accepted\nB,Fine\n")
        bad = ["fly", "call", "call CP9 Heartbeat {}", "call CP1 Reset", "call CP1 Reset {",
               "call CP1 Reset []", "list CP1 half 1 x", "list CP1 full 0 x", "drop", "drop CP9",
               "list CP1 full 1 /nowhere", f"list CP1 full 1 {path}", f"tags {path}", "boot maybe",
               "boot accepted now", "silence CP1", "refuse perhaps", "wait soon", "wait -1",
               "books now", "quit now"]
        for command in bad:
            central.command(command)
            error = await central.event("error", source="standard input")
            assert error["text"], command
        assert "line 3" in next(e["text"] for e in central.events
                                if e["event"] == "error" and "bad.csv" in e["text"])
        info = await exchange(socket, "Authorize", {"idTag": "GOOD"})
        assert info[2]["idTagInfo"]["status"] == "Accepted"
        frames = [e for e in central.events if e["event"] == "frame" and e["dir"] == "out"]
        assert frames == []


@scenario
async def test_central_payloads_are_checked():
    async with Central() as central, central.connect() as socket:
        for payload, code in [
                ({}, "OccurenceConstraintViolation"),
                (start_request(idTag=5), "TypeConstraintViolation"),
                (start_request(meterStart=1.5), "TypeConstraintViolation"),
                (start_request(idTag="X" * 21), "PropertyConstraintViolation"),
                (start_request(timestamp="yesterday"), "PropertyConstraintViolation"),
                (start_request(timestamp="2024-02-30T10:00:00Z"), "PropertyConstraintViolation")]:
            answer = await exchange(socket, "StartTransaction", payload)
            assert (answer[0], answer[2]) == (4, code), payload
        answer = await exchange(socket, "StatusNotification", {
            "connectorId": 1, "errorCode": "NoError", "status": "Charged"})
        assert answer[2] == "PropertyConstraintViolation"
        answer = await exchange(socket, "MeterValues", {"connectorId": 1, "meterValue": [
            {"timestamp": "2024-05-01T10:30:00Z", "sampledValue": [{"value": 3}]}]})
        assert answer[2] == "TypeConstraintViolation"
        assert (await exchange(socket, "Fly", {}))[2] == "NotImplemented"
        assert (await exchange(socket, "Heartbeat", []))[2] == "FormationViolation"
        assert (await exchange(socket, "DataTransfer", {"vendorId": "v"}))[2] == {
            "status": "UnknownVendorId"}
        assert await central.books() == []


@scenario
async def test_central_hostile_frames_do_no_harm():
    async with Central() as central:
        for text in ["", "x", "{}", "[]", "[2]", "[2,5]", '[2,"a"]', '[2,"a","Heartbeat"]',
                     '[9,"a",{}]', '[3,"a"]', '[4,"a"]', "[" * 100000, '["\\u0000"]',
                     '[2,"' + "i" * 1000 + '","Heartbeat",{}]']:
            async with central.connect() as socket:
                await socket.send(text)
                answer = await exchange(socket, "Heartbeat", {})
                assert answer[0] == 3, text
        async with central.connect() as socket:
            await socket.send(b"binary")
            await expect_close(socket, 1003)
        async with central.connect(compression=None) as socket:
            await socket.send(b"\xff\xfe", text=True)
            await expect_close(socket, 1007)
        async with central.connect() as socket:
            await socket.send("x" * (16 * 1024 * 1024 + 1))
            await expect_close(socket, 1009)
        async with central.connect() as socket:
            assert (await exchange(socket, "Heartbeat", {}))[0] == 3


async def expect_close(socket, code):
    try:
        await asyncio.wait_for(socket.recv(), PATIENCE)
        assert False, "still connected"
    except ConnectionClosed as closed:
        assert closed.rcvd is not None and closed.rcvd.code == code, closed


@scenario
async def test_central_large_and_fragmented_messages_pass():
    async with Central() as central:
        for compression in ("deflate", None):
            async with central.connect(compression=compression) as socket:
                connected = await central.event("connected")
                assert connected["compressed"] == (compression == "deflate")
                data = "".join(f"{i:x}" for i in range(1000000))
                for text in (data, "a" * 12000000, "", data[:1000]):
                    answer = await exchange(socket, "DataTransfer", {"vendorId": "v", "data": text})
                    assert answer[2] == {"status": "UnknownVendorId"}
                    seen = await central.event("dataTransfer")
                    assert seen["data"] == text
                frame = json.dumps([2, "f", "Heartbeat", {}])
                await socket.send(list(frame))
                assert json.loads(await socket.recv())[:2] == [3, "f"]


@scenario
async def test_central_large_lists_are_sent_whole():
    async with Central() as central:
        tags = [f"TAG{i:06}" for i in range(100000)]
        path = central.file("many.csv", "".join(f"{tag},Accepted\n" for tag in tags))
        for compression in ("deflate", None):
            async with central.connect(compression=compression) as socket:
                central.command(f"list CP1 full 9 {path}")
                frame = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
                entries = frame[3]["localAuthorizationList"]
                assert [entry["idTag"] for entry in entries] == tags


@scenario
async def test_central_connections_are_refused_by_rule():
    async with Central() as central:
        assert await status_of(central.connect(subprotocols=["ocpp2.0.1"])) == 400
        assert await status_of(central.connect(subprotocols=None)) == 400
        assert await status_of(central.connect("")) == 404
        assert await status_of(central.connect("X" * 65)) == 404
        assert await status_of(central.connect(subprotocols=["ocpp2.0.1", "ocpp1.6"])) == 101
        central.command("refuse on")
        await central.event("done", command="refuse")
        assert await status_of(central.connect()) == 503
        central.command("refuse off")
        await central.event("done", command="refuse")
        assert await status_of(central.connect()) == 101


@scenario
async def test_central_identity_is_percent_decoded():
    async with Central() as central:
        async with central.connect("DE%2AABC%2aE1+x%2By"):
            assert (await central.event("connected"))["id"] == "DE*ABC*E1+x+y"


@scenario
async def test_central_newer_connection_replaces_the_older():
    async with Central() as central, central.connect() as old:
        await exchange(old, "Heartbeat", {})
        async with central.connect() as new:
            await expect_close(old, 1008)
            assert (await exchange(new, "Heartbeat", {}))[0] == 3
            assert (await central.event("disconnected"))["reason"] == "replaced"
            central.command("call CP1 GetLocalListVersion {}")
            assert json.loads(await new.recv())[2] == "GetLocalListVersion"


@scenario
async def test_central_silence_books_but_does_not_answer():
    async with Central() as central, central.connect() as socket:
        central.command("silence CP1 on")
        await central.event("done", command="silence")
        await socket.send(json.dumps([2, "m1", "StartTransaction", start_request()]))
        started = await central.event("start")
        central.command("silence CP1 off")
        await central.event("done", command="silence")
        answer = await exchange(socket, "StartTransaction", start_request(), "m1")
        assert answer[2]["transactionId"] == started["transactionId"]
        assert len(await central.books()) == 1
        out = [e for e in central.events if e["event"] == "frame" and e["dir"] == "out"]
        assert len(out) == 1


@scenario
async def test_central_calls_before_boot_are_reported():
    async with Central("--boot", "rejected") as central, central.connect() as socket:
        boot = {"chargePointModel": "M", "chargePointVendor": "V"}
        await exchange(socket, "BootNotification", boot)
        await exchange(socket, "Heartbeat", {})
        assert "before BootNotification" in (await central.event("violation"))["text"]
        central.command("boot accepted")
        await central.event("done")
        await exchange(socket, "BootNotification", boot)
        await exchange(socket, "Heartbeat", {})
        await central.books()
        assert len([e for e in central.events if e["event"] == "violation"]) == 1


def basic(user, key):
    token = base64.b64encode(user.encode() + b":" + key).decode()
    return {"additional_headers": {"Authorization": "Basic " + token}}


@scenario
async def test_central_basic_is_checked():
    key = bytes(range(20))
    async with Central("--auth", "CP1:secret", "--auth", "CP2:hex:" + key.hex()) as central:
        assert await status_of(central.connect()) == 401
        assert await status_of(central.connect(**basic("CP1", b"wrong!"))) == 401
        assert await status_of(central.connect(**basic("CP2", key))) == 401
        assert await status_of(central.connect("CP3", **basic("CP3", b"secret"))) == 401
        assert await status_of(central.connect("CP2", **basic("CP2", key[:19]))) == 401
        assert await status_of(central.connect(**basic("CP1", b"secret"))) == 101
        assert await status_of(central.connect("CP2", **basic("CP2", key))) == 101


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


def make_authority(directory, name):
    openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj",
            f"/CN={name}")


def make_certificate(directory, authority, name):
    with open(os.path.join(directory, "ext"), "w", encoding="utf-8") as extensions:
        extensions.write("subjectAltName=IP:127.0.0.1\n")
    openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey",
            f"{authority}.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2",
            "-extfile", "ext")


def make_pki():
    directory = tempfile.mkdtemp(dir=FILES.name)
    for name in ("ca", "other"):
        make_authority(directory, name)
    make_certificate(directory, "ca", "server")
    make_certificate(directory, "ca", "CP1")
    make_certificate(directory, "other", "stranger")
    return directory


def client_context(directory, name=None):
    context = ssl.create_default_context(cafile=os.path.join(directory, "ca.pem"))
    if name:
        context.load_cert_chain(os.path.join(directory, f"{name}.pem"),
                                os.path.join(directory, f"{name}.key"))
    return context


async def serves(central, context):
    try:
        async with central.connect(ssl=context) as socket:
            return (await exchange(socket, "Heartbeat", {}))[0] == 3
    except (ssl.SSLError, OSError, ConnectionClosed, websockets.InvalidHandshake, EOFError):
        return False


@scenario
async def test_central_tls_and_client_certificates():
    pki = make_pki()
    tls = ["--cert", os.path.join(pki, "server.pem"), "--key", os.path.join(pki, "server.key")]
    async with Central(*tls, scheme="wss") as central:
        assert await serves(central, client_context(pki))
        assert (await central.event("connected"))["tls"] is True
    mutual = tls + ["--client-ca", os.path.join(pki, "ca.pem")]
    async with Central(*mutual, scheme="wss") as central:
        assert not await serves(central, client_context(pki))
        assert not await serves(central, client_context(pki, "stranger"))
        assert await serves(central, client_context(pki, "CP1"))
        assert (await central.event("connected"))["certificate"] == "CP1"


def outcome(*arguments, stdin=""):
    done = subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


def test_central_usage_errors_exit_with_2():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "tags.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("# two good lines, a bad one\nA,Accepted\nB,Blocked\nC,Accepted,soon\n")
        code, _, problem = outcome("--tags", path)
        assert code == 2 and "line 4" in problem and "expiryDate" in problem
        for wrong in (["--port", "x"], ["--port", "70000"], ["--boot", "no"], ["--fly"], ["extra"],
                      ["--auth", "nocolon"], ["--auth", "A:hex:0"], ["--cert", "x"],
                      ["--client-ca", "x"], ["--tags", "/nowhere"], ["--script", "/nowhere"]):
            code, _, problem = outcome(*wrong)
            assert code == 2 and problem, wrong


def test_central_script_runs_and_its_errors_are_told_at_the_end():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "script")
        with open(path, "w", encoding="utf-8") as out:
            out.write("# a script\nbooks\nwait 0.05\nboot pending\nquit")
        code, text, _ = outcome("--port", "0", "--script", path)
        assert code == 0 and text.startswith("listening ") and "charge point" in text
        with open(path, "w", encoding="utf-8") as out:
            out.write("fly\nquit\n")
        code, text, _ = outcome("--port", "0", "--json", "--script", path)
        events = [json.loads(line) for line in text.splitlines()]
        assert code == 1 and events[1]["source"] == "script" and events[1]["line"] == 1


if __name__ == "__main__":
    tests = [value for name, value in list(globals().items()) if name.startswith("test_")]
    for test in tests:
        test()
        print("ok", test.__name__)
    print(f"{len(tests)} passed, 0 failed")
