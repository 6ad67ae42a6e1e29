# SPDX-License-Identifier: Apache-2.0
"""The way to the central system: WebSocket, Basic, TLS, mutual TLS, refusals, half-open links."""
import base64
import json
import urllib.parse

import pytest

from harness import CallError, Central, covers

KEY = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"
OTHER_KEY = "00112233445566778899AABBCCDDEEFF"


def basic(central, key):
    """As the reader of a header would write it, so that it is not the code under test."""
    return "Basic " + base64.b64encode(central.identity.encode() + b":" +
                                       bytes.fromhex(key)).decode()


@pytest.fixture
def tls(central, certificates):
    """Listens again, with TLS."""
    def listen(name="server", mutual=False):
        central.down()
        central.listen(tls={"cert": certificates(f"{name}.pem"), "key": certificates(f"{name}.key"),
                            **({"ca": certificates("root.pem")} if mutual else {})})
    return listen


@covers("WS-04", "WS-03")
def test_transport_identity_is_percent_encoded(peer, charger, central):
    identity = f"{central.identity} /RDAM%123"
    spaced = Central(peer, identity)
    spaced.port = central.port
    charger_of_it = charger(booted=False, args=["--id", identity])
    upgrade = peer.event("upgrade")
    path = upgrade["path"]
    assert path.startswith("/ocpp/")
    assert urllib.parse.unquote(path[len("/ocpp/"):]) == identity
    assert "%20" in path and "%2F" in path and "%25" in path
    charger_of_it.wait_online()
    peer.central = central


@covers("WS-05")
def test_transport_url_with_a_path_prefix(central, charger):
    station = charger(booted=False)
    station.abandon()
    central.__class__ = type("Prefixed", (Central,), {
        "url": property(lambda self: f"ws://127.0.0.1:{self.port}/a/b/c")})
    central.calls.clear()
    station.power_on().wait_online()
    assert central.peer.happened("upgrade", path=f"/a/b/c/{central.identity}")


@covers("WS-19")
def test_transport_basic_credentials_are_identity_and_key_bytes(central, charger):
    charger(args=["--auth-key", KEY])
    upgrade = central.peer.happened("upgrade", id=central.identity)[0]
    assert upgrade["authorization"] == basic(central, KEY)
    assert upgrade["password"] == KEY.lower()


@covers("WS-20", "WS-19", "CONF-06")
def test_transport_changed_key_is_used_and_survives_a_power_cut(central, charger):
    station = charger(args=["--auth-key", KEY])
    central.configure("AuthorizationKey", OTHER_KEY)
    central.event("upgrade", password=OTHER_KEY.lower())
    station.wait_online()
    assert len(central.seen("BootNotification")) == 1
    station.power_cut()
    station.power_on()
    central.event("upgrade", password=OTHER_KEY.lower())
    station.wait_online()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
@covers("WS-09", "WS-01")
def test_transport_refused_upgrade_is_tried_again_forever(central, charger, status):
    central.refuse({"status": status})
    station = charger(booted=False)
    for _ in range(3):
        central.event("upgrade")
    tries = len(central.peer.happened("upgrade", id=central.identity))
    assert tries < 30
    central.refuse(None)
    station.booted()


@pytest.mark.parametrize("protocol", [None, "ocpp9.9"], ids=["none", "another"])
@covers("WS-08")
def test_transport_upgrade_without_our_subprotocol_is_no_connection(central, charger, protocol):
    central.refuse({"protocol": protocol})
    station = charger(booted=False)
    central.event("upgrade")
    central.event("upgrade")
    assert not central.seen()
    central.refuse(None)
    station.booted()


@covers("WS-12")
def test_transport_ping_is_answered_with_its_payload(central, charger):
    charger(settings={"WebSocketPingInterval": "0"})
    for data in ("", "hello", "x" * 125):
        central.peer.order("ping", id=central.identity, data=data)
        central.event("pong", data=data)


@covers("WS-14", "WS-11")
def test_transport_half_open_link_is_found_and_redialled(central, charger):
    station = charger(settings={"WebSocketPingInterval": "1"})
    central.peer.freeze()
    station.event("link", state="down")
    central.peer.thaw()
    station.wait_online()
    station.settle()


@covers("WS-17", "RPC-02")
def test_transport_one_connection_serves_both_directions(central, charger):
    station = charger()
    for _ in range(20):
        central.round_trip()
        station.do("plug 1", "unplug 1")
    station.settle()
    assert len(central.peer.happened("open", id=central.identity)) == 1


@covers("WS-10", "WS-02")
def test_transport_with_compression_where_both_sides_have_it(central, charger):
    central.down()
    central.listen(deflate=True)
    station = charger()
    offered = central.peer.happened("upgrade", id=central.identity)[-1]["extensions"]
    central.tell_list("Full", 3, {f"TAG{i:08}": {"status": "Accepted"} for i in range(2000)})
    assert central.list_version() == 3
    station.charge("CARD")
    assert "permessage-deflate" in offered


