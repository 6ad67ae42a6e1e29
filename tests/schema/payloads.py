# SPDX-License-Identifier: Apache-2.0
"""Payloads for compare.py: valid ones and systematic mutations, drawn from the official schemas.

Drawing from the official schemas, not from our own tables, makes a field that our tables forgot
show up. Names and enum members of all messages are tried everywhere, so that one too many shows
up as well.
"""

import json
from typing import NamedTuple


class Case(NamedTuple):
    action: str
    side: str
    text: str


class Raw(str):
    """A piece of JSON text that Python would not write like this."""


ABSENT = object()
DATES_GOOD = [
    "2030-01-01T00:00:00Z",
    "2030-01-01T02:00:00.123+02:00",
    "2024-02-29T23:59:59.123456789-23:59",
    "2000-02-29T00:00:00.1+00:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
]
DATES_ODD = [
    "2030-01-01T00:00:00",
    "2030-01-01T00:00:00.5",
    "2016-12-31T23:59:60Z",
    "2030-01-01T00:00:00Z\n",
    "",
    "now",
    "2030-01-01",
    "2030-01-01 00:00:00Z",
    "2030-01-01t00:00:00z",
    "2030-1-1T00:00:00Z",
    "2030-13-01T00:00:00Z",
    "2030-00-01T00:00:00Z",
    "2030-01-00T00:00:00Z",
    "2030-01-32T00:00:00Z",
    "2030-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2030-04-31T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "02030-01-01T00:00:00Z",
    "2030-01-01T24:00:00Z",
    "2030-01-01T23:60:00Z",
    "2030-01-01T23:59:61Z",
    "2030-01-01T00:00Z",
    "2030-01-01T00:00:00.Z",
    "2030-01-01T00:00:00,5Z",
    "2030-01-01T00:00:00+0200",
    "2030-01-01T00:00:00+02",
    "2030-01-01T00:00:00+24:00",
    "2030-01-01T00:00:00+02:60",
    "2030-01-01T00:00:00 Z",
    " 2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00Zx",
    "2030-01-01T00:00:00ZZ",
    "٢030-01-01T00:00:00Z",
    "-030-01-01T00:00:00Z",
]
INTEGERS = [0, 1, -1, 2, 86400, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53, 2**63 - 1]
INTEGERS_ODD = [Raw(t) for t in ("1.0", "1.5", "1e2", "-0", "-0.0", "9223372036854775808")]
NUMBERS = [0, -1, 32, 2**31] + [
    Raw(t)
    for t in (
        "0.1", "8.1", "16.3", "0.7", "123456789.1", "-2.3", "6.0", "1e20", "1.5e3",
        "0.05", "8.15", "8.1000001", "1e-3", "0.30000000000000004", "8.100000000000001",
        "1e300", "1e400",
    )
]  # fmt: skip
ANY_TYPE = [None, True, False, 7, Raw("7.5"), "x", "", [], {}, [[]], ["x"], [7], [None], [{}]]


