# SPDX-License-Identifier: Apache-2.0
"""check.py finds each kind of fault that a conformance table can have."""
import pathlib
import subprocess
import sys

import pytest

CHECK = pathlib.Path(__file__).with_name("check.py")
GOOD = "unit/test_rpc:rpc_call_is_taken_apart"
LOG = """1/2 Testing: unit/test_rpc
Output:
----------------------------------------------------------
[ RUN      ] rpc_call_is_taken_apart
[       {ok} ] rpc_call_is_taken_apart
<end of output>
Test time =   0.03 sec
----------------------------------------------------------
Test {verdict}.

2/2 Testing: net/test_net
Output:
----------------------------------------------------------
test_net.py::Back_off::test_waits[run] PASSED                    [ 10%]
test_net.py::Back_off::test_waits[uv] {uv}                    [ 20%]
[gw3] [ 30%] {uv} test_net.py::test_shares
<end of output>
Test time =   0.03 sec
----------------------------------------------------------
Test Passed.
"""


@pytest.fixture
def check(tmp_path):
    def run(*lines, ids=("A-01",), log=None):
        table, known = tmp_path / "table.tsv", tmp_path / "ids.tsv"
        table.write_text("id\tstate\ttests\n" + "".join(line + "\n" for line in lines))
        known.write_text("id\n" + "".join(one + "\n" for one in ids))
        command = [sys.executable, CHECK, "--table", table, "--ids", known]
        if log is not None:
            (tmp_path / "log").write_text(log)
            command += ["--ran", tmp_path / "log"]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr
    return run


def log(ok="OK", verdict="Passed", uv="PASSED"):
    return LOG.format(ok=ok, verdict=verdict, uv=uv)


def test_conformance_row_with_a_test_that_passed_is_good(check):
    assert check(f"A-01\tdone\t{GOOD}", log=log()) == (0, "\n1 requirements: 1 done, 0 open, "
                                                       "0 not applicable; 1 tests named; 0 faults\n")


@pytest.mark.parametrize("line", ["A-01\topen\t", "A-01\tnot applicable: no lock on a fixed cable\t"])
def test_conformance_rows_that_are_open_or_not_applicable_need_no_test(check, line):
    assert check(line)[0] == 0


@pytest.mark.parametrize("lines, ids, text", [
    ([], ("A-01",), "A-01: stands 0 times"),
    (["A-01\topen\t", "A-01\topen\t"], ("A-01",), "A-01: stands 2 times"),
    (["A-01\topen\t", "B-01\topen\t"], ("A-01",), "B-01: there is no such requirement"),
    (["A-01\tDone\t"], ("A-01",), "state 'Done'"),
    (["A-01\tnot applicable\t"], ("A-01",), "state 'not applicable'"),
    (["A-01\tdone\t"], ("A-01",), "no test is named"),
    (["A-01\tdone\tunit/test_absent"], ("A-01",), "no such test"),
    (["A-01\tdone\tunit/test_rpc:absent"], ("A-01",), "no such function"),
])
def test_conformance_fault_of_the_table_is_named(check, lines, ids, text):
    code, printed = check(*lines, ids=ids)
    assert code == 1 and text in printed


@pytest.mark.parametrize("text, run", [
    ("was not run", ""),
    ("did not pass", log(ok="FAILED", verdict="Failed")),
    ("did not pass", log(ok="SKIPPED")),
])
def test_conformance_test_that_did_not_pass_is_a_fault(check, text, run):
    code, printed = check(f"A-01\tdone\t{GOOD}", log=run)
    assert code == 1 and f"{GOOD}: {text}" in printed


@pytest.mark.parametrize("function", ["test_waits", "test_shares"])
def test_conformance_one_failed_parameter_fails_the_function(check, function):
    line = f"A-01\tdone\tnet/test_net:{function}"
    assert "did not pass" in check(line, log=log(uv="FAILED"))[1]
    assert "did not pass" not in check(line, log=log())[1]
