# SPDX-License-Identifier: Apache-2.0
"""What lib/port/net.h promises, against peers on loopback. NET_PROBE names the program.

    NET_PROBE=build/tests/net/net_probe python3 -m unittest -v tests/net/test_net.py
"""

import logging
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib

import websockets.sync.server

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from certificates import Certificates
from peers import (
    BINARY, CLOSE, CONTINUATION, PATIENCE_S, PING, PONG, TEXT, Probe, Server,
)

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
        connection.upgrade().wait_end()
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


class Messages(unittest.TestCase):
    def test_net_echo_small_and_large_in_every_loop(self):
        for mode in ALL:
            with self.subTest(mode=mode), EchoServer() as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("connected")
                p.tell("send hello", "send ")
                p.expect("message 5 hello")
                p.expect("message 0")
                p.tell("make r 1000000")
                self.assertEqual(p.expect("sent 0 #")[-9:], p.expect("message 1000000")[-9:])
                p.tell("disconnect")
                p.expect("disconnected closed by the charge point")

    def test_net_many_messages_keep_their_order(self):
        for mode in OWN:
            with self.subTest(mode=mode), EchoServer() as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("connected")
                p.tell(*(f"send number {i}" for i in range(40)))
                for i in range(40):
                    self.assertEqual(p.expect("message "), f"message {len(f'number {i}')} number {i}")

    def test_net_queue_is_bounded_and_says_so(self):
        with Server(idle) as server, probe(server) as p:
            p.tell("connect")
            p.expect("connected")
            p.tell(*(["make r 200000"] * 64))
            p.expect("sent -5")

    def test_net_send_needs_a_connection(self):
        with Server(idle) as server, probe(server) as p:
            p.tell("send early")
            p.expect("sent -9")
            p.tell("connect", "connect")
            p.expect("connect 0")
            p.expect("connect -9")

    def test_net_fragments_are_put_together_also_around_control_frames(self):
        def behave(connection):
            connection.upgrade()
            connection.send(TEXT, "one ", final=False)
            connection.send(PING, b"in between")
            connection.send(CONTINUATION, "two ", final=False)
            connection.send(PONG, b"nobody asked")
            connection.send(CONTINUATION, "", final=False)
            connection.send(CONTINUATION, "three")
            connection.send(TEXT, "", final=False)
            connection.send(CONTINUATION, "after nothing")
            self.assertEqual(connection.receive(), (0x80 | PONG, b"in between"))
            connection.wait_end()

        for mode in ALL:
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("message 13 one two three")
                p.expect("message 13 after nothing")

    def test_net_large_fragmented_message_arrives_whole(self):
        text = bytes(random.Random(1).randrange(32, 127) for _ in range(300000))

        def behave(connection):
            connection.upgrade()
            for at in range(0, len(text), 7001):
                connection.send(TEXT if at == 0 else CONTINUATION, text[at : at + 7001],
                                final=at + 7001 >= len(text))
            connection.wait_end()

        for mode in OWN:
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                self.assertEqual(p.expect("message "), f"message 300000 {fnv1a(text)}")

    def test_net_one_byte_at_a_time_is_enough(self):
        def behave(connection):
            connection.upgrade()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"\x81\x05hello":
                connection.sock.sendall(bytes([byte]))
            connection.wait_end()

        with Server(behave) as server, probe(server) as p:
            p.tell("connect")
            p.expect("message 5 hello")

    def test_net_message_in_the_packet_of_the_upgrade_is_not_lost(self):
        def behave(connection):
            connection.read_request()
            plain, connection.sock = connection.sock, Collect()
            connection.answer()
            connection.send(TEXT, "early")
            plain.sendall(connection.sock.data)
            connection.sock = plain
            connection.wait_end()

        class Collect:
            data = b""

            def sendall(self, data):
                self.data += data

            def close(self):
                pass

        for mode in ALL:
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("connected")
                p.expect("message 5 early")

    def refused(self, send, code, why, *options):
        closed = []

        def behave(connection):
            connection.upgrade()
            send(connection)
            closed.append(connection.expect_close())

        for mode in OWN:
            with self.subTest(mode=mode), Server(behave) as server:
                with probe(server, *options, mode=mode) as p:
                    p.tell("connect")
                    p.expect("connected")
                    self.assertIn(why, p.expect("disconnected"))
                    self.assertTrue(server.done.wait(PATIENCE_S))
        self.assertEqual(closed, [code, code])

    def test_net_message_beyond_the_limit_closes_with_1009(self):
        def long_frame(connection):
            connection.send(TEXT, b"x" * 2001)

        def announced_only(connection):
            connection.sock.sendall(b"\x81\x7f\x00\x00\x00\x00\x7f\xff\xff\xff" + b"x" * 5000)

        def many_fragments(connection):
            for i in range(30):
                connection.send(CONTINUATION if i else TEXT, b"x" * 100, final=False)

        for send in (long_frame, announced_only, many_fragments):
            with self.subTest(send=send.__name__):
                self.refused(send, 1009, "message_max", "--max", "2000")

    def test_net_message_at_the_limit_is_taken(self):
        def behave(connection):
            connection.upgrade()
            connection.send(TEXT, b"x" * 1500, final=False)
            connection.send(CONTINUATION, b"x" * 500)
            connection.send(TEXT, b"y" * 2000)
            connection.wait_end()

        with Server(behave) as server, probe(server, "--max", "2000") as p:
            p.tell("connect")
            p.expect(f"message 2000 {fnv1a(b'x' * 2000)}")
            p.expect(f"message 2000 {fnv1a(b'y' * 2000)}")

    def test_net_binary_message_closes_with_1003(self):
        self.refused(lambda c: c.send(BINARY, b"\0\1"), 1003, "binary")

    def test_net_frames_against_the_rules_end_the_connection(self):
        frames = {
            "reserved opcode": b"\x83\x00",
            "reserved bits": b"\xf1\x05hello",
            "long control frame": b"\x89\x7e\x01\x00" + b"x" * 256,
            "fragmented ping": b"\x09\x00",
            "continuation of nothing": b"\x80\x01x",
            "negative length": b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
        }

        for name, bytes_ in frames.items():
            def behave(connection, bytes_=bytes_):
                connection.upgrade()
                connection.sock.sendall(bytes_)
                connection.wait_end()

            with self.subTest(name), Server(behave) as server, probe(server) as p:
                p.tell("connect")
                p.expect("connected")
                p.expect("disconnected")


