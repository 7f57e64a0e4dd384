"""How much one host is asked at a time, and the pauses that it asks for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from reposync.errors import HostPausedError, RateLimitedError
from reposync.registry.throttle.adaptive_concurrency import FIRST, MOST, AdaptiveConcurrency
from reposync.registry.throttle.rate_limiter import RateLimiter
from reposync.registry.throttle.slots import Slots
from reposync.retry import LONGEST_WAIT_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reposync.registry.throttle.slots import Lane

_log = logging.getLogger(__name__)


class Bounds(Struct, frozen=True):
    """What a host is asked at most: requests at a time, requests and bytes in a second.

    ``at_once`` is None, and the others are 0, where there is no bound.
    """

    at_once: int | None = None
    per_second: float = 0.0
    bytes_per_second: float = 0.0

    @property
    def streams(self) -> int | None:
        """How many of the requests at a time may be blobs on their way: half of them."""
        return None if self.at_once is None else self.at_once // 2

    @property
    def requests(self) -> int:
        """How many short requests may be in flight."""
        return MOST if self.at_once is None else self.at_once - self.at_once // 2


UNBOUNDED = Bounds()


class HostLimits:
    """Slots for the requests to one host, and a pause that holds for all of them.

    Streams are admitted for all their hosts at once (``copy.admission``), so that a reader and a
    writer never wait for each other: here they only wait where *bounds* leave no place beside the
    short requests.
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
        self._concurrency = AdaptiveConcurrency(min(FIRST, bounds.requests), bounds.requests)
        self._rate_limiter = RateLimiter(1 / bounds.per_second if bounds.per_second else 0.0)
        self._next_s = 0.0
        self._pauses = 0
        self._slots = Slots(self._concurrency, bounds.at_once)
        self._now_s = now_s or asyncio.get_running_loop().time
        self._sleep = sleep
        self._open_at_s = 0.0

    @property
    def quickest_s(self) -> float:
        """How long an answer takes when the host has nothing else to do; infinite before any."""
        return self._concurrency.best_s

    def pause(self, seconds: float) -> None:
        """Let no request begin for *seconds*, or longer if a longer pause holds already."""
        now_s = self._now_s()
        until_s, known_s = now_s + seconds, self._open_at_s
        self._open_at_s = max(until_s, known_s)
        # Many answers of one moment say the same, each a bit later.
        if until_s - max(known_s, now_s) > seconds / 2:
            self._pauses += 1
            self._next_s = until_s
            _log.warning("%s is rate limiting; no request to it for %.0f s", self._host, seconds)

    def slow_down(self, *, is_refused: bool) -> None:
        """Have fewer requests in flight, and with *is_refused* fewer in a second as well."""
        now_s = self._now_s()
        self._concurrency.pushed_back(now_s)
        if is_refused:
            self._rate_limiter.refused(now_s)

    async def opened(self, *, waits: bool = True) -> None:
        """Wait until no pause holds, and until it is this request's turn.

        Raises:
            HostPausedError: A pause holds, and *waits* is false: the caller waits without a slot.
            RateLimitedError: It holds for so long that nobody would wait for it.
        """
        now_s = self._now_s()
        if self._open_at_s <= now_s and not self._rate_limiter.apart_s(now_s):
            return
        pauses = -1
        while pauses != self._pauses:  # who waits for its turn as a pause begins gets another
            pauses = self._pauses
            await self._no_pause(waits=waits)
            await self._turn()

    async def _no_pause(self, *, waits: bool) -> None:
        while (left_s := self._open_at_s - self._now_s()) > 0:
            if left_s > LONGEST_WAIT_S:
                raise self._paused(RateLimitedError, left_s)
            if not waits:
                raise self._paused(HostPausedError, left_s)
            await self._sleep(left_s)

    def _paused(self, kind: type[RateLimitedError], left_s: float) -> RateLimitedError:
        error = kind(
            f"{self._host} is rate limiting, and asked for no request in the next {left_s:.0f} s",
            hint="run again after that time; what was copied stays copied",
        )
        error.retry_after_s = left_s
        return error

    async def _turn(self) -> None:
        now_s = self._now_s()
        apart_s = self._rate_limiter.apart_s(now_s)
        if apart_s:
            begins_s = max(now_s, self._next_s)
            self._next_s = begins_s + apart_s
            if begins_s > now_s:
                await self._sleep(begins_s - now_s)

    def slot(self, *, waits: bool = True) -> Slot:
        """Hold one slot for a short request; with *waits* after any pause, else not in one."""
        return Slot(self, self._slots.short, waits=waits)

    def beside(self, *, waits: bool = True) -> Slot:
        """Hold a place beside the slots for a stream, or for what must not queue; never timed."""
        slot = Slot(self, self._slots.beside, waits=waits)
        slot.is_timed = False
        return slot

    async def begin(self, lane: Lane, *, waits: bool) -> float:
        """Begin a request of *lane* as soon as it has room and no pause holds; return the time."""
        await self._slots.acquire(lane)
        try:
            await self.opened(waits=waits)
        except BaseException:
            self._slots.release(lane)
            raise
        return self._now_s()

    def end(self, lane: Lane, began_s: float, *, is_timed: bool) -> None:
        """End a request of *lane*, and with *is_timed* learn from the time that it took."""
        if is_timed:
            now_s = self._now_s()
            self._concurrency.answered(now_s - began_s, in_flight=lane.in_flight, at_s=now_s)
        self._slots.release(lane)


class Slot:
    """A slot that is held as long as the context is.

    ``is_timed`` says that the time until the answer tells how busy the host is.
    """

    __slots__ = ("_began_s", "_lane", "_limits", "_waits", "is_timed")

    def __init__(self, limits: HostLimits, lane: Lane, *, waits: bool) -> None:
        self._limits = limits
        self._waits = waits
        self._lane = lane
        self._began_s = 0.0
        self.is_timed = True

    async def __aenter__(self) -> Self:
        self._began_s = await self._limits.begin(self._lane, waits=self._waits)
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        is_timed = error is None and self.is_timed
        self._limits.end(self._lane, self._began_s, is_timed=is_timed)
