"""Private files: a directory that only this user may enter, and that is gone afterwards.

It is where the user's other logins of this session are, in memory, or else among temporary files.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIX = "reposync-"


@contextmanager
def private_directory(environ: Mapping[str, str]) -> Iterator[Path]:
    """Make a directory of mode 0700, and remove it with all that is in it.

    Raises:
        StorageError: None can be made.
    """
    session = environ.get("XDG_RUNTIME_DIR", "")
    within = session if session and os.access(session, os.W_OK | os.X_OK) else None
    try:
        made = tempfile.TemporaryDirectory(
            prefix=_PREFIX, dir=within or environ.get("TMPDIR") or None, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise StorageError(
            f"no temporary directory can be made ({(error.strerror or 'failed').lower()})",
            hint="set TMPDIR to a directory that can be written",
        ) from error
    with made as path:
        yield Path(path)


@contextmanager
def folder_in(directory: Path) -> Iterator[Path]:
    """Make a folder of mode 0700 in *directory*, and remove it with all that is in it."""
    with tempfile.TemporaryDirectory(dir=directory, ignore_cleanup_errors=True) as path:
        yield Path(path)


def write_private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """Write a new file that no other user may read, and give its path."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
