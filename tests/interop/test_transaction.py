# SPDX-License-Identifier: Apache-2.0
"""Transactions online: how they begin, what they say, how they end."""
import pytest

from harness import HOLD, SILENT, Fail, covers, parse_time

CLEAR = {"plugged": False, "status": "Available"}


@covers("TX-01", "TX-03", "RPC-36", "STATUS-26", "STATUS-29")
def test_transaction_plug_first(central, charger):
    station = charger()
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    station.do("card 1 CARD")
    start = central.expect("StartTransaction")
    assert (start["connectorId"], start["idTag"]) == (1, "CARD")
    assert isinstance(start["meterStart"], int)
    assert "reservationId" not in start.payload
    central.expect("StatusNotification", connectorId=1, status="Charging")


@covers("TX-01", "STATUS-26")
def test_transaction_card_first(central, charger):
    station = charger()
    station.do("card 1 CARD")
    central.expect("Authorize", idTag="CARD")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    station.settle()
    assert not central.seen("StartTransaction")
    station.do("plug 1")
    central.expect("StartTransaction", idTag="CARD")
    central.expect("StatusNotification", connectorId=1, status="Charging")
    station.settle()
    assert len(central.seen("StartTransaction")) == 1


@covers("TX-02", "TX-10", "TX-09", "METER-26", "METER-27")
def test_transaction_stop_carries_id_meter_and_time(central, charger):
    station = charger()
    station.do("load 1 1000000")
    for _ in range(2):
        station.charge()
        station.do("wait 0.3", "card 1 CARD")
        central.expect("StopTransaction")
        station.do("unplug 1")
        station.wait_connector(**CLEAR)
    station.settle()
    starts, stops = central.seen("StartTransaction"), central.seen("StopTransaction")
    assert len(starts) == len(stops) == 2
    assert [s["transactionId"] for s in stops] == [101, 102]
    assert starts[0]["meterStart"] < stops[0]["meterStop"] <= starts[1]["meterStart"]
    assert starts[1]["meterStart"] < stops[1]["meterStop"]
    times = [parse_time(m["timestamp"]) for pair in zip(starts, stops) for m in pair]
    assert times == sorted(times)


@pytest.mark.parametrize("number", [0, -1, -5, 2147483647])
@covers("TX-33", "TX-10")
def test_transaction_id_may_be_any_number(central, charger, number):
    central.answer("StartTransaction", {"transactionId": number})
    station = charger(settings={"MeterValueSampleInterval": "1"})
    station.charge()
    central.expect("MeterValues", transactionId=number)
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=number)


@covers("OFFLINE-21")
def test_transaction_stop_waits_for_the_answer_to_the_start(central, charger):
    central.answer("StartTransaction", HOLD)
    station = charger(settings={"MeterValueSampleInterval": "1"})
    station.do("plug 1", "card 1 CARD")
    start = central.expect("StartTransaction")
    station.event("contactor", closed=True)
    station.do("wait 1.2", "card 1 CARD")
    station.event("contactor", closed=False)
    station.settle()
    assert not central.seen("StopTransaction", "MeterValues")
    start.reply({"transactionId": 77})
    assert central.expect("StopTransaction")["transactionId"] == 77
    assert {m["transactionId"] for m in central.seen("MeterValues")} == {77}


@covers("TX-16", "TX-27", "STATUS-21")
def test_transaction_ends_when_the_vehicle_leaves(central, charger):
    station = charger()
    station.charge()
    station.do("unplug 1")
    central.expect("StopTransaction", reason="EVDisconnected")
    station.wait_connector(contactor=False, **CLEAR)
    station.do("plug 1")
    station.settle()
    assert len(central.seen("StartTransaction")) == 1


@covers("TX-26", "TX-28", "TX-30", "STATUS-20")
def test_transaction_stays_when_the_vehicle_leaves_if_so_configured(central, charger):
    station = charger(args=["--lock"], settings={"StopTransactionOnEVSideDisconnect": "false",
                                                 "UnlockConnectorOnEVSideDisconnect": "true"})
    station.charge()
    station.do("unplug 1")
    central.expect("StatusNotification", connectorId=1, status="SuspendedEV",
                   info="EV side disconnected")
    station.settle()
    assert not central.seen("StopTransaction")
    assert station.connector()["plugged"], "the cable stays locked"
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Charging")
    assert len(central.seen("StartTransaction")) == 1
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=101)


