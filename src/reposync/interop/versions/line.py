"""The line of versions: points on it, cuts beside them, and intervals between cuts.

Order as semver 2.0.0 has it (section 11): numbers, then pre-releases before their release; parts
of a pre-release that are numbers before those that are words.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.version import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable

LOWEST: tuple[str, ...] = ()
"""The pre-release that is below all others."""


class Point(Struct, frozen=True):
    """A version; numbers that are not written count as 0, ``pre`` is None for a release."""

    numbers: tuple[int, ...]
    pre: tuple[str, ...] | None = None


class Cut(Struct, frozen=True):
    """A place between versions: right before *point*, or right behind it."""

    point: Point
    behind: bool = False

    @property
    def order(self) -> tuple[object, ...]:
        """What cuts are ordered by."""
        pre = self.point.pre
        parts = tuple(_order(part) for part in pre or ())
        return (trimmed(self.point.numbers), pre is None, parts, self.behind)


class Interval(Struct, frozen=True):
    """The versions between two cuts; None for no end."""

    lower: Cut | None = None
    upper: Cut | None = None


class Group(Struct, frozen=True):
    """Versions that are all in one of ``intervals``; ``takes_pre`` where pre-releases count."""

    intervals: tuple[Interval, ...]
    takes_pre: bool = True


def compared(operator: str, point: Point) -> tuple[Interval, ...]:
    """Return the versions that are ``< <= = != >= >`` than *point*."""
    before, behind = Cut(point), Cut(point, behind=True)
    match operator:
        case "<":
            return (Interval(upper=before),)
        case "<=":
            return (Interval(upper=behind),)
        case "=":
            return (Interval(before, behind),)
        case "!=":
            return (Interval(upper=before), Interval(lower=behind))
        case ">=":
            return (Interval(lower=before),)
        case ">":
            return (Interval(lower=behind),)
    raise ValueError(f"{operator!r} is no operator")


def below(numbers: tuple[int, ...]) -> Cut:
    """Return the cut before *numbers* and all of their pre-releases."""
    return Cut(Point(numbers, LOWEST))


def all_of(conditions: Iterable[tuple[Interval, ...]]) -> tuple[Interval, ...]:
    """Return the intervals in which all *conditions* hold; none is everything."""
    return reduce(_both, conditions, (Interval(),))


def _both(some: tuple[Interval, ...], others: tuple[Interval, ...]) -> tuple[Interval, ...]:
    visited = (_meet(one, other) for one in some for other in others)
    return tuple(each for each in visited if each is not None)


def _meet(one: Interval, other: Interval) -> Interval | None:
    lowers = [cut for cut in (one.lower, other.lower) if cut is not None]
    uppers = [cut for cut in (one.upper, other.upper) if cut is not None]
    lower = max(lowers, key=lambda cut: cut.order, default=None)
    upper = min(uppers, key=lambda cut: cut.order, default=None)
    if lower is not None and upper is not None and lower.order >= upper.order:
        return None
    return Interval(lower, upper)


def _order(part: str) -> tuple[bool, int, str]:
    return (False, int(part), "") if part.isdigit() else (True, 0, part)
