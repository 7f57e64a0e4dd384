"""A painter: keeps a few lines at the bottom of a terminal, below all else that is written there.

Each time it erases what it painted before and paints anew. A terminal that is made narrower breaks
the lines that are there, and one that is made lower moves them up and out of sight: how many rows
are to be erased follows from the lengths of the lines and the size that the terminal has now.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from rich.cells import cell_len
from rich.console import Group, RenderHook
from rich.control import Control
from rich.segment import ControlType, Segment
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult

SHOW_CURSOR = "\x1b[?25h"
_HIDE_CURSOR = "\x1b[?25l"
_ERASE_BELOW = "\r\x1b[J"
_ERASE_ABOVE = "\x1b[1A\x1b[2K"
_UNBROKEN = {"XTERM_VERSION", "STY"}


class Codes(Struct, frozen=True):
    """Codes for a terminal, written as they are."""

    text: str

    def __rich_console__(self, on: Console, options: ConsoleOptions) -> RenderResult:
        """Write them."""
        del on, options
        # Only whether there is a list counts: codes take no cells.
        yield Segment(self.text, None, [(ControlType.CARRIAGE_RETURN,)])


class Size(NamedTuple):
    """Of a terminal, in cells and rows."""

    width: int
    height: int


class Painter(RenderHook):
    """Paints what *draw* returns for a width and a height, on the console *on*.

    All that the console prints between ``start`` and ``stop`` is put above it.
    """

    def __init__(
        self, on: Console, draw: Callable[[int, int], Sequence[Text]], environ: Mapping[str, str]
    ) -> None:
        self._console = on
        self._draw = draw
        self._breaks = breaks_lines(environ)
        self._size = Size(0, 0)
        """What the terminal had when it was painted on."""
        self._lines: list[str] = []
        """What was painted."""
        self._hidden: list[int] = []
        """Lengths of lines that were painted earlier, and are above the top of the terminal now."""
        self._is_joined = False
        """Whether the terminal takes the first line for the rest of the last hidden one."""

    def start(self) -> None:
        """Begin to paint."""
        self._console.push_render_hook(self)
        self._console.print(Codes(_HIDE_CURSOR))

    def stop(self) -> None:
        """Erase what was painted, and leave the terminal as it was."""
        self._console.pop_render_hook()
        self._console.print(self._erased(self._size_now()), Codes(SHOW_CURSOR), end="")

    def refresh(self) -> None:
        """Paint anew, unless it would look the same."""
        size = self._size_now()
        if (size, self._lines) != (self._size, [line.plain for line in self._drawn(size)]):
            self._console.print(Control())

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """See ``RenderHook``."""
        size = self._size_now()
        erased = self._erased(size)
        if any(not isinstance(each, Codes | Control) for each in renderables):
            self._hidden, self._is_joined = [], False  # it is apart from what is painted now
        lines = self._drawn(size)
        self._size, self._lines = size, [line.plain for line in lines]
        painted = Text("\n", end="").join(lines)
        return [erased, *renderables, Group(painted, Codes("\r"))]

    def _drawn(self, size: Size) -> Sequence[Text]:
        """Return lines that leave the last column and the last row alone."""
        return self._draw(size.width - 1, size.height - 1)

    def _erased(self, size: Size) -> Codes:
        """Return what erases all lines that are in sight; the cursor is at the top one then."""
        if not self._lines:
            return Codes("")
        lengths = [cell_len(line) for line in self._lines]
        if size == self._size:
            return Codes(_ERASE_BELOW + _ERASE_ABOVE * (len(lengths) - 1))
        width = size.width if self._breaks else max(*lengths, *self._hidden)
        *lengths, last = self._with_hidden(lengths)
        above = sum(rows(each, width) for each in lengths)
        room = size.height - self._rows_below(size)
        self._hidden = out_of_sight([*lengths, last], width, room)
        self._is_joined = self._hidden != [*lengths, last][: len(self._hidden)]
        return Codes(_ERASE_BELOW + _ERASE_ABOVE * min(above, size.height - 1))

    def _with_hidden(self, lengths: list[int]) -> list[int]:
        if not self._is_joined:
            return self._hidden + lengths
        return [*self._hidden[:-1], self._hidden[-1] + lengths[0], *lengths[1:]]

    def _rows_below(self, size: Size) -> int:
        """Return how many rows are free below the cursor, as far as that is known.

        Where lines are out of sight, what was painted began at the top. A terminal that is made
        lower gives the rows at its bottom away first.
        """
        if not self._hidden:
            return 0
        lower = max(self._size.height - size.height, 0)
        return max(self._size.height - len(self._lines) - lower, 0)

    def _size_now(self) -> Size:
        """Return the size of the terminal, or what the environment makes of it where that is less.

        COLUMNS narrows the lines, and no more: it does not change where the terminal breaks them.
        """
        size = Size(*self._console.size)
        try:
            actual = os.get_terminal_size(self._console.file.fileno())
        except OSError:
            return size
        return Size(min(size.width, actual.columns), min(size.height, actual.lines))


def breaks_lines(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal breaks lines that are there when it is made narrower.

    Most do, tmux in any of them. xterm, GNU screen and the console of Linux cut them off.
    """
    if environ.get("TMUX"):
        return True
    return not _UNBROKEN & environ.keys() and environ.get("TERM") != "linux"


def rows(length: int, width: int) -> int:
    """Return how many rows of *width* cells a line of *length* cells takes."""
    return max(-(-length // width), 1)


def out_of_sight(lengths: Sequence[int], width: int, height: int) -> list[int]:
    """Return the lengths of what is above the top of a terminal that ends with these lines."""
    hidden_rows = sum(rows(each, width) for each in lengths) - height
    hidden = []
    for length in lengths:
        if hidden_rows <= 0:
            break
        hidden.append(min(length, hidden_rows * width))
        hidden_rows -= rows(length, width)
    return hidden
