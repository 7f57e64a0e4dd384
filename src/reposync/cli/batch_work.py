"""Batch work: how the system shares its processors between a run and other programs.

Nobody waits at a keyboard for the next step of a run. What it waits for arrives in a hundred
pieces, and to be woken for each, in the place of who sends the next, costs both of them time.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def batch_work() -> Iterator[None]:
    """Let this process, and what it starts, displace no other as it wakes, where Linux allows that.

    It loses nothing on an idle machine. A policy that somebody has chosen stays.

    Source: sched(7), "SCHED_BATCH".
    """
    if sys.platform != "linux":
        yield
        return
    is_batch = _changed(os.SCHED_OTHER, os.SCHED_BATCH)
    try:
        yield
    finally:
        if is_batch:
            _changed(os.SCHED_BATCH, os.SCHED_OTHER)


if sys.platform == "linux":

    def _changed(before: int, after: int) -> bool:
        """Have the policy *after* instead of *before*; False where it was another, or must stay."""
        try:
            if os.sched_getscheduler(0) != before:
                return False
            os.sched_setscheduler(0, after, os.sched_param(0))
        except OSError:
            return False
        return True
