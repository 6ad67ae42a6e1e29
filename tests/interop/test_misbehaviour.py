# SPDX-License-Identifier: Apache-2.0
"""Central systems as they are: what has been seen in the field, and what a hostile one may try."""
import base64
import json

import pytest

from harness import HOLD, CallError, Raw, covers

FOREIGN_CODES = ["FormatViolation", "OccurrenceConstraintViolation", "MessageTypeNotSupported",
                 "RpcFrameworkError", "", "Weird", None, 42]


# ---- CALLERROR of other versions ----------------------------------------------------------------


@pytest.mark.parametrize("code", FOREIGN_CODES)
@covers("RPC-21", "RPC-33", "OFFLINE-14")
def test_misbehaviour_error_codes_of_other_versions_are_failures(central, charger, code):
    error = Raw('[4,{id},' + json.dumps(code) + ',"",{}]')
    central.answer("StartTransaction", error, {"transactionId": 5})
    station = charger(settings={"MessageTimeout": "2"})
    station.do("plug 1", "card 1 CARD")
    central.expect("StartTransaction")
    central.expect("StartTransaction")
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=5)


@pytest.mark.parametrize("rest", ['[]', 'null', '"text"', '[1,{"a":[]}]', '{},"more"'],
                         ids=["array", "null", "text", "nested", "six-elements"])
@covers("RPC-19", "RPC-33", "OFFLINE-14")
def test_misbehaviour_error_details_that_are_no_object_are_failures(central, charger, rest):
    central.answer("StartTransaction", Raw('[4,{id},"InternalError","",' + rest + "]"),
                   {"transactionId": 5})
    station = charger(settings={"MessageTimeout": "2"})
    station.do("plug 1", "card 1 CARD")
    central.expect("StartTransaction")
    central.expect("StartTransaction")
    central.expect("StatusNotification", connectorId=1, status="Charging")


@pytest.mark.parametrize("text", [
    '[4,"unknown","InternalError","",{}]', '[4]', '[4,"x"]', '[3,"unknown",{}]', '[3,"",{}]',
    '[3,null,{}]', '[3]',
], ids=["error-unknown", "error-short", "error-shorter", "result-unknown", "result-empty",
        "result-null", "result-short"])
@covers("RPC-33", "RPC-03")
def test_misbehaviour_answers_to_nothing_are_dropped(central, charger, text):
    central.answer("Authorize", HOLD)
    station = charger()
    station.do("plug 1", "card 1 CARD")
    asked = central.expect("Authorize")
    central.send(text)
    central.round_trip()
    assert not station.happened("decision")
    asked.reply()
    central.expect("StartTransaction", idTag="CARD")


@pytest.mark.parametrize("error", [
    '[4,"-1","RpcFrameworkError","no",{}]', '[4,"","FormatViolation","no",[]]',
    '[4,null,"ProtocolError","no",{}]'], ids=["minus-one", "empty", "null"])
@covers("RPC-33", "OFFLINE-14")
def test_misbehaviour_error_without_an_id_loses_no_message(central, charger, error):
    central.answer("StartTransaction", Raw(error), {"transactionId": 5})
    station = charger(settings={"MessageTimeout": "2"})
    station.do("plug 1", "card 1 CARD")
    first = central.expect("StartTransaction")
    assert central.expect("StartTransaction").payload == first.payload
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=5)


# ---- answers that are wrong or late -------------------------------------------------------------


@pytest.mark.parametrize("payload", [
    'null', '[]', '{}', '"x"', '{"transactionId":"5","idTagInfo":{"status":"Accepted"}}',
    '{"transactionId":5}', '{"transactionId":5.5,"idTagInfo":{"status":"Accepted"}}',
    '{"transactionId":99999999999,"idTagInfo":{"status":"Accepted"}}',
    '{"transactionId":5,"idTagInfo":{"status":"Great"}}', '{"transactionId":5,"idTagInfo":null}',
], ids=["null", "array", "empty", "text", "text-id", "no-info", "fraction", "huge", "status",
        "null-info"])
@covers("RPC-33", "RPC-41", "OFFLINE-14")
def test_misbehaviour_wrong_answer_to_a_start_is_repeated_not_guessed(central, charger, payload):
    central.answer("StartTransaction", Raw('[3,{id},' + payload + "]"), {"transactionId": 8})
    station = charger(settings={"MessageTimeout": "2"})
    station.do("plug 1", "card 1 CARD")
    central.expect("StartTransaction")
    central.expect("StartTransaction")
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=8)


