"""A stream into a blob of a layout: written aside, checked on the way, then put in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.oci.digest import DigestCheck

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.layout.disk import Disk
    from reposync.layout.folder import Folder
    from reposync.oci.descriptor import Descriptor

BLOCK_BYTES = 1024 * 1024


async def write_blob(
    folder: Folder, disk: Disk, blob: Descriptor, chunks: AsyncIterator[bytes]
) -> None:
    """Write *blob*; an early end leaves nothing.

    Several that write the same blob at once do not meet: the last one's bytes stay, and they are
    the same.

    Raises:
        ContentError: Digest or size are wrong.
    """
    file = _File(folder, blob)
    try:
        async for block in _blocks(chunks):
            await disk.run(file.append, block)
        file.check.finish()
    finally:
        if file.incoming.is_open:
            await disk.run(file.incoming.discard)


class _File:
    """The file of *blob* on its way to its place in *folder*.

    That of a small blob is open within one operation alone, and not from one to the next: a system
    may allow few open files.
    """

    def __init__(self, folder: Folder, blob: Descriptor) -> None:
        self.incoming = folder.incoming()
        self.check = DigestCheck(blob.digest, blob.size)
        self._folder = folder
        self._digest = blob.digest

    def append(self, block: bytes) -> None:
        """Append *block*; with the last byte, put the file in its place.

        Raises:
            ContentError: Digest or size are wrong.
        """
        self.incoming.open()
        self.check.update(block)
        self.incoming.write(block)
        if not self.check.missing_bytes:
            self.check.finish()
            self._folder.keep_blob(self.incoming, self._digest)


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small chunks, since each write costs a change of threads; at least one, even empty."""
    held: list[bytes] = []
    held_bytes, is_first = 0, True
    async for chunk in chunks:
        held.append(chunk)
        held_bytes += len(chunk)
        if held_bytes >= BLOCK_BYTES:
            yield b"".join(held)
            held, held_bytes, is_first = [], 0, False
    if held or is_first:
        yield b"".join(held)
