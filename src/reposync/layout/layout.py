"""A layout as a registry: its repositories, and what is left to do when the run has ended.

The path is what follows ``oci:`` in the file, taken from the working directory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from reposync.layout.archive import COMPRESSED_SUFFIXES, SUFFIX
from reposync.layout.archive_storage import ArchiveStorage
from reposync.layout.disk import Disk
from reposync.layout.folder_storage import FolderStorage
from reposync.layout.repository import LayoutRepository
from reposync.layout.unnamed import Unnamed
from reposync.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from reposync.layout.storage import Storage

SCHEME = "oci:"


class Layout:
    """An OCI image layout at *path*; an async context that finishes what was written.

    Nothing is opened before it is used: a destination is made by the first push, a source that is
    absent is reported by the first question. One object may serve as both. Two objects, or two
    processes, can write one directory at the same time; a tar only one of them.
    """

    def __init__(self, path: str) -> None:
        self.host = SCHEME + _known_path(path)
        """Its name where the caller has none for it; the same for each way to write the path."""
        self._storage = _storage(Path(path))
        self._unnamed = Unnamed()

    async def __aenter__(self) -> Self:
        """Open nothing yet: the first use does."""
        return self

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        """Finish the layout where the block ended without an exception; else leave it as it is.

        Raises:
            StorageError: It cannot be finished.
        """
        ended_well = kind is None
        try:
            if ended_well and self._unnamed:
                writing = await self._storage.writing()
                await writing.index.change(
                    lambda index: self._unnamed.list_in(index, writing.shelf)
                )
        finally:
            await self._storage.close(ended_well=ended_well)

    def repository(self, name: str, *, writable: bool = False) -> LayoutRepository:
        """Return a repository; nothing is asked of the disk before it is used."""
        return self.at(Reference(self.host, name), writable=writable)

    def at(self, place: Reference, *, writable: bool = False) -> LayoutRepository:
        """Return the repository of *place*, under whose name it is known."""
        return LayoutRepository(self._storage, self._unnamed, place, writable)

    async def list_repositories(self) -> AsyncGenerator[str, None]:
        """See ``abilities.RepositoryLister``; what has a tag and no repository is not among them.

        Raises:
            RepoSyncError: There is no layout, or it is damaged.
        """
        reading = await self._storage.reading(as_destination=False)
        names = await self._storage.disk.run(reading.index.names)
        for repository in names.repositories:
            yield repository


def _known_path(path: str) -> str:
    """Return the path from the working directory where it is in there, else from the root."""
    try:
        here = Path.cwd()
    except OSError:
        return os.path.normpath(path)  # it was removed; the first use will say so
    absolute = Path(os.path.normpath(here / path))
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def _storage(path: Path) -> Storage:
    """Choose the form: what is there tells it, else the name does."""
    names_file = path.name.endswith((SUFFIX, *COMPRESSED_SUFFIXES))
    if path.is_file() or (names_file and not path.is_dir()):
        return ArchiveStorage(path, Disk(str(path)))
    return FolderStorage(path, Disk(str(path)))