@pytest.mark.parametrize("unlock", ["true", "false"])
@covers("TX-28", "TX-29", "STATUS-21")
def test_transaction_end_by_the_vehicle_unlocks_if_so_configured(central, charger, unlock):
    station = charger(args=["--lock"], settings={"UnlockConnectorOnEVSideDisconnect": unlock})
    station.charge()
    station.do("unplug 1")
    central.expect("StopTransaction", reason="EVDisconnected")
    if unlock == "true":
        station.wait_connector(**CLEAR)
        return
    central.expect("StatusNotification", connectorId=1, status="Finishing",
                   info="EV side disconnected")
    station.settle()
    assert station.connector()["plugged"]
    station.do("card 1 CARD")
    station.wait_connector(**CLEAR)


@covers("TX-24", "TX-13")
def test_transaction_stopped_by_a_button(central, charger):
    station = charger(args=["--lock"])
    station.charge()
    station.do("stop 1")
    stopped = central.expect("StopTransaction")
    assert stopped.payload.get("reason", "Local") == "Local"
    station.do("unplug 1")
    station.wait_connector(**CLEAR)


@covers("TX-37", "STATUS-09", "TX-36")
def test_transaction_after_finishing_is_a_new_one(central, charger):
    station = charger()
    station.charge()
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=101)
    central.expect("StatusNotification", connectorId=1, status="Finishing")
    station.do("card 1 OTHER")
    central.expect("StartTransaction", idTag="OTHER")
    station.do("card 1 OTHER")
    central.expect("StopTransaction", transactionId=102)


@covers("STATUS-28", "STATUS-06", "STATUS-07")
def test_transaction_vehicle_pauses_and_resumes(central, charger):
    station = charger()
    station.charge()
    station.do("ev 1 pause")
    central.expect("StatusNotification", connectorId=1, status="SuspendedEV")
    station.do("ev 1 ready")
    central.expect("StatusNotification", connectorId=1, status="Charging")
    station.do("ev 1 pause")
    central.expect("StatusNotification", connectorId=1, status="SuspendedEV")
    station.do("card 1 CARD")
    central.expect("StopTransaction")
    central.expect("StatusNotification", connectorId=1, status="Finishing")
    station.do("unplug 1")
    central.expect("StatusNotification", connectorId=1, status="Available")


@covers("TX-36", "TX-01")
def test_transaction_on_each_connector_is_its_own(central, charger):
    station = charger(connectors=2)
    station.charge("FIRST", 1)
    station.charge("SECOND", 2)
    station.do("card 1 FIRST", "card 2 SECOND")
    first = central.expect("StopTransaction", idTag="FIRST")
    second = central.expect("StopTransaction", idTag="SECOND")
    assert (first["transactionId"], second["transactionId"]) == (101, 102)


# ---- the answer to StartTransaction is no -----------------------------------------------------


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid", "ConcurrentTx"])
@covers("TX-04", "TX-05", "TX-06", "TX-17", "AUTH-11", "STATUS-29")
def test_transaction_invalid_id_ends_it(central, charger, status):
    central.answer("StartTransaction", {"idTagInfo": {"status": status}})
    station = charger(args=["--lock"])
    station.do("plug 1", "card 1 CARD")
    stopped = central.expect("StopTransaction", reason="DeAuthorized")
    assert stopped["transactionId"] == 101
    central.expect("StatusNotification", connectorId=1, status="Finishing")
    station.wait_connector(contactor=False)
    station.do("unplug 1")
    station.settle()
    assert station.connector()["plugged"], "the cable stays locked until the card is back"
    station.do("card 1 CARD")
    station.wait_connector(**CLEAR)
    station.settle()
    assert len(central.seen("StopTransaction")) == 1
    assert len(central.seen("StartTransaction")) == 1


