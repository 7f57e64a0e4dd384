"""A tar on its way to its next state: what it had, what is new, and the new tar from both."""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from reposync.errors import ContentError
from reposync.layout.graph import is_whole
from reposync.layout.index_file import IndexReader
from reposync.layout.packing import pack

if TYPE_CHECKING:
    from pathlib import Path

    from reposync.layout.disk import Disk
    from reposync.layout.incoming import Incoming
    from reposync.layout.index import Entry, Index
    from reposync.layout.index_file import IndexFile
    from reposync.layout.overlay import Overlay

_LOG = logging.getLogger(__name__)


class Renewal:
    """The tar below *layout*, with what is new above it."""

    def __init__(self, layout: Overlay, index: IndexFile, disk: Disk) -> None:
        self.layout = layout
        self.index = index
        self._disk = disk

    async def seed(self) -> None:
        """Have the index of the tar in the directory, with what a killed run had added to it."""
        await self.index.change(self._seed)

    async def finish(self, path: Path) -> None:
        """Pack a new tar to *path* if anything has changed, and remove the directory.

        A directory with blobs that nothing names yet stays: the next run goes on with it.
        """
        has_entries, has_blobs, has_changed = await self._disk.run(self._state)
        if has_entries and (has_blobs or has_changed):
            await self._pack(path)
        elif has_blobs:
            return
        await self._disk.run(shutil.rmtree, self.layout.upper.root, True)  # noqa: FBT003 -- rmtree's own

    async def _pack(self, path: Path) -> None:
        incoming = self.layout.upper.incoming()
        try:
            await self._disk.run(incoming.open)
            steps = pack(self.layout, incoming)
            # A generator that has failed would end, as if all were packed, if it was asked again.
            while await self._disk.run(next, steps, False, is_repeatable=False):  # noqa: FBT003 -- next's own
                pass
            await self._disk.run(self._put, incoming, path)
        finally:
            await self._disk.run(incoming.discard)

    def _put(self, incoming: Incoming, path: Path) -> None:
        if self.layout.lower is not None and self._is_damaged():
            kept = _free_name(path)
            path.replace(kept)
            _LOG.warning("%s was damaged: it is kept as %s", path, kept.name)
        incoming.finish(path)

    def _seed(self, index: Index) -> None:
        """Begin with the tar's index; of what was added to another one, take what is whole."""
        if self.layout.lower is None:
            return
        for entry in index.begin_with(IndexReader(self.layout.lower).read(forgiving=True)):
            self._add(index, entry)

    def _add(self, index: Index, entry: Entry) -> None:
        if entry.descriptor is None:
            return
        if not is_whole(self.layout, entry.descriptor, entry.lacking):
            return
        if entry.ref_name:
            index.set_name(entry.ref_name, entry.descriptor, entry.lacking)
        else:
            index.add_unnamed(entry.descriptor)

    def _state(self) -> tuple[bool, bool, bool]:
        entries = self.index.reader.read(forgiving=True).entries
        has_blobs = any(True for _ in self.layout.upper.blobs())
        if self.layout.lower is None or self._is_damaged():
            return bool(entries), has_blobs, True
        before = IndexReader(self.layout.lower).read(forgiving=True).entries
        return bool(entries), has_blobs, entries != before

    def _is_damaged(self) -> bool:
        """Return whether the tar had more than could be understood: names may be among it."""
        if self.layout.lower is None or self.layout.lower.is_empty:
            return False
        with suppress(ContentError):
            IndexReader(self.layout.lower).read()
            return False
        return True


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in range(1, 1000))
    return next(name for name in names if not name.exists())
