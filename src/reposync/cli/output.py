"""Standard output: results, and a reader who may have gone away."""

from __future__ import annotations

import os
import sys

from reposync.errors import StorageError


def emit(text: str) -> None:
    """Write *text* to standard output at once.

    A reader that has gone away, as ``head`` does, is no failure of what was done: the rest is
    dropped without a word.

    Raises:
        StorageError: It cannot be written for another reason.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would be flushed, and fail again, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(f"standard output cannot be written: {reason}") from error
