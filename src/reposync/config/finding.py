"""Findings: what is wrong with which key, before its line is known.

Decides how keys, texts and suggestions read in a message; leaves places to the document.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.words import SHOWN_LIMIT, escaped, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Step = str | int
Path = tuple[Step, ...]
"""Keys and list indexes that lead from the root of the file to a value."""

_BARE_KEY = r"[\w-]+"
_LISTED_LIMIT = 10


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


def listed(words: Sequence[str]) -> str:
    """Name the first few of *words*, each quoted."""
    more = len(words) - _LISTED_LIMIT
    names = ", ".join(quoted(word) for word in words[:_LISTED_LIMIT])
    return f"{names} and {more} more" if more > 0 else names


def is_covered(path: Path, told: Collection[Path]) -> bool:
    """Return whether something is already reported for *path* or for what holds it."""
    return any(path[:length] in told for length in range(len(path) + 1))


def _shown_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if re.fullmatch(_BARE_KEY, step):
        return f".{step[:SHOWN_LIMIT]}"
    return f"[{escaped(json.dumps(step[:SHOWN_LIMIT], ensure_ascii=False))}]"
