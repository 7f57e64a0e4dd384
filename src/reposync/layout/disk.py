"""File operations off the event loop, and what the system says of them as errors of ours.

The one place where the layout room waits for a disk: an operation that has begun runs to its end,
also when who waits for it is cancelled, so that nobody closes or removes what is being written.
"""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING, TypeVar

from reposync.errors import OutOfSpaceError, StorageError
from reposync.oci.error_code import printable

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_HINTS = {
    errno.ENOSPC: "make room there, and run again: what was copied stays",
    errno.EDQUOT: "make room there, and run again: what was copied stays",
    errno.EACCES: "let the user that runs reposync read it, and write it where it is a destination",
    errno.EPERM: "let the user that runs reposync read it, and write it where it is a destination",
    errno.EROFS: "choose a place that can be written",
    errno.ENOLCK: "the file system cannot lock files; choose a place on another one",
    errno.EOPNOTSUPP: "the file system cannot lock files; choose a place on another one",
}


class Disk:
    """Runs operations on the files of *place*, which is what the user calls it."""

    def __init__(self, place: str) -> None:
        self.place = place

    async def run(
        self,
        operation: Callable[..., Result],
        *arguments: object,
        undo: Callable[[Result], object] | None = None,
    ) -> Result:
        """Run *operation* in a thread; when cancelled, wait for its end, *undo* it, pass that on.

        Raises:
            StorageError: The system refused it.
        """
        work = asyncio.ensure_future(asyncio.to_thread(operation, *arguments))
        try:
            await _ended(work)
        except asyncio.CancelledError:
            if undo is not None and work.exception() is None:
                undo(work.result())
            raise
        try:
            return work.result()
        except OSError as error:
            raise self.trouble(error) from error

    def trouble(self, error: OSError) -> StorageError:
        """Say what the system said of which file."""
        file = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
        reason = (error.strerror or str(error)).lower()
        kind = OutOfSpaceError if error.errno in _FULL else StorageError
        return kind(
            f"{printable(file or self.place)} cannot be used: {reason}",
            hint=_HINTS.get(error.errno or 0),
        )


async def _ended(work: asyncio.Future[Result]) -> None:
    """Wait for *work*; a cancellation is raised after it."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        work.exception()  # told to nobody: who waited has other news
        raise cancelled
