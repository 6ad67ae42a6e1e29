#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/gen-schema: the committed tables are current, and bad descriptions are named by line."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "scripts" / "gen-schema"
DESCRIPTION = ROOT / "lib" / "protocol" / "ocpp16.schema"
TABLES = ROOT / "lib" / "protocol" / "schema_ocpp16.c"


def run(*arguments):
    command = [sys.executable, str(GENERATOR), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


class Committed(unittest.TestCase):
    def test_tables_are_what_the_description_gives(self):
        result = run(DESCRIPTION, "--check", TABLES)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_stale_tables_are_noticed_and_the_remedy_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            stale = pathlib.Path(folder) / "stale.c"
            stale.write_text(TABLES.read_text().replace("{474,", "{475,", 1))
            result = run(DESCRIPTION, "--check", stale)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("scripts/gen-schema", result.stderr)

    def test_output_does_not_depend_on_the_run(self):
        self.assertEqual(run(DESCRIPTION).stdout, TABLES.read_text())


class Grammar(unittest.TestCase):
    HEAD = "version v\nstring Short 5\nenum Color Red Green\n"
    ACTION = "action Ping\n    request\n        id Short\n    response\n"

    def generate(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".schema") as file:
            file.write(text)
            file.flush()
            return run(file.name)

    def refused(self, text, *words):
        result = self.generate(text)
        self.assertNotEqual(result.returncode, 0, text)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)

    def test_small_description_is_accepted(self):
        result = self.generate(self.HEAD + self.ACTION)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("evcp__schema_v", result.stdout)
        self.assertIn("EVCP__SCHEMA_STRING, EVCP__SCHEMA_REQUIRED}, /* id */", result.stdout)

    def test_equal_objects_and_texts_are_stored_once(self):
        again = self.ACTION.replace("Ping", "Pong")
        text = self.generate(self.HEAD + self.ACTION + again).stdout
        self.assertEqual(text.count("/* id */"), 1)
        self.assertEqual(text.count('"id\\0"'), 1)

    def test_register_is_a_built_in_type_of_its_own(self):
        text = self.generate(self.HEAD + self.ACTION.replace("Short", "register")).stdout
        self.assertIn("EVCP__SCHEMA_REGISTER, EVCP__SCHEMA_REQUIRED}, /* id */", text)

    def test_unknown_type_is_named_with_its_line(self):
        self.refused(self.HEAD + self.ACTION.replace("Short", "Long"), "line 6", "Long")

    def test_field_declared_twice_is_refused(self):
        self.refused(self.HEAD + self.ACTION.replace("id Short", "id Short\n        id? Short"))

    def test_type_declared_twice_is_refused(self):
        self.refused(self.HEAD + "string Short 6\n" + self.ACTION, "line 4", "Short")

    def test_action_without_a_side_is_refused(self):
        self.refused(self.HEAD + "action Ping\n    request\n", "Ping")

    def test_unknown_keyword_is_refused(self):
        self.refused(self.HEAD + "message Ping\n", "line 4")

    def test_indented_line_without_a_block_is_refused(self):
        self.refused("version v\n    id text\n", "line 2")

    def test_empty_description_is_refused(self):
        self.refused("", "version")


if __name__ == "__main__":
    unittest.main()
