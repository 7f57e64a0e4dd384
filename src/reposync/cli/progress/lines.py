"""Progress as log lines, where nothing is drawn: a job that is silent for long looks dead.

A line comes every quarter of a minute while something moves, and every minute while nothing does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from reposync.cli.progress.state import ProgressState
from reposync.cli.progress.words import sentence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from reposync.cli.progress.values import Progress
    from reposync.sync.events import Event

_log = logging.getLogger("reposync.run")

INTERVAL_S = 15.0
_IDLE_INTERVALS = 4


class ProgressLines:
    """A listener that logs how far a run is, while ``written`` is entered.

    *verb* says what is done with the bytes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, verb: str = "sent") -> None:
        self._state = ProgressState(verb)
        self._clock = clock
        self._skipped = 0

    def __call__(self, event: Event) -> None:
        """Take *event* into account."""
        self._state.take(event, self._clock())

    @asynccontextmanager
    async def written(self) -> AsyncIterator[None]:
        """Write a line whenever one is due."""
        ticker = asyncio.create_task(self._write())
        try:
            yield
        finally:
            ticker.cancel()
            await asyncio.wait({ticker})

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            progress = self._state.at(self._clock())
            self._skipped += 1
            if progress.idle_s < INTERVAL_S or self._skipped == _IDLE_INTERVALS:
                self._skipped = 0
                extra = {"event": "progress", "fields": fields(progress)}
                _log.info("progress: %s", sentence(progress), extra=extra)


def fields(progress: Progress) -> dict[str, Any]:
    """Return *progress* as JSON values; ``is_final`` tells whether the totals may still grow."""
    eta_s = progress.eta_s
    return {
        "images_ended": progress.images_ended,
        "images_selected": progress.images_selected,
        "failed": progress.failed,
        f"bytes_{progress.verb}": progress.sent_bytes,
        "bytes_total": progress.total_bytes,
        "bytes_found": progress.found_bytes,
        "is_final": progress.is_final,
        "bytes_per_second": round(progress.bytes_per_second),
        "eta_s": None if eta_s is None else round(eta_s),
        "idle_s": round(progress.idle_s),
    }