class Compression(unittest.TestCase):
    """permessage-deflate, RFC 7692."""

    def exchange(self, answer, behave, lines, *commands, modes=OWN):
        def serve(connection):
            connection.upgrade(extra=f"Sec-WebSocket-Extensions: {answer}\r\n")
            behave(connection)
            connection.wait_end()

        for mode in modes:
            with self.subTest(mode=mode), Server(serve) as server:
                with probe(server, mode=mode) as p:
                    p.tell("connect")
                    p.expect("connected")
                    p.tell(*commands)
                    for line in lines:
                        p.expect(line)
                    p.tell("disconnect")
                    p.expect("disconnected")
                    self.assertTrue(server.done.wait(PATIENCE_S))

    def fails(self, answer, behave, why, *options):
        def serve(connection):
            connection.upgrade(extra=f"Sec-WebSocket-Extensions: {answer}\r\n")
            behave(connection)
            connection.wait_end()

        with Server(serve) as server, probe(server, *options) as p:
            p.tell("connect")
            self.assertIn(why, p.expect("disconnected"))

    def test_deflate_is_negotiated_with_a_server_that_has_it(self):
        for mode in ALL:
            with self.subTest(mode=mode), EchoServer(compression="deflate") as server:
                with probe(server, mode=mode) as p:
                    p.tell("connect")
                    p.expect("connected")
                    for kind, size in ("c", 1), ("r", 1000), ("c", 70000), ("r", 300000):
                        p.tell(f"make {kind} {size}")
                        p.expect("sent 0 #")
                        self.assertEqual(p.expect(f"message {size} ").split()[1], str(size))
                    p.tell("send ")
                    p.expect("message 0")
                self.assertEqual(server.extensions[0].split(";")[0], "permessage-deflate")
                self.assertIn("server_max_window_bits=10", server.extensions[0])

    def test_deflate_offer_has_an_alternative_for_servers_without_window_bits(self):
        offers = []

        def behave(connection):
            connection.read_request()
            offers.append(connection.headers["sec-websocket-extensions"])

        with Server(behave) as server, probe(server) as p:
            p.tell("connect")
            p.expect("disconnected")
        self.assertEqual([o.strip() for o in offers[0].split(",")], [
            "permessage-deflate; client_max_window_bits=10; server_max_window_bits=10",
            "permessage-deflate; client_max_window_bits",
        ])

    def test_deflate_sends_within_the_window_and_keeps_it(self):
        for answer, keeps in (
            ("permessage-deflate", True),
            ("permessage-deflate; client_max_window_bits=12; server_no_context_takeover", True),
            ("permessage-deflate; client_max_window_bits=9", None),  # too small to see it
            ("permessage-deflate; client_no_context_takeover", False),
        ):
            sizes = []
            bits = -9 if "=9" in answer else -10

            def behave(connection, bits=bits, keeps=keeps, sizes=sizes):
                unpack = zlib.decompressobj(bits)
                for _ in range(3):
                    first, payload = connection.receive()
                    self.assertEqual(first, 0x80 | 0x40 | TEXT)
                    if keeps is False:
                        unpack = zlib.decompressobj(bits)
                    got = unpack.decompress(payload + b"\0\0\xff\xff")
                    self.assertEqual(len(got), 300)
                    sizes.append(len(payload))
                connection.send(TEXT, "plain is allowed too")

            with self.subTest(answer):
                self.exchange(answer, behave, ["message 20"], *["make r 300"] * 3, modes=("run",))
                if keeps is not None:
                    self.assertEqual(sizes[1] * 5 < sizes[0], keeps)

    def test_deflate_with_a_window_of_256_bytes_sends_plain(self):
        def behave(connection):
            self.assertEqual(connection.receive(), (0x80 | TEXT, b"plain"))

        self.exchange("permessage-deflate; client_max_window_bits=8", behave, [], "send plain")

    def test_deflate_unpacks_what_fills_every_buffer(self):
        sizes = [*range(4080, 4110), 8192, 65536, 1000000]

        def behave(connection):
            pack = zlib.compressobj(9, zlib.DEFLATED, -15)
            for size in sizes:
                data = pack.compress(b"a" * size) + pack.flush(zlib.Z_SYNC_FLUSH)
                connection.send(TEXT, data[:-4], rsv=0x40)

        lines = [f"message {size} {fnv1a(b'a' * size)}" for size in sizes]
        self.exchange("permessage-deflate", behave, lines, modes=ALL)

    def test_deflate_unpacks_fragments_and_single_bytes(self):
        def behave(connection):
            pack = zlib.compressobj(9, zlib.DEFLATED, -15)
            for text in (b"hello hello hello", b"hello again, hello", b""):
                data = (pack.compress(text) + pack.flush(zlib.Z_SYNC_FLUSH))[:-4]
                for at, byte in enumerate(data):
                    connection.send(CONTINUATION if at else TEXT, bytes([byte]), final=False,
                                    rsv=0 if at else 0x40)
                    connection.send(PING, b"")
                    connection.send(PONG, b"")
                connection.send(CONTINUATION, b"")

        lines = ["message 17 hello hello hello", "message 18 hello again, hello", "message 0"]
        self.exchange("permessage-deflate", behave, lines)

    def test_deflate_bomb_closes_at_the_limit(self):
        def behave(connection):
            pack = zlib.compressobj(9, zlib.DEFLATED, -15)
            data = pack.compress(b"a" * 50000000) + pack.flush(zlib.Z_SYNC_FLUSH)
            connection.send(TEXT, data[:-4], rsv=0x40)
            self.assertEqual(connection.expect_close(), 1009)

        self.fails("permessage-deflate", behave, "message_max", "--max", "100000")

    def test_deflate_limit_counts_unpacked_bytes_exactly(self):
        def send(connection, size):
            pack = zlib.compressobj(9, zlib.DEFLATED, -15)
            data = pack.compress(b"a" * size) + pack.flush(zlib.Z_SYNC_FLUSH)
            connection.send(TEXT, data[:-4], rsv=0x40)

        def behave(connection):
            connection.upgrade(extra="Sec-WebSocket-Extensions: permessage-deflate; "
                                     "server_no_context_takeover\r\n")
            send(connection, 5000)
            send(connection, 5001)
            self.assertEqual(connection.expect_close(), 1009)

        with Server(behave) as server, probe(server, "--max", "5000") as p:
            p.tell("connect")
            p.expect("message 5000 ")
            self.assertIn("message_max", p.expect("disconnected"))

    def test_deflate_garbage_closes_with_1002(self):
        def behave(connection):
            connection.send(TEXT, b"\xff" * 100, rsv=0x40)
            self.assertEqual(connection.expect_close(), 1002)

        self.fails("permessage-deflate", behave, "cannot be unpacked")

    def test_deflate_answers_that_were_not_offered_are_no_connection(self):
        for answer in (
            "permessage-deflate, permessage-deflate, permessage-deflate, permessage-deflate",
            "x-webkit-deflate-frame",
            "permessage-deflate; nonsense",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; " + "x" * 300,
        ):
            with self.subTest(answer):
                self.fails(answer, lambda connection: None, "")


