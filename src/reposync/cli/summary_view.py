"""The summary on a terminal: a table, what failed, and a last line, in colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from reposync.cli.glyphs import glyphs
from reposync.report.overview import overview
from reposync.report.table import closing_line, failure_lines, kind_lines, note_lines

if TYPE_CHECKING:
    from rich.console import Console

    from reposync.report.summary import Summary


def show(summary: Summary, on: Console) -> None:
    """Write *summary*; in the table long names are shortened, below it they are not."""
    table = overview(summary, on.width, glyphs(on.encoding).ellipsis)
    for row in table:
        on.print(Text(row.text, style="bold" if row.is_heading else ""), soft_wrap=True)
    if table:
        on.print()
    for line in note_lines(summary):
        on.print(Text(line, style="yellow"))
    for line in failure_lines(summary.failures):
        on.print(Text(line, style="red" if line.startswith("failed") else ""))
    for line in kind_lines(summary):
        on.print(Text(line, style="red"))
    style = "bold red" if summary.failed or summary.interrupted else "bold green"
    on.print(Text(closing_line(summary), style=style))
