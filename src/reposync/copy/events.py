"""Events of the bytes: what moves now. The run passes them on to whoever listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor


@dataclass(frozen=True, slots=True)
class BlobStarted:
    """A blob begins to move from its source to ``destinations`` registries at once."""

    blob: Descriptor
    destinations: int


@dataclass(frozen=True, slots=True)
class BytesRead:
    """``count`` more bytes of ``blob`` came from its source."""

    blob: Descriptor
    count: int


@dataclass(frozen=True, slots=True)
class BlobEnded:
    """A blob stopped moving: whole, or given up (then it may begin again)."""

    blob: Descriptor
    complete: bool


Event = BlobStarted | BytesRead | BlobEnded
