# SPDX-License-Identifier: Apache-2.0
"""The header alone, as the compilers of integrators see it."""
import re
import shutil

import pytest

import tools

STRICT = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror", "-fsyntax-only")
PROGRAM = """#include <evcp/evcp.h>
#include <evcp/evcp.h>
int main(void)
{
    struct evcp_host_config host = EMPTY;
    struct evcp_config station = EMPTY;
    struct evcp_hardware hardware = EMPTY;
    host.size = sizeof(host);
    station.size = sizeof(station);
    hardware.size = sizeof(hardware);
    return evcp_version() != 0 && host.size && station.size && hardware.size ? 0 : 1;
}
"""


def compile_header(tmp_path, compiler, standard, suffix, empty):
    if shutil.which(compiler) is None:
        pytest.fail(f"{compiler} is not installed; run scripts/setup test")
    source = tmp_path / f"program{suffix}"
    source.write_text(PROGRAM.replace("EMPTY", empty))
    tools.run(compiler, f"-std={standard}", *STRICT, "-I", tools.SOURCE / "include", source)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("standard", ["c99", "c11", "c17", "gnu11"])
def test_header_stands_alone_in_c(tmp_path, compiler, standard):
    compile_header(tmp_path, compiler, standard, ".c", "{0}")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("standard", ["c++11", "c++17", "c++20"])
def test_header_stands_alone_in_cpp(tmp_path, compiler, standard):
    compile_header(tmp_path, compiler, standard, ".cpp", "{}")


def test_header_compiles_for_the_size_of_32_bits(tmp_path):
    source = tmp_path / "program.c"
    source.write_text("#include <evcp/evcp.h>\n")
    stubs = tmp_path / "gnu"
    stubs.mkdir()
    (stubs / "stubs-32.h").write_text("")
    tools.run("clang", "-m32", "-std=c11", *STRICT, "-ffreestanding", "-I", tmp_path,
              "-I", tools.SOURCE / "include", source)


def test_header_version_is_the_version_of_the_build():
    macros = tools.run(tools.CC, "-dM", "-E", tools.HEADER)
    parts = [line.split()[-1] for part in ("MAJOR", "MINOR", "PATCH")
             for line in macros.splitlines() if f" EVCP_VERSION_{part} " in line]
    assert ".".join(parts) == tools.VERSION


def test_header_explains_every_enumerator():
    """Doxygen finds everything else; enumerators without a text it passes over."""
    lines = tools.HEADER.read_text().splitlines()
    bare = [line for before, line in zip(lines, lines[1:])
            if re.match(r"    EVCP_[A-Z0-9_]+( = -?\d+)?,?(\s|$)", line)
            and "/**<" not in line and not before.rstrip().endswith("*/")]
    assert bare == []
