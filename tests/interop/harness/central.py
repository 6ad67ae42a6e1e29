# SPDX-License-Identifier: Apache-2.0
"""The central system as the scenarios see it, whoever wrote the one that is running.

A peer process does the talking. Here is what it says: scripted answers, one after the other, the
last one for good; without a script every call is answered as a friendly central system does.
"""
import itertools
import json
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .process import Process

SILENT = object()  # no answer, ever
HOLD = object()  # no answer until the test gives one with Call.reply()


@dataclass
class Fail:
    """Answer with CALLERROR, made by the peer's package."""
    code: str
    description: str = ""
    details: dict = field(default_factory=dict)


@dataclass
class Raw:
    """Answer with exactly this frame; {id} becomes the id of the call, in quotes."""
    text: str


class CallError(Exception):
    """The charge point answered a call with CALLERROR."""

    def __init__(self, code, description, details):
        super().__init__(f"{code}: {description} {details}")
        self.code, self.description, self.details = code, description, details


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Call:
    """A call that the charge point made."""

    def __init__(self, central, event, index):
        self.central = central
        self.index = index  # position among all calls
        self.n = event["n"]
        self.message = event["message"]
        self.action = event["action"]
        self.payload = event["payload"]
        self.seen = time.monotonic()

    def __getitem__(self, key):
        return self.payload[key]

    def get(self, key):
        return self.payload.get(key)

    def __repr__(self):
        return f"{self.action} {json.dumps(self.payload)}"

    def reply(self, answer=None):
        """Answer with members over the friendly default, or with Fail, Raw or SILENT."""
        if isinstance(answer, Fail):
            answer = {"error": vars(answer)}
        elif isinstance(answer, Raw):
            answer = {"text": answer.text.replace("{id}", json.dumps(self.message))}
        elif answer is SILENT:
            answer = {"nothing": True}
        else:
            answer = {"result": {**self.central.friendly(self), **(answer or {})}}
        self.central.peer.order("reply", n=self.n, **answer)


class Peer(Process):
    """The process; it lives as long as the test session and serves one Central after another."""

    central = None
    numbers = itertools.count(1)

    def on_event(self, event):
        if self.central:
            self.central.on_event(event)

    def order(self, name, **members):
        self.tell(json.dumps({"do": name, **members}))


