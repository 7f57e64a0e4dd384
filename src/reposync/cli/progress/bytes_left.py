"""The bytes that are to be sent: each blob counts once for every place that lacks it.

What turns out to be at a place leaves the count. What has to be sent again is counted again, as
sent and as to be sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.sync.events import (
    BlobEnded,
    BlobFailed,
    BlobFound,
    BlobNeeded,
    BlobStarted,
    BytesSent,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.sync.events import Event


class _Needed(Struct):
    """A blob that a place lacks, ``image`` being the first that needs it there."""

    image: Reference
    left_bytes: int


class BytesLeft:
    """Sums over all blobs, in memory that is bounded by the blobs that are not there yet."""

    def __init__(self) -> None:
        self.sent_bytes = 0
        self.left_bytes = 0
        self.found_bytes = 0
        self._needed: dict[tuple[Digest, Reference], _Needed] = {}

    def image_of(self, blob: Descriptor, place: Reference) -> Reference:
        """Return the image that needs *blob* at *place*; the place itself where none is known."""
        needed = self._needed.get((blob.digest, place))
        return needed.image if needed else place

    def take(self, event: Event) -> None:
        """Move on by *event*."""
        match event:
            case BytesSent():
                self.sent_bytes += event.count
                self._change_left(event.blob, event.place, -event.count)
            case BlobNeeded():
                self._need(event.image, event.blob, event.places)
            case BlobFound():
                self.found_bytes += event.blob.size
                self._settle(event.blob, event.place)
            case BlobStarted():
                for place in event.places:
                    self._need(self.image_of(event.blob, place), event.blob, (place,))
            case BlobEnded():
                for place in event.arrived:
                    self._settle(event.blob, place)
                for place in set(event.places).difference(event.arrived):
                    self._change_left(event.blob, place, event.blob.size)
            case BlobFailed():
                self._settle(event.blob, event.place)
            case _:
                pass

    def _need(self, image: Reference, blob: Descriptor, places: Iterable[Reference]) -> None:
        for place in places:
            if (blob.digest, place) not in self._needed:
                self._needed[blob.digest, place] = _Needed(image, blob.size)
                self.left_bytes += blob.size

    def _change_left(self, blob: Descriptor, place: Reference, change: int) -> None:
        """Add *change* to what is left of *blob*, within its size."""
        needed = self._needed.get((blob.digest, place))
        if needed is not None:
            left_bytes = min(max(needed.left_bytes + change, 0), blob.size)
            self.left_bytes += left_bytes - needed.left_bytes
            needed.left_bytes = left_bytes

    def _settle(self, blob: Descriptor, place: Reference) -> None:
        needed = self._needed.pop((blob.digest, place), None)
        if needed is not None:
            self.left_bytes -= needed.left_bytes
