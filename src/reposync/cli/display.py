"""Writing on a terminal: with colours, and log lines as they are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from typing import TextIO

_STYLES = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "red"}


def console(stream: TextIO) -> Console:
    """Make a console that takes text as it is; it honours NO_COLOR and COLUMNS."""
    return Console(file=stream, force_terminal=True, markup=False, highlight=False, emoji=False)


class ConsoleHandler(logging.Handler):
    """Writes log lines on a console, which puts them above what is drawn there."""

    def __init__(self, on: Console) -> None:
        super().__init__()
        self._console = on

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; breaking a long line is left to the terminal."""
        line = Text(self.format(record), style=_STYLES.get(record.levelno, ""))
        try:
            self._console.print(line, soft_wrap=True)
        except OSError:
            self.handleError(record)
