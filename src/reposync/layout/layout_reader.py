"""Where the files of a layout are: what any form of one must be able to do for a reader.

All is synchronous and runs in threads. Nothing here trusts what it finds: a blob is what its
digest names, a file that is no regular one is not there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.digest import Digest

INDEX = "index.json"
MARKER = "oci-layout"
WHOLE_AGAIN = "copy the layout again from where it is whole"
"""The advice for a source that is damaged; a destination is healed by writing to it."""


class Extent(Struct, frozen=True):
    """Bytes of an open file; whoever has it closes it."""

    descriptor: int
    start: int
    size: int

    def read(self, offset: int, limit_bytes: int) -> bytes:
        """Read at most *limit_bytes* from *offset* of the extent on; nothing at its end."""
        count = max(0, min(limit_bytes, self.size - offset))
        return os.pread(self.descriptor, count, self.start + offset)

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


class LayoutReader(Protocol):
    """The files of one layout, for reading."""

    def document(self, name: str) -> bytes | None:
        """Read ``index.json`` or ``oci-layout`` whole; None where it is not there.

        Raises:
            ContentError: It is far larger than such a file is.
        """
        ...

    def stamp(self) -> object:
        """Return what changes when ``index.json`` does."""
        ...

    def size(self, digest: Digest) -> int | None:
        """Return the length of a blob in bytes; None where it is not there."""
        ...

    def open_blob(self, digest: Digest) -> Extent | None:
        """Open a blob; None where it is not there."""
        ...

    def where(self, name: str) -> str:
        """Return for people where the file *name* of the layout is."""
        ...


def blob_name(digest: Digest) -> str:
    """Return the path of a blob within a layout.

    Spec: image-spec v1.1.1, image-layout.md, "Blobs".
    """
    return f"blobs/{digest.algorithm}/{digest.encoded}"


def read_whole(shelf: LayoutReader, digest: Digest, limit_bytes: int) -> bytes | None:
    """Read a blob that has at most *limit_bytes*; None where it is not there, or larger."""
    extent = shelf.open_blob(digest)
    if extent is None:
        return None
    try:
        if extent.size > limit_bytes:
            return None
        content = bytearray()
        while block := extent.read(len(content), limit_bytes):
            content += block
        return bytes(content)
    finally:
        extent.close()
