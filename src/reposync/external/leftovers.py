"""What runs leave behind that were killed: found by the lock that nobody holds any more.

Whoever makes a directory locks it for as long as it is in use; the system lets go of that lock with
the process, however it ends. So who comes later can tell, and removes it with the logins in it.
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
    """Lock *directory* for a block; give False where another has it by now, or it is gone.

    So it is where the file system knows no locks; there nothing is ever taken for left behind.
    """
    with _opened(directory) as descriptor:
        yield descriptor is not None and _is_locked(descriptor) and _is_there(directory, descriptor)


def sweep(within: Path, prefix: str) -> None:
    """Remove this user's directories in *within* that begin with *prefix* and nobody uses."""
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


def _is_there(directory: Path, descriptor: int) -> bool:
    with suppress(OSError):
        return os.path.samestat(directory.stat(), os.fstat(descriptor))
    return False
