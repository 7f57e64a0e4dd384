"""Signals: the first one stops the work in good order, the second one ends the process at once.

Leaves to others what is said afterwards, and the exit code.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from reposync.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType, TracebackType

GRACE_S = 10.0
"""How long stopped work may take to clean up behind itself."""
_EXIT_CODES: dict[int, ExitCode] = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
}
_log = logging.getLogger(__name__)


class Interruption:
    """Catches SIGINT and SIGTERM while it is entered.

    ``exit_code`` is that of the first signal, None before it. *last_words* are written to standard
    error when a second one ends the process: what the terminal needs to be as it was.
    """

    def __init__(self, *, grace_s: float = GRACE_S, last_words: bytes = b"") -> None:
        self.exit_code: ExitCode | None = None
        self._grace_s = grace_s
        self._last_words = last_words
        self._wake: Callable[[], object] = _nothing
        self._handlers: dict[int, Any] = {}
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        # Not the loop's own handlers: those wait for a loop that may be what hangs.
        self._handlers = {number: signal.signal(number, self._take) for number in _EXIT_CODES}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run *work* on a loop of its own until it ends, or a signal stops it.

        Stopped work is cancelled and waited for, but no longer than the grace. After a signal the
        loop is left as it is, and the process should end by ``os._exit``: closing the loop waits
        for threads, and one that looks up a name may hang for minutes.
        """
        try:
            self._runner.run(self._supervise(work()))
        finally:
            if self.exit_code is None:
                self._runner.close()

    async def _supervise(self, work: Coroutine[Any, Any, None]) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(stop.set)
        task = asyncio.create_task(work)
        stopped = asyncio.create_task(stop.wait())
        if self.exit_code is not None:
            stop.set()
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        self._wake = _nothing
        stopped.cancel()
        if not task.done():
            await self._cancel(task)
        if task.done() and not task.cancelled():
            task.result()

    async def _cancel(self, task: asyncio.Task[None]) -> None:
        _log.warning(
            "stopping, in at most %.0f s; a second signal ends at once and cleans up nothing",
            self._grace_s,
        )
        task.cancel()
        await asyncio.wait({task}, timeout=self._grace_s)

    def _take(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.exit_code is not None:
            with suppress(OSError):
                os.write(2, self._last_words)
            os._exit(_EXIT_CODES[number])
        self.exit_code = _EXIT_CODES[number]
        self._wake()


def _nothing() -> None:
    pass
