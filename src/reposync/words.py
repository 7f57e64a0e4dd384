"""Words of users, as sentences show them: quoted, cut, and with nothing that steers a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

SHOWN_LIMIT = 80
_COMPARED_LIMIT = 300  # a comparison takes 10 µs, and a file may be wrong in thousands of places


def quoted(text: str) -> str:
    """Put *text* in backticks, cut where it is long."""
    cut = text[:SHOWN_LIMIT] + ("..." if len(text) > SHOWN_LIMIT else "")
    return f"`{escaped(cut)}`"


def escaped(text: str) -> str:
    """Write as an escape what could steer a terminal: control characters, changes of direction."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def spelled_duration(seconds: float) -> str:
    """Write *seconds* in the unit that fits: `20 s`, `5 min`, `6 h`."""
    for unit_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.3g} {unit}"
    return f"{seconds:.0f} s"


def nearest(word: str, known: Collection[str]) -> str | None:
    """Find the one of *known* that *word* may have been meant to be: what it begins, or alike."""
    if len(word) > SHOWN_LIMIT or len(known) > _COMPARED_LIMIT:
        return None
    from difflib import get_close_matches  # noqa: PLC0415 -- only mistakes need it

    open_uploads = [each for each in sorted(known) if len(word) > 1 and each.startswith(word)]
    return next(iter(open_uploads or get_close_matches(word, sorted(known), n=1)), None)
