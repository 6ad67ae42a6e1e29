# SPDX-License-Identifier: Apache-2.0
"""A central system on the packages ocpp (mobilityhouse) and websockets: Basic, TLS, mutual TLS.

It decides nothing: commands come as JSON lines on standard input, what happens goes out the same
way (README.md lists both). Answers to calls are asked for, and so given by the test.
"""
import asyncio
import base64
import http
import json
import logging
import ssl
import sys
import urllib.parse

import ocpp.messages
from ocpp.charge_point import camel_to_snake_case
from ocpp.exceptions import OCPPError
from ocpp.routing import on, routables
from ocpp.v16 import ChargePoint, call, call_result
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

PROTOCOL = "ocpp1.6"
CALL_TIMEOUT = 20
ACTIONS = ["Authorize", "BootNotification", "DataTransfer", "DiagnosticsStatusNotification",
           "FirmwareStatusNotification", "Heartbeat", "MeterValues", "StartTransaction",
           "StatusNotification", "StopTransaction"]


def say(event, **members):
    sys.stdout.write(json.dumps({"event": event, **members}) + "\n")
    sys.stdout.flush()


class Scripted(OCPPError):
    """The CALLERROR that the test asked for."""

    def __init__(self, code, description, details):
        super().__init__(description, details)
        self.code = code


class Nothing(asyncio.CancelledError):
    """The call stays unanswered."""


def asking(action):
    """A handler of one action, in the way the package wants it: the test knows the answer."""
    @on(action)
    async def handle(self, call_unique_id, **_):
        return await self.ask(action, call_unique_id)
    return handle


class Station(ChargePoint):
    """One connection of a charge point. Calls are handled while others are still open."""

    def __init__(self, identity, connection, books):
        super().__init__(identity, connection, response_timeout=CALL_TIMEOUT)
        self.books = books
        self.payloads = {}
        self.tasks = set()

    async def route_message(self, raw_msg):
        say("frame", id=self.id, text=raw_msg if isinstance(raw_msg, str) else None)
        try:
            frame = json.loads(raw_msg)
            self.payloads[frame[1]] = frame[-1]
        except (ValueError, IndexError, TypeError):
            frame = []
        if frame[:1] != [2]:
            await super().route_message(raw_msg)
            return
        task = asyncio.ensure_future(super().route_message(raw_msg))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _handle_call(self, msg):
        try:
            return await super()._handle_call(msg)
        except OCPPError as error:
            say("invalid", id=self.id, action=msg.action, text=f"{error.code} {error.details}")
            raise
        except ConnectionClosed:
            return None

    async def ask(self, action, message):
        answer = asyncio.get_running_loop().create_future()
        number = self.books.ask(self, answer)
        say("call", id=self.id, n=number, message=message, action=action,
            payload=self.payloads.get(message))
        given = await answer
        if "result" in given:
            return getattr(call_result, action)(**camel_to_snake_case(given["result"]))
        if "error" in given:
            raise Scripted(**given["error"])
        raise Nothing

    async def request(self, number, action, payload):
        unique_id = f"{self.id[-8:]}-{number}"
        try:
            request = getattr(call, action)(**camel_to_snake_case(payload))
            await self.call(request, suppress=False, unique_id=unique_id)
            say("answer", n=number, result=self.payloads[unique_id])
        except OCPPError as error:
            say("answer", n=number, error={"code": error.code, "description": error.description,
                                           "details": error.details})
        except (asyncio.TimeoutError, ConnectionClosed, TypeError, ValueError) as error:
            say("answer", n=number, failure=f"{type(error).__name__}: {error}")


for name in ACTIONS:
    handler = asking(name)
    handler.__name__ = "on_" + name
    setattr(Station, handler.__name__, handler)
    routables.append(handler.__name__)


class Connection(ServerConnection):
    """Tells of pings, which the package answers by itself."""

    def process_event(self, event):
        frame_of = getattr(event, "opcode", None)
        if frame_of in (Opcode.PING, Opcode.PONG):
            say("ping" if frame_of is Opcode.PING else "pong", id=identity_of(self.request),
                data=bytes(event.data).decode(errors="replace"))
        super().process_event(event)


def identity_of(request):
    return urllib.parse.unquote(request.path.rsplit("/", 1)[-1])


def password_of(request, identity):
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    user, _, password = base64.b64decode(value).partition(b":")
    return password.hex() if user.decode() == identity else None


