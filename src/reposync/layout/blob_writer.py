"""A stream into a blob of a layout: written aside, checked on the way, then put in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.oci.digest import DigestCheck

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.layout.disk import Disk
    from reposync.layout.folder import Folder
    from reposync.layout.incoming import Incoming
    from reposync.oci.descriptor import Descriptor

BLOCK_BYTES = 1024 * 1024


async def write_blob(
    folder: Folder, disk: Disk, blob: Descriptor, chunks: AsyncIterator[bytes]
) -> None:
    """Write *blob*; whatever ends it early leaves nothing.

    Several that write the same blob at once do not meet: the last one's bytes stay, and they are
    the same.

    Raises:
        ContentError: Digest or size are wrong.
    """
    check = DigestCheck(blob.digest, blob.size)
    incoming = folder.incoming()
    try:
        await disk.run(incoming.open)
        async for block in _blocks(chunks):
            await disk.run(_write, incoming, block, check)
        check.finish()
        await disk.run(folder.keep_blob, incoming, blob.digest)
    finally:
        if incoming.is_open:
            await disk.run(incoming.discard)


def _write(incoming: Incoming, block: bytes, check: DigestCheck) -> None:
    check.update(block)
    incoming.write(block)


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small chunks: each write costs a change of threads."""
    held: list[bytes] = []
    held_bytes = 0
    async for chunk in chunks:
        held.append(chunk)
        held_bytes += len(chunk)
        if held_bytes >= BLOCK_BYTES:
            yield b"".join(held)
            held, held_bytes = [], 0
    if held:
        yield b"".join(held)
