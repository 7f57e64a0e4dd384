"""A layout that is a directory: opened, made where it is missing, and left tidy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import StorageError
from reposync.layout.folder import Folder
from reposync.layout.index_file import IndexFile
from reposync.layout.marker import check_readable, check_writable, prepare
from reposync.layout.storage import Reading, Writing
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from pathlib import Path

    from reposync.layout.disk import Disk


class FolderStorage:
    """The directory at *path*."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.disk = disk
        self._folder = Folder(path)
        self._index = IndexFile(self._folder, disk)
        self._preparing: SingleFlight[None, None] = SingleFlight()
        self._is_readable = False
        self._is_begun = False
        self._is_prepared = False

    async def reading(self, *, as_destination: bool) -> Reading:
        """See ``Storage``."""
        if as_destination and not self._is_prepared:
            await self.disk.run(check_writable, self._folder)
        elif not as_destination and not self._is_readable:
            await self.disk.run(self._check_readable)
            self._is_readable = True
        return Reading(self._folder, self._index.reader)

    async def writing(self) -> Writing:
        """See ``Storage``."""
        if not self._is_prepared:
            await self._preparing.run(None, self._prepare)
        return Writing(self._folder, self._folder, self._index)

    async def close(self, *, ended_well: bool) -> None:  # noqa: ARG002 -- the same in both cases
        """See ``Storage``."""
        if self._is_begun:
            await self.disk.run(self._index.clear)

    async def _prepare(self) -> None:
        await self.disk.run(check_writable, self._folder)
        self._is_begun = True
        await self.disk.run(prepare, self._folder)
        await self._index.change(lambda _: None)  # makes it where it is missing
        self._is_prepared = True

    def _check_readable(self) -> None:
        place = self._folder.root
        if self._folder.is_absent():
            raise StorageError(
                f"there is no layout at {place}",
                hint="a path is taken from the directory that reposync runs in",
            )
        check_readable(self._folder, str(place))
