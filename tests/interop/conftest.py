# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a peer for the session, a central system and a charger for each test."""
import itertools
import os
import pathlib
import subprocess
import sys

import pytest

from harness import Central, Charger
from harness.central import Peer

HERE = pathlib.Path(__file__).parent
PEERS = ("ocpp-rpc", "ocpp-py")
numbers = itertools.count(1)


def pytest_addoption(parser):
    parser.addoption("--peer", action="append", choices=PEERS, help="central system (both)")


def pytest_configure(config):
    config.addinivalue_line("markers", "covers(*ids): rows of requirements.tsv")


def pytest_generate_tests(metafunc):
    if "peer" in metafunc.fixturenames:
        metafunc.parametrize("peer", metafunc.config.getoption("--peer") or PEERS, indirect=True,
                             scope="session")


def command_of(name):
    if name == "ocpp-py":
        return [sys.executable, HERE / "peers" / "ocpp_py.py"]
    return [os.environ.get("EVCP_NODE", "node"), HERE / "peers" / "ocpp_rpc.js"]


@pytest.fixture(scope="session")
def peer(request, tmp_path_factory):
    env = dict(os.environ)
    if "EVCP_NODE_MODULES" in env:
        env["NODE_PATH"] = env["EVCP_NODE_MODULES"]
    process = Peer(command_of(request.param),
                   tmp_path_factory.mktemp("peer") / f"{request.param}.log", env)
    process.name = request.param
    try:
        process.event("ready")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{process.errors()[-2000:]}") from None
    yield process
    process.kill()


@pytest.fixture
def central(peer):
    """Listens at once; a test that needs TLS listens again."""
    central = Central(peer, f"CP-{os.getpid()}-{next(numbers)}")
    central.listen()
    yield central
    peer.thaw()
    central.down()
    peer.central = None
    assert central.complaints == [], "the peer's package found fault with the charge point"


@pytest.fixture
def charger(central, tmp_path):
    """Makes chargers, booted unless booted=False; further options are those of Charger."""
    made = []

    def make(booted=True, **options):
        directory = tmp_path / f"charger-{len(made)}"
        directory.mkdir()
        made.append(Charger(central, str(directory), **options))
        made[-1].power_on()
        return made[-1].booted() if booted else made[-1]

    yield make
    try:
        for one in made:
            one.leave()
            assert one.complaints() == []
    finally:
        for one in made:
            one.abandon()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A root, certificates by it for localhost and a client, and a root that nobody knows."""
    directory = tmp_path_factory.mktemp("tls")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)

    def root(name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                "-out", f"{name}.pem")

    def leaf(name, subject, issuer, *extensions):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", f"/CN={subject}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (directory / f"{name}.ext").write_text("\n".join(extensions) + "\n")
        openssl("x509", "-req", "-days", "30", "-in", f"{name}.csr", "-CA", f"{issuer}.pem",
                "-CAkey", f"{issuer}.key", "-CAcreateserial", "-out", f"{name}.pem",
                "-extfile", f"{name}.ext")

    root("root")
    root("stranger")
    leaf("server", "localhost", "root", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    leaf("elsewhere", "elsewhere.example", "root", "subjectAltName=DNS:elsewhere.example")
    leaf("client", "the charge point", "root", "extendedKeyUsage=clientAuth")
    leaf("impostor", "an impostor", "stranger", "extendedKeyUsage=clientAuth")
    return lambda name: str(directory / name)
