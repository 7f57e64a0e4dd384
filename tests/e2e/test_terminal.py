"""Progress on a real terminal: what is in sight while it runs, is resized, and is stopped."""

from __future__ import annotations

import os
import re
import sys

import pytest
from tests.development import ROOT
from tests.e2e.tmux import terminal

BUSY = [sys.executable, "-m", "tests.unit.cli.interrupted", "busy", "60"]
OF_A_TERMINAL = {"CI", "COLUMNS", "LINES", "NO_COLOR", "STY", "TMUX", "XTERM_VERSION"}
TOTALS = ("images", "sent")
BAR = re.compile("[━─#-]+")


@pytest.fixture
def opened(tmp_path):
    """Open a terminal of a size with a run that has much in flight."""

    def opening(width, height, **environ):
        kept = {name: each for name, each in os.environ.items() if name not in OF_A_TERMINAL}
        kept |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environ}
        return terminal(BUSY, tmp_path / "tmux", kept, width, height)

    return opening


def is_frame(width, height):
    """Tell whether a screen is one frame for its size, that leaves the last row alone."""

    widest = min((width - 1) // 4, 40)

    def is_it(screen):
        bar_width = len("".join(BAR.findall(screen[0])))
        starts = [line.partition(" ")[0] for line in screen]
        return (
            len(screen) == height
            and all(starts.count(each) == 1 for each in TOTALS)
            and starts[0] == TOTALS[0]
            and (bar_width == widest if width >= 80 else bar_width <= widest)
            and screen[height - 2].startswith("and ")
            and not screen[height - 1]
        )

    return is_it


def test_a_terminal_is_filled_and_clean_after_every_resize(opened):
    with opened(80, 24) as screen:
        screen.until(is_frame(80, 24))
        sizes = [(200, 20), (80, 24), (50, 12), (200, 20), (120, 22), (60, 10), (170, 24)]
        for width, height in sizes:
            screen.resize(width, height)
            lines = screen.until(is_frame(width, height))
            assert max(map(len, lines)) < width


def test_a_wide_terminal_has_room_for_whole_names_and_bars(opened):
    with opened(80, 24) as screen:
        lines = screen.until(is_frame(80, 24))
        assert any(re.search("sleeper:1.*60.0 MiB of 80.0 MiB to 2", line) for line in lines)
        screen.resize(200, 24)
        lines = screen.until(is_frame(200, 24))
        row = "docker.io/itisfoundation/sleeper:1.*━.*60.0 MiB of 80.0 MiB to 2"
        assert any(re.search(row, line) for line in lines)


def test_a_run_that_is_stopped_leaves_its_summary_and_the_cursor(opened):
    with opened(80, 24) as screen:
        screen.until(is_frame(80, 24))
        assert not screen.shows_cursor()
        screen.press("C-c")
        lines = screen.until(lambda lines: any("images left" in line for line in lines))
        assert not any(line.startswith(TOTALS) for line in lines)
        assert not any("MiB of" in line for line in lines)
        assert screen.shows_cursor()


@pytest.mark.parametrize(
    ("environ", "width"),
    [
        ({"NO_COLOR": "1"}, 80),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, 80),
        ({"COLUMNS": "60"}, 60),
        ({"COLUMNS": "300"}, 80),
    ],
    ids=["no colour", "ascii", "columns less", "columns more"],
)
def test_the_environment_changes_how_it_looks_and_breaks_nothing(opened, environ, width):
    with opened(80, 24, **environ) as screen:
        lines = screen.until(is_frame(width, 24))
        assert max(map(len, lines)) < width
