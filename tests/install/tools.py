# SPDX-License-Identifier: Apache-2.0
"""Commands, and what nm and readelf say, as Python values."""
import os
import pathlib
import re
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("EVCP_BUILD", SOURCE / "build" / "release"))
LIBRARY = pathlib.Path(os.environ.get("EVCP_LIBRARY", BUILD / "lib" / "libevcp.so"))
VERSION = os.environ.get("EVCP_VERSION", "0.1.0")
CC = os.environ.get("EVCP_CC", "cc")
HEADER = SOURCE / "include" / "evcp" / "evcp.h"


def run(*command, **options):
    """Run a command; what it printed, or a failure that shows it."""
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
    return done.stdout


def objects(layer):
    """Object files of one layer of lib/."""
    found = sorted((BUILD / "lib" / "CMakeFiles" / f"evcp_{layer}.dir" / layer).glob("*.o"))
    assert len(found) == len(list((SOURCE / "lib" / layer).glob("*.c"))), found
    return found


def symbols(files, *options):
    """(type letter, name) of every symbol, without versions."""
    for line in run("nm", *options, *files).splitlines():
        match = re.match(r"^[0-9a-f ]*\s([A-Za-z]) (\S+)$", line)
        if match:
            yield match[1], match[2].split("@")[0]


def undefined(files, *options):
    return {name for kind, name in symbols(files, "--undefined-only", *options)}


def defined(files, *options):
    return {name for kind, name in symbols(files, "--defined-only", *options)}


def declared():
    """Functions that the header declares as exported."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    return set(re.findall(r"EVCP_API[^;(]*?\b(evcp_\w+)\s*\(", text))


def dynamic(file, tag):
    return re.findall(rf"\({tag}\).*\[(.*)\]", run("readelf", "-d", file))