@covers("TX-07", "STATUS-27")
def test_transaction_invalid_id_only_cuts_energy_if_so_configured(central, charger):
    central.answer("StartTransaction", {"idTagInfo": {"status": "Blocked"}})
    station = charger(settings={"StopTransactionOnInvalidId": "false"})
    station.do("plug 1", "card 1 CARD")
    central.expect("StatusNotification", connectorId=1, status="SuspendedEVSE")
    station.wait_connector(contactor=False)
    station.settle()
    assert not central.seen("StopTransaction")
    station.do("card 1 CARD")
    stopped = central.expect("StopTransaction", transactionId=101)
    assert stopped.payload.get("reason", "Local") == "Local"


@covers("TX-08")
def test_transaction_invalid_id_gets_its_last_energy(central, charger):
    central.answer("StartTransaction", {"idTagInfo": {"status": "Invalid"}})
    station = charger(settings={"MaxEnergyOnInvalidId": "400"})
    station.do("load 1 1000000", "plug 1", "card 1 CARD")
    start = central.expect("StartTransaction")
    stopped = central.expect("StopTransaction", reason="DeAuthorized")
    assert stopped["meterStop"] - start["meterStart"] >= 400


@covers("TX-05", "RPC-33")
def test_transaction_invalid_id_after_its_end_changes_nothing(central, charger):
    central.answer("StartTransaction", HOLD)
    station = charger()
    station.do("plug 1", "card 1 CARD")
    start = central.expect("StartTransaction")
    station.event("contactor", closed=True)
    station.do("card 1 CARD")
    station.event("contactor", closed=False)
    start.reply({"transactionId": 7, "idTagInfo": {"status": "Invalid"}})
    stopped = central.expect("StopTransaction", transactionId=7)
    assert stopped.payload.get("reason", "Local") == "Local"
    station.settle()
    assert len(central.seen("StopTransaction")) == 1


# ---- what the hardware does -------------------------------------------------------------------


@covers("TX-01", "STATUS-32", "STATUS-36")
def test_transaction_contactor_that_does_not_close_is_a_fault(central, charger):
    station = charger(settings={"ContactorTimeout": "1"})
    station.do("contactor 1 stuck", "plug 1", "card 1 CARD")
    central.expect("StatusNotification", connectorId=1, status="Faulted",
                   errorCode="PowerSwitchFailure")
    station.settle()
    starts, stops = central.seen("StartTransaction"), central.seen("StopTransaction")
    assert len(starts) == len(stops)


@covers("TX-23", "STATUS-12", "STATUS-36")
def test_transaction_fault_ends_it(central, charger):
    station = charger()
    station.charge()
    station.do("fault 1 GroundFailure")
    central.expect("StatusNotification", connectorId=1, status="Faulted",
                   errorCode="GroundFailure")
    central.expect("StopTransaction", reason="Other")
    station.do("card 1 CARD")
    station.settle()
    assert len(central.seen("StartTransaction")) == 1
    station.do("clear 1", "unplug 1")
    station.wait_connector(errorCode="NoError", **CLEAR)


@covers("STATUS-12")
def test_transaction_fault_before_it_returns_to_the_former_status(central, charger):
    station = charger()
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    station.do("fault 1 OverVoltage")
    central.expect("StatusNotification", connectorId=1, status="Faulted",
                   errorCode="OverVoltage")
    station.do("clear 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing", errorCode="NoError")


@covers("STATUS-30", "REMOTE-14")
def test_transaction_card_without_cable_is_given_up(central, charger):
    station = charger(settings={"ConnectionTimeOut": "1"})
    station.do("card 1 CARD")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    central.expect("StatusNotification", connectorId=1, status="Available")
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    station.settle()
    assert not central.seen("StartTransaction")


@covers("STATUS-31", "STATUS-05")
def test_transaction_cable_without_card_is_finished_if_so_configured(central, charger):
    station = charger(settings={"PlugInTimeout": "1"})
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")
    central.expect("StatusNotification", connectorId=1, status="Finishing")
    station.do("unplug 1")
    central.expect("StatusNotification", connectorId=1, status="Available")


@covers("STATUS-16")
def test_transaction_short_status_is_not_reported(central, charger):
    station = charger(settings={"MinimumStatusDuration": "2"})
    station.do("plug 1", "wait 0.2", "unplug 1", "wait 2.5")
    station.settle()
    assert not central.seen("StatusNotification", status="Preparing")
    station.do("plug 1")
    central.expect("StatusNotification", connectorId=1, status="Preparing")


