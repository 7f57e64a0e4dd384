"""The relay: one reader, many writers.

A blob is read once and goes to every writer through a bounded buffer of its own, so memory stays
small. A writer that holds the others up for long is left behind, to be served alone later; one that
fails stops no other; when the reader fails, all fail. Each failure is told with its side.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.pipe import Pipe
from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from reposync.copy.abilities import BlobFetcher, BlobPusher
    from reposync.copy.meter import Meter
    from reposync.oci.descriptor import Descriptor

WRITER_WAIT_LIMIT_S = 2.0
"""How long, all in all, the others may wait for the slowest writer of a blob."""
_COMMITTED_BYTES_PER_S = 10 * 1024 * 1024


class LeftBehindError(RepoSyncError):
    """A destination is slower than the others; what it lacks is brought to it alone."""


_Writing = asyncio.Task["RepoSyncError | None"]


class FanoutResult(Struct, frozen=True):
    """How a transfer ended: the reader's failure, and each writer's own, in their order."""

    reading: RepoSyncError | None
    writing: tuple[RepoSyncError | None, ...]


async def relay(
    blob: Descriptor,
    reader: BlobFetcher,
    writers: Sequence[BlobPusher],
    meters: Sequence[Meter],
) -> FanoutResult:
    """Move *blob* from *reader* to all *writers* at once; expected failures are values.

    Each of *meters* counts what one of *writers* has sent.
    """
    moved = asyncio.Event()
    pipes = [Pipe(moved, meter) for meter in meters]
    room = _Room(pipes, moved)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(blob, reader, room))
        room.writing = [
            group.create_task(_write(blob, writer, pipe, reading))
            for writer, pipe in zip(writers, pipes, strict=True)
        ]
        for task in room.writing:
            task.add_done_callback(lambda _: _stop_when_alone(pipes, reading))
        await asyncio.wait([reading])
        await _ended_in_time(room.writing, WRITER_WAIT_LIMIT_S + blob.size / _COMMITTED_BYTES_PER_S)
    failure = None if reading.cancelled() else reading.result()
    return FanoutResult(failure, tuple(map(_written, room.writing)))


async def fan_out_whole(
    blob: Descriptor,
    reader: BlobFetcher,
    writers: Sequence[BlobPusher],
    meters: Sequence[Meter],
) -> FanoutResult:
    """Do the same with a blob that is small enough to be held whole in between."""
    try:
        async with reader.open_blob(blob) as opened:
            content = b"".join([chunk async for chunk in opened])
    except RepoSyncError as error:
        return FanoutResult(error, (None,) * len(writers))
    if len(writers) == 1:
        return FanoutResult(None, (await _write_whole(blob, writers[0], content, meters[0]),))
    async with asyncio.TaskGroup() as group:
        writing = [
            group.create_task(_write_whole(blob, writer, content, meter))
            for writer, meter in zip(writers, meters, strict=True)
        ]
        await _ended_in_time(writing, WRITER_WAIT_LIMIT_S)
    return FanoutResult(None, tuple(map(_written, writing)))


async def _write_whole(
    blob: Descriptor, writer: BlobPusher, content: bytes, meter: Meter
) -> RepoSyncError | None:
    try:
        await writer.push_blob(blob, _whole(content))
    except RepoSyncError as error:
        return error
    meter.add(len(content))
    return None


async def _whole(content: bytes) -> AsyncGenerator[bytes, None]:
    if content:
        yield content


class _Room:
    """Waits until every pipe has room, and leaves behind who keeps the others waiting."""

    def __init__(self, pipes: Sequence[Pipe], moved: asyncio.Event) -> None:
        self.pipes = pipes
        self.writing: list[_Writing] = []
        self._moved = moved
        self._waited_s = 0.0

    async def made(self) -> None:
        """Return when there is room in the pipe of every writer that is still there."""
        while any(pipe.is_full for pipe in self.pipes):
            self._moved.clear()
            if any(pipe.is_starved for pipe in self.pipes):
                await self._wait_for_the_slow()
            else:
                await self._moved.wait()

    async def _wait_for_the_slow(self) -> None:
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        try:
            async with asyncio.timeout(WRITER_WAIT_LIMIT_S - self._waited_s):
                await self._moved.wait()
        except TimeoutError:
            for pipe, task in zip(self.pipes, self.writing, strict=True):
                if pipe.is_full:
                    pipe.abandon()
                    task.cancel()
        self._waited_s += now_s() - began_s


async def _ended_in_time(writing: Sequence[_Writing], limit_s: float) -> None:
    """Wait for all, but for none longer than *limit_s* after the first has done its part."""
    pending = set(writing)
    while pending and not any(task.done() and _is_well(task) for task in writing):
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    if pending := {task for task in writing if not task.done()}:
        _, pending = await asyncio.wait(pending, timeout=limit_s)
    for task in pending:
        task.cancel()


def _is_well(task: _Writing) -> bool:
    return not task.cancelled() and task.result() is None


def _written(task: _Writing) -> RepoSyncError | None:
    if task.cancelled():
        return LeftBehindError("it is slower than the other destinations")
    return task.result()


async def _read(blob: Descriptor, reader: BlobFetcher, room: _Room) -> RepoSyncError | None:
    try:
        async with reader.open_blob(blob) as chunks:
            async for chunk in chunks:
                for pipe in room.pipes:
                    pipe.add(chunk)
                await room.made()
    except RepoSyncError as error:
        for pipe in room.pipes:
            pipe.end(error)
        return error
    for pipe in room.pipes:
        pipe.end()
    return None


async def _write(
    blob: Descriptor, writer: BlobPusher, pipe: Pipe, reading: _Writing
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


def _stop_when_alone(pipes: list[Pipe], reading: _Writing) -> None:
    """Stop a reader that reads for nobody."""
    if all(pipe.is_abandoned for pipe in pipes):
        reading.cancel()
