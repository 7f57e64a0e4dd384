"""A budget: so much that may be held at a time by all together, bytes or shares of a limit."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Budget:
    """Lets shares be held in the order in which they were asked for, *limit* at a time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._free = limit
        self._waiting: deque[tuple[int, asyncio.Event]] = deque()

    @asynccontextmanager
    async def holding(self, count: int) -> AsyncIterator[None]:
        """Hold *count* as long as the context is; more than there is counts as all."""
        held = await self.take(count)
        try:
            yield
        finally:
            self.give_back(held)

    async def take(self, count: int) -> int:
        """Wait for *count* and return what is to be given back: *count*, or all there is."""
        need = min(count, self._limit)
        if need <= self._free and not self._waiting:
            self._free -= need
            return need
        entry = (need, asyncio.Event())
        self._waiting.append(entry)
        try:
            await entry[1].wait()
        except BaseException:
            if entry[1].is_set():
                self._free += need
            else:
                self._waiting.remove(entry)
            self._admit()
            raise
        return need

    def give_back(self, held: int) -> None:
        """Let others have what ``take`` returned."""
        self._free += held
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            need, admitted = self._waiting.popleft()
            self._free -= need
            admitted.set()