@pytest.mark.parametrize("answer", ['[3,{id},null]', '[3,{id},{}]', '[3,{id}]'])
@covers("RPC-15")
def test_misbehaviour_null_counts_as_an_empty_answer(central, charger, answer):
    central.answer("StatusNotification", Raw(answer))
    station = charger(settings={"MessageTimeout": "2"})
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    station.do("card 1 CARD")
    central.expect("StartTransaction")


@pytest.mark.parametrize("time", [
    "2031-05-06T07:08:09Z", "2031-05-06T07:08:09.1Z", "2031-05-06T07:08:09.123456789Z",
    "2031-05-06T09:08:09.123+02:00", "2031-05-06T07:08:09+00:00", "2031-05-06t07:08:09z",
    "2031-05-06T02:38:09.5-04:30",
])
@covers("RPC-37", "AUTH-17")
def test_misbehaviour_timestamps_of_every_precision_are_understood(central, charger, time):
    boot = {"status": "Accepted", "interval": 300, "currentTime": time}
    central.answer("BootNotification", Raw(f"[3,{{id}},{json.dumps(boot)}]"))
    station = charger(args=["--clock", "lost"])
    assert station.state()["utc"].startswith("2031-05-06T07:08:")
    assert station.charge()["timestamp"].startswith("2031-05-06T07:08:")


@covers("RPC-33", "RPC-03", "RPC-01")
def test_misbehaviour_answer_after_the_timeout_harms_nothing(central, charger):
    central.answer("Heartbeat", HOLD)
    station = charger(settings={"MessageTimeout": "1", "HeartbeatInterval": "300"})
    central.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    late = central.expect("Heartbeat")
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    late.reply()
    central.round_trip()
    station.do("card 1 CARD")
    central.expect("StartTransaction")


@covers("RPC-33", "OFFLINE-14", "OFFLINE-21", "RPC-09")
def test_misbehaviour_start_answered_after_the_timeout_ends_with_one_id(central, charger):
    central.answer("StartTransaction", HOLD, {"transactionId": 2})
    station = charger(settings={"MessageTimeout": "1"})
    station.do("plug 1", "card 1 CARD")
    first = central.expect("StartTransaction")
    station.do("wait 1.3")
    station.state()
    first.reply({"transactionId": 1})
    delivered = station.event("delivered", started=True)
    station.do("card 1 CARD")
    stopped = central.expect("StopTransaction")
    station.settle()
    assert stopped["transactionId"] == delivered["transactionId"]
    assert stopped["transactionId"] in (1, 2)
    assert len(central.seen("StopTransaction")) == 1


@covers("RPC-01", "OFFLINE-10")
def test_misbehaviour_second_call_in_flight_would_be_lost_and_is_never_sent(central, charger):
    """The peer answers a call only while no other of ours is open; the others it forgets."""
    open_calls = []

    def answer(call):
        if open_calls:
            return HOLD
        open_calls.append(call)
        return HOLD

    for action in ("StatusNotification", "Authorize", "StartTransaction", "StopTransaction",
                   "Heartbeat"):
        central.answer(action, answer)
    station = charger(booted=False, connectors=2, settings={"MessageTimeout": "60"})
    station.wait_online()
    station.do("plug 1", "plug 2", "card 1 ONE", "card 2 TWO")
    central.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    answered = 0
    while not {"ONE", "TWO"} <= {c["idTag"] for c in central.seen("StartTransaction")}:
        central.peer.wait_for(lambda: bool(open_calls), "a call")
        assert len(central.seen()) == answered + 2  # this one and BootNotification
        answered += 1
        open_calls.pop().reply()


@covers("LIST-21", "LIST-25")
def test_misbehaviour_list_is_sent_again_and_again(central, charger):
    station = charger()
    for _ in range(5):
        central.tell_list("Full", 7, {"A": {"status": "Accepted"}})
        central.tell_list("Differential", 7, {"B": {"status": "Accepted"}},
                          status="VersionMismatch")
        central.tell_list("Full", 0, {})
        assert central.list_version() == 0
    station.settle()


@covers("RPC-31", "RPC-10", "RPC-11")
def test_misbehaviour_message_ids_of_every_kind(central, charger):
    charger()
    for message in ("a", "x" * 36, "Mixed-Case_{}[]:,'", "äöü€", "\u0001\\\"", " "):
        assert central.raw_call("GetLocalListVersion", {}, message) == {"listVersion": 0}
    for message in ("x" * 37, "y" * 200):
        with pytest.raises(CallError):
            central.raw_call("ChangeAvailability",
                             {"connectorId": 1, "type": "Inoperative"}, message)
    central.round_trip()
    assert not central.seen("StatusNotification", status="Unavailable")


