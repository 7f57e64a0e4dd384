"""Quoting: how to write what YAML does not take for the text that it is meant to be.

Selectors and templates begin with signs that mean something in YAML, `>`, `!`, `[` and `{` first of
all; the line itself, put into quotes, says more than any rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from reposync.config.lines import line_of
from reposync.config.options import SELECTORS
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.diagnostic import Diagnostic

_KEY = rf"(?<![\w.'\"-])(?:{'|'.join((*SELECTORS, 'repository', 'tag', 'as'))}):[ \t]+"
_COMMENT = r"\s#"
_ALIAS = r"\*[\w-]+"
_SIGNS = frozenset(">|*&!%@`#?-,")
"""With these a text cannot begin in YAML, or begins something else."""
_LONGEST_LINE = 10_000
_BRACKETS = {"[": 1, "{": 1, "(": 1, "]": -1, "}": -1, ")": -1}


class _Pair(NamedTuple):
    """A key and its value in a line, and the columns where they begin and end."""

    start: int
    end: int
    key: str
    value: str


def with_quotes(text: str, problem: Diagnostic) -> Diagnostic:
    """Let *problem* advise quotes, where it is in a text that needs them."""
    hint = quoting_hint(line_of(text, problem.line), problem.column)
    return replace(problem, hint=hint) if hint else problem


def quoting_hint(line: str, column: int) -> str | None:
    """Return how to quote what is at *column* of *line*, counted from 1, if it is known.

    A text that YAML takes for what it is needs no quotes: something else is wrong with it.
    """
    if len(line) > _LONGEST_LINE:
        return None
    pairs = (_pair(line, match) for match in re.finditer(_KEY, line))
    pair = next((each for each in pairs if each.start < column <= each.end + 1), None)
    if pair is None or not _needs_quotes(pair.value):
        return None
    escaped = pair.value.replace("'", "''")
    written = f"{pair.key}'{escaped}'"
    return f"put it in quotes: {quoted(written)}"


def _needs_quotes(value: str) -> bool:
    if not value or value[0] in "'\"" or re.fullmatch(_ALIAS, value):
        return False
    other_key = re.search(_KEY, value)
    is_missing_comma = other_key is not None and other_key.start() > 0
    has_signs = value[0] in _SIGNS or not _BRACKETS.keys().isdisjoint(value)
    return has_signs or (": " in value and not is_missing_comma)


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
