#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run Python on something if what it needs is there; else exit with 77, which ctest counts as skipped.

usage: needs.py NEED... -- ARGUMENT...

A NEED is a module (pytest), a program (program:node) or a path (path:build/node/node_modules).
"""
import importlib.util
import os
import shutil
import sys


def is_there(need):
    kind, _, name = need.rpartition(":")
    if kind == "program":
        return shutil.which(name) is not None
    if kind == "path":
        return os.path.exists(name)
    return importlib.util.find_spec(name) is not None


def main():
    split = sys.argv.index("--")
    missing = [need for need in sys.argv[1:split] if not is_there(need)]
    if missing:
        print("skipped, run scripts/setup test first; missing:", *missing)
        sys.exit(77)
    os.execv(sys.executable, [sys.executable, *sys.argv[split + 1:]])


if __name__ == "__main__":
    main()