class Handshake(unittest.TestCase):
    def failure(self, behave, *options, modes=OWN, **where):
        for mode in modes:
            with self.subTest(mode=mode), Server(behave) as server:
                with probe(server, *options, mode=mode, **where) as p:
                    p.tell("connect")
                    text = p.expect("disconnected")
                    self.assertNotIn("connected", p.seen)
        return text

    def test_net_url_and_headers_are_those_of_ocppj(self):
        with Server(idle) as server:
            seen = []
            server.behave = lambda c: (seen.append(c.read_request()), c.answer(), c.wait_end())
            with probe(server, "--id", "RDAM 123/ü", path="/a/b%20c/") as p:
                p.tell("connect")
                p.expect("connected")
        headers = seen[0].headers
        self.assertEqual(seen[0].request, "GET /a/b%20c/RDAM%20123%2F%C3%BC HTTP/1.1")
        self.assertEqual(headers["sec-websocket-protocol"], "ocpp1.6")
        self.assertEqual(headers["sec-websocket-version"], "13")
        self.assertEqual(headers["host"], f"127.0.0.1:{server.port}")
        self.assertNotIn("authorization", headers)
        self.assertNotIn("origin", headers)

    def test_net_basic_credentials_are_the_raw_bytes_of_the_key(self):
        with Server(idle) as server:
            seen = []
            server.behave = lambda c: (seen.append(c.read_request()), c.answer(), c.wait_end())
            with probe(server, "--id", "AL1000", "--key",
                       "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF") as p:
                p.tell("connect")
                p.expect("connected")
                p.tell("disconnect")
                p.expect("disconnected")
                p.tell("key -", "connect")
                p.expect("connected")
        self.assertEqual(seen[0].headers["authorization"],
                         "Basic QUwxMDAwOgABAgMEBQYH////////////////")
        self.assertNotIn("authorization", seen[1].headers)

    def test_net_answer_without_the_subprotocol_is_no_connection(self):
        def behave_without(connection):
            connection.upgrade(subprotocol=None)
            connection.wait_end()

        def behave_other(connection):
            connection.upgrade(subprotocol="ocpp1.5")
            connection.wait_end()

        def behave_case(connection):
            connection.upgrade(subprotocol="OCPP1.6")
            connection.wait_end()

        self.assertIn("no subprotocol", self.failure(behave_without))
        self.failure(behave_other)
        self.failure(behave_case)

    def test_net_http_refusals_say_the_status_and_what_to_do(self):
        for status, hint in (
            ("401 Unauthorized", "AuthorizationKey"),
            ("404 Not Found", "identity is registered"),
            ("400 Bad Request", "check the URL"),
            ("503 Service Unavailable", "not available"),
            ("302 Found\r\nLocation: ws://127.0.0.1:1/", "final URL"),
            ("200 OK", "instead of a WebSocket"),
        ):
            text = self.failure(lambda c, status=status: c.refuse(status))
            self.assertIn("HTTP " + status[:3], text)
            self.assertIn(hint, text)

    def test_net_garbage_instead_of_an_answer_is_a_failed_attempt(self):
        def garbage(connection):
            connection.read_request()
            connection.sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n\0\xff" * 10)
            connection.wait_end()

        def endless(connection):
            connection.read_request()
            connection.sock.sendall(b"HTTP/1.1 101 x\r\n" + b"x: " + b"y" * 100000)
            connection.wait_end()

        def hang_up(connection):
            connection.read_request()

        for behave in (garbage, endless, hang_up):
            with self.subTest(behave.__name__):
                self.failure(behave, "--timeout", "3000")

    def test_net_wrong_accept_key_is_no_connection(self):
        def behave(connection):
            connection.read_request()
            connection.headers["sec-websocket-key"] = "another"
            connection.answer()
            connection.wait_end()

        self.failure(behave)

    def test_net_server_that_never_answers_runs_into_the_timeout(self):
        text = self.failure(hang, "--timeout", "700", modes=ALL)
        self.assertIn("did not answer in time", text)

    def test_net_refused_connection_says_so(self):
        nobody = Nobody()
        for mode in ALL:
            with self.subTest(mode=mode), probe(nobody, mode=mode) as p:
                for _ in range(2):
                    p.tell("connect")
                    self.assertIn("refuses the connection", p.expect("disconnected"))

    def test_net_names_are_resolved_and_every_address_is_tried(self):
        for mode in ALL:  # localhost is ::1 as well, where nobody listens
            with self.subTest(mode=mode), Server(idle) as server:
                with probe(server, mode=mode, host="localhost") as p:
                    p.tell("connect")
                    p.expect("connected")

    def test_net_unknown_name_is_a_failed_attempt(self):
        with Server(idle) as server, probe(server, host="unknown.invalid") as p:
            p.tell("connect")
            self.assertIn("unknown.invalid", p.expect("disconnected"))

    def test_net_ipv6_address_in_the_url(self):
        try:
            server = Server(idle, family=socket.AF_INET6, address="::1")
        except OSError:
            self.skipTest("no IPv6 here")
        with server, probe(server, host="[::1]") as p:
            p.tell("connect")
            p.expect("connected")

    def test_net_bad_urls_are_refused_with_a_reason(self):
        for url in ("http://host/", "ws://", "ws://host:0/", "ws://user@host/", "ws://host/?x=1"):
            with self.subTest(url):
                done = subprocess.run([PROBE, "--url", url], capture_output=True, text=True,
                                      timeout=PATIENCE_S)
                self.assertIn("log 0 central system URL: ", done.stdout)
                self.assertIn("new -1", done.stdout)

    def test_net_attempt_can_be_cancelled(self):
        for mode in ALL:
            with self.subTest(mode=mode), Server(hang) as server, probe(server, mode=mode) as p:
                p.tell("connect", "disconnect")
                self.assertIn("cancelled", p.expect("disconnected"))


