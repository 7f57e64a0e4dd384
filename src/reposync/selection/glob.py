"""Globs: patterns of ``* ? [abc] [!abc] {a,b}``, for tags and for repositories.

A glob becomes a regular expression, since comparing it by trying takes too long for nasty ones. In
a repository's name ``*`` and ``?`` stay within one part, and ``**`` takes in any number of them.
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
    """What a glob is compared with: its name for people, and the signs it can hold."""

    name: str
    signs: str
    any_sign: str


TAG = Kind("a tag", r"[A-Za-z0-9._-]", ".")
DIGEST_OR_TAG = Kind("a tag or a digest", r"[A-Za-z0-9._:-]", ".")
REPOSITORY = Kind("a repository's name", r"[a-z0-9._/-]", "[^/]")

# What a sign of a glob becomes; the group's name is the rule. `**` is a whole part, or it is not.
_PIECE = (
    r"(?s)(?P<parts>(?:(?<=/)|^)\*\*/)|(?P<any>\*\*)|(?P<star>\*)|(?P<one>\?)"
    r"|(?P<set>\[[!^]?\]?[^\]]*\])|(?P<open>\{)|(?P<comma>,)|(?P<close>\})|(?P<sign>.)"
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
        InvalidSelectorError: It is empty or too long, or holds what no name does.
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
    if rule == "sign" or (rule == "comma" and not depth):
        return _sign(token[0], text, kind)
    return _WRITTEN[rule].format(kind.any_sign)


def _set(written: str, text: str) -> str:
    inside = written[1:-1]
    negated = inside[:1] in {"!", "^"} and inside[0]
    signs = inside[1:] if negated else inside
    if not re.fullmatch(r"(?:[A-Za-z0-9._/]-?)+", signs) or _backward(signs):
        raise InvalidSelectorError(
            f"{quoted(written)} in {quoted(text)} is not a set of signs",
            hint="write, for example, `[0-9]`, `[abc]` or `[!abc]`",
        )
    # In the expression a `-` at the end is a sign; no `*`, `?` or set goes beyond a `/`.
    return f"[^/{signs}]" if negated else f"[{signs}]"


def _backward(signs: str) -> bool:
    return any(first > last for first, last in re.findall(r"(.)-(.)", signs))


def _sign(sign: str, text: str, kind: Kind) -> str:
    if sign in SPECIAL:
        raise _unbalanced(text, sign)
    if not re.fullmatch(kind.signs, sign):
        raise InvalidSelectorError(
            f"{quoted(text)} holds {quoted(sign)}, which {kind.name} never does",
            hint="a glob has `*`, `?`, `[abc]`, `[!abc]` and `{a,b}`; for more, write `regex: ...`",
        )
    return re.escape(sign)


def _unbalanced(text: str, sign: str) -> InvalidSelectorError:
    other = {"[": "]", "]": "[", "{": "}", "}": "{"}[sign]
    return InvalidSelectorError(
        f"{quoted(text)} has a {quoted(sign)} without its {quoted(other)}",
        hint=f"write both, or neither; {quoted('[abc]')} is one sign of those, `{{a,b}}` one text",
    )
