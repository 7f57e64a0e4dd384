"""Overwriting: when a tag that names another image may be moved. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class TagPattern(Protocol):
    """Tells which tags are meant."""

    def matches(self, tag: str) -> bool:
        """Return whether *tag* is one of them."""
        ...


class Overwrite(StrEnum):
    """What may be done to a tag that names another image at the destination."""

    ALWAYS = "always"
    NEVER = "never"
    IF_MUTABLE = "if_mutable"


class OverwriteRule(Struct, frozen=True):
    """A tag that one of ``immutable`` matches is never moved, in any mode.

    ``is_origin`` says that this run copied from the tag what would be copied back to it now: that
    may be older by now, where a copy in between failed, and moves nothing.
    """

    mode: Overwrite = Overwrite.ALWAYS
    immutable: tuple[TagPattern, ...] = ()
    is_origin: bool = False

    @property
    def only_adds(self) -> bool:
        """Whether no tag at all is moved."""
        return self.mode is Overwrite.NEVER or self.is_origin

    def is_immutable(self, tag: str) -> bool:
        """Return whether *tag*, once it is there, stays what it is."""
        return any(pattern.matches(tag) for pattern in self.immutable)

    def is_free(self, tag: str) -> bool:
        """Return whether *tag* may be written independent of what it names there."""
        return self.mode is Overwrite.ALWAYS and not (self.is_origin or self.is_immutable(tag))

    def reason_to_keep(self, tag: str) -> str:
        """Return why *tag* is not moved to another image; empty where it is."""
        if self.is_immutable(tag):
            return "the tag names another image there, and is immutable"
        if self.mode is Overwrite.NEVER:
            return "the tag names another image there, and is never overwritten"
        if self.is_origin:
            return "the tag names another image there, and this run copies from it"
        return ""
