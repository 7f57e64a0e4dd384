"""Syntax: what to tell a user whose file is not YAML.

PyYAML has two parsers with words of their own, of which none help; both are translated here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from reposync.config.compose import LIMIT_DEPTH
from reposync.config.lines import line_of
from reposync.config.quoting import with_quotes
from reposync.config.variables import NOT_EXPANDED, variable_at
from reposync.diagnostic import Diagnostic
from reposync.words import quoted

if TYPE_CHECKING:
    from yaml import Mark, MarkedYAMLError


class _Sentence(NamedTuple):
    """What to say where the parser's words match ``pattern``.

    ``{sign}`` is the character at fault and ``{line}`` where the broken thing began;
    ``at_beginning`` blames that beginning instead of the place where the parser gave up;
    ``may_lack_quotes`` tells that a text without quotes can be the cause.
    """

    pattern: str
    message: str
    hint: str
    at_beginning: bool = False
    may_lack_quotes: bool = True


_QUOTE = "put it in quotes"
_SENTENCES = tuple(
    _Sentence(*each)
    for each in (
        (r"\t|\btab\b", "a tab cannot indent", "indent with spaces", False, False),
        ("cannot start any token", "a text cannot begin with {sign}", _QUOTE),
        (
            "mapping values are not allowed",
            "`:` is not allowed here",
            "put a text with `: ` in quotes; or check the indentation and the line before",
        ),
        ("mapping keys are not allowed", "`?` is not allowed here", _QUOTE),
        (
            "directive|incompatible",
            "a line that begins with `%` has no meaning here",
            "remove it, or put the text in quotes",
            True,
        ),
        (
            "expected ':'",
            "this line is no `key: value`",
            "write a `:` and a space behind the key",
            True,
        ),
        (
            r"',' or '\]'",
            "the list that begins in line {line} goes on here without `,` or `]`",
            "write `,` between its entries and `]` at its end",
        ),
        (
            "',' or '}'",
            "the map that begins in line {line} goes on here without `,` or `}}`",
            "write `,` between its entries and `}}` at its end; put a text with `:` in quotes",
        ),
        (
            "end of stream|document (separator|indicator)",
            "the quotes that open here are never closed",
            "write {sign} at the end of the text",
            True,
        ),
        (r"ing an? (alias|anchor|tag)\b", "a text cannot begin with {sign}", _QUOTE, True),
        (
            "escape|hexa?decimal",
            "this text in double quotes holds a backslash that begins no escape",
            "write `\\\\` for a backslash, or use single quotes",
            True,
        ),
        ("scanning a block scalar", "a text cannot begin with {sign}", _QUOTE, True),
        ("tag handle", "a text cannot begin with {sign}", _QUOTE),
        (
            "nesting depth",
            f"lists and maps are nested more than {LIMIT_DEPTH} deep",
            "nest them less deep",
            False,
            False,
        ),
        ("sequence entries are not allowed", "no list can begin here", "begin it in a new line"),
        ("node content", "{sign} where a value should be", "put a text in quotes"),
        (
            "expected key|'-' indicator|<block end>",
            "this does not fit what begins in line {line}",
            "indent it like its neighbours, or put the whole text in quotes",
        ),
        (
            "<document start>",
            "this belongs to nothing above it",
            "indent it like the first key of the file",
        ),
    )
)
_NAMED = {"": "the end", "`": "a backtick"}
_OTHER = _Sentence("", "this is not YAML", "check the signs in and above this line")


def explain(name: str, text: str, error: MarkedYAMLError) -> Diagnostic:
    """Translate the parser's *error* about *text*, the content of the file *name*."""
    words = f"{error.context or ''} {error.problem or ''}"
    sign = _sign(text, error.problem_mark)
    if sign == "\t" and "token" in words:
        words = "tab"
    sentence = next((one for one in _SENTENCES if re.search(one.pattern, words)), _OTHER)
    beginning = error.context_mark or error.problem_mark
    mark = beginning if sentence.at_beginning else error.problem_mark
    problem = Diagnostic(
        path=name,
        line=mark.line + 1 if mark else 1,
        column=mark.column + 1 if mark else 1,
        key="",
        message=_filled(sentence.message, text, mark, beginning),
        hint=_filled(sentence.hint, text, mark, beginning),
    )
    if variable_at(line_of(text, problem.line), problem.column):
        return replace(problem, hint=NOT_EXPANDED)
    return with_quotes(text, problem) if sentence.may_lack_quotes else problem


def _filled(words: str, text: str, mark: Mark | None, beginning: Mark | None) -> str:
    line = beginning.line + 1 if beginning else 1
    sign = _sign(text, mark)
    shown = _NAMED.get(sign) or quoted(sign)
    return words.format(sign=shown, line=line)


def _sign(text: str, mark: Mark | None) -> str:
    return text[mark.index : mark.index + 1] if mark else ""
