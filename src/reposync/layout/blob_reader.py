"""A blob of a layout as a stream: read in a thread, checked on the way."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reposync.errors import ContentError, NotFoundError
from reposync.layout.shelf import WHOLE_AGAIN, Extent, blob_name
from reposync.oci.digest import DigestCheck

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from reposync.layout.disk import Disk
    from reposync.layout.shelf import Shelf
    from reposync.oci.descriptor import Descriptor

BLOCK_BYTES = 1024 * 1024


@asynccontextmanager
async def open_blob(
    shelf: Shelf, disk: Disk, blob: Descriptor
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Open *blob* for reading; see ``BlobFetcher``."""
    where = shelf.where(blob_name(blob.digest))
    extent = await disk.run(shelf.open_blob, blob.digest, undo=_close)
    if extent is None:
        raise NotFoundError(f"{where} is missing", status=404, codes=("BLOB_UNKNOWN",))
    try:
        chunks = _checked(extent, disk, blob, where)
        try:
            yield chunks
        finally:
            await chunks.aclose()
    finally:
        extent.close()


async def _checked(
    extent: Extent, disk: Disk, blob: Descriptor, where: str
) -> AsyncGenerator[bytes, None]:
    """Give the blocks, the last one only when the whole is what *blob* says."""
    if extent.size != blob.size:
        raise ContentError(
            f"{where} has {extent.size} bytes instead of {blob.size}",
            hint=WHOLE_AGAIN,
        )
    check = DigestCheck(blob.digest, blob.size)
    offset = 0
    while True:
        block = await disk.run(_read, extent, offset, check)
        offset += len(block)
        if block and offset < blob.size:
            yield block
            continue
        try:
            check.finish()
        except ContentError as error:
            raise ContentError(f"{where} is damaged: {error}") from error
        if block:
            yield block
        return


def _read(extent: Extent, offset: int, check: DigestCheck) -> bytes:
    block = extent.read(offset, BLOCK_BYTES)
    check.update(block)
    return block


def _close(extent: Extent | None) -> None:
    if extent is not None:
        extent.close()
