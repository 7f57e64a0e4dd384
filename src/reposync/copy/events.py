"""Events of the bytes: what must be sent, what moves now, and how it ended.

All of them are about a blob at a *place*, a repository of a destination. ``BlobNeeded`` comes
first, and again where another image needs the same blob there meanwhile; the last is ``BlobFound``,
``BlobFailed``, or a ``BlobEnded`` that says that it arrived. A blob that is known to be at a place
is no event at all.
"""

from __future__ import annotations

from msgspec import Struct

from reposync.oci.descriptor import Descriptor  # noqa: TC001 -- msgspec reads the types
from reposync.oci.reference import Reference  # noqa: TC001 -- the same


class ImageRead(Struct, frozen=True, tag=True):
    """All manifests of ``image`` are read: the blobs that it needs are known.

    The last of them follows at once; those of referrers follow when they are found.
    """

    image: Reference


class BlobNeeded(Struct, frozen=True, tag=True):
    """``image`` needs ``blob`` at ``places``, where it is not known to be yet."""

    image: Reference
    blob: Descriptor
    places: tuple[Reference, ...]


class BlobFound(Struct, frozen=True, tag=True):
    """No byte of ``blob`` has to be sent to ``place``: it exists there, or was mounted."""

    blob: Descriptor
    place: Reference


class BlobStarted(Struct, frozen=True, tag=True):
    """A blob begins to move to ``places``, all at once and from its first byte."""

    blob: Descriptor
    places: tuple[Reference, ...]


class BytesSent(Struct, frozen=True, tag=True):
    """``count`` more bytes of ``blob`` were sent to ``place``; comes a few times a second."""

    blob: Descriptor
    place: Reference
    count: int


class BlobEnded(Struct, frozen=True, tag=True):
    """A blob stopped moving to ``places``; where it did not arrive it may begin again."""

    blob: Descriptor
    places: tuple[Reference, ...]
    arrived: tuple[Reference, ...]


class BlobFailed(Struct, frozen=True, tag=True):
    """``blob`` does not come to ``place`` for the images that need it there now."""

    blob: Descriptor
    place: Reference


Event = ImageRead | BlobNeeded | BlobFound | BlobStarted | BytesSent | BlobEnded | BlobFailed
