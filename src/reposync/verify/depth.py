"""How far down a verification goes. Pure."""

from __future__ import annotations

from enum import StrEnum


class Depth(StrEnum):
    """What is proved of an image; each depth includes those before it."""

    TAGS = "tags"
    """The tag names the expected digest."""
    MANIFESTS = "manifests"
    """Every manifest below it exists, and every referrer."""
    BLOBS = "blobs"
    """Every blob exists with the right length."""
    BYTES = "bytes"
    """Every blob has the bytes that its digest names."""

    def includes(self, other: Depth) -> bool:
        """Return whether what *other* proves is proved at this depth."""
        order = list(Depth)
        return order.index(other) <= order.index(self)