def certificate_of(connection):
    tls = connection.transport.get_extra_info("peercert")
    return dict(part[0] for part in tls["subject"]).get("commonName") if tls else None


class Central:
    """The listening socket, its stations, and the commands."""

    def __init__(self):
        self.stations = {}
        self.questions = {}
        self.asked = 0
        self.server = None
        self.options = {}
        self.refusal = None
        self.tasks = set()

    def ask(self, station, answer):
        self.asked += 1
        self.questions[self.asked] = (station, answer)
        return self.asked

    # ---- connections -------------------------------------------------------------------------

    def on_request(self, connection, request):
        identity = identity_of(request)
        headers = request.headers
        say("upgrade", id=identity, path=request.path, password=password_of(request, identity),
            protocols=[p.strip() for p in headers.get("Sec-WebSocket-Protocol", "").split(",")],
            authorization=headers.get("Authorization"),
            version=headers.get("Sec-WebSocket-Version"),
            extensions=headers.get("Sec-WebSocket-Extensions", ""),
            certificate=certificate_of(connection))
        if self.refusal and self.refusal.get("status"):
            return connection.respond(http.HTTPStatus(self.refusal["status"]), "refused\n")
        return None

    def choose(self, _connection, offered):
        if self.refusal and "protocol" in self.refusal:
            return self.refusal["protocol"]
        return PROTOCOL if PROTOCOL in offered else None

    async def on_connection(self, connection):
        identity = identity_of(connection.request)
        station = self.stations[identity] = Station(identity, connection, self)
        say("open", id=identity, protocol=connection.subprotocol)
        try:
            await station.start()
        except ConnectionClosed:
            pass
        for task in list(station.tasks):
            task.cancel()
        say("close", id=identity, code=connection.close_code)

    @staticmethod
    def context(tls):
        if not tls:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls["cert"], tls["key"])
        if tls.get("ca"):
            context.load_verify_locations(tls["ca"])
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    # ---- commands ----------------------------------------------------------------------------

    async def do_listen(self, port=0, tls=None, deflate=False):
        self.server = await serve(
            self.on_connection, "127.0.0.1", port, ssl=self.context(tls), max_size=None,
            process_request=self.on_request, select_subprotocol=self.choose, ping_interval=None,
            compression="deflate" if deflate else None, create_connection=Connection)
        port = self.server.sockets[0].getsockname()[1]
        self.options = {"port": port, "tls": tls, "deflate": deflate}
        say("listening", port=port)

    async def do_up(self):
        await self.do_listen(**self.options)

    async def do_down(self):
        if self.server:
            for connection in list(self.server.connections):
                connection.transport.abort()
            self.server.close()
            await self.server.wait_closed()
        say("down")

    async def do_drop(self, id):
        if id in self.stations:
            self.stations[id]._connection.transport.abort()

    async def do_refuse(self, how):
        self.refusal = how

    async def do_reply(self, n, text=None, **answer):
        station, future = self.questions.pop(n, (None, None))
        if station is None or future.done():
            return
        if text is not None:
            await station._send(text)
        future.set_result(answer)

    @staticmethod
    async def after_replies():
        """Replies that were given before leave before: the package needs a few turns for each."""
        for _ in range(5):
            await asyncio.sleep(0)

    async def do_call(self, id, n, action, payload):
        await self.after_replies()
        if id not in self.stations:
            say("answer", n=n, failure=f"{id} is not connected")
            return
        await self.stations[id].request(n, action, payload)

    async def do_send(self, id, fragments, binary=False):
        await self.after_replies()
        pieces = [base64.b64decode(f) for f in fragments] if binary else fragments
        connection = self.stations[id]._connection
        try:
            await connection.send(pieces[0] if len(pieces) == 1 else pieces)
        except ConnectionClosed:
            pass  # the charge point had enough

    async def do_ping(self, id, data):
        await self.stations[id]._connection.ping(data)

    # ---- the program -------------------------------------------------------------------------

    async def obey(self, command):
        name = command.pop("do")
        try:
            await getattr(self, "do_" + name)(**command)
        except (OSError, KeyError, TypeError, ConnectionClosed) as error:
            say("failed", text=f"{name}: {type(error).__name__}: {error}")

    async def run(self):
        lines = asyncio.StreamReader(limit=64 * 1024 * 1024)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        say("ready")
        while line := await lines.readline():
            task = asyncio.ensure_future(self.obey(json.loads(line)))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    ocpp.messages.ASYNC_VALIDATION = False  # answers leave in the order in which they were given
    asyncio.run(Central().run())
