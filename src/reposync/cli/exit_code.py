"""Exit codes: what a script learns from a call."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a call ended; those after a signal are as a shell counts them, 128 and its number."""

    DONE = 0
    FAILED = 1
    """Something failed; all the rest was done."""
    WRONG = 2
    """The file or the call is wrong, and nothing was done."""
    DIFFERENT = 3
    """Nothing failed, and ``plan --exit-code`` or ``verify`` found a difference."""
    NOT_ALLOWED = 4
    """Nothing failed, and a ``fail_on`` condition was met."""
    INTERRUPTED = 130
    TERMINATED = 143