def write(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{write(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def changed(value, path, new):
    """A copy of value with the element at path replaced or, if new is ABSENT, removed."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    copy = dict(value) if isinstance(value, dict) else list(value)
    if not rest and new is ABSENT:
        del copy[head]
    else:
        copy[head] = changed(copy[head] if head in copy or isinstance(head, int) else None, rest, new)
    return copy


def vocabulary(schemas):
    """Every property name and every enum member that occurs anywhere."""
    names, members = set(), set()

    def visit(node):
        if isinstance(node, dict):
            names.update(node.get("properties", {}))
            members.update(node.get("enum", []))
            for child in node.values():
                visit(child)

    for schema in schemas:
        visit(schema)
    return sorted(names), sorted(members)


class Cases:
    def __init__(self, sources, rng):
        self.rng = rng
        self.messages = {}
        for schemas in sources.values():
            for key, schema in schemas.items():
                self.messages.setdefault(key, schema)
        everything = [schema for schemas in sources.values() for schema in schemas.values()]
        self.names, self.members = vocabulary(everything)

    def all(self):
        found = {}
        for (action, side), schema in sorted(self.messages.items()):
            for value in self.values(schema):
                found[Case(action, side, write(value))] = None
        return list(found)

    def values(self, schema):
        minimal = self.draw(schema, lambda: False)
        full = self.draw(schema, lambda: True)
        yield from (minimal, full)
        yield from ANY_TYPE
        yield from self.unreadable(full)
        mutations = list(self.mutations(schema, full))
        for path, new in mutations:
            yield changed(full, path, new)
        for _ in range(60):
            yield self.draw(schema, lambda: self.rng.random() < 0.5)
        yield from self.twice(full, mutations)

    def twice(self, full, mutations):
        """Two faults at once: any of the two may be named."""
        for _ in range(min(100, 10 * len(mutations))):
            (path, new), (other, newer) = self.rng.sample(mutations, 2)
            nested = path[: len(other)] == other or other[: len(path)] == path
            if not nested and new is not ABSENT:
                yield changed(changed(full, path, new), other, newer)

    def unreadable(self, full):
        """What the reader refuses before the walker sees it."""
        body = write(full)[1:-1]
        comma = "," if body else ""
        yield Raw('{"x":1,"x":1' + comma + body + "}")
        if full:
            name = next(iter(full))
            yield Raw('{"' + name + '":"\\u0000"}')
            yield Raw('{"' + name + '":"\\ud800"}')

    # ---- valid values ----

    def draw(self, schema, include):
        kind = schema["type"]
        if kind == "object":
            required = schema.get("required", [])
            return {
                name: self.draw(child, include)
                for name, child in schema.get("properties", {}).items()
                if name in required or include()
            }
        if kind == "array":
            return [self.draw(schema["items"], include) for _ in range(self.rng.randint(1, 3))]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        if schema.get("format") == "date-time":
            return self.rng.choice(DATES_GOOD)
        if kind == "string":
            return self.text(self.rng.randint(0, schema.get("maxLength", 300)))
        if kind == "integer":
            return self.rng.randint(1, 2**31 - 1)
        if kind == "number":
            tenths = self.rng.randint(0, 10**6)
            return Raw(f"{tenths // 10}.{tenths % 10}")
        if kind == "boolean":
            return self.rng.random() < 0.5
        raise ValueError(f"no payload for {schema}")

    def text(self, length):
        return "".join(self.rng.choice('abcXYZ019 -_"\\/é€😀') for _ in range(length))

    # ---- mutations ----

    def mutations(self, schema, value, path=()):
        for other in ANY_TYPE:
            if path:
                yield path, other
        if schema["type"] == "object":
            yield from self.object_mutations(schema, value, path)
        elif schema["type"] == "array":
            yield path, []
            yield path, value + value
            yield path, value + [None]
            yield from self.mutations(schema["items"], value[-1], path + (len(value) - 1,))
        else:
            for other in self.scalar_mutations(schema, value):
                yield path, other

    def object_mutations(self, schema, value, path):
        for name in value:
            yield path + (name,), ABSENT
        for name in self.names + ["unexpected", "", "é"]:
            if name not in value:
                yield path + (name,), "x"
        for other in ANY_TYPE:
            yield path + ("unexpected",), other
        for name, child in schema.get("properties", {}).items():
            yield from self.mutations(child, value[name], path + (name,))

    def scalar_mutations(self, schema, value):
        if "enum" in schema:
            known = self.members + sorted(set(schema["enum"]) - set(self.members))
            return known + [value.lower(), value.upper(), value + " ", " " + value, value[:-1], ""]
        if schema.get("format") == "date-time":
            return DATES_GOOD + DATES_ODD
        if schema["type"] == "string":
            most = schema.get("maxLength", 5000)
            units = ("a", "é", "€", "😀")
            return [unit * length for unit in units for length in (0, 1, most - 1, most, most + 1)]
        return {
            "integer": INTEGERS + INTEGERS_ODD,
            "number": NUMBERS,
            "boolean": [True, False, 0, 1, "true", "false"],
        }[schema["type"]]
