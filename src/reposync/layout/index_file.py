"""The file ``index.json``: read when it has changed, and changed by one process at a time.

Changes that come while another is being written are written together. The file is replaced as a
whole, so that a reader finds the old one or the new one, and a killed process harms neither.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import ContentError, RepoSyncError
from reposync.layout import index as indexes
from reposync.layout.disk import is_out_of_files
from reposync.layout.file_lock import FileLock
from reposync.layout.folder import OWN
from reposync.layout.layout_reader import INDEX
from reposync.layout.name_table import NameTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reposync.layout.disk import Disk
    from reposync.layout.folder import Folder
    from reposync.layout.index import Index
    from reposync.layout.layout_reader import LayoutReader

_LOG = logging.getLogger(__name__)


class IndexReader:
    """Reads the file of a shelf, and keeps what it read as long as the file stays the same."""

    def __init__(self, shelf: LayoutReader) -> None:
        self._shelf = shelf
        # In one piece, since several threads read at once.
        self._kept: tuple[object, Index, NameTable] | None = None

    def read(self, *, forgiving: bool = False) -> Index:
        """Read the file; with *forgiving* what is left of it, or nothing where it is not there.

        Raises:
            ContentError: It is not there, or damaged.
        """
        return self._current(forgiving=forgiving)[1]

    def names(self, *, forgiving: bool = False) -> NameTable:
        """Read the file for what it names; as ``read`` does."""
        return self._current(forgiving=forgiving)[2]

    def keep(self, index: Index) -> None:
        """Take *index* for what the file says now."""
        self._kept = (self._shelf.stamp(), index, NameTable(index.entries))

    def _current(self, *, forgiving: bool) -> tuple[object, Index, NameTable]:
        stamp, kept = self._shelf.stamp(), self._kept
        if kept is not None and stamp is not None and stamp == kept[0]:
            return kept
        content = self._shelf.document(INDEX)
        try:
            index = indexes.parse(content, self._shelf.where(INDEX))
        except ContentError:
            if not forgiving:
                raise
            index = indexes.salvage(content)
            return None, index, NameTable(index.entries)
        self._kept = kept = (stamp, index, NameTable(index.entries))
        return kept


class _Ticket(Struct):
    change: Callable[[Index], None]
    is_done: bool = False
    error: RepoSyncError | None = None


class IndexFile:
    """The file in *folder*, to be changed."""

    def __init__(self, folder: Folder, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._lock = FileLock(folder.root / OWN / "lock")
        self._turn = asyncio.Lock()
        self._waiting: list[_Ticket] = []
        self.reader = IndexReader(folder)

    async def change(self, change: Callable[[Index], None]) -> None:
        """Apply *change* to the index that is there, and write it; it runs in a thread.

        *change* raises before it alters anything, or not at all. When cancelled, the change was
        made or not, as a whole.
        """
        ticket = _Ticket(change)
        self._waiting.append(ticket)
        try:
            async with self._turn:
                if not ticket.is_done:
                    async with self._lock.held(self._disk):
                        await self._disk.run(self._commit)
        finally:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if ticket.error is not None:
            raise ticket.error

    def clear(self) -> None:
        """Leave no lock file, where nobody else needs it."""
        if (self._folder.root / OWN).is_dir() and self._lock.try_acquire():
            self._lock.release(remove=True)

    def _commit(self) -> None:
        """Make all changes that wait, or none where no file can be opened at the moment."""
        batch = [ticket for ticket in self._waiting if not ticket.is_done]
        try:
            self._write(batch)
        except OSError as error:
            if is_out_of_files(error):
                raise
            for ticket in batch:
                ticket.error = ticket.error or self._disk.trouble(error)
        for ticket in batch:
            ticket.is_done = True

    def _write(self, batch: Sequence[_Ticket]) -> None:
        before = self.reader.read(forgiving=True)
        after = before.copy()
        for ticket in batch:
            try:
                ticket.change(after)
            except RepoSyncError as error:
                ticket.error = error
        if after.entries != before.entries or self._is_damaged():
            self._keep_damaged()
            self._folder.write_document(INDEX, after.write())
            self.reader.keep(after)

    def _is_damaged(self) -> bool:
        try:
            self.reader.read()
        except ContentError:
            return True
        return False

    def _keep_damaged(self) -> None:
        """Keep what a damaged file said beside it: names that were cut off may be in it."""
        content = self._folder.document(INDEX)
        if not content or not self._is_damaged():
            return
        name = next(
            name
            for number in range(1, 1000)
            if self._folder.document(name := f"{INDEX}.damaged-{number}") is None
        )
        self._folder.write_document(name, content)
        _LOG.warning(
            "%s was damaged: what could be read of it is kept, the file itself as %s",
            self._folder.where(INDEX),
            name,
        )
