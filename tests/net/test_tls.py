# SPDX-License-Identifier: Apache-2.0
"""wss: whom the charge point trusts, by which time, and what it says when it does not."""

import os
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from certificates import Certificates
from common import ALL, OWN, PROBE, EchoServer, hang, idle, probe
from peers import PATIENCE_S, Server


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
