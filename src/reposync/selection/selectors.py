"""Selectors: what a line of ``tags`` can be, as values; reading and applying them is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.selection.pattern import Pattern
    from reposync.selection.ranges import Range


class Named(Struct, frozen=True):
    """A tag by its name; ``alias`` is its name at the destination, "" where that is the same."""

    tag: str
    alias: str = ""

    @property
    def text(self) -> str:
        """The line as it is written."""
        return self.tag


class Pinned(Struct, frozen=True):
    """A digest, and the tag that it gets at the destination; "" for none."""

    digest: Digest
    tag: str = ""

    @property
    def text(self) -> str:
        """The line as it is written."""
        return f"{self.tag}@{self.digest}" if self.tag else self.digest


class Matching(Struct, frozen=True):
    """``regex:`` and ``glob:``: the tags that match a pattern."""

    text: str
    pattern: Pattern


class Versions(Struct, frozen=True):
    """``semver:``: the tags whose version is in a range."""

    text: str
    range: Range


class Keep(Struct, frozen=True):
    """``keep:``: only what matches stays."""

    text: str
    pattern: Pattern


class KeepLatest(Struct, frozen=True):
    """``keep: latest N``: only the newest by version stay, in all or of each variant."""

    text: str
    count: int
    per_variant: bool = False


class KeepNewer(Struct, frozen=True):
    """``keep: newer AGE``: only what was created less than so long ago stays."""

    text: str
    age_s: int


Naming = Named | Pinned
Taking = Matching | Versions
Narrowing = Keep | KeepLatest | KeepNewer
Selector = Naming | Taking | Narrowing
