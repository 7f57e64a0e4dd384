"""Leftovers: directories of runs that were killed, which no process holds a lock on any more.

A run locks its directory while it uses it; the system releases the lock when the process ends in
any way. So a later run can detect the directory, and removes it with the logins in it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def in_use(directory: Path) -> Iterator[bool]:
    """Lock *directory* for a block; yield False if another process has locked or removed it.

    On a file system without locks it yields False as well; there no directory is removed.
    """
    with _opened(directory) as descriptor:
        yield (
            descriptor is not None and _is_locked(descriptor) and _is_current(directory, descriptor)
        )


def sweep(within: Path, prefix: str) -> None:
    """Remove this user's directories in *within* that begin with *prefix* and are not in use."""
    with suppress(OSError):
        for directory in sorted(within.glob(f"{prefix}*")):
            with _opened(directory) as descriptor:
                if descriptor is not None and _is_mine(descriptor) and _is_locked(descriptor):
                    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _opened(directory: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(directory, _DIRECTORY)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_mine(descriptor: int) -> bool:
    found = os.fstat(descriptor)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _is_current(directory: Path, descriptor: int) -> bool:
    with suppress(OSError):
        return os.path.samestat(directory.stat(), os.fstat(descriptor))
    return False
