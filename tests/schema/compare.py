#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the schema walker with an independent JSON Schema validator.

usage: compare.py SCHEMA_CHECK [--ocpp-rpc FILE]

SCHEMA_CHECK is the program built from schema_check.c. The official OCPP 1.6 schemas come from the
installed package ocpp (PyPI) and, if named, from the file ocpp1_6.json of ocpp-rpc (npm).
For every action, request and response, valid payloads and systematic mutations of them are judged
by both sides. Every disagreement has to be one of the classes in explained.py.
"""

import argparse
import decimal
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
from collections import Counter

import jsonschema
import jsonschema.validators

import explained
from payloads import Cases

# The fault that stands for each keyword of JSON Schema.
KEYWORD_CODES = {
    "additionalProperties": "FormationViolation",
    "required": "OccurenceConstraintViolation",
    "minItems": "OccurenceConstraintViolation",
    "type": "TypeConstraintViolation",
    "enum": "PropertyConstraintViolation",
    "maxLength": "PropertyConstraintViolation",
    "format": "PropertyConstraintViolation",
    "multipleOf": "PropertyConstraintViolation",
}
SEED = 16


def load(text):
    return json.loads(text, parse_float=decimal.Decimal)


def package_schemas():
    """The schemas of PyPI ocpp: one file a message, responses named ...Response."""
    spec = importlib.util.find_spec("ocpp")
    folder = pathlib.Path(spec.origin).parent / "v16" / "schemas"
    for file in sorted(folder.glob("*.json")):
        name = file.stem
        side = "response" if name.endswith("Response") else "request"
        schema = load(file.read_text(encoding="utf-8-sig"))
        yield name.removesuffix("Response"), side, schema


def bundled_schemas(path):
    """The schemas of npm ocpp-rpc: one list, ids urn:ACTION.req and urn:ACTION.conf."""
    for schema in load(pathlib.Path(path).read_text(encoding="utf-8")):
        action, _, kind = schema["$id"].removeprefix("urn:").rpartition(".")
        yield action, {"req": "request", "conf": "response"}[kind], schema


def validator_for(schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(json.loads(json.dumps(schema, default=float)))
    if "date-time" not in kind.FORMAT_CHECKER.checkers:
        sys.exit("compare: install rfc3339-validator, date-times cannot be judged without it")
    checker = jsonschema.FormatChecker(formats=["date-time"])
    return kind(schema, format_checker=checker)


def known_actions(source):
    """Actions of the core specification: those of the security extension come later."""
    for action, side, schema in source:
        if action not in explained.LATER_ACTIONS:
            yield (action, side), schema


def walker_verdicts(program, cases):
    lines = "".join(f"{case.action} {case.side} {case.text}\n" for case in cases)
    answer = subprocess.run(
        [program], input=lines, capture_output=True, encoding="utf-8", check=True
    ).stdout.split("\n")[:-1]
    if len(answer) != len(cases):
        sys.exit(f"compare: {len(cases)} cases, but {len(answer)} verdicts")
    for verdict in answer:
        code, _, path = verdict.partition(" ")
        yield code, path


def code_of(error):
    if not error.absolute_path and error.validator == "type":
        return "FormationViolation"
    return KEYWORD_CODES[error.validator]


def agree(code, errors):
    """Both valid, or both invalid and the walker names one of the faults the validator found."""
    if not errors or code == "OK":
        return not errors and code == "OK"
    return code in {code_of(error) for error in errors}


def judge(source_name, validators, cases, verdicts, tally):
    disagreements = 0
    for case, (code, path) in zip(cases, verdicts):
        validator = validators.get((case.action, case.side))
        if validator is None:
            continue
        tally[f"compared with {source_name}"] += 1
        value = load(case.text)
        errors = list(validator.iter_errors(value))
        tally["valid for both" if code == "OK" and not errors else "invalid or explained"] += 1
        if agree(code, errors):
            continue
        reason = explained.find(case, value, code, path, errors)
        if reason is not None:
            tally[f"explained: {reason}"] += 1
            continue
        disagreements += 1
        if disagreements <= 20:
            found = [f"{e.validator} {list(e.absolute_path)}" for e in errors] or "valid"
            print(f"DISAGREE {source_name}: {case.action} {case.side} {case.text[:300]}")
            print(f"    walker: {code} {path}   validator: {found}")
    return disagreements


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--ocpp-rpc", metavar="FILE")
    options = parser.parse_args()
    decimal.getcontext().prec = 700

    sources = {"ocpp": dict(known_actions(package_schemas()))}
    if options.ocpp_rpc:
        sources["ocpp-rpc"] = dict(known_actions(bundled_schemas(options.ocpp_rpc)))
    cases = Cases(sources, random.Random(SEED)).all()
    verdicts = list(walker_verdicts(options.program, cases))

    tally = Counter()
    disagreements = 0
    for name, schemas in sources.items():
        validators = {key: validator_for(schema) for key, schema in schemas.items()}
        tally[f"messages of {name}"] = len(validators)
        disagreements += judge(name, validators, cases, verdicts, tally)
    for what, count in sorted(tally.items()):
        print(f"{count:8}  {what}")
    print(f"{disagreements:8}  disagreements")

    unused = [reason for reason in explained.REASONS if not tally[f"explained: {reason}"]]
    for reason in unused:
        print(f"compare: no case met '{reason}' any more; drop it from explained.py")
    complete = all(len(schemas) == 56 for schemas in sources.values())
    if not complete:
        print("compare: OCPP 1.6 has 28 actions, some were not compared")
    sys.exit(0 if disagreements == 0 and not unused and complete else 1)


if __name__ == "__main__":
    main()
