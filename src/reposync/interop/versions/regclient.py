"""regsync's ranges of versions: its own semver, of versions of any number of parts.

Spaces mean "and"; there is no "or". A pre-release counts wherever its place in the order is; how
two of one version are ordered differs between its releases, so that is never relied on.
"""

from __future__ import annotations

import re

from reposync.interop.versions.blang import lowest
from reposync.interop.versions.line import Group, Interval, Point, all_of, compared
from reposync.interop.versions.numbers import Length
from reposync.interop.versions.tags import Dialect, RangeError

DIALECT = Dialect(
    release=Length(1, None),
    pre=Length(1, None),
    any_pre=".+",
    release_end="-?",
    compares_pre=False,
)

_TERM = re.compile(r"(?P<operator>>=|<=|>|<|=|\^|~)?(?P<version>.+)")
_VERSION = re.compile(r"v?(?P<numbers>[0-9]{1,18}(?:\.[0-9]{1,18})*)(?:-(?P<pre>[^+]*))?(?:\+.*)?")
_PARTS = 3


def groups(text: str) -> list[Group]:
    """Read a range.

    Raises:
        RangeError: It is none.
    """
    terms = text.split()
    if not terms:
        raise RangeError("is empty")
    return [Group(all_of(_condition(term) for term in terms))]


def _condition(term: str) -> tuple[Interval, ...]:
    match = _TERM.fullmatch(term)
    version = _VERSION.fullmatch(match["version"]) if match else None
    if match is None or version is None:
        raise RangeError(f"has a part that is none: {term!r}")
    numbers = tuple(map(int, version["numbers"].split(".")))
    pre = tuple(version["pre"].split(".")) if version["pre"] else None
    operator = match["operator"] or "="
    if operator in {"^", "~"}:
        upper = Point(_upper(operator, numbers))
        lower = compared(">=", Point(numbers, lowest(">=", pre)))
        return all_of([lower, compared("<", upper)])
    return compared(operator, Point(numbers, lowest(operator, pre)))


def _upper(operator: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
    major, minor, patch = (*numbers, 0, 0, 0)[:_PARTS]
    if operator == "~":
        return (major, minor + 1)
    if major:
        return (major + 1,)
    return (0, minor + 1) if minor else (0, 0, patch + 1)