class Link(unittest.TestCase):
    def test_net_server_pings_are_answered_with_their_payload(self):
        payloads = [b"", b"x", bytes(range(125)), b"\0\xff" * 60]

        def behave(connection):
            connection.upgrade()
            for payload in payloads:
                connection.send(PING, payload)
                self.assertEqual(connection.receive(), (0x80 | PONG, payload))
            connection.send(TEXT, "done")
            connection.wait_end()

        for mode in ALL:
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("message 4 done")

    def test_net_pings_are_sent_and_answered_ones_keep_the_link(self):
        def behave(connection):
            connection.upgrade()
            for _ in range(3):
                first, payload = connection.receive()
                self.assertEqual(first, 0x80 | PING)
                connection.send(PONG, payload)
            connection.send(TEXT, "three pings")
            connection.wait_end()

        for mode in ALL:
            with self.subTest(mode=mode), Server(behave) as server:
                with probe(server, "--ping", "1", "--pong", "5", mode=mode) as p:
                    p.tell("connect")
                    p.expect("message 11 three pings")

    def test_net_ping_interval_changes_while_connected(self):
        def behave(connection):
            connection.upgrade()
            first, payload = connection.receive()
            self.assertEqual(first, 0x80 | PING)
            connection.send(PONG, payload)
            connection.send(TEXT, "pinged")
            first, payload = connection.receive()
            self.assertEqual((first, payload), (0x80 | TEXT, b"no ping before this"))
            connection.wait_end()

        with Server(behave) as server, probe(server) as p:
            p.tell("connect")
            p.expect("connected")
            p.tell("ping 1 5")
            p.expect("message 6 pinged")
            p.tell("ping 0 0", "send no ping before this")
            p.expect("sent 0")

    def test_net_missing_pong_ends_the_connection(self):
        def stubborn(connection):
            connection.upgrade()
            connection.wait_end()

        for mode in ALL:
            with self.subTest(mode=mode), Server(stubborn) as server:
                with probe(server, "--ping", "1", "--pong", "1", mode=mode) as p:
                    p.tell("connect")
                    self.assertIn("no pong", p.expect("disconnected"))

    def test_net_peer_that_stops_reading_is_noticed(self):
        def deaf(connection):
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.upgrade()
            done.wait(PATIENCE_S)

        done = threading.Event()
        for mode in OWN:
            done.clear()
            with self.subTest(mode=mode), Server(deaf) as server:
                with probe(server, "--ping", "1", "--pong", "1", mode=mode) as p:
                    p.tell("connect")
                    p.expect("connected")
                    p.tell("make r 5000000")
                    self.assertIn("no pong", p.expect("disconnected"))
                    done.set()

    def test_net_close_of_the_server_is_told_with_its_code(self):
        def behave(connection):
            connection.upgrade()
            connection.send(CLOSE, b"\x03\xe9going \x1bdown")
            self.assertEqual(connection.expect_close(), 1001)

        for mode in ALL:
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                self.assertIn("1001 going ?down", p.expect("disconnected"))

    def test_net_lost_connection_is_told(self):
        def end(connection):
            connection.upgrade()

        def reset(connection):
            connection.upgrade()
            connection.receive()
            connection.reset()

        for behave in (end, reset):
            for mode in ALL:
                with self.subTest(mode=mode, how=behave.__name__), Server(behave) as server:
                    with probe(server, mode=mode) as p:
                        p.tell("connect")
                        p.expect("connected")
                        p.tell("send now")
                        self.assertIn("lost", p.expect("disconnected"))

    def test_net_disconnect_sends_what_is_queued_then_1000(self):
        got = []

        def behave(connection):
            connection.upgrade()
            got.append(len(connection.receive_message()))
            got.append(connection.receive_message())
            got.append(connection.expect_close())
            connection.sock.sendall(b"\x88\x02\x03\xe8")

        for mode in ALL:
            got.clear()
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("connected")
                p.tell("make r 400000", "send last", "disconnect")
                p.expect("disconnected closed by the charge point")
                self.assertTrue(server.done.wait(PATIENCE_S))
                self.assertEqual(got, [400000, b"last", 1000])

    def test_net_disconnect_does_not_wait_for_ever(self):
        done = threading.Event()

        def behave(connection):
            connection.upgrade()
            done.wait(PATIENCE_S)

        for mode in ALL:
            done.clear()
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("connected")
                p.tell("disconnect")
                p.expect("disconnected")
                done.set()

    def test_net_can_be_freed_in_a_turn_at_any_time(self):
        for mode in ALL:
            with self.subTest(mode=mode), Server(idle) as server, probe(server, mode=mode) as p:
                p.tell("connect", "free")
                p.expect("freed; new 0")
                p.tell("connect")
                p.expect("connected")
                p.tell("make r 3000000", "free")
                p.expect("freed; new 0")
                p.tell("connect")
                p.expect("connected")

    def test_net_reconnects_as_often_as_asked(self):
        def behave(connection):
            connection.upgrade()
            connection.send(CLOSE, b"\x03\xe8")
            connection.wait_end()

        for mode in ALL:
            with self.subTest(mode=mode), Server(behave) as server, probe(server, mode=mode) as p:
                for _ in range(20):
                    p.tell("connect")
                    p.expect("connected")
                    p.expect("disconnected")


