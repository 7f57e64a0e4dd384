"""dregsy's ranges of versions, which are those of blang/semver 4.

Spaces mean "and", ``||`` means "or"; a pre-release counts wherever its place in the order is.
"""

from __future__ import annotations

import re

from reposync.interop.versions.line import LOWEST, Group, Interval, Point, all_of, compared
from reposync.interop.versions.numbers import Length
from reposync.interop.versions.tags import Dialect, RangeError

DIALECT = Dialect(release=Length(1, 3), pre=Length(3, 3))
"""A tag may be short (``v1.2``), but not with a pre-release behind it."""

_TERM = re.compile(r"(?P<operator>[<>=!]*)\s*(?P<version>[^\s<>=!]+)")
_OPERATORS = {"": "=", "==": "=", "!": "!="}
_KNOWN = frozenset({"<", "<=", "=", "!=", ">=", ">"})
_VERSION = re.compile(
    r"(?P<numbers>[0-9]{1,18}(?:\.[0-9]{1,18}){0,2})(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)
_WILDCARD = re.compile(r"(?P<numbers>[0-9]{1,18}(?:\.[0-9]{1,18})?)(?:\.x){1,2}")


def groups(text: str) -> list[Group]:
    """Read a range.

    Raises:
        RangeError: It is none.
    """
    return [Group(all_of(_terms(part, text))) for part in text.split("||")]


def _terms(part: str, text: str) -> list[tuple[Interval, ...]]:
    found = [*_TERM.finditer(part)]
    if not found or _TERM.sub("", part).strip():
        raise RangeError(f"is no range: {text.strip()!r}")
    return [_condition(match["operator"], match["version"]) for match in found]


def _condition(operator: str, version: str) -> tuple[Interval, ...]:
    operator = _OPERATORS.get(operator, operator)
    if operator not in _KNOWN:
        raise RangeError(f"has an operator that is none: {operator!r}")
    if wildcard := _WILDCARD.fullmatch(version):
        return _wildcard(operator, tuple(map(int, wildcard["numbers"].split("."))))
    match = _VERSION.fullmatch(version)
    if match is None:
        raise RangeError(f"has a version that is none: {version!r}")
    numbers = tuple(map(int, match["numbers"].split(".")))
    pre = tuple(match["pre"].split(".")) if match["pre"] else None
    return compared(operator, Point(numbers, lowest(operator, pre)))


def lowest(operator: str, pre: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Read the pre-release ``-0``, below which there is none, as what it means in a range."""
    return LOWEST if pre == ("0",) and operator in {">=", "<"} else pre


def _wildcard(operator: str, numbers: tuple[int, ...]) -> tuple[Interval, ...]:
    here = Point(numbers)
    following = Point((*numbers[:-1], numbers[-1] + 1))
    match operator:
        case "=":
            return all_of([compared(">=", here), compared("<", following)])
        case "!=":  # as the library has it: below the one and from the other on, at once
            return all_of([compared("<", here), compared(">=", following)])
        case ">" | "<=":
            return compared(">=" if operator == ">" else "<", following)
    return compared(operator, here)
