#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The conformance table names every requirement once, and tests that exist and ran.

usage: check.py [--ran LOG]... [--table FILE] [--ids FILE]

FILE has a header and the columns id, state, tests, tab-separated. state is done, open, or
'not applicable: reason'; tests are separated by spaces: the name of a ctest test, or name:function.
A row that is done names at least one. LOG is a LastTest.log of ctest; with one or more of them,
every named test has to have passed in one of them and failed in none.
"""
import argparse
import csv
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFORMANCE = ROOT / "docs" / "conformance"
ONE_FILE_EACH = {"unit", "contract"}
SOURCES = {".c", ".py", ".js", ".txt", ".h"}

SECTION = re.compile(r"^\d+/\d+ Testing: (\S+)$\n(.*?)^<end of output>$.*?^Test (\w+)\S*$", re.M | re.S)
# What runners print about one function: cmocka, pytest -v, the same with -n, unittest -v.
CMOCKA = re.compile(r"^\[\s*(OK|FAILED|SKIPPED)\s*\] (\w+)", re.M)
PYTEST = re.compile(r"^\S+\.py::(?:\w+::)?(\w+)(?:\[.*?\])? (PASSED|FAILED|ERROR|SKIPPED)", re.M)
XDIST = re.compile(r"^\[gw\d+\] \[ *\d+%\] (PASSED|FAILED|ERROR|SKIPPED) \S+\.py::(?:\w+::)?(\w+)", re.M)
UNITTEST = re.compile(r"^(\w+) \(.*?\)(?:\n.*?)? \.\.\. (ok|FAIL|ERROR|skipped)", re.M)


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def faults_of_ids(table, ids):
    seen = [row["id"] for row in table]
    for one in ids:
        if seen.count(one) != 1:
            yield f"{one}: stands {seen.count(one)} times in the table, once is right"
    for one in sorted(set(seen) - set(ids)):
        yield f"{one}: there is no such requirement"


def faults_of_states(table):
    for row in table:
        state, tests = row["state"] or "", (row["tests"] or "").split()
        if state not in ("done", "open") and not re.fullmatch(r"not applicable: .{10,}", state):
            yield f"{row['id']}: state '{state}' is none of: done, open, not applicable: reason"
        if state == "done" and not tests:
            yield f"{row['id']}: done, but no test is named"


def source_texts(test):
    """Texts in which a function of a ctest test may stand: its own file; without one, as when the
    same files run against several peers, those of its folder."""
    folder, _, name = test.rpartition("/")
    pattern = f"{name}.*" if folder in ONE_FILE_EACH or list((ROOT / "tests" / folder).glob(
        f"{name}.*")) else "**/*"
    files = [path for path in (ROOT / "tests" / folder).glob(pattern) if path.suffix in SOURCES]
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


def faults_of_sources(named):
    texts = {}
    for test, function in sorted(named):
        if test not in texts:
            texts[test] = source_texts(test)
        if not texts[test]:
            yield f"{test}: there is no such test below tests/"
        elif function and not re.search(rf"\b{re.escape(function)}\b", texts[test]):
            yield f"{test}:{function}: no such function in the test's source"


def read_log(path):
    """{(test, ''): passed} and {(test, function): passed} of one run of ctest."""
    results = {}
    for test, output, verdict in SECTION.findall(path.read_text(encoding="utf-8", errors="replace")):
        results[test, ""] = verdict == "Passed"
        found = [(name, word) for word, name in CMOCKA.findall(output) + XDIST.findall(output)]
        found += PYTEST.findall(output) + UNITTEST.findall(output)
        for name, word in found:
            good = word in ("OK", "PASSED", "ok")
            results[test, name] = results.get((test, name), True) and good
    return results


def faults_of_runs(named, logs):
    runs = [read_log(log) for log in logs]
    for key in sorted(named):
        verdicts = [run[key] for run in runs if key in run]
        name = ":".join(part for part in key if part)
        if not verdicts:
            yield f"{name}: was not run"
        elif not all(verdicts):
            yield f"{name}: did not pass"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ran", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--table", type=pathlib.Path, default=CONFORMANCE / "ocpp16.tsv")
    parser.add_argument("--ids", type=pathlib.Path, default=CONFORMANCE / "ids.tsv")
    options = parser.parse_args()

    table = list(rows(options.table))
    ids = [row["id"] for row in rows(options.ids)]
    named = {tuple((name.split(":", 1) + [""])[:2])
             for row in table for name in (row["tests"] or "").split()}
    faults = [*faults_of_ids(table, ids), *faults_of_states(table), *faults_of_sources(named)]
    if options.ran:
        faults += faults_of_runs(named, options.ran)
    print(*faults, sep="\n")
    states = [row["state"].partition(":")[0] for row in table]
    counts = ", ".join(f"{states.count(one)} {one}" for one in ("done", "open", "not applicable"))
    print(f"{len(table)} requirements: {counts}; {len(named)} tests named; {len(faults)} faults")
    sys.exit(1 if faults or not ids else 0)


if __name__ == "__main__":
    main()
