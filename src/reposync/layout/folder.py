"""A layout as a directory: its files read, and put in place whole or not at all.

Decides where each file is; leaves what is in them to others. Nothing outside of the directory
is read or written, also through links: a link is no blob, and a directory of ours that is
one is refused.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reposync.errors import ContentError, InvalidReferenceError, StorageError
from reposync.layout.incoming import Incoming, sweep
from reposync.layout.layout_reader import INDEX, MARKER, Extent, blob_name
from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN = ".reposync"
"""The directory for files that are not whole yet, and for the lock; removed after a run."""
DOCUMENT_LIMIT_BYTES = 64 * 1024 * 1024

_DIRECTORIES = (OWN, "blobs", "blobs/sha256")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# What a copy of a layout that was cut off may consist of; rsync's files begin with a dot.
_OF_A_LAYOUT = re.compile(rf"blobs|{re.escape(OWN)}|\.?({re.escape(INDEX)}|{MARKER})(\..*)?")


class Folder:
    """The directory *root*; a ``LayoutReader``, and a place for more."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def document(self, name: str) -> bytes | None:
        """See ``LayoutReader``."""
        extent = _opened(self.root / name)
        if extent is None:
            return None
        try:
            if extent.size > DOCUMENT_LIMIT_BYTES:
                raise ContentError(f"{self.where(name)} has more than {DOCUMENT_LIMIT_BYTES} bytes")
            return extent.read(0, extent.size)
        finally:
            extent.close()

    def stamp(self) -> object:
        """See ``LayoutReader``."""
        try:
            status = (self.root / INDEX).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def size(self, digest: Digest) -> int | None:
        """See ``LayoutReader``."""
        try:
            status = self._blob(digest).lstat()
        except FileNotFoundError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def open_blob(self, digest: Digest) -> Extent | None:
        """See ``LayoutReader``."""
        return _opened(self._blob(digest))

    def where(self, name: str) -> str:
        """See ``LayoutReader``."""
        return str(self.root / name)

    def blobs(self) -> Iterator[tuple[Digest, int]]:
        """Iterate over all blobs with their lengths in bytes, in no order."""
        for algorithm in ("sha256", "sha512"):
            directory = self._directory(f"blobs/{algorithm}")
            for path in directory.iterdir() if directory.is_dir() else ():
                digest = _digest(algorithm, path.name)
                size = self.size(digest) if digest else None
                if digest is not None and size is not None:
                    yield digest, size

    def is_absent(self) -> bool:
        """Return whether nothing is at its path."""
        return not os.path.lexists(self.root)

    def could_become_layout(self) -> bool:
        """Return whether nothing but parts of a layout is in it."""
        if self.is_absent():
            return True
        return all(_OF_A_LAYOUT.fullmatch(path.name) for path in self.root.iterdir())

    def check_directories(self) -> None:
        """Check that all directories are the layout's own, as far as they are there.

        Raises:
            StorageError: One is a link, or another thing, that could lead anywhere.
        """
        for name in _DIRECTORIES:
            self._directory(name)

    def prepare(self) -> None:
        """Make the directories, and remove what killed processes left half."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.check_directories()
        for name in _DIRECTORIES:
            (self.root / name).mkdir(exist_ok=True)
        sweep(self.root / OWN)

    def incoming(self) -> Incoming:
        """Begin a file that will be put in place when it is whole; nothing is opened yet."""
        return Incoming(self.root / OWN)

    def keep_blob(self, incoming: Incoming, digest: Digest) -> None:
        """Put a file that is whole in the place of the blob *digest*."""
        self._directory("blobs").mkdir(exist_ok=True)
        self._directory(f"blobs/{digest.algorithm}").mkdir(exist_ok=True)
        incoming.finish(self._blob(digest))

    def write_blob(self, digest: Digest, content: bytes) -> None:
        """Put *content*, which has that digest, in its place."""
        with self._written(content) as incoming:
            self.keep_blob(incoming, digest)

    def write_document(self, name: str, content: bytes) -> None:
        """Replace a file at the top, after all blobs that were put in place before."""
        for directory in ("blobs/sha256", "blobs/sha512"):
            _sync(self._directory(directory))
        with self._written(content) as incoming:
            incoming.finish(self.root / name)
        _sync(self.root)

    @contextmanager
    def _written(self, content: bytes) -> Iterator[Incoming]:
        incoming = self.incoming()
        try:
            incoming.open()
            incoming.write(content)
            yield incoming
        finally:
            incoming.discard()

    def _blob(self, digest: Digest) -> Path:
        self._directory("blobs")
        self._directory(f"blobs/{digest.algorithm}")
        return self.root / blob_name(digest)

    def _directory(self, name: str) -> Path:
        """Return the path of a directory of the layout, there or not; see ``check_directories``."""
        path = self.root / name
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return path
        if not stat.S_ISDIR(mode):
            raise StorageError(
                f"{path} is not a directory of the layout itself",
                hint="put a directory in its place; what a link points to is neither read "
                "nor written",
            )
        return path


def _opened(path: Path) -> Extent | None:
    """Open a regular file; a link, a pipe or a device is none, and is not waited for."""
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        if path.is_symlink() or not path.is_file():
            return None
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    return Extent(descriptor, 0, status.st_size)


def _digest(algorithm: str, encoded: str) -> Digest | None:
    try:
        return Digest(f"{algorithm}:{encoded}")
    except InvalidReferenceError:
        return None


def _sync(directory: Path) -> None:
    """Have the names in *directory* survive a loss of power."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
