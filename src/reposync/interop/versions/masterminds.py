"""skopeo's ranges of versions, which are those of Masterminds/semver 3.

Spaces and commas mean "and", ``||`` means "or". Pre-releases count only where the range names some.
"""

from __future__ import annotations

import re

from msgspec import Struct

from reposync.interop.versions.blang import lowest
from reposync.interop.versions.line import Cut, Group, Interval, Point, all_of, below, compared
from reposync.interop.versions.numbers import Length
from reposync.interop.versions.tags import Dialect, RangeError

DIALECT = Dialect(release=Length(1, 3), pre=Length(1, 3))

_VERSION = (
    r"v?(?:[0-9]{1,18}|[xX*])(?:\.(?:[0-9]{1,18}|[xX*]))?(?:\.(?:[0-9]{1,18}|[xX*]))?"
    r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_OPERATOR = r"(?:!=|>=|=>|<=|=<|~>|[=><~^])?"
_TERM = re.compile(rf"(?P<operator>{_OPERATOR})\s*(?P<version>{_VERSION})")
_TERMS = re.compile(rf"\s*{_OPERATOR}\s*{_VERSION}\s*(?:(?:\s+|,\s*){_OPERATOR}\s*{_VERSION}\s*)*")
_HYPHEN = re.compile(rf"\s*(?P<low>{_VERSION})\s+-\s+(?P<high>{_VERSION})\s*")
_OPERATORS = {"": "=", "=>": ">=", "=<": "<=", "~>": "~"}
_PARTS = 3


class _Term(Struct, frozen=True):
    """``numbers`` are those that are written, perhaps none for ``*``."""

    operator: str
    numbers: tuple[int, ...]
    pre: tuple[str, ...] | None

    @property
    def is_neutral(self) -> bool:
        """Whether pre-releases fulfil it like all others: ``!=1.2.3``."""
        return self.operator == "!=" and self.pre is None and len(self.numbers) == _PARTS

    @property
    def point(self) -> Point:
        return Point(self.numbers, lowest(self.operator, self.pre))


def groups(text: str) -> list[Group]:
    """Read a range.

    Raises:
        RangeError: It is none, or means other things in other releases of skopeo.
    """
    text = _HYPHEN.sub(lambda match: f" >={match['low']}, <={match['high']} ", text)
    return [_group(part, text) for part in text.split("||")]


def _group(part: str, text: str) -> Group:
    if not _TERMS.fullmatch(part):
        raise RangeError(f"is no range: {text.strip()!r}")
    terms = [_term(match) for match in _TERM.finditer(part)]
    takes_pre = [term.pre is not None for term in terms if not term.is_neutral]
    if any(takes_pre) and not all(takes_pre):
        raise RangeError(
            "names a pre-release beside a release, which releases of skopeo take apart"
        )
    return Group(all_of(map(_condition, terms)), takes_pre=all(takes_pre))


def _term(match: re.Match[str]) -> _Term:
    operator = _OPERATORS.get(match["operator"], match["operator"])
    version = match["version"].removeprefix("v").partition("+")[0]
    written, _, pre = version.partition("-")
    numbers: list[int] = []
    for part in written.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    term = _Term(operator, tuple(numbers), tuple(pre.split(".")) if pre else None)
    if (pre and len(numbers) < _PARTS) or (not numbers and operator not in {"=", ">=", "~"}):
        raise RangeError(f"has a version that is not whole: {match[0].strip()!r}")
    return term


def _condition(term: _Term) -> tuple[Interval, ...]:
    numbers = term.numbers
    is_whole = len(numbers) == _PARTS
    lower = Cut(Point(numbers, lowest(">=", term.pre)))
    if not any(numbers) and (not numbers or (term.operator == "~" and is_whole)):
        return (Interval(lower=lower),)
    if term.operator in {"~", "^"}:
        return (Interval(lower, below(_end(term))),)
    return compared(term.operator, term.point) if is_whole else _short(term, lower)


def _short(term: _Term, lower: Cut) -> tuple[Interval, ...]:
    """Read ``1.2`` and ``1.2.x``, which stand for all that begin so."""
    upper = below(_next(term.numbers))
    match term.operator:
        case "=":
            return (Interval(lower, upper),)
        case "!=":
            return (Interval(upper=lower), Interval(upper))
        case ">":
            return (Interval(upper),)
        case "<=":
            return (Interval(upper=upper),)
    return compared(term.operator, term.point)


def _end(term: _Term) -> tuple[int, ...]:
    numbers = term.numbers
    if term.operator == "~":
        return _next(numbers[:2])
    first = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    return _next(numbers[: first + 1])


def _next(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return (*numbers[:-1], numbers[-1] + 1)
