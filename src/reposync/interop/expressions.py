"""Expressions: what Go's regular expressions match, written as ours, which fit a whole name.

Both are RE2's. Go's tools look for a match anywhere, or put ``^`` and ``$`` around the text without
looking at it, so that ``a|b`` becomes ``^a|b$``; the expressions written here keep that meaning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.referrers import COSIGN_SUFFIXES
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.regex import compile_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What is one piece of an expression, so that a `|`, `(` or `$` in it means nothing.
_PIECE = re.compile(
    r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\[:[^\]]*:\]|\\.|[^\]\\])*\]|(?P<sign>.)", re.DOTALL
)
_ORDERS = re.compile(r"(?:latest|newer|newest|last|older|oldest|first)(?:\s.*)?", re.DOTALL)
# A digest tag of each kind.
_DIGEST_TAGS = tuple(
    f"sha256-{digit * 64}{end}" for digit in "0a" for end in ("", *COSIGN_SUFFIXES)
)


def anywhere(text: str) -> str:
    """Write what Go finds anywhere in a name by *text* as an expression for the whole name.

    Raises:
        InvalidSelectorError: It is no expression.
    """
    if not text:
        return ".*"
    compile_expression(text)
    core = text.removeprefix("^")
    is_from_start, is_to_end = core != text, _ends_with_anchor(core)
    if is_to_end:
        core = core[:-1]
    if has_alternatives(core) or "\\Q" in text or not _compiles(core):
        return _guarded(f".*(?:{_closed(text)}).*")
    front = "" if is_from_start or core.startswith(".*") else ".*"
    back = "" if is_to_end or (core.endswith(".*") and not core.endswith("\\.*")) else ".*"
    return _guarded(f"{front}{core}{back}")


def one_of(expressions: Iterable[str]) -> str:
    """Write "one of these" as one expression for the whole name."""
    known = [*dict.fromkeys(expressions)]
    if len(known) == 1:
        return known[0]
    # A flag holds up to the end of the group that it is in, for the alternatives behind it too.
    return _guarded("|".join(f"(?:{each})" if "(?" in each else each for each in known))


def keep_line(expression: str, *, inverted: bool = False) -> str:
    """Write a line that keeps what *expression* fits, or all else."""
    if inverted:
        return f"keep: !{expression}"
    return f"keep: (?:{expression})" if _ORDERS.fullmatch(expression) else f"keep: {expression}"


class Sieve(Struct, frozen=True):
    """What an expression fits, or ``inverted`` all else."""

    expression: str
    inverted: bool = False

    def lets(self, name: str) -> bool:
        """Return whether *name* is one of those."""
        return compile_expression(self.expression).matches(name) is not self.inverted


def takes_digest_tags(rules: Sequence[Sieve] | None, keeps: Sequence[Sieve]) -> bool:
    """Return whether *rules*, None for all, include digest tags, and *keeps* keep them.

    Tries one tag of each kind; an expression that contains ``sha256`` is assumed to include them.
    """
    if any("sha256" in each.expression for each in rules or ()):
        return True
    return any(
        (rules is None or any(rule.lets(tag) for rule in rules))
        and all(keep.lets(tag) for keep in keeps)
        for tag in _DIGEST_TAGS
    )


def has_alternatives(text: str) -> bool:
    """Return whether *text* has a ``|`` that is in no group."""
    depth = 0
    for piece in _PIECE.finditer(text):
        depth += {"(": 1, ")": -1}.get(piece["sign"] or "", 0)
        if piece["sign"] == "|" and not depth:
            return True
    return False


def is_plain(text: str) -> bool:
    """Return whether *text* fits itself and nothing else."""
    return re.escape(text).replace("\\-", "-") == text


def _ends_with_anchor(text: str) -> bool:
    pieces = [*_PIECE.finditer(text)]
    return bool(pieces) and pieces[-1]["sign"] == "$"


def _closed(text: str) -> str:
    quoted = [piece[0] for piece in _PIECE.finditer(text) if piece[0].startswith("\\Q")]
    return f"{text}\\E" if quoted and not quoted[-1].endswith("\\E") else text


def _compiles(text: str) -> bool:
    try:
        compile_expression(text or ".*")
    except InvalidSelectorError:
        return False
    return True


def _guarded(expression: str) -> str:
    """Keep a ``!`` at the front, and spaces at the ends, from being read as something else."""
    is_bare = not expression.startswith("!") and expression.strip() == expression
    guarded = expression if expression and is_bare else f"(?:{expression})"
    compile_expression(guarded)
    return guarded
