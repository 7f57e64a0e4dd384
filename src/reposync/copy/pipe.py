"""Pipes: chunks on their way from one reader to one of its writers, a bounded number of them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from reposync.copy.meter import Meter
    from reposync.errors import RepoSyncError

BUFFER_BYTES = 1024 * 1024


class Pipe:
    """Holds at most about *limit_bytes*; sets *moved* whenever its writer took something or left.

    Pipes of one reader share *moved*; *meter* counts what the writer took.
    """

    def __init__(self, moved: asyncio.Event, meter: Meter, limit_bytes: int = BUFFER_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._meter = meter
        self._chunks: deque[bytes] = deque()
        self._held_bytes = 0
        self._moved = moved
        self._filled = asyncio.Event()
        self._ended = False
        self._failure: RepoSyncError | None = None
        self.is_abandoned = False
        """Whether the writer is gone."""
        self.is_starved = False
        """Whether the writer waits for more."""

    @property
    def is_full(self) -> bool:
        """Whether the writer must take something before there is room again."""
        return self._held_bytes >= self._limit_bytes and not self.is_abandoned

    def add(self, chunk: bytes) -> None:
        """Add *chunk*, to no end when nobody reads any more."""
        if not self.is_abandoned:
            self._chunks.append(chunk)
            self._held_bytes += len(chunk)
            self._filled.set()
            self.is_starved = False

    def end(self, failure: RepoSyncError | None = None) -> None:
        """Return the writer that this was all, or that it will never be."""
        self._ended = True
        self._failure = failure
        self._filled.set()

    def abandon(self) -> None:
        """Let the writer go: what it has not taken is dropped."""
        self.is_abandoned = True
        self.is_starved = False
        self._chunks.clear()
        self._held_bytes = 0
        self._moved.set()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Iterate over the chunks as they come.

        Raises:
            RepoSyncError: The reader failed, with its error.
        """
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._held_bytes -= len(chunk)
                self._moved.set()
                self._meter.add(len(chunk))
                yield chunk
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return
            self._filled.clear()
            self.is_starved = True
            self._moved.set()
            await self._filled.wait()
