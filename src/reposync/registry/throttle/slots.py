"""Slots: how many requests are in flight at one host, and who sends the next one.

Two lanes share one bound. Short requests take as many slots as the pace lets them; streams, and
what must not queue behind short requests, go beside them and first. Both together are never more
than the user allows.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.registry.throttle.adaptive_concurrency import AdaptiveConcurrency


class Lane:
    """The requests of one kind: those in flight, and those that wait in the order they came."""

    __slots__ = ("in_flight", "waiting")

    def __init__(self) -> None:
        self.in_flight = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class Slots:
    """Lets requests of the lanes ``short`` and ``beside`` be sent.

    *concurrency* bounds the short ones; *most* bounds all, None for no bound.
    """

    def __init__(self, concurrency: AdaptiveConcurrency, most: int | None = None) -> None:
        self.short = Lane()
        self.beside = Lane()
        self._concurrency = concurrency
        self._most = sys.maxsize if most is None else most

    async def acquire(self, lane: Lane) -> None:
        """Wait until a request of *lane* may be sent, and count it as in flight."""
        if not lane.waiting and self._is_free(lane):
            lane.in_flight += 1
            return
        turn = asyncio.get_running_loop().create_future()
        lane.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(lane)
            raise

    def release(self, lane: Lane) -> None:
        """Count a request of *lane* as over, and let others be sent in its place."""
        lane.in_flight -= 1
        if self.beside.waiting or self.short.waiting:
            self._admit()

    def _admit(self) -> None:
        """Let those who wait be sent as far as there is room, the first ones first."""
        for each in (self.beside, self.short):
            while each.waiting and self._is_free(each):
                turn = each.waiting.popleft()
                if not turn.done():
                    each.in_flight += 1
                    turn.set_result(None)

    def _is_free(self, lane: Lane) -> bool:
        if self.short.in_flight + self.beside.in_flight >= self._most:
            return False
        return lane is self.beside or lane.in_flight < int(self._concurrency.limit)
