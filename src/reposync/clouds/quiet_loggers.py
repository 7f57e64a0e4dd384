"""Hush: vendors' libraries warn of every way that did not work; our error tells it once."""

from __future__ import annotations

import logging


def silence_loggers(*names: str) -> None:
    """Let the loggers *names*, and all below them, log nothing any more in this process."""
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
