# SPDX-License-Identifier: Apache-2.0
"""Events of both sides as one readable timeline, coloured on a terminal."""
import json
import os
import sys
from datetime import datetime, timezone

GREEN, RED, YELLOW, BLUE, GREY, BOLD = "32", "31", "33", "36", "90", "1"

WHY = {
    "central": "the central system says so",
    "list": "by the local list",
    "cache": "by the authorization cache",
    "sameToken": "it began this transaction",
    "group": "same group as the one that began",
    "listExpired": "expired in the local list",
    "cacheExpired": "expired in the cache",
    "unknown": "in no list, and unknown ids are not allowed",
    "unknownPolicy": "unknown ids are allowed offline",
}


def link_text(event):
    colour = {"online": GREEN, "down": RED, "rejected": RED}.get(event["state"], YELLOW)
    detail = f" ({event['text']})" if event.get("text") else ""
    return colour, "link", event["state"] + detail


def decision_text(event):
    verdict = "accepted" if event["accepted"] else "refused"
    if event["accepted"] and event["stop"]:
        verdict = "may end it"
    why = WHY.get(event["reason"], event["reason"])
    status = "" if event["accepted"] else f", status {event['status']}"
    colour = GREEN if event["accepted"] else RED
    return colour, "token", f"{event['type']} {event['idTag']} {verdict}: {why}{status}"


def contactor_text(event):
    return YELLOW, "contactor", f"connector {event['connector']} " + (
        "closes" if event["closed"] else "opens")


def transaction_text(event):
    text = f"{event['transaction']} on connector {event['connector']} "
    if event["started"]:
        return BLUE, "transaction", text + f"began for {event['idTag']} at {event['meter']} Wh"
    return BLUE, "transaction", text + f"ended at {event['meter']} Wh ({event['reason']})"


def delivered_text(event):
    part = "begin" if event["started"] else "end"
    return BLUE, "delivered", (f"{part} of {event['transaction']}, the central system's "
                               f"number {event['transactionId']}")


def meter_of(frame):
    """The energy register in a frame with MeterValues, else None."""
    if '"MeterValues"' not in frame:
        return None
    message = json.loads(frame)
    for value in message[3]["meterValue"]:
        for sample in value["sampledValue"]:
            if sample.get("measurand", "Energy.Active.Import.Register").startswith("Energy"):
                return message[3]["connectorId"], sample["value"], value["timestamp"]
    return None


def frame_text(event):
    reading = meter_of(event["text"]) if event["dir"] == "out" else None
    if not reading:
        return None
    return GREY, "energy", f"connector {reading[0]}: {reading[1]} Wh at {reading[2][11:19]}"


CHARGER = {
    "ready": lambda e: (BOLD, "power on", f"{e['id']}, libevcp {e['version']}"),
    "link": link_text,
    "decision": decision_text,
    "contactor": contactor_text,
    "transaction": transaction_text,
    "delivered": delivered_text,
    "frame": frame_text,
    "status": lambda e: (GREY, "status", f"connector {e['connector']} {e['status']}"
                         + (f", {e['errorCode']}" if e["errorCode"] != "NoError" else "")),
    "store": lambda e: (RED, "store", e["text"]),
    "hardware": lambda e: (RED, "hardware", e["text"]),
    "quarantine": lambda e: (RED, "set aside", e["text"]),
    "error": lambda e: (RED, "error", e["text"]),
    "ended": lambda e: (BOLD, "power off", "the process is gone"),
}

CENTRAL = {
    "boot": lambda e: (GREEN, "boot", f"{e['id']}: {e['status']}"),
    "answer": lambda e: (GREEN, e["action"], (e.get("payload") or {}).get("status", e["outcome"])),
    "authorize": lambda e: (GREY, "authorize", f"{e['idTag']}: {e['status']}"),
    "start": lambda e: (BLUE, "books", f"begin of number {e['transactionId']} ({e['booking']})"),
    "stop": lambda e: (BLUE, "books", f"end of a transaction ({e['booking']})"),
    "violation": lambda e: (RED, "violation", e["text"]),
    "error": lambda e: (RED, "error", e["text"]),
}

TELLERS = {"charger": CHARGER, "central": CENTRAL}


class Timeline:
    """Writes to standard output; colours only on a terminal that wants them."""

    def __init__(self):
        self.coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def paint(self, colour, text):
        return f"\033[{colour}m{text}\033[0m" if self.coloured else text

    def show(self, side, event):
        teller = TELLERS[side].get(event["event"])
        told = teller(event) if teller else None
        if not told:
            return
        colour, topic, text = told
        now = datetime.now(timezone.utc).strftime("%H:%M:%S.%f")[:-3]
        print(f"{self.paint(GREY, now)}  {side:<8} {self.paint(colour, f'{topic:<13}')} {text}",
              flush=True)

    def chapter(self, text):
        print("\n" + self.paint(BOLD, text), flush=True)

    def failed(self, text):
        print("\n" + self.paint(RED, f"The demo failed: {text}"), flush=True)

    def verdict(self, agree, seconds):
        if agree:
            text = self.paint(GREEN, "The books agree.")
        else:
            text = self.paint(RED, "The books do not agree.")
        print(f"\n{text} ({seconds:.0f} s)", flush=True)
