"""Where the log goes: standard error, as lines, or above what is drawn there."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from reposync.cli import terminal
from reposync.cli.logs import LogFormat, LogLevel, configure

if TYPE_CHECKING:
    from rich.console import Console


def open_log(log_format: LogFormat, level: LogLevel | None, *, progress: bool) -> Console | None:
    """Send the log to standard error, and give the console that progress can be drawn on.

    None where nobody would see it. Without a *level*, all that a run does is told where it is not
    drawn, and only what goes wrong where it is.
    """
    if not (progress and log_format == "text" and terminal.wants_progress(sys.stderr, os.environ)):
        configure(logging.StreamHandler(sys.stderr), log_format, level or "info")
        return None
    from reposync.cli.display import ConsoleHandler, console

    on = console(sys.stderr)
    configure(ConsoleHandler(on), log_format, level or "warning")
    return on
