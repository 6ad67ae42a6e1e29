#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""evcp-bench runs, prints every figure of its list once with a number that can be true, and leaves
nothing behind. How good the numbers are is not tested: docs/PERFORMANCE.md.

usage: test_bench.py EVCP_BENCH
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop()) if len(sys.argv) > 1 else ""

# name: unit, has a limit, what the value has to lie between
FIGURES = {
    "lookup_hit_1k": ("ns", True, 10, 1e6),
    "lookup_hit_100k": ("ns", True, 10, 1e6),
    "lookup_hit_1m": ("ns", True, 10, 1e6),
    "lookup_miss_1k": ("ns", True, 10, 1e6),
    "lookup_miss_100k": ("ns", True, 10, 1e6),
    "lookup_miss_1m": ("ns", True, 10, 1e6),
    "list_full_1k": ("ms", True, 0.1, 1e5),
    "list_full_10k": ("ms", True, 1, 1e5),
    "list_full_100k": ("ms", True, 10, 1e5),
    "list_diff_100_in_100k": ("ms", True, 0.01, 1e5),
    "token_offline_cpu": ("us", False, 1, 1e6),
    "token_offline": ("us", True, 1, 1e7),
    "round_trips": ("per_s", True, 1, 1e6),
    "replay_1000": ("per_s", True, 0.1, 1e6),
    "boot_accepted": ("ms", False, 1, 2e4),
    "rss_tls": ("kB", True, 1000, 1e6),
    "heap_station": ("bytes", False, 1000, 1e7),
    "text_size": ("bytes", False, 10000, 1e6),
    "commits_per_transaction": ("commits", False, 2, 1000),
    "bytes_written_per_transaction": ("bytes", False, 1000, 1e8),
    "bytes_on_wire_per_hour_charging": ("bytes", False, 1000, 1e7),
}


def bench(*arguments):
    command = [PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=500)


class Quick(unittest.TestCase):
    def run_in(self, folder, *arguments):
        result = bench("--quick", "--store", folder, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        self.assertEqual(list(pathlib.Path(folder).iterdir()), [])
        return [line.split("\t") for line in result.stdout.splitlines()]

    def check(self, name, value, unit, limit, ratio):
        expected, limited, least, most = FIGURES[name]
        self.assertEqual(unit, expected, name)
        self.assertTrue(least <= float(value) <= most, f"{name} {value}")
        self.assertEqual(limit != "-", limited, name)
        self.assertEqual(ratio != "-", limited, name)
        if limited:
            slack = 0.002 + float(ratio) * 0.01
            self.assertAlmostEqual(float(value) / float(limit), float(ratio), delta=slack)

    def test_every_figure_is_printed_once_with_a_number_that_can_be_true(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = self.run_in(folder)
        self.assertEqual(sorted(line[0] for line in lines), sorted(FIGURES))
        for line in lines:
            self.assertEqual(len(line), 5, line)
            self.check(*line)

    def test_only_the_named_figures_are_measured(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = self.run_in(folder, "--only", "lookup_hit_1k", "text_size")
        self.assertEqual(sorted(line[0] for line in lines), ["lookup_hit_1k", "text_size"])


class Refusals(unittest.TestCase):
    def test_unknown_figure_is_refused_and_the_known_ones_are_named(self):
        result = bench("--only", "speed")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, "")
        for name in FIGURES:
            self.assertIn(name, result.stderr)

    def test_unknown_option_is_refused(self):
        self.assertEqual(bench("--fast").returncode, 2)

    def test_store_that_cannot_be_used_is_named(self):
        result = bench("--store", "/nonexistent/place", "--only", "text_size")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent/place", result.stderr)


if __name__ == "__main__":
    unittest.main()
