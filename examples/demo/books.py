# SPDX-License-Identifier: Apache-2.0
"""The transactions as each side has them, and whether they are the same."""
from datetime import datetime, timedelta


def charger_books(events):
    """What the charge point told when it happened, by its own numbers."""
    books = {}
    for event in events:
        if event["event"] == "transaction":
            entry = books.setdefault(event["transaction"], {"number": event["transaction"]})
            if event["started"]:
                entry.update(idTag=event["idTag"], connectorId=event["connector"],
                             meterStart=event["meter"], start=event["t"])
            else:
                entry.update(meterStop=event["meter"], stop=event["t"], reason=event["reason"])
        elif event["event"] == "delivered":
            entry = books.setdefault(event["transaction"], {"number": event["transaction"]})
            if event["started"]:
                entry["transactionId"] = event["transactionId"]
            else:
                entry["endDelivered"] = True
    return [books[number] for number in sorted(books)]


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def same_time(mine, theirs):
    """Within a second: the clock that events show is corrected by every Heartbeat, the times in
    the books are not moved by less than a second."""
    mine, theirs = moment(mine), moment(theirs)
    return mine is not None and theirs is not None and abs(mine - theirs) < timedelta(seconds=1)


def faults_of(mine, theirs):
    faults = [f"{key}: {mine.get(key)} here, {theirs.get(key)} there"
              for key in ("idTag", "connectorId", "meterStart", "meterStop", "reason")
              if mine.get(key) is None or mine.get(key) != theirs.get(key)]
    faults += [f"{key}: {mine.get(key)} here, {theirs.get(key)} there"
               for key in ("start", "stop") if not same_time(mine.get(key), theirs.get(key))]
    if theirs.get("state") != "closed" or not mine.get("endDelivered"):
        faults.append("the end was not delivered")
    return [f"transaction {mine['number']}: {fault}" for fault in faults]


def compare(mine, central):
    """Everything in which the two sides differ, as texts."""
    theirs = {entry["transactionId"]: entry for entry in central["transactions"]}
    faults = []
    for entry in mine:
        other = theirs.pop(entry.get("transactionId"), None)
        if other is None:
            faults.append(f"transaction {entry['number']}: the central system does not have it")
        else:
            faults += faults_of(entry, other)
    faults += [f"number {number}: the charge point does not have it" for number in theirs]
    if central["unassignedMeterValues"]:
        faults.append(f"{central['unassignedMeterValues']} meter values belong to no transaction")
    return faults


def row(entry, number):
    start, stop = entry.get("start") or "", entry.get("stop") or ""
    return (f"{str(number):>6}  {entry.get('idTag', '?'):<20} {str(entry.get('meterStart', '?')):>6} "
            f"{str(entry.get('meterStop', '?')):>6}  {start[11:19]:<8} {stop[11:19]:<8} "
            f"{entry.get('reason', '?')}")


def print_books(mine, theirs, faults, timeline):
    head = f"{'number':>6}  {'idTag':<20} {'from':>6} {'to Wh':>6}  {'begin':<8} {'end':<8} reason"
    for title, books, key in (("charge point", mine, "transactionId"),
                              ("central system", theirs, "transactionId")):
        print(f"{title}\n{head}")
        for entry in books:
            print(row(entry, entry.get(key, "?")))
        print()
    for fault in faults:
        print(timeline.paint("31", fault))
