"""A budget: so many bytes that may be held in memory at a time, by all who hold some."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Budget:
    """Lets bytes be held in the order in which they were asked for, *limit_bytes* at a time."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._free_bytes = limit_bytes
        self._waiting: deque[tuple[int, asyncio.Event]] = deque()

    @asynccontextmanager
    async def holding(self, count: int) -> AsyncIterator[None]:
        """Hold *count* bytes as long as the context is; more than there are count as all."""
        need = min(count, self._limit_bytes)
        entry = (need, asyncio.Event())
        self._waiting.append(entry)
        self._admit()
        try:
            await entry[1].wait()
            yield
        finally:
            if entry[1].is_set():
                self._free_bytes += need
            else:
                self._waiting.remove(entry)
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free_bytes:
            need, admitted = self._waiting.popleft()
            self._free_bytes -= need
            admitted.set()
