"""Terminals: whether there is one, and who looks at it.

Decides from the stream and the environment; leaves drawing to others, so that rich is imported
only where there is something to draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO


def can_draw(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether *stream* is a terminal that can move its cursor."""
    return stream.isatty() and environ.get("TERM", "dumb") not in {"dumb", "unknown"}


def wants_progress(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether somebody watches *stream*: a terminal, and not that of a build server."""
    return can_draw(stream, environ) and environ.get("CI", "").lower() in {"", "0", "false"}


def wants_table(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether a drawn table is wanted on *stream*: on a terminal, or by FORCE_COLOR."""
    return can_draw(stream, environ) or bool(environ.get("FORCE_COLOR"))
