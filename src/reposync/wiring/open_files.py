"""Open files: how many the system allows, and how many each registry of a run may have of them.

A connection is an open file, and so is a blob that is written to a layout. Whoever opens without
a bound finds out by failures, in places that have nothing to do with it.
"""

from __future__ import annotations

import resource
from contextlib import suppress

_ENOUGH = 65_536
_RESERVED = 64  # what a run opens for itself: logs, the ledger, files that are read
_LEAST = 4
_HOSTS_EACH = 2  # a registry's blobs and tokens may come from another host


def raised_limit() -> int:
    """Raise the limit of open files as far as it takes and this user may; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _ENOUGH if soft == resource.RLIM_INFINITY else soft
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft


def files_each(limit: int, registries: int) -> int:
    """Return how many files each of *registries* may open where the system allows *limit*."""
    reserved = min(_RESERVED, limit // 3)
    return max(_LEAST, (limit - reserved) // (_HOSTS_EACH * max(1, registries)))