# ---- meter values -----------------------------------------------------------------------------


@covers("METER-01", "METER-04", "METER-06", "METER-17", "METER-20", "METER-21", "METER-22",
        "METER-29")
def test_transaction_sampled_values(central, charger):
    wanted = "Energy.Active.Import.Register,Power.Active.Import,Voltage,Current.Import"
    station = charger(settings={"MeterValueSampleInterval": "1",
                                "MeterValuesSampledData": wanted})
    station.charge()
    for _ in range(2):
        sample = central.expect("MeterValues", connectorId=1, transactionId=101)
        assert len(sample["meterValue"]) == 1
        values = sample["meterValue"][0]["sampledValue"]
        assert {v.get("measurand", "Energy.Active.Import.Register") for v in values} == set(
            wanted.split(","))
        assert all(isinstance(v["value"], str) and float(v["value"]) >= 0 for v in values)
        units = {v.get("measurand"): v.get("unit") for v in values}
        assert units["Power.Active.Import"] in ("W", "kW")
        assert (units["Voltage"], units["Current.Import"]) == ("V", "A")


@covers("METER-02", "METER-03", "METER-10")
def test_transaction_without_meter_values_if_switched_off(central, charger):
    station = charger(settings={"MeterValueSampleInterval": "0", "ClockAlignedDataInterval": "0"})
    station.charge()
    station.do("wait 1.2", "card 1 CARD")
    stopped = central.expect("StopTransaction")
    assert "transactionData" not in stopped.payload
    assert not central.seen("MeterValues")


@covers("METER-05", "METER-07", "METER-19", "METER-23", "METER-28")
def test_transaction_clock_aligned_values(central, charger):
    station = charger(settings={"ClockAlignedDataInterval": "1",
                                "MeterValuesAlignedData": "Voltage"})
    aligned = central.expect("MeterValues", connectorId=1)
    assert "transactionId" not in aligned.payload
    station.charge()
    aligned = central.expect("MeterValues", connectorId=1, transactionId=101)
    [value] = aligned["meterValue"][0]["sampledValue"]
    assert (value["context"], value["measurand"], value["unit"]) == ("Sample.Clock", "Voltage", "V")
    assert all("transactionId" not in m.payload for m in central.seen("MeterValues", connectorId=0))


@covers("METER-08", "METER-11", "METER-28", "METER-35", "TX-34")
def test_transaction_data_has_begin_and_end(central, charger):
    station = charger(settings={"MeterValueSampleInterval": "1",
                                "StopTxnSampledData": "Energy.Active.Import.Register,Voltage"})
    station.charge()
    central.expect("MeterValues")
    station.do("card 1 CARD")
    data = central.expect("StopTransaction")["transactionData"]
    contexts = [{v.get("context", "Sample.Periodic") for v in m["sampledValue"]} for m in data]
    assert contexts[0] == {"Transaction.Begin"}
    assert contexts[-1] == {"Transaction.End"}
    assert {"Sample.Periodic"} in contexts
    assert all(len(m["sampledValue"]) == 2 for m in data)


@covers("METER-09", "METER-35")
def test_transaction_data_with_clock_aligned_values(central, charger):
    station = charger(settings={"ClockAlignedDataInterval": "1", "MeterValuesAlignedData": "",
                                "StopTxnAlignedData": "Energy.Active.Import.Register"})
    station.charge()
    station.do("wait 1.2", "card 1 CARD")
    data = central.expect("StopTransaction")["transactionData"]
    contexts = {v.get("context") for m in data for v in m["sampledValue"]}
    assert "Sample.Clock" in contexts


@covers("STATUS-32", "STATUS-36", "TX-03")
def test_transaction_does_not_begin_with_a_dead_meter(central, charger):
    station = charger()
    station.do("meter 1 dead", "plug 1", "card 1 CARD")
    central.expect("StatusNotification", connectorId=1, status="Faulted",
                   errorCode="PowerMeterFailure")
    station.settle()
    assert not central.seen("StartTransaction")
    assert not station.happened("contactor", closed=True)


