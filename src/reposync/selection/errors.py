"""Errors: how a refused selector, pattern or template is told; leaves its place to the file."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Collection

_SHOWN_LIMIT = 80


class InvalidSelectorError(RepoSyncError):
    """A text selects nothing that can be understood; ``str`` is the sentence, without its place."""


def quoted(text: str) -> str:
    """Put *text* of the user's in backticks: cut, and with nothing that could steer a terminal."""
    cut = text[:_SHOWN_LIMIT] + ("..." if len(text) > _SHOWN_LIMIT else "")
    return f"`{''.join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in cut)}`"


def nearest(word: str, known: Collection[str]) -> str | None:
    """Find the one of *known* that *word* may have been meant to be."""
    if len(word) > _SHOWN_LIMIT:
        return None
    begun = [each for each in sorted(known) if len(word) > 1 and each.startswith(word)]
    return next(iter(begun or difflib.get_close_matches(word, sorted(known), n=1)), None)