@covers("OFFLINE-13", "WS-09")
def test_misbehaviour_connection_is_cut_again_and_again(central, charger):
    station = charger(settings={"StopTransactionOnEVSideDisconnect": "true"})
    for _ in range(4):
        central.drop()
        station.event("link", state="down")
        station.do("plug 1", "unplug 1")
        station.wait_online()
    station.charge()


@covers("RPC-02", "RPC-01")
def test_misbehaviour_many_calls_are_answered_while_an_own_call_is_open(central, charger):
    central.answer("Authorize", HOLD)
    station = charger()
    station.do("plug 1", "card 1 CARD")
    asked = central.expect("Authorize")
    messages = [central.post("GetConfiguration", {}) for _ in range(20)]
    answers = [central.answer_frame(m) for m in messages]
    assert any(a[0] == 3 for a in answers)
    asked.reply()
    central.expect("StartTransaction")


@covers("RPC-18", "OFFLINE-13")
def test_misbehaviour_flood_of_calls_is_survived_if_need_be_by_connecting_again(central, charger):
    station = charger()
    station.charge()
    for _ in range(500):
        central.post("GetConfiguration", {})
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=101)
    station.event("delivered", started=False)


# ---- malformed ----------------------------------------------------------------------------------

NOISE = {
    "empty": "", "space": " ", "text": "hello", "number": "42", "null": "null", "true": "true",
    "string": '"x"', "object": "{}", "empty-array": "[]", "nested": "[[[]]]",
    "type-text": '["2","m1","Reset",{"type":"Hard"}]', "type-0": '[0,"m1","Reset",{"type":"Hard"}]',
    "type-5": '[5,"m1","Reset",{"type":"Hard"}]', "type-7": '[7,"m1","Reset",{"type":"Hard"}]',
    "type-null": '[null,"m1","Reset",{"type":"Hard"}]', "type-minus": '[-2,"m1","Reset",{}]',
    "type-fraction": '[2.5,"m1","Reset",{"type":"Hard"}]', "type-huge": '[2e400,"m1","Reset",{}]',
    "only-type": "[2]", "no-action": '[2,"m1"]', "no-payload": '[2,"m1","Reset"]',
    "five": '[2,"m1","Reset",{"type":"Hard"},1]', "id-number": '[2,1,"Reset",{"type":"Hard"}]',
    "id-null": '[2,null,"Reset",{"type":"Hard"}]', "id-object": '[2,{},"Reset",{"type":"Hard"}]',
    "id-empty": '[2,"","Nonsense",{}]', "action-number": '[2,"m1",5,{}]',
    "action-null": '[2,"m1",null,{}]', "action-object": '[2,"m1",{},{}]',
    "action-long": '[2,"m1","' + "A" * 5000 + '",{}]', "payload-null": '[2,"m1","Reset",null]',
    "payload-array": '[2,"m1","Reset",[]]', "payload-text": '[2,"m1","Reset","Hard"]',
    "payload-number": '[2,"m1","Reset",1]', "cut": '[2,"m1","Reset",{"type":"Ha',
    "comma": '[2,"m1","Reset",{"type":"Hard"},]', "twice": '[2,"m1","Reset",{}][2,"m2","Reset",{}]',
    "duplicate": '[2,"m1","Reset",{"type":"Hard","type":"Medium"}]',
    "comment": '[2,"m1","Reset",{"type":"Medium"}]//', "deep-array": "[" * 100000,
    "deep-object": '[2,"m1","DataTransfer",' + '{"a":' * 50000 + "1" + "}" * 50000 + "]",
    "deep-payload": '[2,"m1","Reset",' + "[" * 5000 + "]" * 5000 + "]",
    "huge-number": '[2,"m1","RemoteStopTransaction",{"transactionId":' + "9" * 5000 + "}]",
    "exponent": '[2,"m1","RemoteStopTransaction",{"transactionId":1e999}]',
    "nul-escape": '[2,"m1","Reset",{"type":"Hard\\u0000"}]',
    "lone-surrogate": '[2,"m1","Reset",{"type":"\\ud800"}]',
    "bom": '\ufeff[2,"m1","Reset",{"type":"Medium"}]', "bad-escape": '[2,"m\\x","Reset",{}]',
    "control": '[2,"m1","Reset",{"type":"Ha\trd"}]',
}
BINARY = {
    "binary-call": b'[2,"m1","Reset",{"type":"Medium"}]', "binary-zeros": bytes(1000),
    "binary-noise": bytes(range(256)) * 8, "binary-empty": b"",
}


