# SPDX-License-Identifier: Apache-2.0
"""Certificates for the tests, made when they run, by the openssl command."""

import datetime
import os
import subprocess

CONFIG = """
[ca]
default_ca = us
[us]
dir = {dir}
database = {dir}/index
new_certs_dir = {dir}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = {names}
[client]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = clientAuth
"""


class Certificates:
    def __init__(self, directory):
        self.dir = directory
        open(self.path("index"), "w").close()
        self.configure("DNS:localhost")
        self.key("ca")
        self.run(
            "req", "-x509", "-new", "-config", self.path("config"), "-extensions", "root",
            "-key", self.path("ca.key"), "-subj", "/CN=Test Root", "-days", "30",
            "-out", self.path("ca.pem"),
        )

    def path(self, name):
        return os.path.join(self.dir, name)

    def configure(self, names):
        with open(self.path("config"), "w") as config:
            config.write(CONFIG.format(dir=self.dir, names=names))

    def run(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def key(self, name):
        self.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                 self.path(name + ".key"))

    def issue(self, name, kind="server", names="DNS:localhost,IP:127.0.0.1", from_day=-1,
              to_day=20):
        """A certificate signed by the test root, valid between two days from now."""
        now = datetime.datetime.now(datetime.timezone.utc)

        def stamp(days):
            return (now + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")

        self.configure(names)
        self.key(name)
        self.run("req", "-new", "-config", self.path("config"), "-key", self.path(name + ".key"),
                 "-subj", f"/CN={name}", "-out", self.path(name + ".csr"))
        self.run("ca", "-batch", "-notext", "-config", self.path("config"), "-extensions", kind,
                 "-cert", self.path("ca.pem"), "-keyfile", self.path("ca.key"),
                 "-startdate", stamp(from_day), "-enddate", stamp(to_day),
                 "-in", self.path(name + ".csr"), "-out", self.path(name + ".pem"))

    def self_sign(self, name):
        self.configure("DNS:localhost")
        self.key(name)
        self.run("req", "-x509", "-new", "-config", self.path("config"), "-extensions", "server",
                 "-key", self.path(name + ".key"), "-subj", "/CN=localhost", "-days", "20",
                 "-out", self.path(name + ".pem"))

    def protect(self, name, into):
        """The same key, but with a passphrase."""
        self.run("ec", "-in", self.path(name + ".key"), "-aes256", "-passout", "pass:secret",
                 "-out", self.path(into + ".key"))
