"""Ranges of versions: ``>=1.2 <2 || 3.x``, and which versions they include.

``range_text`` parses them. A version in a range represents all that begin with it: ``1.2`` every
1.2.x, ``1.2.3`` also 1.2.3.4. Revisions and variants are ignored. A range includes pre-releases
only if it names one, and ``<2`` never includes one of 2.0.0; it includes dates and build numbers
only if it names one of them.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.version import SERIAL_FROM, trimmed

if TYPE_CHECKING:
    from reposync.selection.version import PrePart, Version


class Relation(Enum):
    """The position of a version relative to a bound."""

    BELOW = auto()
    PRE_RELEASE = auto()  # below it: one of its own pre-releases
    WITHIN = auto()
    ABOVE = auto()


_INCLUDED = {
    "<": {Relation.BELOW},
    "<=": {Relation.BELOW, Relation.PRE_RELEASE, Relation.WITHIN},
    "=": {Relation.WITHIN},
    "!=": {Relation.BELOW, Relation.PRE_RELEASE, Relation.ABOVE},
    ">=": {Relation.WITHIN, Relation.ABOVE},
    ">": {Relation.ABOVE},
}


class Bound(Struct, frozen=True):
    """A version that a range names; ``pre`` is empty for a release."""

    release: tuple[int, ...]
    pre: tuple[PrePart, ...] = ()

    def relation(self, version: Version) -> Relation:
        """Return the position of *version*."""
        if self.pre:
            mine = (trimmed(self.release), False, self.pre)
            other = (trimmed(version.release), not version.pre, version.pre)
            return _compared(other, mine)
        length = len(self.release)
        padded = version.release + (0,) * (length - len(version.release))
        if version.pre and trimmed(version.release) == trimmed(self.release):
            return Relation.PRE_RELEASE
        return _compared(padded[:length], self.release)


class Comparator(Struct, frozen=True):
    """One condition; ``operator`` is one of ``< <= = != >= >``."""

    operator: str
    bound: Bound

    def includes(self, version: Version) -> bool:
        """Return whether *version* meets the condition."""
        return self.bound.relation(version) in _INCLUDED[self.operator]


class Alternative(Struct, frozen=True):
    """Conditions that must all be met; without any, every release is included."""

    comparators: tuple[Comparator, ...]

    @property
    def names_pre_release(self) -> bool:
        """Whether it can include pre-releases."""
        return any(it.bound.pre for it in self.comparators if it.operator != "!=")

    @property
    def names_serial(self) -> bool:
        """Whether it names a date or build number."""
        return any(it.bound.release[0] >= SERIAL_FROM for it in self.comparators)

    def includes(self, version: Version) -> bool:
        """Return whether *version* is included."""
        if version.is_serial is not self.names_serial:
            return False
        if version.pre and not self.names_pre_release:
            return False
        return all(comparator.includes(version) for comparator in self.comparators)


class Range(Struct, frozen=True):
    """Alternatives, one of which must be met."""

    text: str
    alternatives: tuple[Alternative, ...]

    def includes(self, version: Version) -> bool:
        """Return whether *version* is in the range."""
        return any(alternative.includes(version) for alternative in self.alternatives)


def _compared(other: tuple[object, ...], mine: tuple[object, ...]) -> Relation:
    if other == mine:
        return Relation.WITHIN
    return Relation.ABOVE if other > mine else Relation.BELOW
