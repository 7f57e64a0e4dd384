"""docs/reference/compatibility.md: every test that it names exists, and no row is missing."""

from __future__ import annotations

import re

import pytest
from tests.development import ROOT

PAGE = (ROOT / "docs/reference/compatibility.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in PAGE.splitlines()
    if re.match(r"\| [0-9]+ \|", line)
]
WORDS = ("handled", "in part", "not yet", "left out", "does not arise")


def names_of_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}


def test_every_test_that_the_page_names_is_there():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named - names_of_tests() == set()


def test_no_trap_is_passed_over():
    assert [int(row[0]) for row in ROWS] == [*range(1, len(ROWS) + 1)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_trap_is_handled_with_a_proof_or_said_not_to_be(row):
    assert row[2].startswith(WORDS)
    assert "test_" in row[-1] or not row[2].startswith("handled")
