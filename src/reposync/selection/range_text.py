"""Range texts: parses ranges of versions, and suggests a correction for invalid ones.

``>= > <= < = !=``, a space or a comma for "and", ``||`` for "or", ``^1.2 ~1.2 1.x *`` and
``1.2 - 2.0`` become plain conditions here, which ``ranges`` evaluates.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reposync.selection.errors import InvalidSelectorError
from reposync.selection.ranges import Alternative, Bound, Comparator, Range
from reposync.selection.version import LOWEST_PRE, parse_version
from reposync.words import quoted

_LENGTH_LIMIT = 1000
_TERM = r"[\s,]*(?P<operator>[<>=!~^|&]*)\s*(?P<version>[^\s,<>=!~^|&]*)"
_OPERATORS = frozenset({"", "<", "<=", "=", "!=", ">=", ">", "^", "~"})
_MEANT = {"==": "=", "=>": ">=", "=<": "<=", "~>": "~", "<>": "!=", "!": "!="}
_WILDCARD = r"[vV]?(?P<release>(?:[0-9]+\.)*)[xX*](?:\.[xX*])*"
_NUMBERS_LIMIT = 128
_EXAMPLE = "write, for example, `>=1.2 <2`, `^1.2`, `1.x` or `1.2 || 3.x`"


class _Term(NamedTuple):
    operator: str
    version: str


def parse_range(text: str) -> Range:
    """Parse *text*.

    Raises:
        InvalidSelectorError: It is not a range.
    """
    if len(text) > _LENGTH_LIMIT:
        raise InvalidSelectorError(
            f"a range of {len(text)} characters is too long", hint=f"use at most {_LENGTH_LIMIT}"
        )
    return Range(text, tuple(_alternative(part, text) for part in text.split("||")))


def _alternative(part: str, text: str) -> Alternative:
    terms = [_term(match) for match in re.finditer(_TERM, part) if match[0].strip(" \t\r\n,")]
    if not terms:
        which = (
            "is empty" if not text.strip(" ,") else f"{quoted(text)} is empty on one side of `||`"
        )
        message = f"the range {which}" if which == "is empty" else which
        raise InvalidSelectorError(message, hint=f"{_EXAMPLE}; every version is `*`")
    return Alternative(tuple(_comparators(terms)))


def _term(match: re.Match[str]) -> _Term:
    operator, version = match["operator"], match["version"]
    written = match[0].strip(" \t\r\n,")
    if operator not in _OPERATORS:
        meant = _MEANT.get(operator)
        hint = f"write {quoted(meant + version)}" if meant else _EXAMPLE
        if operator in {"|", "&", "&&"}:
            hint = '"or" is `||`, "and" is a space'
        where = f" in {quoted(written)}" if written != operator else ""
        raise InvalidSelectorError(f"{quoted(operator)}{where} is not an operator", hint=hint)
    if not version:
        raise InvalidSelectorError(
            f"no version follows the operator {quoted(operator)}",
            hint=f"write a version there, as in {quoted(operator + '1.2')}",
        )
    return _Term(operator, version)


def _comparators(terms: list[_Term]) -> list[Comparator]:
    found: list[Comparator] = []
    rest = list(terms)
    while rest:
        if len(rest) > 1 and rest[1] == ("", "-"):
            found += _hyphen(rest[:3])
            del rest[:3]
        else:
            found += _desugared(rest.pop(0))
    return found


def _hyphen(terms: list[_Term]) -> list[Comparator]:
    written = " ".join(term.operator + term.version for term in terms)
    if len(terms) < 3 or terms[0].operator or terms[2].operator:  # noqa: PLR2004 -- `1.2 - 2.0`
        raise InvalidSelectorError(
            f"{quoted(written)} is an incomplete range",
            hint="write a version on both sides: `1.2 - 2.0`",
        )
    lower, upper = _bound(terms[0].version), _bound(terms[2].version)
    return _plain(">=", lower) + _plain("<=", upper)


def _desugared(term: _Term) -> list[Comparator]:
    bound = _bound(term.version)
    if bound is None and term.operator in {"<", ">", "!="}:
        raise InvalidSelectorError(
            f"{quoted(term.operator + term.version)} names no version",
            hint=f"write numbers after {quoted(term.operator)}",
        )
    if bound is None or term.operator not in {"^", "~"}:
        return _plain(term.operator or "=", bound)
    last = min(1, len(bound.release) - 1) if term.operator == "~" else _caret(bound.release)
    upper = (*bound.release[:last], bound.release[last] + 1)
    return [Comparator(">=", bound), Comparator("<", Bound(upper))]


def _plain(operator: str, bound: Bound | None) -> list[Comparator]:
    return [] if bound is None else [Comparator(operator, bound)]


def _caret(release: tuple[int, ...]) -> int:
    """Return the index of the number that must not change: the first that is not 0, or the last."""
    return next((at for at, number in enumerate(release) if number), len(release) - 1)


def _bound(written: str) -> Bound | None:
    """Parse one version of a range; None for ``*``, which is every version."""
    if wildcard := re.fullmatch(_WILDCARD, written):
        numbers = wildcard["release"].rstrip(".")
        if len(numbers) > _NUMBERS_LIMIT:
            raise _not_a_version(written)
        return Bound(tuple(map(int, numbers.split(".")))) if numbers else None
    lowest = written.endswith("-0")
    version = parse_version(written.removesuffix("-0"))
    if version is None or (lowest and version.pre) or re.search(r"\.[xX*]", written):
        raise _not_a_version(written)
    if version.variant or version.revision:
        raise _too_exact(written)
    return Bound(version.release, (LOWEST_PRE,) if lowest else version.pre)


def _not_a_version(written: str) -> InvalidSelectorError:
    return InvalidSelectorError(f"{quoted(written)} is not a version", hint=_EXAMPLE)


def _too_exact(written: str) -> InvalidSelectorError:
    numbers, _, words = written.replace("_", "-").replace("+", "-").partition("-")
    return InvalidSelectorError(
        f"{quoted(written)} is more than a version, and a range compares only versions",
        hint=f"write {quoted(numbers)} here and, to choose a variant, a line "
        f"{quoted(f'keep: .*-{words}')}; or the tag alone, without `semver:`",
    )
