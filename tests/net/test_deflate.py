# SPDX-License-Identifier: Apache-2.0
"""permessage-deflate (RFC 7692), against servers that have it and servers that abuse it."""

import os
import sys
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from common import ALL, OWN, EchoServer, fnv1a, probe
from peers import CONTINUATION, PATIENCE_S, PING, PONG, TEXT, Server


class Compression(unittest.TestCase):
    def exchange(self, answer, behave, lines, *commands, modes=OWN):
        def serve(connection):
            connection.upgrade(extra=f"Sec-WebSocket-Extensions: {answer}\r\n")
            behave(connection)
            connection.stay()

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


if __name__ == "__main__":
    unittest.main(verbosity=2)
