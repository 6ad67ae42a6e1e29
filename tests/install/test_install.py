# SPDX-License-Identifier: Apache-2.0
"""The installed tree: the minimal integration is built against it as an integrator would."""
import os
import subprocess

import pytest

import tools

MINIMAL = tools.SOURCE / "examples" / "minimal"


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    directory = tmp_path_factory.mktemp("prefix")
    tools.run("cmake", "--install", tools.BUILD, "--prefix", directory)
    return directory


@pytest.fixture(scope="module")
def library_dir(prefix):
    found = list(prefix.rglob("libevcp.so"))
    assert len(found) == 1
    return found[0].parent


def environment(library_dir):
    return dict(os.environ, LD_LIBRARY_PATH=str(library_dir),
                PKG_CONFIG_PATH=str(library_dir / "pkgconfig"))


def works(program, library_dir, tmp_path, needs_library):
    """It links as it should, and runs as far as it can without a central system."""
    assert ("libevcp.so.0" in tools.dynamic(program, "NEEDED")) == needs_library
    store = tmp_path / "store"
    store.mkdir()
    done = subprocess.run([program, "ws://127.0.0.1:9/ocpp", "CP1", store], input="", text=True,
                          capture_output=True, env=environment(library_dir), timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert list(store.iterdir()), "no store was made"


def compile_minimal(tmp_path, library_dir, flags):
    program = tmp_path / "evcp-minimal"
    tools.run(tools.CC, "-std=c11", "-o", program, MINIMAL / "minimal.c", *flags)
    return program


def flags_of(library_dir, *options):
    return tools.run("pkg-config", "--cflags", "--libs", *options, "libevcp",
                     env=environment(library_dir)).split()


def test_pkg_config_shared(prefix, library_dir, tmp_path):
    program = compile_minimal(tmp_path, library_dir, flags_of(library_dir))
    works(program, library_dir, tmp_path, needs_library=True)


def test_pkg_config_static(prefix, library_dir, tmp_path):
    flags = ["-l:libevcp.a" if word == "-levcp" else word
             for word in flags_of(library_dir, "--static")]
    program = compile_minimal(tmp_path, library_dir, flags)
    works(program, library_dir, tmp_path, needs_library=False)


def test_pkg_config_names_the_version(prefix, library_dir):
    text = tools.run("pkg-config", "--modversion", "libevcp", env=environment(library_dir))
    assert text.strip() == tools.VERSION


def build_with_cmake(source, tmp_path, prefix, *options):
    build = tmp_path / "build"
    tools.run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
              f"-DCMAKE_C_COMPILER={tools.CC}", *options)
    tools.run("cmake", "--build", build, "--parallel", "2")
    return build / "evcp-minimal"


def test_cmake_package_shared(prefix, library_dir, tmp_path):
    program = build_with_cmake(MINIMAL, tmp_path, prefix)
    works(program, library_dir, tmp_path, needs_library=True)


def test_cmake_package_static(prefix, library_dir, tmp_path):
    program = build_with_cmake(tools.SOURCE / "tests" / "install" / "static", tmp_path, prefix)
    works(program, library_dir, tmp_path, needs_library=False)


def test_cmake_subdirectory_builds_the_library_alone(library_dir, tmp_path):
    program = build_with_cmake(tools.SOURCE / "tests" / "install" / "subdirectory", tmp_path, "/")
    works(program, library_dir, tmp_path, needs_library=True)
    assert not (tmp_path / "build" / "evcp" / "tests").exists()


@pytest.mark.parametrize("wanted, found", [("0.1", True), ("0.1.0", True), ("0.2", False),
                                           ("1.0", False)])
def test_cmake_package_knows_what_it_is_compatible_with(prefix, tmp_path, wanted, found):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.18)\nproject(p C)\n"
        f"find_package(evcp {wanted})\nmessage(\"found=${{evcp_FOUND}}\")\n")
    text = tools.run("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja",
                     f"-DCMAKE_PREFIX_PATH={prefix}")
    assert f"found={'1' if found else '0'}" in text


def test_installed_files_are_these(prefix, library_dir):
    version = tools.VERSION
    there = {file.relative_to(library_dir).as_posix() for file in library_dir.rglob("*")
             if not file.is_dir()}
    assert there == {
        "libevcp.a", "libevcp.so", "libevcp.so.0", f"libevcp.so.{version}",
        "pkgconfig/libevcp.pc", "cmake/evcp/evcp-config.cmake",
        "cmake/evcp/evcp-config-version.cmake", "cmake/evcp/evcp-targets.cmake",
        "cmake/evcp/evcp-targets-release.cmake"}
    headers = {file.relative_to(prefix).as_posix() for file in (prefix / "include").rglob("*.h")}
    assert headers == {"include/evcp/evcp.h"}


def test_minimal_is_at_most_80_lines():
    assert len((MINIMAL / "minimal.c").read_text().splitlines()) <= 80


def test_minimal_is_what_the_readme_shows():
    readme = (tools.SOURCE / "README.md").read_text()
    assert f"```c\n{(MINIMAL / 'minimal.c').read_text()}```" in readme


def test_minimal_says_what_it_needs(prefix, library_dir, tmp_path):
    program = compile_minimal(tmp_path, library_dir, flags_of(library_dir))
    done = subprocess.run([program], input="", text=True, capture_output=True,
                          env=environment(library_dir))
    assert done.returncode == 1 and "URL ID DIRECTORY" in done.stderr
