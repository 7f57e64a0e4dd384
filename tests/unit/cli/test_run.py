from __future__ import annotations

import asyncio
import errno
import io
import logging
import os

import pytest
from tests.unit.report.script import (
    HUB,
    MASTER,
    STAGING,
    ended,
    failed_stage,
    outcome,
    run_of,
    skipped_stage,
)

from reposync.cli.display import ConsoleHandler, console
from reposync.cli.exit_code import ExitCode
from reposync.cli.log_stream import open_log
from reposync.cli.run import conduct, tell
from reposync.cli.standard_streams import results_on
from reposync.copy.outcome import Status
from reposync.report.summary import SummaryBuilder
from reposync.sync.events import NothingSelected

pytestmark = pytest.mark.usefixtures("restored_logging")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def terminal_environment(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("CI", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def replay(*events):
    async def work(listener):
        for event in events:
            listener(event)
        await asyncio.sleep(0)

    return work


GOOD = tuple(run_of(ended(outcome(Status.COPIED), outcome(Status.UP_TO_DATE, to=STAGING))))


def test_a_run_in_which_all_went_well_is_done(capsys):
    assert conduct(replay(*GOOD), None) is ExitCode.DONE
    output = capsys.readouterr().out
    assert output.splitlines()[0].split()[:2] == ["source", "destination"]
    assert output.endswith("\n1 copied, 1 up to date, 3.0 MiB sent in 4.2 s\n")


def test_one_failed_image_fails_the_run(capsys):
    events = run_of(ended(outcome(Status.FAILED)), ended(outcome(Status.COPIED, "2")))
    assert conduct(replay(*events), None) is ExitCode.FAILED
    assert f"failed: {HUB}:1.0.0 -> {MASTER}:1.0.0: cannot push blob" in capsys.readouterr().out


def test_one_failed_stage_fails_the_run():
    assert conduct(replay(failed_stage(), *GOOD), None) is ExitCode.FAILED


def test_a_skipped_stage_fails_the_run_also_where_fail_on_names_skipped():
    events = (*run_of(ended(outcome(Status.SKIPPED))), skipped_stage())
    assert conduct(replay(*events), None, fail_on=["skipped"]) is ExitCode.FAILED


def test_what_fail_on_names_is_an_exit_code_of_its_own():
    skipping = run_of(ended(outcome(Status.SKIPPED)))
    assert conduct(replay(*skipping), None, fail_on=("skipped",)) is ExitCode.NOT_ALLOWED
    empty = (*run_of(), NothingSelected("mirror-sleeper", HUB, MASTER))
    assert conduct(replay(*empty), None, fail_on=("empty",)) is ExitCode.NOT_ALLOWED
    assert conduct(replay(*empty), None, fail_on=("skipped",)) is ExitCode.DONE


def test_a_failure_goes_before_what_fail_on_names():
    events = run_of(ended(outcome(Status.SKIPPED), outcome(Status.FAILED, to=STAGING)))
    assert conduct(replay(*events), None, fail_on=("skipped", "empty")) is ExitCode.FAILED


def test_a_run_that_never_ended_is_no_success():
    assert conduct(replay(*GOOD[:-1]), None) is ExitCode.FAILED


def test_what_was_done_is_told_even_when_a_bug_ends_the_run(capsys):
    async def broken(listener):
        listener(GOOD[4])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        conduct(broken, None)
    assert "interrupted, 0 images left: 1 copied" in capsys.readouterr().out


def test_the_log_goes_to_standard_error_and_the_summary_to_standard_output(capsys):
    conduct(replay(*GOOD), open_log("text", None, progress=True))
    output, errors = capsys.readouterr()
    assert f"{HUB}:1.0.0 -> {MASTER}:1.0.0: copied" in errors
    assert "run ended in 4.2 s" in errors
    assert "run ended" not in output


def test_a_watched_run_is_drawn_and_its_lines_of_success_are_not(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    events = run_of(ended(outcome(Status.COPIED)), ended(outcome(Status.FAILED, "2")))
    conduct(replay(*events), open_log("text", None, progress=True))
    assert "images" in stream.getvalue()
    assert "failed: cannot push blob" in stream.getvalue()
    assert "copied: sha256" not in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[J\x1b[?25h")


class GoneTerminal(Terminal):
    def write(self, text):
        del text
        raise OSError(errno.EIO, "Input/output error")


def test_a_terminal_that_goes_away_does_not_end_the_run(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr", GoneTerminal())
    draw_on = open_log("text", "info", progress=True)
    assert conduct(replay(*GOOD), draw_on) is ExitCode.DONE
    assert "1 copied" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("log_format", "progress"), [("json", True), ("text", False)], ids=["json", "no progress"]
)
def test_nothing_is_drawn_where_lines_are_asked_for(monkeypatch, log_format, progress):
    monkeypatch.setattr("sys.stderr", Terminal())
    assert open_log(log_format, None, progress=progress) is None
    assert logging.getLogger("reposync").level == logging.INFO


def test_a_watched_run_tells_what_it_is_asked_to_tell(monkeypatch):
    monkeypatch.setattr("sys.stderr", Terminal())
    assert open_log("text", "info", progress=True) is not None
    assert isinstance(logging.root.handlers[0], ConsoleHandler)
    assert logging.getLogger("reposync").level == logging.INFO


def test_the_summary_has_colours_on_a_terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    builder = SummaryBuilder()
    for event in GOOD:
        builder(event)
    tell(builder.build())
    assert "\x1b[1mmirror-sleeper: docker.io -> master:5000\x1b[0m" in stream.getvalue()
    assert "\x1b[1;32m1 copied" in stream.getvalue()


def test_a_reader_that_went_away_is_no_failure(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr("sys.stdout", results_on(stream))
        assert conduct(replay(*GOOD), None) is ExitCode.DONE


def test_a_console_takes_its_width_from_columns():
    assert console(io.StringIO()).width == 120
