"""Findings: what is wrong with which key, before its line is known.

Decides how keys, texts and suggestions read in a message; leaves places to the document.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Step = str | int
Path = tuple[Step, ...]
"""Keys and list indexes that lead from the root of the file to a value."""

_BARE_KEY = re.compile(r"[\w-]+")
_SHOWN_LIMIT = 80
_LISTED_LIMIT = 10
_COMPARED_LIMIT = 300  # a comparison takes 10 µs, and a file may be wrong in thousands of places


class Finding(Struct, frozen=True):
    """One thing that is wrong at ``path``, which need not exist: a missing key has a path too.

    ``at_key`` places it at the key instead of the value; ``meant`` is the path that a misspelt key
    was to have; the line of ``earlier`` ends the message: "... in line 4".
    """

    path: Path
    message: str
    hint: str = ""
    at_key: bool = False
    meant: Path | None = None
    earlier: Path | None = None


def shown(path: Path) -> str:
    """Write a path as ``stages[0].to[1].tags``; other keys as ``registries["docker.io"]``."""
    return "".join(_shown_step(step) for step in path).removeprefix(".")


def quoted(text: str) -> str:
    """Put *text* of the user's in backticks: cut, and with nothing that could steer a terminal."""
    cut = text[:_SHOWN_LIMIT] + ("..." if len(text) > _SHOWN_LIMIT else "")
    return f"`{printable(cut)}`"


def printable(text: str) -> str:
    """Write as an escape what could steer a terminal: control characters, changes of direction."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def listed(words: Sequence[str]) -> str:
    """Name the first few of *words*, each quoted."""
    more = len(words) - _LISTED_LIMIT
    names = ", ".join(quoted(word) for word in words[:_LISTED_LIMIT])
    return f"{names} and {more} more" if more > 0 else names


def nearest(word: str, known: Collection[str]) -> str | None:
    """Find the one of *known* that *word* may have been meant to be."""
    if len(word) > _SHOWN_LIMIT or len(known) > _COMPARED_LIMIT:
        return None
    return next(iter(difflib.get_close_matches(word, known, n=1)), None)


def is_covered(path: Path, told: Collection[Path]) -> bool:
    """Tell whether something is already told of *path* or of what it stands in."""
    return any(path[:length] in told for length in range(len(path) + 1))


def _shown_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _BARE_KEY.fullmatch(step):
        return f".{step[:_SHOWN_LIMIT]}"
    return f"[{printable(json.dumps(step[:_SHOWN_LIMIT], ensure_ascii=False))}]"
