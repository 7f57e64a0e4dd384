"""Private files: a directory that only this user may enter, and that is gone afterwards.

It is where the user's other logins of this session are, in memory, or else among temporary files.
What a run left there that was killed is removed by the next.
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
"""Another process may take a directory for a leftover before it is locked."""


@contextmanager
def private_directory(environ: Mapping[str, str]) -> Iterator[Path]:
    """Make a directory of mode 0700, and remove it with all that is in it.

    Raises:
        StorageError: None can be made.
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
    """Make a folder of mode 0700 in *directory*, and remove it with all that is in it.

    Raises:
        StorageError: It cannot be made.
    """
    with _made(directory, "") as path:
        yield path


def write_private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """Write a new file that no other user may read, and give its path.

    Raises:
        FileExistsError: There is one already.
        StorageError: It cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except FileExistsError:
        raise
    except OSError as error:
        raise storage_error(error, f"no file can be written in {path.parent}") from error
    return path


def _session(environ: Mapping[str, str]) -> str:
    """Return the directory of this user's session, unless it is another's, as with sudo.

    Spec: XDG Base Directory Specification, "XDG_RUNTIME_DIR".
    """
    path = environ.get("XDG_RUNTIME_DIR", "")
    try:
        found = os.stat(path)  # noqa: PTH116 -- an empty path is none, and not the working directory
    except (OSError, ValueError):
        return ""
    is_mine = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return path if is_mine and os.access(path, os.W_OK | os.X_OK) else ""


@contextmanager
def _made(within: Path, prefix: str) -> Iterator[Path]:
    try:
        made = tempfile.TemporaryDirectory(prefix=prefix, dir=within, ignore_cleanup_errors=True)
    except OSError as error:
        raise storage_error(error, "no temporary directory can be made") from error
    with made as path:
        yield Path(path)


def storage_error(error: OSError, what: str) -> StorageError:
    """Report that *what*, since the system refused it by *error*."""
    kind = OutOfSpaceError if error.errno in _FULL else StorageError
    return kind(
        f"{what} ({(error.strerror or 'failed').lower()})",
        hint="set TMPDIR to a directory that can be written",
    )
