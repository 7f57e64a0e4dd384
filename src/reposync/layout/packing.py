"""Packing a layout into a tar: the same content gives the same bytes.

``oci-layout`` and ``index.json`` come first, so that a reader of the stream knows at once what it
will get; then the blobs, by their digests. No time, owner or mode of this machine goes in.
"""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from reposync.errors import StorageError
from reposync.layout.layout_reader import INDEX, MARKER, blob_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.layout.incoming import Incoming
    from reposync.layout.overlay import Overlay
    from reposync.oci.digest import Digest

STEP_BYTES = 4 * 1024 * 1024


def pack(layout: Overlay, tar: Incoming) -> Iterator[bool]:
    """Write *layout* to the open file *tar*, a little at each step; gives True after each.

    Raises:
        StorageError: A file changed while it was read.
    """
    for name in (MARKER, INDEX):
        content = layout.document(name) or b""
        tar.write(_header(name, len(content)) + content + _padding(len(content)))
    sizes = dict(layout.blobs())
    tar.write(_directory("blobs"))
    algorithm = ""
    for digest in sorted(sizes):
        if digest.algorithm != algorithm:
            algorithm = digest.algorithm
            tar.write(_directory(f"blobs/{algorithm}"))
        yield from _pack_blob(layout, digest, sizes[digest], tar)
    tar.write(bytes(2 * tarfile.BLOCKSIZE))


def _pack_blob(layout: Overlay, digest: Digest, size: int, tar: Incoming) -> Iterator[bool]:
    extent = layout.open_blob(digest)
    if extent is None:
        raise StorageError(f"{layout.where(blob_name(digest))} has been removed by somebody")
    try:
        tar.write(_header(blob_name(digest), size))
        offset = 0
        while block := extent.read(offset, min(STEP_BYTES, size - offset)):
            tar.write(block)
            offset += len(block)
            yield True
    finally:
        extent.close()
    if offset != size:
        raise StorageError(f"{layout.where(blob_name(digest))} has been changed by somebody")
    tar.write(_padding(size))


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.PAX_FORMAT)


def _directory(name: str) -> bytes:
    member = tarfile.TarInfo(f"{name}/")
    member.type = tarfile.DIRTYPE
    member.mode = 0o755
    return member.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
