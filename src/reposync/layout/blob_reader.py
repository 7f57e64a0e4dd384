"""A blob of a layout as a stream: read in a thread, checked on the way.

Its file is opened anew for each block, so that a transfer that waits for its other side keeps no
file open: a system may allow few of them.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reposync.errors import ContentError, NotFoundError
from reposync.layout.layout_reader import WHOLE_AGAIN, blob_name
from reposync.oci.digest import DigestCheck

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from reposync.layout.disk import Disk
    from reposync.layout.layout_reader import LayoutReader
    from reposync.oci.descriptor import Descriptor

BLOCK_BYTES = 1024 * 1024


@asynccontextmanager
async def open_blob(
    shelf: LayoutReader, disk: Disk, blob: Descriptor
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Open *blob* for reading; see ``BlobFetcher``."""
    reader = _Reader(shelf, blob)
    first = await disk.run(reader.read)
    chunks = _checked(reader, disk, first)
    try:
        yield chunks
    finally:
        await chunks.aclose()


async def _checked(reader: _Reader, disk: Disk, block: bytes) -> AsyncGenerator[bytes, None]:
    """Return *block* and those after it, the last one only when the whole is what was promised."""
    reader.check_size()
    while block and not reader.is_at_end:
        yield block
        block = await disk.run(reader.read)
    reader.finish()
    if block:
        yield block


class _Reader:
    """Reads *blob* from its start, block by block."""

    def __init__(self, shelf: LayoutReader, blob: Descriptor) -> None:
        self._shelf = shelf
        self._blob = blob
        self._check = DigestCheck(blob.digest, blob.size)
        self._where = shelf.where(blob_name(blob.digest))
        self._size_bytes = 0

    @property
    def is_at_end(self) -> bool:
        """Whether all that the descriptor promised was read."""
        return not self._check.missing_bytes

    def read(self) -> bytes:
        """Read the next block; empty where the file ends.

        Raises:
            NotFoundError: There is no such file.
        """
        extent = self._shelf.open_blob(self._blob.digest)
        if extent is None:
            raise NotFoundError(f"{self._where} is missing", status=404, codes=("BLOB_UNKNOWN",))
        self._size_bytes = extent.size
        limit_bytes = min(BLOCK_BYTES, self._check.missing_bytes)
        try:
            block = extent.read(self._check.seen_bytes, limit_bytes)
        finally:
            extent.close()
        self._check.update(block)
        return block

    def check_size(self) -> None:
        """Compare the length of the file with the promise.

        Raises:
            ContentError: It is another.
        """
        if self._size_bytes != self._blob.size:
            raise ContentError(
                f"{self._where} has {self._size_bytes} bytes instead of {self._blob.size}",
                hint=WHOLE_AGAIN,
            )

    def finish(self) -> None:
        """Compare the whole with the promise.

        Raises:
            ContentError: Bytes are missing, or wrong.
        """
        try:
            self._check.finish()
        except ContentError as error:
            raise ContentError(f"{self._where} is damaged: {error}") from error
