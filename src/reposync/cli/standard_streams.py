"""The standard streams: closed ones, full ones, and readers that have gone away.

What is written to standard output is a result, so a failure to write it is an error with a name.
A reader that has gone away, as ``head`` does, is none: the rest is dropped without a word.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""Their names and modes; each one's place is its descriptor."""


class OutputError(OSError):
    """Standard output cannot be written, for another reason than a reader that has gone away."""

    def __str__(self) -> str:
        """Return one sentence for a user."""
        return f"standard output cannot be written: {(self.strerror or 'unknown error').lower()}"


class _Results(io.FileIO):
    """The file of standard output; writing it raises ``OutputError`` alone."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write *data*, or drop it, and all that follows, when nobody reads it any more."""
        try:
            return super().write(data)
        except BrokenPipeError:
            _discard(self.fileno())
            return memoryview(data).nbytes
        except OSError as error:
            raise OutputError(error.errno, error.strerror) from error


def prepare() -> None:
    """Make all three streams usable; what is written to a closed one is dropped.

    Must come before anything else is opened, which would get the number of a closed stream, and
    all that others write to that stream.
    """
    closed = [number for number, (name, _) in enumerate(_STREAMS) if getattr(sys, name) is None]
    if closed:
        _fill_gaps()
    for number in closed:
        name, mode = _STREAMS[number]
        setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = results_on(sys.stdout)


def results_on(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """Return a stream to the file of *stream*, which must stay open, that fails by ``OutputError``.

    A name that the encoding does not have is no reason to lose a summary: it is escaped.
    """
    file = io.BufferedWriter(_Results(stream.fileno(), "w", closefd=False))
    return io.TextIOWrapper(
        file,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
    )


def _fill_gaps() -> None:
    """Open the null device for each of the first three descriptors that is closed."""
    while (number := os.open(os.devnull, os.O_RDWR)) < len(_STREAMS):
        os.set_inheritable(number, True)  # noqa: FBT003 -- the function's own way
    os.close(number)


def _discard(descriptor: int) -> None:
    """Let *descriptor* lead nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