class Central:
    """One listening central system, fresh for each test."""

    def __init__(self, peer, identity):
        self.peer = peer
        self.identity = identity
        self.scripts = {}
        self.calls = []
        self.frames = []
        self.complaints = []
        self.posted = set()
        self.cursor = {}
        self.port = None
        self.secure = False
        self.transaction_ids = itertools.count(101)
        peer.central = self
        self.refuse(None)

    # ---- what the peer tells ------------------------------------------------------------------

    def on_event(self, event):
        if event.get("id") not in (None, self.identity):
            return
        if event["event"] == "call":
            call = Call(self, event, len(self.calls))
            self.answer_to(call)  # before the test sees it: what the test then says comes later
            with self.peer.news:
                self.calls.append(call)
        elif event["event"] == "frame":
            with self.peer.news:
                self.frames.append(event["text"])
        elif event["event"] in ("invalid", "failed") or self.is_bad(event):
            with self.peer.news:
                self.complaints.append(event)

    def is_bad(self, event):
        """Answers to raw calls are strange to the peer's package, but not to the test."""
        return event["event"] == "bad" and event["text"].rsplit(": ", 1)[-1] not in self.posted

    def answer_to(self, call):
        script = self.scripts.get(call.action)
        answer = None
        if script:
            answer = script.popleft() if len(script) > 1 else script[0]
        if callable(answer):
            answer = answer(call)
        if answer is not HOLD:
            call.reply(answer)

    def friendly(self, call):
        return {
            "Authorize": lambda: {"idTagInfo": {"status": "Accepted"}},
            "BootNotification": lambda: {"status": "Accepted", "currentTime": now(),
                                         "interval": 300},
            "DataTransfer": lambda: {"status": "Accepted"},
            "Heartbeat": lambda: {"currentTime": now()},
            "StartTransaction": lambda: {"transactionId": next(self.transaction_ids),
                                         "idTagInfo": {"status": "Accepted"}},
        }.get(call.action, dict)()

    # ---- what the test says -------------------------------------------------------------------

    def listen(self, **options):
        """port, tls {cert, key, ca}, deflate."""
        self.secure = "tls" in options
        self.peer.order("listen", **options)
        self.port = self.peer.event("listening")["port"]

    @property
    def url(self):
        return f"{'wss' if self.secure else 'ws'}://localhost:{self.port}/ocpp"

    def down(self):
        """The port is closed and every connection is cut."""
        self.peer.order("down")
        self.peer.event("down")

    def up(self):
        self.peer.order("up")
        self.peer.event("listening")

    def drop(self):
        """The connection is cut without a close frame."""
        self.peer.order("drop", id=self.identity)

    def refuse(self, how):
        """{"status": 401} or {"protocol": None or a name}; None: accept again."""
        self.peer.order("refuse", how=how)

    def answer(self, action, *answers):
        """Answers for the coming calls of this action, the last one for good."""
        self.scripts[action] = deque(answers)

    def call(self, action, payload=None, timeout=None):
        """Let the peer's package call the charge point; what the answer carries."""
        n = next(self.peer.numbers)
        self.peer.order("call", id=self.identity, n=n, action=action, payload=payload or {})
        answer = self.peer.event("answer", timeout, n=n)
        if "error" in answer:
            raise CallError(**answer["error"])
        assert "result" in answer, f"{action}: {answer['failure']}"
        return answer["result"]

    def send(self, *fragments, binary=False):
        self.peer.order("send", id=self.identity, fragments=fragments, binary=binary)

    def post(self, action, payload, message=None):
        """Send a call that no package would; the id to ask for its answer with."""
        message = message or f"raw-{next(self.peer.numbers)}"
        self.posted.add(message)
        self.send(json.dumps([2, message, action, payload]))
        return message

    def raw_call(self, action, payload, message=None):
        message = self.post(action, payload, message)
        frame = self.answer_frame(message)
        if frame[0] == 4:
            raise CallError(*frame[2:])
        return frame[2]

    def find_answer(self, message):
        for text in self.frames:
            frame = json.loads(text)
            if frame[0] in (3, 4) and frame[1] == message:
                return frame
        return None

    def answer_frame(self, message):
        return self.peer.wait_for(lambda: self.find_answer(message), f"answer to {message}")

    # ---- what the test asks -------------------------------------------------------------------

    def expect(self, action, where=None, timeout=None, **members):
        """The next call of this action with these members; earlier ones are skipped, but kept.

        Statuses of each connector are a sequence of their own.
        """
        place = (action, members.get("connectorId") if action == "StatusNotification" else None)

        def look():
            for call in self.calls[self.cursor.get(place, 0):]:
                self.cursor[place] = call.index + 1
                if (call.action == action and members.items() <= call.payload.items()
                        and (not where or where(call))):
                    return call
            return None
        return self.peer.wait_for(look, f"{action} {members}, seen so far: {self.calls[-8:]}",
                                  timeout)

    def seen(self, *actions, after=None, **members):
        """All calls so far of these actions (all if none is named) with these members."""
        with self.peer.news:
            return [c for c in self.calls if (not actions or c.action in actions)
                    and members.items() <= c.payload.items()
                    and (after is None or c.index > after.index)]

    def event(self, name, timeout=None, **members):
        return self.peer.event(name, timeout, id=self.identity, **members)

    def configuration(self, *keys):
        """Values by key, as GetConfiguration tells them."""
        answer = self.call("GetConfiguration", {"key": list(keys)} if keys else {})
        return {item["key"]: item.get("value") for item in answer.get("configurationKey", [])}

    def configure(self, key, value, status="Accepted"):
        answer = self.call("ChangeConfiguration", {"key": key, "value": value})
        assert answer == {"status": status}, f"{key}={value}: {answer}"

    def tell_list(self, kind, version, entries=None, status="Accepted"):
        """SendLocalList; entries is {idTag: idTagInfo or None}, or None for no list at all."""
        payload = {"listVersion": version, "updateType": kind}
        if entries is not None:
            payload["localAuthorizationList"] = [
                {"idTag": tag, "idTagInfo": info} if info else {"idTag": tag}
                for tag, info in entries.items()]
        assert self.call("SendLocalList", payload) == {"status": status}

    def list_version(self):
        return self.call("GetLocalListVersion")["listVersion"]

    def round_trip(self):
        self.call("GetConfiguration", {"key": ["HeartbeatInterval"]})
