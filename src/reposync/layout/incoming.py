"""A file on its way: under a name of its own until it is whole, then renamed to its place.

It is locked as long as it is written. Whoever finds one that nobody locks knows that its process
was killed, and removes it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from reposync.layout.file_lock import is_still, try_lock

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".part"

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Incoming:
    """A new file in *directory*, which is on the file system of its later place."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / f"{secrets.token_hex(8)}{SUFFIX}"
        self._descriptor = -1

    @property
    def is_open(self) -> bool:
        """Whether it was begun, and is neither in its place nor removed."""
        return self._descriptor >= 0

    def open(self) -> None:
        """Make the file, and its directory where that is missing."""
        while self._descriptor < 0:
            self._path.parent.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):  # another process has just removed the directory
                self._make()

    def write(self, content: bytes) -> None:
        """Append *content*, all of it."""
        view = memoryview(content)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def finish(self, place: Path) -> None:
        """Have all bytes on the disk, then the file at *place*, instead of what was there."""
        os.fsync(self._descriptor)
        self._path.replace(place)
        self._close()

    def discard(self) -> None:
        """Remove the file, if it is not in its place; can be called in any state."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            self._close()

    def _make(self) -> None:
        descriptor = os.open(self._path, _NEW, 0o666)
        # A process that sweeps may hold it for a moment: it takes it for one that was left.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if is_still(self._path, descriptor):
            self._descriptor = descriptor
        else:
            os.close(descriptor)

    def _close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


def sweep(directory: Path) -> None:
    """Remove from *directory* what nobody writes any more."""
    for path in directory.glob(f"*{SUFFIX}"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if try_lock(descriptor):
                    path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)
