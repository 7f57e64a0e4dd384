"""Globs: patterns of ``* ? [abc] [!abc] {a,b}``, for tags and for repositories.

A glob becomes a regular expression, as matching by backtracking takes too long for some patterns.
In a repository's name ``*`` and ``?`` match within one part, ``**`` matches any number of parts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reposync.selection.errors import InvalidSelectorError
from reposync.selection.regex import Expression, compile_expression
from reposync.words import quoted

SPECIAL = "*?[]{}"
_LENGTH_LIMIT = 400


class Kind(NamedTuple):
    """What a glob is matched with: its name for messages, and the characters it may contain."""

    name: str
    chars: str
    any_char: str


TAG = Kind("a tag", r"[A-Za-z0-9._-]", ".")
DIGEST_OR_TAG = Kind("a tag or a digest", r"[A-Za-z0-9._:-]", ".")
REPOSITORY = Kind("a repository's name", r"[a-z0-9._/-]", "[^/]")

# The parts of a glob; the name of the group selects the rule. `**` may be a whole part or not.
_PIECE = (
    r"(?s)(?P<parts>(?:(?<=/)|^)\*\*/)|(?P<any>\*\*)|(?P<star>\*)|(?P<one>\?)"
    r"|(?P<set>\[[!^]?\]?[^\]]*\])|(?P<open>\{)|(?P<comma>,)|(?P<close>\})|(?P<char>.)"
)
_WRITTEN = {
    "parts": "(?:.*/)?",
    "any": ".*",
    "star": "{}*",
    "one": "{}",
    "open": "(?:",
    "comma": "|",
    "close": ")",
}


def compile_glob(text: str, kind: Kind) -> Expression:
    """Check and compile *text*.

    Raises:
        InvalidSelectorError: It is empty, too long, or has characters that no name has.
    """
    if not text:
        raise InvalidSelectorError("the pattern is empty", hint="write `*` for any name")
    if len(text) > _LENGTH_LIMIT:
        raise InvalidSelectorError(
            f"a pattern of {len(text)} characters is too long",
            hint=f"use at most {_LENGTH_LIMIT}, or several lines",
        )
    return compile_expression(_translated(text, kind))


def _translated(text: str, kind: Kind) -> str:
    depth, pieces = 0, []
    for token in re.finditer(_PIECE, text):
        depth += {"open": 1, "close": -1}.get(token.lastgroup or "", 0)
        if depth < 0:
            raise _unbalanced(text, "}")
        pieces.append(_piece(token, text, kind, depth))
    if depth:
        raise _unbalanced(text, "{")
    return "".join(pieces)


def _piece(token: re.Match[str], text: str, kind: Kind, depth: int) -> str:
    rule = token.lastgroup or ""
    if rule == "set":
        return _set(token[0], text)
    if rule == "char" or (rule == "comma" and not depth):
        return _char(token[0], text, kind)
    return _WRITTEN[rule].format(kind.any_char)


def _set(written: str, text: str) -> str:
    inside = written[1:-1]
    negated = inside[:1] in {"!", "^"} and inside[0]
    chars = inside[1:] if negated else inside
    if not re.fullmatch(r"(?:[A-Za-z0-9._/]-?)+", chars) or _backward(chars):
        raise InvalidSelectorError(
            f"{quoted(written)} in {quoted(text)} is not a set of characters",
            hint="write, for example, `[0-9]`, `[abc]` or `[!abc]`",
        )
    # In the expression a `-` at the end is a literal; no `*`, `?` or set matches a `/`.
    return f"[^/{chars}]" if negated else f"[{chars}]"


def _backward(chars: str) -> bool:
    return any(first > last for first, last in re.findall(r"(.)-(.)", chars))


def _char(char: str, text: str, kind: Kind) -> str:
    if char in SPECIAL:
        raise _unbalanced(text, char)
    if not re.fullmatch(kind.chars, char):
        raise InvalidSelectorError(
            f"{quoted(text)} contains {quoted(char)}, which {kind.name} cannot contain",
            hint="a glob has `*`, `?`, `[abc]`, `[!abc]` and `{a,b}`; for more, write `regex: ...`",
        )
    return re.escape(char)


def _unbalanced(text: str, char: str) -> InvalidSelectorError:
    other = {"[": "]", "]": "[", "{": "}", "}": "{"}[char]
    return InvalidSelectorError(
        f"{quoted(text)} has a {quoted(char)} without its {quoted(other)}",
        hint="write both, or neither; `[abc]` is one of these characters, `{a,b}` one of these "
        "texts",
    )
