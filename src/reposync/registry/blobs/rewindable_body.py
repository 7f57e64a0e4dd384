"""Replay: a stream that can be begun anew as long as little of it was given.

A server that refuses a body for its length says so before it has read much of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEPT_BYTES = 4 * 1024 * 1024


class RewindableBody:
    """Gives *chunks* in parts of any length; what was given first is kept, up to a limit."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._kept: list[bytes] = []
        self._kept_bytes = 0
        self._can_rewind = True
        self._left: list[bytes] = []

    def rewind(self) -> bool:
        """Begin anew; False, and nothing done, when too much was given."""
        if self._can_rewind:
            self._left = [*self._kept]
        return self._can_rewind

    async def take(self, count: int) -> AsyncIterator[bytes]:
        """Return the next *count* bytes, or all that are left if there are fewer."""
        while count > 0:
            chunk = await self._next()
            if not chunk:
                return
            if len(chunk) > count:
                self._left.insert(0, chunk[count:])
                chunk = chunk[:count]
            count -= len(chunk)
            yield chunk

    async def _next(self) -> bytes:
        if self._left:
            return self._left.pop(0)
        chunk = await anext(self._chunks, b"")
        if self._can_rewind:
            self._kept.append(chunk)
            self._kept_bytes += len(chunk)
            if self._kept_bytes > KEPT_BYTES:
                self._can_rewind = False
                self._kept.clear()
        return chunk
