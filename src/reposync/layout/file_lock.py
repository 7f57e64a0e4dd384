"""Locks between processes: whoever dies lets go, and nobody waits where nobody holds.

Decides who may go on; leaves what is guarded to others. A lock file can be removed by its holder:
who waited for it finds out that it is no longer the file of that name, and begins anew.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from reposync.layout.disk import Disk

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.1


class FileLock:
    """A lock on *file*, held by one process, and one holder in it, at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = -1

    @property
    def is_held(self) -> bool:
        """Whether it is held through this object."""
        return self._descriptor >= 0

    def try_acquire(self) -> bool:
        """Take it if nobody has it; the directory of the file is made where it is missing."""
        while True:
            descriptor = self._open()
            if not try_lock(descriptor):
                os.close(descriptor)
                return False
            if is_still(self._file, descriptor):
                self._descriptor = descriptor
                return True
            os.close(descriptor)  # its holder has removed it

    def release(self, *, remove: bool = False) -> None:
        """Let go; with *remove* leave neither the file, nor its directory if that is empty."""
        if not self.is_held:
            return
        if remove:
            self._file.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = -1
        if remove:
            with suppress(OSError):
                self._file.parent.rmdir()

    @asynccontextmanager
    async def held(self, disk: Disk) -> AsyncIterator[None]:
        """Wait for it, hold it as long as the block lasts."""
        pause_s = _FIRST_PAUSE_S
        while not await disk.run(self.try_acquire, undo=lambda _: self.release()):
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        try:
            yield
        finally:
            self.release()

    def _open(self) -> int:
        while True:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # another holder has just removed the directory
                return os.open(self._file, _FLAGS, 0o666)


def try_lock(descriptor: int) -> bool:
    """Lock an open file if nobody else has; closing it, or dying, lets go."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_still(file: Path, descriptor: int) -> bool:
    """Return whether *file* is the name of what is open as *descriptor*."""
    try:
        return os.path.samestat(file.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
