from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from reposync.cli.display import console
from reposync.cli.progress.painter import Painter, breaks_lines, out_of_sight, rows


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    resized(monkeypatch, 80, 24)
    return console(io.StringIO())


def resized(monkeypatch, width, height):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", str(height))


def new(screen):
    """What was written since the last look."""
    written = screen.file.getvalue()
    screen.file.seek(0)
    screen.file.truncate()
    return written


def erased_rows(written):
    """How many rows an output erases, that of the cursor included."""
    return written.count("\x1b[1A\x1b[2K") + ("\r\x1b[J" in written)


def painter_of(screen, *lines, environ=None):
    def draw(*_):
        return [*map(Text, lines)]

    return Painter(screen, draw, environ or {})


def test_lines_are_painted_over_those_before(screen):
    painter = painter_of(screen, "a", "b", "c")
    painter.start()
    assert new(screen).endswith("a\nb\nc\r")
    screen.print(Text("said"))
    written = new(screen)
    assert written.endswith("said\na\nb\nc\r")
    assert erased_rows(written) == 3


def test_codes_are_written_whole_however_many_rows_there_are(screen):
    painter = painter_of(screen, *(str(number) for number in range(23)))
    painter.start()
    new(screen)
    screen.print(Text("said"))
    assert erased_rows(new(screen)) == 23


def test_nothing_is_written_while_nothing_changes(screen):
    painter = painter_of(screen, "a")
    painter.start()
    new(screen)
    painter.refresh()
    assert new(screen) == ""


def test_in_the_end_all_is_erased_and_the_cursor_is_back(screen):
    painter = painter_of(screen, "a", "b")
    painter.start()
    new(screen)
    painter.stop()
    written = new(screen)
    assert erased_rows(written) == 2
    assert written.endswith("\x1b[?25h")


def test_lines_leave_the_last_column_and_the_last_row_alone(screen):
    painter = Painter(screen, lambda *size: [Text(str(size))], {})
    painter.start()
    assert "(79, 23)" in new(screen)


def test_a_narrower_terminal_has_broken_the_lines_and_all_rows_are_erased(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    resized(monkeypatch, 80, 24)
    wide = console(io.StringIO())
    painter = painter_of(wide, "x" * 79, "y" * 30, "z" * 79)
    painter.start()
    new(wide)
    wide.size = (30, 24)
    painter.refresh()
    assert erased_rows(new(wide)) == 3 + 1 + 1, "the rows below the cursor go at once"


def test_a_terminal_that_cuts_lines_off_has_as_many_rows_as_before(screen):
    painter = painter_of(screen, "x" * 79, "y" * 79, environ={"TERM": "linux"})
    painter.start()
    new(screen)
    screen.size = (30, 24)
    painter.refresh()
    assert erased_rows(new(screen)) == 2


def test_what_a_lower_terminal_moved_out_of_sight_is_erased_when_it_is_higher_again(screen):
    painter = painter_of(screen, *"abcdefgh")
    painter.start()
    new(screen)
    screen.size = (80, 5)
    painter.refresh()
    assert erased_rows(new(screen)) == 5
    screen.size = (80, 24)
    painter.refresh()
    assert erased_rows(new(screen)) == 3 + 8


def test_what_is_out_of_sight_stays_so_however_often_it_is_painted_meanwhile(screen):
    frames = iter(range(100))

    def draw(_, height):
        return [*map(Text, f"{next(frames)}bcdefgh"[:height])]

    painter = Painter(screen, draw, {})
    painter.start()
    screen.size = (80, 5)
    for _ in range(10):
        painter.refresh()
    new(screen)
    screen.size = (80, 24)
    painter.refresh()
    assert erased_rows(new(screen)) == 3 + 4


def test_a_line_that_was_cut_off_at_the_top_goes_on_in_the_first_one(screen):
    painter = painter_of(screen, "x" * 79, "y" * 79, "z" * 20)
    painter.start()
    screen.size = (40, 4)
    painter.refresh()
    new(screen)
    screen.size = (200, 24)
    painter.refresh()
    assert erased_rows(new(screen)) == 3


def test_what_is_out_of_sight_is_not_looked_for_below_a_line_that_was_printed_since(screen):
    painter = painter_of(screen, *"abcdefgh")
    painter.start()
    screen.size = (80, 5)
    painter.refresh()
    screen.print(Text("said"))
    new(screen)
    screen.size = (80, 24)
    painter.refresh()
    assert erased_rows(new(screen)) == 8


@given(st.lists(st.integers(0, 200)), st.integers(1, 100), st.integers(1, 50))
def test_what_is_in_sight_and_what_is_not_are_all_rows(lengths, width, height):
    hidden = out_of_sight(lengths, width, height)
    total = sum(rows(each, width) for each in lengths)
    assert sum(rows(each, width) for each in hidden) == max(total - height, 0)


@pytest.mark.parametrize(
    ("environ", "breaks"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}, False),
        ({"TERM": "screen", "STY": "1.pts"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x", "XTERM_VERSION": "XTerm(379)"}, True),
    ],
)
def test_which_terminals_break_lines_that_are_there(environ, breaks):
    assert breaks_lines(environ) is breaks
