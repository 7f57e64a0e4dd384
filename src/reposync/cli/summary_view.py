"""The summary on a terminal: a table, what failed, and a last line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from rich import box
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from reposync.report.table import cells, closing_line, failure_lines, kind_lines, note_lines

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from reposync.report.summary import Summary

_PART = re.compile(r"[^/]*/?")


def show(summary: Summary, on: Console) -> None:
    """Write *summary*; names that are too long for the screen are folded, never cut."""
    if summary.tallies:
        on.print(_table(summary))
    for line in note_lines(summary):
        on.print(Text(line, style="yellow"))
    for line in failure_lines(summary.failures):
        on.print(Text(line, style="red" if line.startswith("failed") else ""))
    for line in kind_lines(summary):
        on.print(Text(line, style="red"))
    style = "bold red" if summary.failed or summary.interrupted else "bold green"
    on.print(Text(closing_line(summary), style=style))


class Name(Struct, frozen=True):
    """The name of a repository, which breaks after a slash where it must break."""

    text: str

    def __rich_measure__(self, on: Console, options: ConsoleOptions) -> Measurement:
        """Tell the table how narrow and how wide it can be."""
        del on, options
        return Measurement(max(map(len, _PART.findall(self.text))), len(self.text))

    def __rich_console__(self, on: Console, options: ConsoleOptions) -> RenderResult:
        """Write it in the width that the table gives it."""
        del on
        yield Text("\n".join(folded(self.text, options.max_width)))


def folded(name: str, width: int) -> list[str]:
    """Break *name* into lines of *width*: after slashes, and within a part that is longer."""
    lines = [""]
    for part in _PART.findall(name):
        if len(lines[-1]) + len(part) > width and lines[-1]:
            lines.append("")
        lines[-1] += part
        while len(lines[-1]) > width:
            lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return lines


def _table(summary: Summary) -> Table:
    content = cells(summary)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for header in content.headers[: content.names]:
        table.add_column(header, vertical="bottom")
    for header in content.headers[content.names :]:
        table.add_column("\n".join(header.rsplit(" ", 1)), justify="right", vertical="bottom")
    for row in content.rows:
        names = (Name(cell) for cell in row[: content.names])
        table.add_row(*names, *row[content.names :])
    return table
