"""A layout that is a tar: read where it lies, written by way of a directory beside it.

What is new goes to ``NAME.tar.staging``. When the run has ended well that, and what the tar had,
are packed to a new tar that takes the place of the old. A run that is killed leaves the old tar as
it was, and its staging directory to the next, which goes on with it. One run at a time can write.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.errors import StorageError
from reposync.layout.archive import COMPRESSED_SUFFIXES, SUFFIX, Archive
from reposync.layout.file_lock import FileLock
from reposync.layout.folder import OWN, Folder
from reposync.layout.index_file import IndexFile, IndexReader
from reposync.layout.marker import check_archive, check_writable, prepare
from reposync.layout.overlay import Overlay
from reposync.layout.renewal import Renewal
from reposync.layout.storage import Reading, Writing

if TYPE_CHECKING:
    from reposync.layout.disk import Disk

STAGING_SUFFIX = ".staging"


class ArchiveStorage:
    """The tar at *path*."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.disk = disk
        # The directory must be beside the file itself, where a link leads to it.
        self._path = Path(os.path.realpath(path))
        self._folder = Folder(self._path.with_name(self._path.name + STAGING_SUFFIX))
        self._lock = FileLock(self._folder.root / OWN / "session")
        self._opening = asyncio.Lock()
        self._opened: list[Archive] = []
        self._as_source: Reading | None = None
        self._as_destination: Reading | None = None
        self._renewal: Renewal | None = None

    async def reading(self, *, as_destination: bool) -> Reading:
        """See ``Storage``."""
        if as_destination and self._renewal is None and not self._folder.is_absent():
            await self.writing()  # a run was killed: what it left counts
        async with self._opening:
            if self._renewal is not None:
                return Reading(self._renewal.layout, self._renewal.index.reader)
            if as_destination:
                if self._as_destination is None:
                    self._as_destination = await self.disk.run(self._read_as_destination)
                return self._as_destination
            if self._as_source is None:
                self._as_source = await self.disk.run(self._read_as_source)
            return self._as_source

    async def writing(self) -> Writing:
        """See ``Storage``."""
        async with self._opening:
            if self._renewal is None:
                renewal = await self.disk.run(self._begin)
                try:
                    await renewal.seed()
                except BaseException:
                    self._lock.release()
                    raise
                self._renewal = renewal
        return Writing(self._renewal.layout, self._folder, self._renewal.index)

    async def close(self, *, ended_well: bool) -> None:
        """See ``Storage``."""
        try:
            if self._renewal is not None and ended_well:
                await self._renewal.finish(self._path)
        finally:
            self._lock.release()
            for archive in self._opened:
                archive.close()
            self._opened.clear()
            self._as_source = self._as_destination = self._renewal = None

    def _read_as_source(self) -> Reading:
        archive = self._open()
        if archive is None:
            raise StorageError(
                f"there is no layout at {self._path}",
                hint="a path is taken from the directory that reposync runs in",
            )
        check_archive(archive)
        return Reading(archive, IndexReader(archive))

    def _read_as_destination(self) -> Reading:
        overlay = Overlay(self._folder, self._open_to_write(), str(self._path))
        return Reading(overlay, IndexReader(overlay))

    def _begin(self) -> Renewal:
        """Take the tar for this run alone, and have a place for what is new."""
        known = len(self._opened)
        try:
            return self._begun()
        except BaseException:
            while len(self._opened) > known:
                self._opened.pop().close()
            raise

    def _begun(self) -> Renewal:
        self._open_to_write()
        check_writable(self._folder)
        if not self._lock.try_acquire():
            raise StorageError(
                f"{self._path} is being written by another run",
                hint=f"wait until it has ended; as long as it runs it holds {self._folder.root}",
            )
        try:
            archive = self._open_to_write()  # what was there before may have been replaced
            prepare(self._folder)
        except BaseException:
            self._lock.release()
            raise
        overlay = Overlay(self._folder, archive, str(self._path))
        return Renewal(overlay, IndexFile(self._folder, self.disk), self.disk)

    def _open_to_write(self) -> Archive | None:
        archive = self._open()
        if archive is not None:
            check_archive(archive, may_be_part=True)
        elif self._path.name.endswith(COMPRESSED_SUFFIXES):
            raise StorageError(
                f"{self._path} would have to be compressed, which reposync does not do",
                hint=f"name a file that ends in {SUFFIX}; its layers are compressed already",
            )
        return archive

    def _open(self) -> Archive | None:
        try:
            archive = Archive.open(self._path)
        except FileNotFoundError:
            return None
        self._opened.append(archive)  # closed with all others: some may still be read
        return archive
