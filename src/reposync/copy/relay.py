"""The relay: one reader, many writers.

A blob is read once and goes to every writer through a bounded buffer of its own, so the slowest
holds the reader back and memory stays small. A writer that fails is left behind; when the reader
fails, all fail. Each failure is told with its side.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from reposync.copy.abilities import BlobFetcher, BlobPusher
    from reposync.oci.descriptor import Descriptor

BUFFER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Relayed:
    """How a transfer ended: the reader's failure, and each writer's own, in their order."""

    reading: RepoSyncError | None
    writing: tuple[RepoSyncError | None, ...]


class Pipe:
    """Chunks on their way to one writer, at most about *limit_bytes* of them."""

    def __init__(self, limit_bytes: int = BUFFER_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._chunks: deque[bytes] = deque()
        self._held_bytes = 0
        self._changed = asyncio.Event()
        self._ended = False
        self._failure: RepoSyncError | None = None
        self._abandoned = False

    async def put(self, chunk: bytes) -> None:
        """Add *chunk* when there is room; at once, and to no end, when nobody reads any more."""
        while self._held_bytes >= self._limit_bytes and not self._abandoned:
            await self._next_change()
        if not self._abandoned:
            self._chunks.append(chunk)
            self._held_bytes += len(chunk)
            self._changed.set()

    def end(self, failure: RepoSyncError | None = None) -> None:
        """Tell the writer that this was all, or that it will never be."""
        self._ended = True
        self._failure = failure
        self._changed.set()

    def abandon(self) -> None:
        """Let the writer go: what it has not taken is dropped."""
        self._abandoned = True
        self._chunks.clear()
        self._changed.set()

    @property
    def is_abandoned(self) -> bool:
        """Whether the writer is gone."""
        return self._abandoned

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Iterate over the chunks as they come.

        Raises:
            RepoSyncError: The reader failed, with its error.
        """
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._held_bytes -= len(chunk)
                self._changed.set()
                yield chunk
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return
            await self._next_change()

    async def _next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


async def relay(
    blob: Descriptor,
    reader: BlobFetcher,
    writers: Sequence[BlobPusher],
    on_bytes: Callable[[int], None],
) -> Relayed:
    """Move *blob* from *reader* to all *writers* at once; expected failures are values."""
    pipes = [Pipe() for _ in writers]
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(blob, reader, pipes, on_bytes))
        writing = [
            group.create_task(_write(blob, writer, pipe, reading))
            for writer, pipe in zip(writers, pipes, strict=True)
        ]
        for task in writing:
            task.add_done_callback(lambda _: _stop_when_alone(pipes, reading))
    failure = None if reading.cancelled() else reading.result()
    return Relayed(failure, tuple(task.result() for task in writing))


async def _read(
    blob: Descriptor, reader: BlobFetcher, pipes: list[Pipe], on_bytes: Callable[[int], None]
) -> RepoSyncError | None:
    try:
        async with reader.open_blob(blob) as chunks:
            async for chunk in chunks:
                on_bytes(len(chunk))
                for pipe in pipes:
                    await pipe.put(chunk)
    except RepoSyncError as error:
        for pipe in pipes:
            pipe.end(error)
        return error
    for pipe in pipes:
        pipe.end()
    return None


async def _write(
    blob: Descriptor, writer: BlobPusher, pipe: Pipe, reading: asyncio.Task[RepoSyncError | None]
) -> RepoSyncError | None:
    try:
        await writer.push_blob(blob, pipe.chunks())
    except RepoSyncError as error:
        if reading.done() and not reading.cancelled() and reading.result() is error:
            return None  # it is the reader's, and told there
        return error
    finally:
        pipe.abandon()
    return None


def _stop_when_alone(pipes: list[Pipe], reading: asyncio.Task[RepoSyncError | None]) -> None:
    """Stop a reader that reads for nobody."""
    if all(pipe.is_abandoned for pipe in pipes):
        reading.cancel()
