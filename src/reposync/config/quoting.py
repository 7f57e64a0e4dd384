"""Quoting: how to write what YAML does not take for the text that it is meant to be.

Selectors and templates begin with signs that mean something in YAML, `>`, `!`, `[` and `{` first of
all; the line itself, put into quotes, says more than any rule.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reposync.config.options import SELECTORS
from reposync.words import quoted

_KEY = rf"(?<![\w.'\"-])(?:{'|'.join((*SELECTORS, 'repository'))}):[ \t]+"
_COMMENT = r"\s#"
_ALIAS = r"\*[\w-]+"
_BRACKETS = {"[": 1, "{": 1, "(": 1, "]": -1, "}": -1, ")": -1}


class _Pair(NamedTuple):
    """A key and its value in a line, and the columns from which and up to which they stand."""

    start: int
    end: int
    key: str
    value: str


def quoting_hint(line: str, column: int) -> str | None:
    """Tell how to quote what stands at *column* of *line*, counted from 1, if it is known."""
    pairs = (_pair(line, match) for match in re.finditer(_KEY, line))
    pair = next((each for each in pairs if each.start < column <= each.end + 1), None)
    if pair is None or not pair.value or pair.value[0] in "'\"" or re.fullmatch(_ALIAS, pair.value):
        return None
    escaped = pair.value.replace("'", "''")
    written = f"{pair.key}'{escaped}'"
    return f"put it in quotes: {quoted(written)}"


def _pair(line: str, match: re.Match[str]) -> _Pair:
    is_flow = any(sign in line[: match.start()] for sign in "[{")
    value = re.split(_COMMENT, line[match.end() :], maxsplit=1)[0]
    value = (_up_to_the_next(value) if is_flow else value).rstrip(", \t")
    key = f"{match[0].rstrip()} "
    return _Pair(match.start(), match.end() + len(value), key, value)


def _up_to_the_next(text: str) -> str:
    """Cut *text*, of a list or map in brackets, where its next entry begins or where it ends."""
    depth = 0
    for index, sign in enumerate(text):
        depth += _BRACKETS.get(sign, 0)
        if depth < 0 or (depth == 0 and sign == ","):
            return text[:index]
    return text