@covers("RPC-04", "RPC-07", "RPC-18", "RPC-26")
def test_misbehaviour_malformed_frames_of_every_kind_change_nothing(central, charger):
    station = charger()
    station.charge()
    central.posted |= {"m1", "m2", "-1", ""}
    for name, text in NOISE.items():
        central.send(text)
        central.round_trip()
        assert not station.process.ended, name
    for name, data in BINARY.items():
        central.send(base64.b64encode(data).decode(), binary=True)
        station.do("wait 0.05")
        station.state()
        if central.peer.happened("close", id=central.identity):
            break  # closing for a binary message is allowed, falling over is not
        central.round_trip()
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=101)
    assert len(central.seen("BootNotification")) == 1
    for text in central.frames:
        frame = json.loads(text)
        assert frame[0] in (2, 3, 4)
        assert frame[0] != 4 or (len(frame) == 5 and isinstance(frame[3], str)
                                 and isinstance(frame[4], dict))


@pytest.mark.parametrize("action,payload,codes", [
    ("FooBar", {}, ["NotImplemented"]),
    ("reset", {"type": "Hard"}, ["NotImplemented"]),
    ("Reset.req", {"type": "Hard"}, ["NotImplemented"]),
    ("BootNotification", {}, ["NotImplemented", "NotSupported"]),
    ("UpdateFirmware", {"location": "x", "retrieveDate": "2030-01-01T00:00:00Z"},
     ["NotImplemented", "NotSupported"]),
    ("SetChargingProfile", {}, ["NotImplemented", "NotSupported"]),
    ("ChangeConfiguration", {"key": "HeartbeatInterval"},
     ["ProtocolError", "OccurenceConstraintViolation", "FormationViolation"]),
    ("Reset", {}, ["ProtocolError", "OccurenceConstraintViolation", "FormationViolation"]),
    ("Reset", [], ["FormationViolation", "TypeConstraintViolation"]),
    ("Reset", {"type": "Hard", "extra": 1}, ["FormationViolation"]),
    ("Reset", {"type": "Medium"}, ["PropertyConstraintViolation"]),
    ("RemoteStopTransaction", {"transactionId": "12"}, ["TypeConstraintViolation"]),
    ("RemoteStopTransaction", {"transactionId": 1.5}, ["TypeConstraintViolation"]),
    ("RemoteStopTransaction", {"transactionId": True}, ["TypeConstraintViolation"]),
    ("RemoteStartTransaction", {"idTag": "A" * 21}, ["PropertyConstraintViolation",
                                                    "FormationViolation"]),
    ("RemoteStartTransaction", {"idTag": None}, ["TypeConstraintViolation"]),
    ("ChangeConfiguration", {"key": "K" * 51, "value": "1"}, ["PropertyConstraintViolation",
                                                              "FormationViolation"]),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "1" * 501},
     ["PropertyConstraintViolation", "FormationViolation"]),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": 10},
     ["TypeConstraintViolation"]),
    ("GetConfiguration", {"key": "HeartbeatInterval"}, ["TypeConstraintViolation"]),
    ("GetConfiguration", {"key": [1]}, ["TypeConstraintViolation"]),
    ("DataTransfer", {"vendorId": "v" * 256}, ["PropertyConstraintViolation",
                                               "FormationViolation"]),
    ("UnlockConnector", {"connectorId": "1"}, ["TypeConstraintViolation"]),
])
@covers("RPC-18", "RPC-19", "RPC-20", "RPC-21", "RPC-22", "RPC-25", "RPC-26", "RPC-27", "RPC-28",
        "RPC-29", "RPC-13")
def test_misbehaviour_malformed_calls_are_answered_with_the_right_code(central, charger, action,
                                                                       payload, codes):
    station = charger()
    with pytest.raises(CallError) as error:
        central.raw_call(action, payload)
    assert error.value.code in codes
    assert isinstance(error.value.description, str)
    assert error.value.details == {} or isinstance(error.value.details, dict)
    station.settle()
    assert len(central.seen("BootNotification")) == 1
    assert not central.seen("StartTransaction", "StopTransaction")


@covers("RPC-18", "DT-06", "LIST-23")
def test_misbehaviour_gigantic_messages_are_survived(central, charger):
    station = charger(settings={"WebSocketPingInterval": "0"})
    entries = [{"idTag": f"T{i:07}", "idTagInfo": {"status": "Accepted"}} for i in range(60000)]
    message = central.post("SendLocalList", {"listVersion": 2, "updateType": "Full",
                                             "localAuthorizationList": entries})
    assert central.answer_frame(message)[2] == {"status": "Accepted"}
    central.send("x" * (20 * 1024 * 1024))  # more than the limit
    station.event("link", state="down")
    station.wait_online()
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    assert central.list_version() == 2
