"""File operations off the event loop, and what the system says of them as errors of ours.

The one place where the layout room waits for a disk: an operation that has begun runs to its end,
also when who waits for it is cancelled, so that nobody closes or removes what is being written. One
that the system's limit of open files keeps from opening another is repeated until others have
closed theirs.
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

_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.005, 0.5
_FILES_LIMIT_S = 60.0
"""In a run that moves, files of ours are closed all the time."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MORE_FILES = "raise the limit of open files (ulimit -n)"
_HINTS = {
    errno.EMFILE: _MORE_FILES,
    errno.ENFILE: _MORE_FILES,
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
        self._without_files_since_s: float | None = None

    async def run(
        self,
        operation: Callable[..., Result],
        *arguments: object,
        undo: Callable[[Result], object] | None = None,
        is_repeatable: bool = True,
    ) -> Result:
        """Run *operation* in a thread; when cancelled, wait for its end, *undo* it, pass that on.

        One that is not *is_repeatable* is not begun again after it found no file to be had.

        Raises:
            StorageError: The system refused it.
        """
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                result = await _run(operation, *arguments, undo=undo)
            except OSError as error:
                if not (is_repeatable and self._is_worth_waiting(error)):
                    raise self.trouble(error) from error
            else:
                self._without_files_since_s = None
                return result
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _is_worth_waiting(self, error: OSError) -> bool:
        """Return whether files may be had soon; all who wait do so from the same moment on."""
        now_s = asyncio.get_running_loop().time()
        if self._without_files_since_s is None:
            self._without_files_since_s = now_s
        waited_s = now_s - self._without_files_since_s
        return is_out_of_files(error) and waited_s < _FILES_LIMIT_S

    def trouble(self, error: OSError) -> StorageError:
        """Return what the system said of which file."""
        file = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
        reason = (error.strerror or str(error)).lower()
        kind = OutOfSpaceError if error.errno in _FULL else StorageError
        return kind(
            f"{printable(file or self.place)} cannot be used: {reason}",
            hint=_HINTS.get(error.errno or 0),
        )


def is_out_of_files(error: OSError) -> bool:
    """Return whether nothing is wrong but that too many files are open at the moment."""
    return error.errno in _OUT_OF_FILES


async def _run(
    operation: Callable[..., Result],
    *arguments: object,
    undo: Callable[[Result], object] | None = None,
) -> Result:
    work = asyncio.ensure_future(asyncio.to_thread(operation, *arguments))
    try:
        await _ended(work)
    except asyncio.CancelledError:
        if undo is not None and work.exception() is None:
            undo(work.result())
        raise
    return work.result()


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