@pytest.mark.parametrize("size", [1, 7, 1000])
@covers("WS-02")
def test_transport_fragmented_message_is_one_message(central, charger, size):
    charger()
    entries = [{"idTag": f"TAG{i:05}", "idTagInfo": {"status": "Accepted"}}
               for i in range(3 if size == 1 else 500)]
    text = json.dumps([2, "fragmented", "SendLocalList", {
        "listVersion": 3, "updateType": "Full", "localAuthorizationList": entries}])
    central.posted.add("fragmented")
    central.send(*[text[i:i + size] for i in range(0, len(text), size)])
    assert central.answer_frame("fragmented") == [3, "fragmented", {"status": "Accepted"}]
    assert central.list_version() == 3


# ---- TLS ----------------------------------------------------------------------------------------


@covers("WS-05", "WS-18")
def test_transport_tls_with_own_root(central, charger, tls, certificates):
    tls()
    station = charger(args=["--ca", certificates("root.pem")])
    station.charge()
    assert central.url.startswith("wss://")


@covers("WS-18", "WS-19")
def test_transport_tls_with_basic(central, charger, tls, certificates):
    tls()
    charger(args=["--ca", certificates("root.pem"), "--auth-key", KEY])
    assert central.peer.happened("upgrade", id=central.identity)[-1]["password"] == KEY.lower()


@covers("WS-18")
def test_transport_mutual_tls(central, charger, tls, certificates):
    tls(mutual=True)
    station = charger(args=["--ca", certificates("root.pem"), "--cert", certificates("client.pem"),
                            "--key", certificates("client.key")])
    upgrade = central.peer.happened("upgrade", id=central.identity)[-1]
    assert upgrade["certificate"] == "the charge point"
    station.charge()


@pytest.mark.parametrize("server,root", [("server", "stranger"), ("elsewhere", "root")],
                         ids=["unknown-root", "wrong-name"])
@covers("WS-18")
def test_transport_tls_server_that_cannot_be_trusted_is_not_spoken_to(central, charger, tls,
                                                                      certificates, server, root):
    tls(server)
    station = charger(booted=False, args=["--ca", certificates(f"{root}.pem")])
    for _ in range(2):
        station.event("link", state="connecting")
        station.event("link", state="down")
    assert not central.peer.happened("upgrade", id=central.identity)
    assert not central.seen()


@covers("WS-18")
def test_transport_tls_server_without_known_root_is_not_spoken_to(central, charger, tls):
    tls()
    station = charger(booted=False)
    station.event("link", state="connecting")
    station.event("link", state="down")
    assert not central.peer.happened("upgrade", id=central.identity)


@pytest.mark.parametrize("name", [None, "impostor"])
@covers("WS-18", "WS-09")
def test_transport_mutual_tls_without_a_good_certificate_is_refused_and_tried_again(
        central, charger, tls, certificates, name):
    tls(mutual=True)
    own = ["--cert", certificates(f"{name}.pem"), "--key", certificates(f"{name}.key")] if name \
        else []
    station = charger(booted=False, args=["--ca", certificates("root.pem"), *own])
    for _ in range(2):
        station.event("link", state="connecting")
        station.event("link", state="down")
    assert not central.seen()


@covers("WS-18", "OFFLINE-08", "WS-16")
def test_transport_tls_reconnects_and_delivers(central, charger, tls, certificates):
    tls()
    station = charger(args=["--ca", certificates("root.pem")])
    central.tell_list("Full", 1, {"CARD": {"status": "Accepted"}})
    central.down()
    station.event("link", state="down")
    station.do("plug 1", "card 1 CARD")
    station.event("contactor", closed=True)
    station.do("card 1 CARD")
    station.event("contactor", closed=False)
    central.up()
    central.expect("StartTransaction", idTag="CARD")
    central.expect("StopTransaction", transactionId=101)
    assert len(central.seen("BootNotification")) == 1


@covers("WS-18", "WS-14")
def test_transport_plain_server_on_a_tls_port_is_no_connection(central, charger):
    central.secure = True
    station = charger(booted=False)
    station.event("link", state="connecting")
    station.event("link", state="down")
    assert not central.seen()
    central.secure = False


@covers("RPC-18", "WS-17")
def test_transport_unsupported_profile_is_answered_not_closed(central, charger):
    charger()
    with pytest.raises(CallError) as error:
        central.call("ReserveNow", {"connectorId": 1, "expiryDate": "2030-01-01T00:00:00Z",
                                    "idTag": "CARD", "reservationId": 1})
    assert error.value.code in ("NotImplemented", "NotSupported")
    assert len(central.peer.happened("open", id=central.identity)) == 1
