"""Samples: which share of the images one verification checks. Pure.

An image belongs to one share by the hash of its destination's reference, so that all shares
together are all images, whichever images come and go between two runs.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.reference import Reference

_PERCENT = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%?")
_ALL = 100


class Share(Struct, frozen=True):
    """The share with this ``index``, from 0, of ``count``."""

    index: int = 0
    count: int = 1

    def takes(self, destination: Reference) -> bool:
        """Return whether the image at *destination* is in this share."""
        if self.count == 1:
            return True
        hashed = sha256(str(destination).encode()).digest()
        return int.from_bytes(hashed[:8]) % self.count == self.index

    @property
    def next_index(self) -> int:
        """The index of the share that is due after this one."""
        return (self.index + 1) % self.count


def share_count(percent: str) -> int:
    """Return how many shares there are when one has *percent* of the images: ``10%`` makes 10.

    Raises:
        ValueError: *percent* is not a number above 0 and up to 100.
    """
    match = _PERCENT.fullmatch(percent.strip())
    share = Fraction(match["number"]) if match else Fraction(0)
    if not 0 < share <= _ALL:
        raise ValueError(f"{percent!r} is not a percentage above 0% and up to 100%")
    return math.ceil(_ALL / share)
