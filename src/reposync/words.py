"""Texts of users in messages: quoted, shortened, and without control characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

SHOWN_LIMIT = 80
_COMPARED_LIMIT = 300  # a comparison takes 10 µs, and a file may have thousands of errors


def quoted(text: str) -> str:
    """Return *text* in backticks, shortened if it is long."""
    cut = text[:SHOWN_LIMIT] + ("..." if len(text) > SHOWN_LIMIT else "")
    return f"`{escaped(cut)}`"


def escaped(text: str) -> str:
    """Escape control characters and changes of text direction."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def spelled_duration(seconds: float) -> str:
    """Return *seconds* in a suitable unit: `20 s`, `5 min`, `6 h`."""
    for unit_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.3g} {unit}"
    return f"{seconds:.0f} s"


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the one of *known* that *word* begins, or that is most similar; None if none is."""
    if len(word) > SHOWN_LIMIT or len(known) > _COMPARED_LIMIT:
        return None
    from difflib import get_close_matches  # noqa: PLC0415 -- only for mistakes

    completions = [each for each in sorted(known) if len(word) > 1 and each.startswith(word)]
    return next(iter(completions or get_close_matches(word, sorted(known), n=1)), None)
