"""A loop whose clock leaps: what waits for a time is woken as soon as nothing else can happen.

Hours of retries, stalls and timeouts pass in milliseconds, over real sockets too, as long as both
ends of each are on this loop. The clock stands still while anything runs, so that no timeout
depends on how busy the machine is.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTLE_S = 0.0005
_LONG_LEAP_S = 2.0
_LONG_SETTLE_S = 0.005
_DEADLOCK_S = 5.0


class DeadlockError(Exception):
    """Nothing is ready, nothing is due, and no thread works: nothing would ever happen again."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own.

    ``steps`` counts its turns, and ``at_step`` has something happen before one of them: that is
    the way to strike between any two awaits.
    """

    def __init__(self) -> None:
        self.steps = 0
        self._now_s = 1000.0
        self._threads = 0
        self._due: dict[int, Callable[[], object]] = {}
        super().__init__(_LeapingSelector(self))

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now_s

    def at_step(self, step: int, happens: Callable[[], object]) -> None:
        """Call *happens* before the turn *step*, counted from the loop's first."""
        self._due[step] = happens

    def forget_steps(self) -> None:
        """Have nothing happen that ``at_step`` was told."""
        self._due.clear()

    def leap(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self._now_s += seconds

    @property
    def waits_for_threads(self) -> bool:
        """Whether a thread may wake the loop."""
        return self._threads > 0

    def run_in_executor(  # type: ignore[override]  # any function, any executor
        self, executor: Any, func: Any, *args: Any
    ) -> asyncio.Future[Any]:
        """Run *func* in a thread; meanwhile the time does not leap."""
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _: object) -> None:
        self._threads -= 1

    def _run_once(self) -> None:
        self.steps += 1
        happens = self._due.pop(self.steps, None)
        if happens is not None:
            happens()
        super()._run_once()  # type: ignore[misc]  # there is no public place between two turns


class _LeapingSelector(selectors.DefaultSelector):
    """Waits for nothing but the kernel and threads, and leaps over the rest."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See ``selectors.BaseSelector``."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self._loop.waits_for_threads:
            return super().select(_DEADLOCK_S)
        if timeout is None:
            ready = super().select(_DEADLOCK_S)
            if not ready:
                raise DeadlockError
            return ready
        # Bytes on loopback may be on their way still.
        ready = super().select(_SETTLE_S if timeout < _LONG_LEAP_S else _LONG_SETTLE_S)
        if not ready:
            self._loop.leap(timeout)
        return ready
