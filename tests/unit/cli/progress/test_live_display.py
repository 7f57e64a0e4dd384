from __future__ import annotations

import io
import logging

import pytest
from tests.fakes.clock import ManualClock
from tests.unit.report.script import HUB, MASTER, MIB, blob, ended, outcome, run_of

from reposync.cli.display import ConsoleHandler, console
from reposync.cli.logs import TextFormatter
from reposync.cli.progress.live import LiveDisplay
from reposync.copy.outcome import Status
from reposync.sync.events import BlobNeeded, BlobStarted


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return console(io.StringIO())


async def test_progress_is_drawn_while_it_runs_and_gone_afterwards(screen):
    with LiveDisplay(screen, clock=ManualClock()) as display:
        async with display.refreshed():
            for event in run_of(ended(outcome(Status.COPIED))):
                display(event)
            display(BlobNeeded(HUB, blob("layer", MIB), (MASTER,)))
            display(BlobStarted(blob("layer", MIB), (MASTER,)))
            display._painter.refresh()
    written = screen.file.getvalue()
    assert "1 of 1" in written
    assert "0 B of 1.0 MiB" in written
    assert written.endswith("\x1b[1A\x1b[2K" * 2 + "\x1b[?25h")


def test_log_lines_are_written_above_the_progress_as_they_are(screen):
    handler = ConsoleHandler(screen)
    handler.setFormatter(TextFormatter())
    record = logging.makeLogRecord(
        {"msg": f"[bold]{'x' * 100}[/bold] :smile:", "levelno": logging.ERROR, "bare": True}
    )
    with LiveDisplay(screen, clock=ManualClock()):
        handler.handle(record)
    written = screen.file.getvalue()
    assert f"[bold]{'x' * 100}[/bold] :smile:" in written
    assert written.index(":smile:") < written.rindex("images")


def test_no_color_is_honoured(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    console(stream).print("red", style="red")
    assert stream.getvalue() == "red\n"
