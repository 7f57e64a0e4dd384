from __future__ import annotations

import io
import re

import pytest
from tests.unit.report.script import HUB, MASTER, STAGING, ended, outcome, run_of

from reposync.cli.display import console
from reposync.cli.summary_view import show
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


@pytest.mark.parametrize("columns", [80, 100])
def test_a_table_with_every_column_fits_the_terminal(monkeypatch, columns):
    table = shown(run_of(*ALL_KINDS), monkeypatch, columns).partition("\n\n")[0].splitlines()
    assert max(map(len, table)) <= columns
    assert len(table) == 6, "two lines of headings, and a heading and a row for each destination"


def test_a_wide_terminal_shows_every_name_whole(monkeypatch):
    text = shown(run_of(*ALL_KINDS), monkeypatch, columns=200)
    assert f"{HUB.registry} -> {MASTER.registry}\n  {HUB.repository}  {MASTER.repository}" in text


def test_a_terminal_that_has_no_ellipsis_gets_dots(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    builder = SummaryBuilder()
    for event in run_of(*ALL_KINDS):
        builder(event)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    show(builder.build(), console(stream))
    stream.flush()
    assert b"..." in stream.buffer.getvalue()


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
