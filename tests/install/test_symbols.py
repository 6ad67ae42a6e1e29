# SPDX-License-Identifier: Apache-2.0
"""What the library imports and exports: the layers are kept by the linker, not by habit."""
import subprocess

import pytest

import tools

# What C11's string.h and stdlib.h give without IO, clock, randomness or global state.
PURE = {
    "calloc", "free", "malloc", "realloc",
    "memchr", "memcmp", "memcpy", "memmove", "memset",
    "strchr", "strcmp", "strcspn", "strlen", "strncmp", "strrchr", "strspn", "strstr",
}
# Made by the compiler: address table, hardened functions' failure, hardened copies.
COMPILER = {"_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail", "__memcpy_chk", "__memset_chk"}
# A guest in the firmware starts no thread, handles no signal, ends no process. sigaction is not
# here: the loop gives SIGPIPE back as it was, which libwebsockets takes.
FORBIDDEN = {
    "pthread_create", "thrd_create", "fork", "vfork", "posix_spawn", "system", "popen",
    "signal", "sigprocmask", "pthread_sigmask", "raise", "kill",
    "exit", "_exit", "_Exit", "abort", "atexit", "quick_exit",
    "setlocale", "setenv", "putenv", "unsetenv", "chdir", "umask", "srand", "rand",
    "sleep", "usleep", "nanosleep", "getaddrinfo", "gethostbyname",
}


def names(layer):
    return {name for name in tools.undefined(tools.objects(layer)) - COMPILER - PURE
            if not name.startswith("json_")}


def test_core_imports_only_memory_text_and_json():
    assert names("core") <= tools.defined(tools.objects("core"))


def test_protocol_imports_only_memory_text_json_and_core():
    ours = tools.defined(tools.objects("core")) | tools.defined(tools.objects("protocol"))
    assert names("protocol") <= ours


def test_core_and_protocol_read_no_files_and_print_nothing_through_json():
    io = {"json_load_file", "json_loadf", "json_loadfd", "json_dump_file", "json_dumpf",
          "json_dumpfd", "json_object_seed", "json_set_alloc_funcs", "json_set_alloc_funcs2"}
    assert not tools.undefined(tools.objects("core") + tools.objects("protocol")) & io


@pytest.mark.parametrize("layer", ["core", "protocol", "port"])
def test_no_writable_globals(layer):
    writable = {name for kind, name in tools.symbols(tools.objects(layer), "--defined-only")
                if kind in "bBcCsSgG" or (kind in "dD" and not is_relocated_constant(layer, name))}
    assert not writable


def is_relocated_constant(layer, name):
    """Constant tables with addresses lie in .data.rel.ro, which nm also calls data."""
    for file in tools.objects(layer):
        for line in tools.run("objdump", "-t", file).splitlines():
            if line.endswith(f" {name}") and "*UND*" not in line:
                return ".data.rel.ro" in line
    return False


def test_library_starts_no_threads_handles_no_signals_ends_no_process():
    assert not tools.undefined([tools.LIBRARY], "--dynamic") & FORBIDDEN


def test_purity_check_notices_a_clock(tmp_path):
    source = tmp_path / "clock.c"
    source.write_text("#include <time.h>\nlong now(void) { return (long)time(0); }\n")
    subprocess.run([tools.CC, "-c", "-o", tmp_path / "clock.o", source], check=True)
    assert "time" in tools.undefined([tmp_path / "clock.o"]) - COMPILER - PURE


def test_exported_symbols_are_those_of_the_header():
    exported = {name for kind, name in tools.symbols([tools.LIBRARY], "--dynamic", "--defined-only")
                if kind != "A"}
    assert exported == tools.declared()
    assert len(exported) > 20


def test_exported_symbols_carry_the_version():
    lines = tools.run("nm", "--dynamic", "--defined-only", "--with-symbol-versions", tools.LIBRARY)
    versioned = {line.split()[-1] for line in lines.splitlines() if " T " in line}
    assert versioned == {f"{name}@@EVCP_0.1" for name in tools.declared()}


def test_static_library_defines_every_declared_function():
    assert tools.declared() <= tools.defined([tools.LIBRARY.parent / "libevcp.a"])


def test_soname_is_libevcp_so_0():
    assert tools.dynamic(tools.LIBRARY, "SONAME") == ["libevcp.so.0"]


def test_no_executable_stack_and_no_text_relocations():
    headers = tools.run("readelf", "-W", "-l", "-d", tools.LIBRARY)
    assert not [line for line in headers.splitlines() if "GNU_STACK" in line and "RWE" in line]
    assert "TEXTREL" not in headers