@covers("TX-09", "TX-10", "METER-26")
def test_transaction_ends_with_the_last_reading_of_a_dead_meter(central, charger):
    station = charger(settings={"MeterValueSampleInterval": "1"})
    station.do("load 1 1000000")
    station.charge()
    sample = central.expect("MeterValues")["meterValue"][0]["sampledValue"][0]
    station.do("meter 1 dead", "card 1 CARD")
    stopped = central.expect("StopTransaction", transactionId=101)
    assert stopped["meterStop"] >= float(sample["value"])


# ---- delivery -----------------------------------------------------------------------------------


@covers("OFFLINE-13", "OFFLINE-14", "OFFLINE-15", "OFFLINE-16", "RPC-09", "TX-10")
def test_transaction_start_refused_for_a_while_is_repeated(central, charger):
    central.answer("StartTransaction", Fail("InternalError"), Fail("GenericError"),
                   {"transactionId": 55})
    station = charger()
    station.do("plug 1", "card 1 CARD")
    tries = [central.expect("StartTransaction") for _ in range(3)]
    assert tries[0].payload == tries[1].payload == tries[2].payload
    assert len({t.message for t in tries}) == 1
    assert tries[1].seen - tries[0].seen > 0.9
    assert tries[2].seen - tries[1].seen > 1.9
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=55)


@covers("OFFLINE-14", "RPC-03", "CONF-20")
def test_transaction_start_unanswered_is_repeated(central, charger):
    central.answer("StartTransaction", SILENT, {})
    station = charger(settings={"MessageTimeout": "1"})
    station.do("plug 1", "card 1 CARD")
    first = central.expect("StartTransaction")
    again = central.expect("StartTransaction")
    assert again.payload == first.payload
    central.expect("StatusNotification", connectorId=1, status="Charging")


@covers("OFFLINE-15", "OFFLINE-17", "OFFLINE-18")
def test_transaction_start_refused_for_good_leaves_id_minus_one(central, charger):
    central.answer("StartTransaction", Fail("InternalError"))
    station = charger(settings={"TransactionMessageAttempts": "2",
                                "MeterValueSampleInterval": "1"})
    station.do("plug 1", "card 1 CARD")
    station.event("quarantine")
    assert len(central.seen("StartTransaction")) == 2
    central.expect("MeterValues", transactionId=-1)
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=-1)
    assert len(central.seen("StartTransaction")) == 2


@covers("OFFLINE-15", "OFFLINE-17")
def test_transaction_stop_refused_for_good_does_not_block_the_next(central, charger):
    central.answer("StopTransaction", Fail("InternalError"), Fail("InternalError"), {})
    station = charger(settings={"TransactionMessageAttempts": "2"})
    station.charge()
    station.do("card 1 CARD")
    station.event("quarantine")
    assert len(central.seen("StopTransaction", transactionId=101)) == 2
    station.do("card 1 CARD")
    central.expect("StartTransaction")
    station.do("card 1 CARD")
    central.expect("StopTransaction", transactionId=102)


@covers("OFFLINE-15")
def test_transaction_attempts_zero_is_one_transmission(central, charger):
    central.answer("StartTransaction", Fail("InternalError"))
    station = charger(settings={"TransactionMessageAttempts": "0"})
    station.do("plug 1", "card 1 CARD")
    station.event("quarantine")
    station.settle()
    assert len(central.seen("StartTransaction")) == 1


@covers("OFFLINE-12", "OFFLINE-11")
def test_transaction_queue_that_waits_holds_up_nothing_else(central, charger):
    central.answer("StartTransaction", Fail("InternalError"))
    station = charger(connectors=2, settings={"TransactionMessageRetryInterval": "60"})
    station.do("plug 1", "card 1 CARD")
    central.expect("StartTransaction")
    station.do("card 2 OTHER")
    central.expect("Authorize", idTag="OTHER")
    central.expect("StatusNotification", connectorId=2, status="Preparing")
    station.do("card 1 CARD")
    station.event("contactor", closed=False)
    station.settle()
    assert not central.seen("StopTransaction")
    assert station.state()["outbox"] == 2
