"""How much one host is asked at a time, and when it wants to be left alone."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_log = logging.getLogger(__name__)


class HostLimits:
    """Slots for short requests to one host, and a pause that holds for all of them.

    Streams take no slot here: they are admitted for all their hosts at once
    (``copy.admission``), so that a reader and a writer never wait for each other's slots.
    """

    def __init__(
        self,
        host: str,
        max_requests: int,
        *,
        now_s: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._host = host
        self._slots = asyncio.Semaphore(max_requests)
        self._now_s = now_s or asyncio.get_running_loop().time
        self._sleep = sleep
        self._open_at_s = 0.0

    def pause(self, seconds: float) -> None:
        """Let no request begin for *seconds*, or longer if a longer pause holds already."""
        until_s = self._now_s() + seconds
        if until_s > self._open_at_s:
            self._open_at_s = until_s
            _log.warning("%s wants to be left alone for %.0f s", self._host, seconds)

    async def opened(self) -> None:
        """Wait until no pause holds."""
        while (left_s := self._open_at_s - self._now_s()) > 0:
            await self._sleep(left_s)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one slot for a short request, after any pause."""
        async with self._slots:
            await self.opened()
            yield
