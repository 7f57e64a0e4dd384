"""Events of the bytes: what moves now. The run passes them on to whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor


class BlobStarted(Struct, frozen=True):
    """A blob begins to move from its source to ``destinations`` registries at once."""

    blob: Descriptor
    destinations: int


class BytesRead(Struct, frozen=True):
    """``count`` more bytes of ``blob`` came from its source."""

    blob: Descriptor
    count: int


class BlobEnded(Struct, frozen=True):
    """A blob stopped moving: whole, or given up (then it may begin again)."""

    blob: Descriptor
    complete: bool


Event = BlobStarted | BytesRead | BlobEnded
