"""How much one host is asked at a time, and when it wants to be left alone."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from reposync.errors import RateLimitedError
from reposync.registry.pace import FIRST, MOST, Pace
from reposync.registry.spacing import Spacing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LONGEST_PAUSE_S = 300.0
"""A host that wants a longer one is not asked again before that has passed."""

_log = logging.getLogger(__name__)


class Bounds(Struct, frozen=True):
    """What a host is asked at most: short requests at a time, and requests in a second.

    0 in a second means that there is no bound.
    """

    requests: int = MOST
    per_second: float = 0.0


UNBOUNDED = Bounds()


class HostLimits:
    """Slots for short requests to one host, and a pause that holds for all of them.

    Streams take no slot here: they are admitted for all their hosts at once
    (``copy.admission``), so that a reader and a writer never wait for each other's slots.
    What *bounds* says of a second holds for them too.
    """

    def __init__(
        self,
        host: str,
        *,
        bounds: Bounds = UNBOUNDED,
        now_s: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._host = host
        self._pace = Pace(min(FIRST, bounds.requests), bounds.requests)
        self._spacing = Spacing(1 / bounds.per_second if bounds.per_second else 0.0)
        self._next_s = 0.0
        self._pauses = 0
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._now_s = now_s or asyncio.get_running_loop().time
        self._sleep = sleep
        self._open_at_s = 0.0

    @property
    def quickest_s(self) -> float:
        """How long an answer takes when the host has nothing else to do; infinite before any."""
        return self._pace.best_s

    def pause(self, seconds: float) -> None:
        """Let no request begin for *seconds*, or longer if a longer pause holds already."""
        now_s = self._now_s()
        until_s, known_s = now_s + seconds, self._open_at_s
        self._open_at_s = max(until_s, known_s)
        # Many answers of one moment say the same, each a bit later.
        if until_s - max(known_s, now_s) > seconds / 2:
            self._pauses += 1
            self._next_s = until_s
            _log.warning("%s wants to be left alone for %.0f s", self._host, seconds)

    def slow_down(self, *, is_refused: bool) -> None:
        """Have fewer requests in flight, and with *is_refused* fewer in a second as well."""
        now_s = self._now_s()
        self._pace.pushed_back(now_s)
        if is_refused:
            self._spacing.refused(now_s)

    async def opened(self) -> None:
        """Wait until no pause holds, and until it is this request's turn.

        Raises:
            RateLimitedError: It holds for so long that nobody would wait for it.
        """
        now_s = self._now_s()
        if self._open_at_s <= now_s and not self._spacing.apart_s(now_s):
            return
        pauses = -1
        while pauses != self._pauses:  # who waits for its turn as a pause begins gets another
            pauses = self._pauses
            await self._no_pause()
            await self._turn()

    async def _no_pause(self) -> None:
        while (left_s := self._open_at_s - self._now_s()) > 0:
            if left_s > LONGEST_PAUSE_S:
                error = RateLimitedError(
                    f"{self._host} wants to be left alone for {left_s:.0f} s",
                    hint="run again when that time has passed; what was copied stays copied",
                )
                error.retry_after_s = left_s
                raise error
            await self._sleep(left_s)

    async def _turn(self) -> None:
        now_s = self._now_s()
        apart_s = self._spacing.apart_s(now_s)
        if apart_s:
            begins_s = max(now_s, self._next_s)
            self._next_s = begins_s + apart_s
            if begins_s > now_s:
                await self._sleep(begins_s - now_s)

    def slot(self) -> Slot:
        """Hold one slot for a short request, after any pause."""
        return Slot(self)

    async def begin(self) -> float:
        """Take a slot as soon as there is one and no pause holds; give the time."""
        await self._acquire()
        try:
            await self.opened()
        except BaseException:
            self._release()
            raise
        return self._now_s()

    def end(self, began_s: float, *, is_timed: bool) -> None:
        """Give a slot back, and with *is_timed* learn from the time that the answer took."""
        if is_timed:
            now_s = self._now_s()
            self._pace.answered(now_s - began_s, in_flight=self._in_flight, at_s=now_s)
        self._release()

    async def _acquire(self) -> None:
        if self._in_flight < int(self._pace.limit) and not self._waiting:
            self._in_flight += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release()
            raise

    def _release(self) -> None:
        self._in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        """Give free slots to those who wait, the first one first."""
        while self._waiting and self._in_flight < int(self._pace.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)


class Slot:
    """A slot that is held as long as the context is.

    ``is_timed`` says that the time until the answer tells how busy the host is.
    """

    __slots__ = ("_began_s", "_limits", "is_timed")

    def __init__(self, limits: HostLimits) -> None:
        self._limits = limits
        self._began_s = 0.0
        self.is_timed = True

    async def __aenter__(self) -> Self:
        self._began_s = await self._limits.begin()
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._limits.end(self._began_s, is_timed=error is None and self.is_timed)
