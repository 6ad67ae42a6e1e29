# SPDX-License-Identifier: Apache-2.0
"""What lib/port/net.h promises, against peers on loopback. NET_PROBE names the program.

    NET_PROBE=build/tests/net/net_probe python3 -m unittest -v tests/net/test_net.py
"""

import os
import random
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from common import ALL, OWN, PROBE, EchoServer, Nobody, fnv1a, hang, idle, probe
from peers import BINARY, CLOSE, CONTINUATION, PATIENCE_S, PING, PONG, TEXT, Server


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
            server.behave = lambda c: (seen.append(c.read_request()), c.answer(), c.stay())
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
            server.behave = lambda c: (seen.append(c.read_request()), c.answer(), c.stay())
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
