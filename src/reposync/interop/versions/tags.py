"""Tags of versions: the expressions that fit exactly the tags in given intervals.

Which tags are versions at all is a matter of the tool's dialect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.interop.versions import pre_release
from reposync.interop.versions.line import LOWEST
from reposync.interop.versions.numbers import Bound, Length, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reposync.interop.versions.line import Cut, Group, Interval


class RangeError(Exception):
    """A range cannot be kept; ``str`` says why, beginning with a verb."""


class Dialect(Struct, frozen=True):
    """Which tags a tool takes for versions.

    ``any_pre`` is what may follow the ``-``; ``compares_pre`` where pre-releases have the
    order of semver 2.0.0.
    """

    release: Length
    pre: Length
    any_pre: str = pre_release.ANY
    release_end: str = ""
    compares_pre: bool = True


def expressions(groups: Iterable[Group], dialect: Dialect) -> list[str]:
    """Write *groups* as expressions for whole tags, one of which must fit.

    Raises:
        RangeError: A pre-release in them has no order that can be written so.
    """
    found: dict[str, None] = {}
    for group in groups:
        for interval in group.intervals:
            found.update(dict.fromkeys(_releases(interval, dialect)))
            if group.takes_pre:
                found.update(dict.fromkeys(_pre_releases(interval, dialect)))
    return [*found]


def _releases(interval: Interval, dialect: Dialect) -> Iterator[str]:
    lower = _lower(interval.lower, above_pre=True)
    upper = _upper(interval.upper, above_release=False)
    row = rows(lower, upper, dialect.release)
    if row is not None:
        yield f"v?{row}{dialect.release_end}"


def _pre_releases(interval: Interval, dialect: Dialect) -> Iterator[str]:
    lower = _lower(interval.lower, above_pre=_pre(interval.lower) == LOWEST)
    upper = _upper(interval.upper, above_release=True)
    row = rows(lower, upper, dialect.pre)
    if row is not None:
        yield f"v?{row}-{dialect.any_pre}"
    yield from _beside(interval, dialect)


def _beside(interval: Interval, dialect: Dialect) -> Iterator[str]:
    """Write those pre-releases that are of the same numbers as one that is named."""
    lower, upper = interval.lower, interval.upper
    low, high = _pre(lower), _pre(upper)
    for pre in filter(None, (low, high)):
        if not dialect.compares_pre or not pre_release.is_comparable(pre):
            raise RangeError(f"compares with the pre-release {'.'.join(pre)}")
    if low and high and lower and upper and _row(lower) == _row(upper):
        if low != high:
            raise RangeError("compares with two pre-releases of one version")
        yield f"v?{_row_expression(lower, dialect)}-{pre_release.same(low)}"
        return
    if low and lower is not None:
        later = pre_release.behind(low, inclusive=not lower.behind)
        yield f"v?{_row_expression(lower, dialect)}-{later}"
    if high and upper is not None:
        earlier = pre_release.before(high, inclusive=upper.behind)
        if earlier is not None:
            yield f"v?{_row_expression(upper, dialect)}-{earlier}"


def _lower(cut: Cut | None, *, above_pre: bool) -> Bound | None:
    """Return the bound of the numbers; ``above_pre``: the numbers of a pre-release count too."""
    if cut is None:
        return None
    if cut.point.pre is None:
        return Bound(cut.point.numbers, inclusive=above_pre and not cut.behind)
    return Bound(cut.point.numbers, inclusive=above_pre)


def _upper(cut: Cut | None, *, above_release: bool) -> Bound | None:
    """Return the bound of the numbers; ``above_release``: pre-releases of the release count."""
    if cut is None:
        return None
    if cut.point.pre is None:
        return Bound(cut.point.numbers, inclusive=above_release or cut.behind)
    return Bound(cut.point.numbers, inclusive=False)


def _pre(cut: Cut | None) -> tuple[str, ...] | None:
    return None if cut is None else cut.point.pre


def _row(cut: Cut) -> tuple[object, ...]:
    return cut.order[:1]


def _row_expression(cut: Cut, dialect: Dialect) -> str:
    exact = Bound(cut.point.numbers, inclusive=True)
    row = rows(exact, exact, dialect.pre)
    return "" if row is None else row
