"""The bytes of blobs that one host may get or send in a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_BURST_S = 0.1
"""What was not used in so long may be made up for: timers are not exact."""


class ByteRate:
    """Lets at most *bytes_per_s* pass, in both directions together, for all clients of a host."""

    def __init__(
        self,
        bytes_per_s: float,
        now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bytes_per_s = bytes_per_s
        self._now_s = now_s
        self._sleep = sleep
        self._free_at_s = float("-inf")

    async def take(self, count: int) -> None:
        """Wait until *count* more bytes may have passed."""
        now_s = self._now_s()
        begins_s = max(self._free_at_s, now_s - _BURST_S)
        self._free_at_s = begins_s + count / self._bytes_per_s
        if self._free_at_s > now_s:
            await self._sleep(self._free_at_s - now_s)


async def limited(chunks: AsyncIterator[bytes], rate: ByteRate) -> AsyncIterator[bytes]:
    """Pass *chunks* on, not faster than *rate*."""
    async for chunk in chunks:
        await rate.take(len(chunk))
        yield chunk
