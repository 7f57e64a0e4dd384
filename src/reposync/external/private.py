"""Private files: a directory that only this user can enter, removed after use.

It is in the runtime directory of the session, which is in memory, or else in the temporary
directory. What a killed run left there is removed by the next.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.errors import OutOfSpaceError, StorageError
from reposync.external.leftovers import in_use, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIX = "reposync-relay-"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_TRIES = 3
"""Another process may remove a directory as a leftover before it is locked."""


@contextmanager
def private_directory(environ: Mapping[str, str]) -> Iterator[Path]:
    """Create a directory of mode 0700, and remove it with its content.

    Raises:
        StorageError: It cannot be created.
    """
    within = Path(_session(environ) or environ.get("TMPDIR") or tempfile.gettempdir())
    sweep(within, _PREFIX)
    with ExitStack() as stack:
        for _ in range(_TRIES):
            path = stack.enter_context(_made(within, _PREFIX))
            if stack.enter_context(in_use(path)):
                break
        yield path


@contextmanager
def folder_in(directory: Path) -> Iterator[Path]:
    """Create a folder of mode 0700 in *directory*, and remove it with its content.

    Raises:
        StorageError: It cannot be created.
    """
    with _made(directory, "") as path:
        yield path


def write_private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """Write a new file that no other user can read, and return its path.

    Raises:
        FileExistsError: The file exists.
        StorageError: It cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except FileExistsError:
        raise
    except OSError as error:
        raise storage_error(error, f"cannot write files in {path.parent}") from error
    return path


def _session(environ: Mapping[str, str]) -> str:
    """Return the runtime directory of this user; "" if it is another user's, as with sudo.

    Spec: XDG Base Directory Specification, "XDG_RUNTIME_DIR".
    """
    path = environ.get("XDG_RUNTIME_DIR", "")
    try:
        found = os.stat(path)  # noqa: PTH116 -- an empty path must fail, not name the working directory
    except (OSError, ValueError):
        return ""
    is_mine = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return path if is_mine and os.access(path, os.W_OK | os.X_OK) else ""


@contextmanager
def _made(within: Path, prefix: str) -> Iterator[Path]:
    try:
        made = tempfile.TemporaryDirectory(prefix=prefix, dir=within, ignore_cleanup_errors=True)
    except OSError as error:
        raise storage_error(error, "cannot create a temporary directory") from error
    with made as path:
        yield Path(path)


def storage_error(error: OSError, what: str) -> StorageError:
    """Return the error *what*, with the reason of the system's *error*."""
    kind = OutOfSpaceError if error.errno in _FULL else StorageError
    return kind(
        f"{what} ({(error.strerror or 'failed').lower()})",
        hint="set TMPDIR to a writable directory",
    )
