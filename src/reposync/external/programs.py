"""Programs: how one is found, which environment variables it gets, and how many run at once.

It gets the variables that container tools need to work as on a command line, but none that may hold
secrets of reposync.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import shutil
from typing import TYPE_CHECKING

from reposync.external import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reposync.external.process import Completed, OnLine

_PER_CORE = 4
"""A copy waits for registries most of the time."""
_PASSED_ON = frozenset(
    "PATH HOME USER LOGNAME LANG LC_ALL TZ TMPDIR SSL_CERT_FILE SSL_CERT_DIR HTTP_PROXY "  # noqa: SIM905 -- a list of words
    "HTTPS_PROXY ALL_PROXY NO_PROXY XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR "
    "CONTAINERS_REGISTRIES_CONF GOMAXPROCS GODEBUG".split()
)

_log = logging.getLogger("reposync.relay")


def program(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of program *name* on the ``PATH`` of *environ*; None if it is not found."""
    return shutil.which(name, path=environ.get("PATH", ""))


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of *environ* that another program gets."""
    return {name: text for name, text in environ.items() if name.upper() in _PASSED_ON}


def at_once(parallel_sync_tasks: int) -> int:
    """Return how many programs may run at once: one for each image, limited by the CPU cores."""
    return min(parallel_sync_tasks, _PER_CORE * len(os.sched_getaffinity(0)))


class Programs:
    """Runs programs with variables from *environ*, at most *limit* at once."""

    def __init__(self, environ: Mapping[str, str], limit: int) -> None:
        self._environ = passed_on(environ)
        self._slots = asyncio.Semaphore(limit)

    async def run(
        self,
        command: Sequence[str],
        more: Mapping[str, str] | None = None,
        observe: OnLine = lambda _: None,
    ) -> Completed:
        """Run *command*, with *more* added to the environment; see ``process.run``.

        Raises:
            RelayError: The program cannot be started.
        """
        async with self._slots:
            _log.debug("running %s", shlex.join(command))
            return await process.run(command, self._environ | dict(more or {}), observe)
