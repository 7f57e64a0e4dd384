"""A tar that is being added to: new files in a directory beside it, the others still in the tar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.layout.archive import Archive
    from reposync.layout.folder import Folder
    from reposync.layout.layout_reader import Extent
    from reposync.oci.digest import Digest


class Overlay(Struct, frozen=True):
    """A ``LayoutReader``: *upper* for what it has, else *lower*, which may be absent."""

    upper: Folder
    lower: Archive | None
    place: str

    def document(self, name: str) -> bytes | None:
        """See ``LayoutReader``."""
        content = self.upper.document(name)
        return self.lower.document(name) if content is None and self.lower else content

    def stamp(self) -> object:
        """See ``LayoutReader``."""
        return self.upper.stamp() or (self.lower.stamp() if self.lower else None)

    def size(self, digest: Digest) -> int | None:
        """See ``LayoutReader``."""
        size = self.upper.size(digest)
        return self.lower.size(digest) if size is None and self.lower else size

    def open_blob(self, digest: Digest) -> Extent | None:
        """See ``LayoutReader``."""
        extent = self.upper.open_blob(digest)
        return self.lower.open_blob(digest) if extent is None and self.lower else extent

    def where(self, name: str) -> str:
        """See ``LayoutReader``."""
        return f"{name} in {self.place}"

    def blobs(self) -> Iterator[tuple[Digest, int]]:
        """Iterate over all blobs with their lengths in bytes, in no order, each once."""
        sizes = dict(self.lower.blobs()) if self.lower else {}
        yield from (sizes | dict(self.upper.blobs())).items()
