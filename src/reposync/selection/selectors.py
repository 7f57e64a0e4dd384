"""Selectors: what a line of ``tags`` can be, as values; reading and applying them is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.selection.pattern import Pattern
    from reposync.selection.ranges import Range


@dataclass(frozen=True, slots=True)
class Named:
    """A tag by its name."""

    tag: str

    @property
    def text(self) -> str:
        """The line as it is written."""
        return self.tag


@dataclass(frozen=True, slots=True)
class Pinned:
    """A digest, and the tag that it gets at the destination; "" for none."""

    digest: Digest
    tag: str = ""

    @property
    def text(self) -> str:
        """The line as it is written."""
        return f"{self.tag}@{self.digest}" if self.tag else self.digest


@dataclass(frozen=True, slots=True)
class Matching:
    """``regex:`` and ``glob:``: the tags that match a pattern."""

    text: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Versions:
    """``semver:``: the tags whose version is in a range."""

    text: str
    range: Range


@dataclass(frozen=True, slots=True)
class Keep:
    """``keep:``: only what matches stays."""

    text: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class KeepLatest:
    """``keep: latest N``: only the newest by version stay, in all or of each variant."""

    text: str
    count: int
    per_variant: bool = False


@dataclass(frozen=True, slots=True)
class KeepNewer:
    """``keep: newer AGE``: only what was created less than so long ago stays."""

    text: str
    age_s: int


Naming = Named | Pinned
Taking = Matching | Versions
Narrowing = Keep | KeepLatest | KeepNewer
Selector = Naming | Taking | Narrowing
