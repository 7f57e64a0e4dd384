from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.script import HUB, MASTER, STAGING, ended, outcome, run_of

from reposync.cli.display import console
from reposync.cli.summary_view import folded, show
from reposync.copy.outcome import Status
from reposync.report.summary import SummaryBuilder
from reposync.sync.events import NothingSelected, RunEnded


def shown(events, monkeypatch, columns=80):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    builder = SummaryBuilder()
    for event in events:
        builder(event)
    stream = io.StringIO()
    show(builder.build(), console(stream))
    return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())


ALL_KINDS = tuple(ended(outcome(status, str(status)[0])) for status in Status)


def test_a_table_with_every_column_fits_eighty_columns(monkeypatch):
    lines = shown(run_of(*ALL_KINDS), monkeypatch).splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_names_are_folded_and_never_cut(monkeypatch, columns):
    text = shown(run_of(*ALL_KINDS), monkeypatch, columns)
    table = text.partition("failed:")[0]
    without_spaces = "".join(table.split())
    assert "…" not in table
    for reference in (HUB, MASTER, STAGING):
        last = str(reference).rpartition("/")[2]
        assert last in without_spaces


def test_a_wide_terminal_shows_every_name_on_one_line(monkeypatch):
    text = shown(run_of(*ALL_KINDS), monkeypatch, columns=200)
    assert f"{HUB}  {MASTER}" in text


def test_failures_and_the_last_line_follow_the_table(monkeypatch):
    text = shown(run_of(ended(outcome(Status.FAILED))), monkeypatch, columns=200)
    failed = text.index(f"failed: {HUB}:1.0.0 -> {MASTER}:1.0.0: cannot push blob")
    assert text.index("source") < failed < text.index("hint: ask its owner")
    assert text.endswith("\n1 failed in 4.2 s\n")


def test_what_was_skipped_and_what_found_nothing_stand_between_table_and_failures(monkeypatch):
    events = run_of(ended(outcome(Status.SKIPPED), outcome(Status.FAILED, to=STAGING)))
    text = shown([*events, NothingSelected("s", HUB, MASTER)], monkeypatch, columns=200)
    places = [text.index(word) for word in ("source", "\nskipped: ", "\nempty: ", "\nfailed: ")]
    assert places == sorted(places)
    assert text.endswith("\n1 skipped, 1 failed in 4.2 s\n")


def test_a_run_without_stages_has_no_table(monkeypatch):
    assert shown([RunEnded(0.1, interrupted=False)], monkeypatch) == "no images in 0.1 s\n"


def test_a_name_breaks_after_its_slashes():
    assert folded("docker.io/library/alpine", 12) == ["docker.io/", "library/", "alpine"]


def test_a_part_that_is_too_long_breaks_where_it_must():
    assert folded("a/bcdefgh/i", 4) == ["a/", "bcde", "fgh/", "i"]


@given(st.text(alphabet="ab/"), st.integers(min_value=1, max_value=10))
def test_folding_loses_nothing_and_keeps_to_the_width(name, width):
    lines = folded(name, width)
    assert "".join(lines) == name
    assert max(map(len, lines)) <= width
