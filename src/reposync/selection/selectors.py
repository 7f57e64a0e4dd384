"""Selectors: the kinds of lines in ``tags``, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.selection.pattern import Pattern
    from reposync.selection.ranges import Range


class Named(Struct, frozen=True):
    """A tag by its name; ``aliases`` are the names that ``as`` gives it at the destination.

    Without any it keeps its name, or gets the one that the template of tags makes of it.
    """

    tag: str
    aliases: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line as in the file."""
        if not self.aliases:
            return self.tag
        names = ", ".join(self.aliases)
        return f"{{tag: {self.tag}, as: {f'[{names}]' if len(self.aliases) > 1 else names}}}"


class Pinned(Struct, frozen=True):
    """A digest, and the tag that it gets at the destination; "" for none."""

    digest: Digest
    tag: str = ""

    @property
    def text(self) -> str:
        """The line as in the file."""
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
    """``keep:``: keeps only what matches."""

    text: str
    pattern: Pattern


class KeepLatest(Struct, frozen=True):
    """``keep: latest N``: keeps only the newest by version, of all tags or of each variant."""

    text: str
    count: int
    per_variant: bool = False


class KeepNewer(Struct, frozen=True):
    """``keep: newer AGE``: keeps only what was created within that time."""

    text: str
    age_s: int


Naming = Named | Pinned
Including = Matching | Versions
Narrowing = Keep | KeepLatest | KeepNewer
Selector = Naming | Including | Narrowing
