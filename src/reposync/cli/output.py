"""Standard output: results."""

from __future__ import annotations

import sys


def emit(text: str) -> None:
    """Write *text* to standard output at once.

    Raises:
        OutputError: It cannot be written.
    """
    sys.stdout.write(text)
    sys.stdout.flush()
