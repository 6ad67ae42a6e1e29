# SPDX-License-Identifier: Apache-2.0
"""What the documents name exists, and what has to be in them is there."""
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORTING = (ROOT / "docs" / "PORTING.md").read_text()
HEADER = (ROOT / "include" / "evcp" / "evcp.h").read_text()
DOCUMENTS = [ROOT / name for name in subprocess.run(
    ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True).stdout.split()]
DOCUMENTS = DOCUMENTS or sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")


def without_code(text):
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)


def anchors(text):
    for title in re.findall(r"^#+ (.*)$", text, flags=re.M):
        yield "#" + re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents_links_lead_somewhere(document):
    broken = []
    for path, anchor in LINK.findall(without_code(document.read_text())):
        if path.startswith(("http:", "https:", "mailto:")):
            continue
        target = (document.parent / path) if path else document
        if not target.exists():
            broken.append(path)
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
            broken.append(path + anchor)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents_paths_in_code_exist(document):
    named = re.findall(r"`((?:lib|tests|scripts|examples|docs|include|cmake)/[\w./-]+)`",
                       document.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


def hardware():
    return re.search(r"struct evcp_hardware \{(.*?)^\};", HEADER, flags=re.S | re.M)[1]


def test_porting_explains_every_callback():
    callbacks = re.findall(r"\(\*(\w+)\)\(", hardware())
    assert len(callbacks) == 10
    assert [name for name in callbacks if f"| `{name}` |" not in PORTING] == []


def test_porting_explains_every_report():
    reports = set(re.findall(r"\b(evcp_report_[a-z]+)\(evcp_t", HEADER))
    assert len(reports) == 9
    assert {name for name in reports if f"`{name}()`" not in PORTING} == set()


def test_porting_explains_every_token_type():
    types = re.findall(r"^    EVCP_TOKEN_(?!TYPES)([A-Z0-9_]+)", HEADER, flags=re.M)
    rules = PORTING.split("## Token rules")[1].split("\n## ")[0]
    assert len(types) > 8
    assert [name for name in types if not re.search(rf"\b{name}\b", rules)] == []


def test_porting_has_our_keys_with_their_defaults():
    table = (ROOT / "lib" / "core" / "settings_table.c").read_text()
    ours = table[table.index("/* ours */"):]
    rows = re.findall(r'\{"(\w+)",[^"]*"([^"|]*)', ours)
    assert len(rows) > 4
    for name, default in rows:
        line = re.search(rf"^\| `{name}` \| ([^|]*) \|", PORTING, flags=re.M)
        assert line, f"{name} is not explained"
        assert re.match(rf"{default}\b", line[1]), f"{name} has the default {default}"


def test_documents_have_the_functions_that_they_name():
    declared = set(re.findall(r"\b(evcp_\w+)\s*\(", HEADER))
    for document in DOCUMENTS:
        named = set(re.findall(r"`(evcp_\w+)\(\)`", document.read_text()))
        assert named <= declared, document
