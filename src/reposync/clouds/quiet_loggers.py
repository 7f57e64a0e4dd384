"""Loggers of vendors' libraries, which warn of every way that failed; our error reports it once."""

from __future__ import annotations

import logging


def silence_loggers(*names: str) -> None:
    """Silence the loggers *names* and their children in this process."""
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