class Loop(unittest.TestCase):
    def test_loop_wakes_from_another_thread_and_at_its_deadline(self):
        for mode in ALL:
            with self.subTest(mode=mode), Server(idle) as server, probe(server, mode=mode) as p:
                p.tell("wake")
                p.expect("turn")
                p.expect("turn")  # one for the command, one for the wake
                p.tell("deadline 50")
                p.expect("turn")
                p.expect("turn")

    def test_loop_sleeps_while_nothing_happens(self):
        for mode in ALL:
            with self.subTest(mode=mode), Server(idle) as server, probe(server, mode=mode) as p:
                p.tell("connect")
                p.expect("connected")
                p.tell("turns")
                p.expect("turns")
                before = cpu_ticks(p.child.pid)
                p.tell("deadline 2000")
                p.expect("turn")
                p.expect("turn")
                # ticks of 10 ms: a busy loop would use 200 of them
                self.assertLess(cpu_ticks(p.child.pid) - before, 50)


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return int(fields[11]) + int(fields[12])


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.made = made = Certificates(cls.directory.name)
        made.issue("good")
        made.issue("other", names="DNS:other.example")
        made.issue("expired", from_day=-10, to_day=-5)
        made.issue("future", from_day=5, to_day=20)
        made.issue("client", kind="client")
        made.self_sign("self")
        made.protect("client", "locked")
        cls.ca = made.path("ca.pem")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.made.path(name + ".pem"), self.made.path(name + ".key"))
        return context

    def connects(self, context, *options, host="localhost", modes=OWN, behave=idle):
        for mode in modes:
            with self.subTest(mode=mode), Server(behave, tls=context) as server:
                with probe(server, *options, mode=mode, scheme="wss", host=host) as p:
                    p.tell("connect")
                    p.expect("connected")
                    p.tell("disconnect")
                    p.expect("disconnected closed by the charge point")

    def fails(self, context, *options, host="localhost", modes=OWN):
        for mode in modes:
            with self.subTest(mode=mode), Server(idle, tls=context) as server:
                with probe(server, *options, mode=mode, scheme="wss", host=host) as p:
                    p.tell("connect")
                    text = p.expect("disconnected")
                    self.assertNotIn("connected", p.seen)
        return text

    def test_tls_own_root_is_trusted_and_data_flows(self):
        for mode in ALL:
            with self.subTest(mode=mode), EchoServer(tls=self.context("good")) as server:
                with probe(server, "--ca", self.ca, mode=mode, scheme="wss", host="localhost") as p:
                    p.tell("connect")
                    p.expect("connected")
                    p.tell("send hello")
                    p.expect("message 5 hello")
                    for size in (16383, 16384, 16385, 1000000):
                        p.tell(f"make r {size}")
                        sent = p.expect("sent 0 #")
                        self.assertEqual(sent[-9:], p.expect(f"message {size}")[-9:])

    def test_tls_name_goes_into_sni_and_an_address_does_not(self):
        names = []
        context = self.context("good")
        context.sni_callback = lambda sock, name, ctx: names.append(name)
        self.connects(context, "--ca", self.ca, modes=("run",))
        self.connects(context, "--ca", self.ca, host="127.0.0.1", modes=("run",))
        self.assertEqual(names, ["localhost", None])

    def test_tls_certificate_of_another_host_is_refused(self):
        self.assertIn("another host name", self.fails(self.context("other"), "--ca", self.ca))
        self.made.issue("nameonly", names="DNS:localhost")
        self.assertIn("another host name",
                      self.fails(self.context("nameonly"), "--ca", self.ca, host="127.0.0.1"))

    def test_tls_expired_certificate_is_refused(self):
        self.assertIn("expired", self.fails(self.context("expired"), "--ca", self.ca))

    def test_tls_certificate_of_the_future_is_refused(self):
        self.assertIn("clock", self.fails(self.context("future"), "--ca", self.ca))

    def test_tls_certificates_are_judged_by_the_stations_time(self):
        now = int(subprocess.check_output(["date", "+%s"])) * 1000
        day = 86400000
        self.connects(self.context("future"), "--ca", self.ca, "--judge", str(now + 10 * day))
        self.assertIn("clock", self.fails(self.context("good"), "--ca", self.ca, "--judge",
                                          str(now - 10 * day)))
        self.assertIn("expired", self.fails(self.context("good"), "--ca", self.ca, "--judge",
                                            str(now + 25 * day)))

    def test_tls_unknown_issuer_is_refused(self):
        self.assertIn("not trusted", self.fails(self.context("self"), "--ca", self.ca))
        self.assertIn("not trusted", self.fails(self.context("good")))

    def test_tls_unverified_takes_everything_but_only_when_asked(self):
        for name in ("self", "expired", "future", "other", "good"):
            self.connects(self.context(name), "--unverified")

    def test_tls_client_certificate_is_shown(self):
        context = self.context("good")
        context.load_verify_locations(self.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        client = ("--cert", self.made.path("client.pem"), "--cert-key",
                  self.made.path("client.key"))
        self.connects(context, "--ca", self.ca, *client, modes=ALL)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context.minimum_version = context.maximum_version = version
            self.connects(context, "--ca", self.ca, *client)
            self.assertIn("certificate", self.fails(context, "--ca", self.ca))

    def test_tls_1_1_is_refused(self):
        context = self.context("good")
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assertIn("TLS", self.fails(context, "--ca", self.ca))

    def test_tls_weak_ciphers_are_refused(self):
        context = self.context("good")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE+AES+SHA1:@SECLEVEL=0")
        self.assertIn("TLS", self.fails(context, "--ca", self.ca))
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        self.connects(context, "--ca", self.ca)

    def test_tls_wss_to_a_plain_port_is_a_failed_attempt(self):
        def behave(connection):
            connection.sock.recv(1)
            connection.sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.wait_end()

        with Server(behave) as server, probe(server, "--ca", self.ca, scheme="wss") as p:
            p.tell("connect")
            self.assertIn("TLS", p.expect("disconnected"))

    def test_tls_handshake_that_hangs_runs_into_the_timeout(self):
        with Server(hang) as server:
            with probe(server, "--ca", self.ca, "--timeout", "700", scheme="wss") as p:
                p.tell("connect")
                self.assertIn("did not answer in time", p.expect("disconnected"))

    def test_tls_reset_while_writing_raises_no_signal(self):
        def behave(connection):
            connection.upgrade()
            connection.receive()
            connection.reset()

        for mode in ALL:
            with self.subTest(mode=mode), Server(behave, tls=self.context("good")) as server:
                with probe(server, "--ca", self.ca, mode=mode, scheme="wss") as p:
                    p.tell("connect")
                    p.expect("connected")
                    p.tell("send first", "make r 4000000", "make r 2000000")
                    p.expect("disconnected")

    def test_tls_free_in_a_turn(self):
        for mode in ALL:
            with self.subTest(mode=mode), Server(idle, tls=self.context("good")) as server:
                with probe(server, "--ca", self.ca, mode=mode, scheme="wss") as p:
                    for _ in range(3):
                        p.tell("connect")
                        p.expect("connected")
                        p.tell("make r 1000000", "free")
                        p.expect("freed; new 0")

    def test_tls_files_that_cannot_be_used_are_named(self):
        good = self.made.path("client.pem")
        for options, word in (
            (("--ca", "/nowhere.pem"), "ca_file"),
            (("--ca", self.made.path("client.key")), "ca_file"),
            (("--cert", good), "together"),
            (("--cert", "/nowhere.pem", "--cert-key", self.made.path("client.key")), "cert_file"),
            (("--cert", good, "--cert-key", self.made.path("good.key")), "key_file"),
            (("--cert", good, "--cert-key", self.made.path("locked.key")), "key_file"),
        ):
            with self.subTest(options):
                done = subprocess.run([PROBE, "--url", "wss://localhost/", *options],
                                      capture_output=True, text=True, timeout=PATIENCE_S)
                self.assertIn("new -11", done.stdout)
                self.assertIn(word, done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
