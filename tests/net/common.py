# SPDX-License-Identifier: Apache-2.0
"""What the tests of this directory share: the program under test, and servers that behave."""

import logging
import os
import socket
import threading

import websockets.sync.server

from peers import Probe

logging.getLogger("websockets").setLevel(logging.CRITICAL)
PROBE = os.environ["NET_PROBE"]
OWN = ("run", "poll")
ALL = ("run", "poll", "uv", "ev", "glib")


def fnv1a(data):
    value = 2166136261
    for byte in data:
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return f"#{value:08x}"


def probe(server, *options, mode="run", host="127.0.0.1", scheme="ws", path="/ocpp"):
    return Probe(PROBE, "--url", f"{scheme}://{host}:{server.port}{path}", *options, mode=mode)


def idle(connection):
    try:
        connection.upgrade().stay()
    except EOFError:
        pass  # the charge point gave up before


def hang(connection):
    connection.wait_end()


class Nobody:
    """A port that is taken, but nobody listens."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]


class EchoServer:
    """The `websockets` package: a server that others wrote, with permessage-deflate."""

    def __init__(self, tls=None, **options):
        options.setdefault("compression", None)
        self.messages = []
        self.extensions = []
        self.server = websockets.sync.server.serve(
            self.echo, "127.0.0.1", 0, subprotocols=["ocpp1.6"], ssl=tls,
            max_size=None, **options,
        )
        self.port = self.server.socket.getsockname()[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def echo(self, connection):
        self.extensions.append(connection.response.headers.get("Sec-WebSocket-Extensions"))
        for message in connection:
            self.messages.append(message)
            connection.send(message)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
