#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints which test is evidence for which row of requirements.tsv: id, tab, test, one pair a line.

A test is named as in docs/conformance: interop/ocpp-rpc:test_boot_... ; each runs with the other
peers too. With an argument, the path of requirements.tsv, ids that are not there are an error.
"""
import ast
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def ids_of(function):
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "covers":
            yield from (argument.value for argument in decorator.args)


def pairs():
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield from ((i, f"interop/ocpp-rpc:{node.name}") for i in ids_of(node))


def known_ids(path):
    rows = pathlib.Path(path).read_text(encoding="utf-8").splitlines()[1:]
    return {row.split("\t")[0] for row in rows}


def main(arguments):
    found = sorted(set(pairs()))
    for pair in found:
        print(*pair, sep="\t")
    if not arguments:
        return 0
    unknown = sorted({i for i, _ in found} - known_ids(arguments[0]))
    for i in unknown:
        print(f"covers.py: {i} is not a row of {arguments[0]}", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
