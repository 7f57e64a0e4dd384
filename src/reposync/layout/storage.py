"""What a layout is in, and how it is opened: when it is first used, to be read or written.

``FolderStorage`` opens a directory, ``ArchiveStorage`` a tar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.layout.disk import Disk
    from reposync.layout.folder import Folder
    from reposync.layout.index_file import IndexFile, IndexReader
    from reposync.layout.layout_reader import LayoutReader


class Reading(Struct, frozen=True):
    """A layout that can be read: its files, and its index."""

    shelf: LayoutReader
    index: IndexReader


class Writing(Struct, frozen=True):
    """A layout that can be written: its files, the directory for new ones, and its index."""

    shelf: LayoutReader
    folder: Folder
    index: IndexFile


class Storage(Protocol):
    """A place for a layout."""

    @property
    def disk(self) -> Disk:
        """What runs the operations on its files."""
        ...

    async def reading(self, *, as_destination: bool) -> Reading:
        """Open it; as a destination it may be absent, or damaged, and is not changed.

        Raises:
            RepoSyncError: It is absent, damaged, or no layout.
        """
        ...

    async def writing(self) -> Writing:
        """Open it for writing, and make it where it is missing.

        Raises:
            RepoSyncError: It is no layout, is in use, or cannot be written.
        """
        ...

    async def close(self, *, ended_well: bool) -> None:
        """Leave nothing open, and nothing of our own, but what a next run can go on with."""
        ...
