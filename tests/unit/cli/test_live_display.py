from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console
from tests.unit.report.script import (
    HUB,
    MASTER,
    MIB,
    STAGING,
    blob,
    busy_run,
    ended,
    outcome,
    run_of,
)

from reposync.cli.display import ConsoleHandler, LiveDisplay, console, frame
from reposync.cli.logs import TextFormatter
from reposync.cli.progress import ProgressState
from reposync.copy.outcome import Status
from reposync.sync.events import BlobStarted, BytesRead, ImagesSelected, RunStarted, StageStarted


def drawn(state, *, at_s=1.0, width=80, height=24):
    screen = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    with screen.capture() as capture:
        screen.print(frame(state, at_s, width, height))
    return capture.get().splitlines()


def state_after(events):
    state = ProgressState()
    for event in events:
        state.take(event, 0.0)
    return state


def in_the_middle(stages=6):
    events = list(busy_run(images=10, stages=stages))
    return state_after(events[: len(events) // 2])


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return console(io.StringIO())


@pytest.mark.parametrize("height", [4, 5, 6, 10, 24, 50])
@pytest.mark.parametrize("width", [30, 80, 200])
def test_a_frame_leaves_a_row_for_the_cursor_and_never_breaks_a_line(width, height):
    lines = drawn(in_the_middle(stages=20), width=width, height=height)
    assert len(lines) <= height - 1
    assert max(map(len, lines)) <= width


def test_a_frame_shows_how_much_of_how_much():
    layer = blob("layer", 40 * MIB)
    images = [ended(outcome(Status.COPIED), outcome(Status.FAILED, to=STAGING), stage="one")] * 3
    lines = drawn(
        state_after(
            [
                StageStarted("one", HUB, (MASTER,)),
                ImagesSelected("one", 12),
                *images,
                BlobStarted(layer, destinations=2),
                BytesRead(layer, 30 * MIB),
            ]
        )
    )
    assert [line.split("  ")[0] for line in lines[:3]] == ["images", "one", layer.digest.short]
    assert lines[0].endswith("3/12, 3 failed")
    assert lines[1].endswith("3/12")
    assert lines[2].endswith("30.0 MiB of 40.0 MiB to 2")
    assert lines[3] == "30.0 MiB read, 30.0 MiB/s, 9 images left, about 3.0 s"


def test_a_frame_counts_what_it_has_no_room_for():
    assert "and 2 more stages, 11 more blobs" in drawn(in_the_middle())


def test_a_frame_says_which_stage_still_selects_and_how_many_are_to_come():
    lines = drawn(
        state_after([RunStarted(("one", "two")), StageStarted("one", HUB, (MASTER,))]), height=24
    )
    assert lines[1].endswith("selecting")
    assert "2 stages to come" in lines[-1]


def test_a_frame_of_nothing_can_be_drawn():
    assert len(drawn(ProgressState())) == 2


def test_an_empty_blob_and_an_empty_stage_can_be_drawn():
    events = [
        StageStarted("one", HUB, (MASTER,)),
        ImagesSelected("one", 0),
        BlobStarted(blob("empty", 0), destinations=1),
    ]
    assert "0 B of 0 B" in "\n".join(drawn(state_after(events)))


def test_a_stage_cannot_steer_the_terminal_by_its_name():
    assert "\x1b" not in "\n".join(drawn(state_after([StageStarted("\x1b[2Jx", HUB, (MASTER,))])))


async def test_progress_is_drawn_while_it_runs_and_gone_afterwards(screen):
    with LiveDisplay(screen, clock=lambda: 1.0) as display:
        async with display.refreshed():
            for event in run_of(ended(outcome(Status.COPIED))):
                display(event)
            display(BlobStarted(blob("layer", MIB), destinations=1))
            display._live.refresh()
    written = screen.file.getvalue()
    assert "1/1" in written
    assert "0 B of 1.0 MiB" in written
    assert written.endswith("\x1b[1A\x1b[2K" * 3)
    assert "\x1b[?25h" in written


def test_log_lines_are_written_above_the_progress_as_they_are(screen):
    handler = ConsoleHandler(screen)
    handler.setFormatter(TextFormatter())
    record = logging.makeLogRecord(
        {"msg": f"[bold]{'x' * 100}[/bold] :smile:", "levelno": logging.ERROR, "bare": True}
    )
    handler.handle(record)
    assert f"[bold]{'x' * 100}[/bold] :smile:" in screen.file.getvalue()


def test_no_color_is_honoured(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    console(stream).print("red", style="red")
    assert stream.getvalue() == "red\n"
