"""A layout as a tar: read where it lies, without unpacking.

Only regular files with exactly the names of a layout count. Links, absolute names and names that
lead elsewhere mean nothing here; where a name comes twice, the last counts, as it does for tar.
What ``docker save`` writes, since Docker 25, is such a tar too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from reposync.errors import ContentError, InvalidReferenceError, StorageError
from reposync.layout.folder import DOCUMENT_LIMIT_BYTES
from reposync.layout.layout_reader import INDEX, MARKER, Extent
from reposync.layout.tar_members import BLOCK_BYTES, Member, members
from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SUFFIX = ".tar"
COMPRESSED_SUFFIXES = (".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2")

_COMPRESSED = {
    b"\x1f\x8b": "gunzip",
    b"\x28\xb5\x2f\xfd": "unzstd",
    b"\xfd7zXZ": "unxz",
    b"BZh": "bunzip2",
}


class Archive:
    """An open tar; a ``LayoutReader``. Whoever opened it closes it."""

    def __init__(self, path: Path, descriptor: int, found: Iterable[Member]) -> None:
        self.path = path
        self._descriptor = descriptor
        self._documents: dict[str, Member] = {}
        self._blobs: dict[Digest, Member] = {}
        self.others: set[str] = set()
        for member in found:
            self._place(member)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the tar at *path* and find out what is in it.

        Raises:
            StorageError: It is compressed, or no tar.
        """
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            archive = cls(path, descriptor, members(descriptor))
            archive.check_kind()
        except BaseException:
            os.close(descriptor)
            raise
        return archive

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    @property
    def is_part_of_layout(self) -> bool:
        """Whether it has files of a layout, or nothing at all: one that was cut off has fewer."""
        return bool(self._documents or self._blobs) or not self.others

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it that could belong to a layout."""
        return not (self._documents or self._blobs)

    def document(self, name: str) -> bytes | None:
        """See ``LayoutReader``."""
        member = self._documents.get(name)
        if member is None:
            return None
        if member.size > DOCUMENT_LIMIT_BYTES:
            raise ContentError(f"{self.where(name)} has more than {DOCUMENT_LIMIT_BYTES} bytes")
        return os.pread(self._descriptor, member.size, member.start)

    def stamp(self) -> object:
        """See ``LayoutReader``; the file that is open is never changed, only replaced."""
        return self._descriptor

    def size(self, digest: Digest) -> int | None:
        """See ``LayoutReader``."""
        member = self._blobs.get(digest)
        return member.size if member else None

    def open_blob(self, digest: Digest) -> Extent | None:
        """See ``LayoutReader``."""
        member = self._blobs.get(digest)
        if member is None:
            return None
        return Extent(os.dup(self._descriptor), member.start, member.size)

    def where(self, name: str) -> str:
        """See ``LayoutReader``."""
        return f"{name} in {self.path}"

    def blobs(self) -> Iterator[tuple[Digest, int]]:
        """Iterate over all blobs with their lengths in bytes, in no order."""
        for digest, member in self._blobs.items():
            yield digest, member.size

    def check_kind(self) -> None:
        """Check that the file is a tar, or empty.

        Raises:
            StorageError: It is not.
        """
        start = os.pread(self._descriptor, BLOCK_BYTES, 0)
        for magic, tool in _COMPRESSED.items():
            if start.startswith(magic):
                raise StorageError(
                    f"{self.path} is compressed, so that nothing in it can be found",
                    hint=f"unpack it once, for instance by {tool}, and name the .tar",
                )
        if any(start) and not (self._documents or self._blobs or self.others):
            raise StorageError(f"{self.path} is no tar archive")

    def _place(self, member: Member) -> None:
        name = member.name
        while name.startswith("./"):
            name = name[2:]
        if name in {INDEX, MARKER}:
            self._documents[name] = member
            return
        digest = _digest(name)
        if digest is not None:
            self._blobs[digest] = member
        else:
            self.others.add(name[:200])


def _digest(name: str) -> Digest | None:
    top, *rest = name.split("/")
    if top != "blobs":
        return None
    try:
        return Digest(":".join(rest))
    except InvalidReferenceError:
        return None
