"""Parts: how many parts of images are under way at a time, of all images of a run together.

An image may have tens of thousands of layers, children or referrers: a task for each of them, for
every image, would take gigabytes. So a part begins when there is room for it. Each kind of part, at
each depth, has room of its own: a part holds its place while it waits for those below it, so with
one room for all they could wait for each other for ever. A part never waits for one of its own
level or of one above.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from reposync.copy.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

_T = TypeVar("_T")
_LIMIT_BYTES = 4 * 1024 * 1024
"""Of manifests that are held at one level; what is read from one takes about twice that beside."""


class Kind(IntEnum):
    """Kinds of parts, each of which waits for later ones alone."""

    ROOT = 0
    SUBJECT = 1
    REFERRER = 2
    MANIFEST = 3
    BLOB = 4


Level = tuple[Kind, int]
"""A kind of part, and its depth below the image."""

AT_ONCE = {Kind.SUBJECT: 1024, Kind.REFERRER: 256, Kind.MANIFEST: 256, Kind.BLOB: 1024}
"""How many parts of one level are under way at a time, of all images together."""


class Parts:
    """The room for the parts of all images of a run; *at_once* is of each level."""

    def __init__(
        self, at_once: Mapping[Kind, int] = AT_ONCE, limit_bytes: int = _LIMIT_BYTES
    ) -> None:
        self._at_once = at_once
        self._limit_bytes = limit_bytes
        self._rooms: defaultdict[Level, Budget] = defaultdict(lambda: Budget(limit_bytes))

    def holding_root(self, size_bytes: int) -> AbstractAsyncContextManager[None]:
        """Hold room for a whole image, whose root manifest has *size_bytes*."""
        return self._rooms[Kind.ROOT, 0].holding(size_bytes)

    async def for_each(
        self,
        level: Level,
        items: Sequence[_T],
        bring: Callable[[_T], Coroutine[None, None, None]],
        size_bytes: Callable[[_T], int] = lambda _: 0,
    ) -> None:
        """Run *bring* for each of *items* as there is room, and return when all have ended.

        *size_bytes* tells what is held of an item in memory as long as that takes.
        """
        if not items:
            return
        room, least = self._rooms[level], self._limit_bytes // self._at_once[level[0]]
        if len(items) == 1:  # most are alone: a task of its own would cost more than the step
            async with room.holding(max(least, size_bytes(items[0]))):
                await bring(items[0])
            return
        async with asyncio.TaskGroup() as group:
            for item in items:
                held = await room.take(max(least, size_bytes(item)))
                task = group.create_task(bring(item))
                task.add_done_callback(partial(_give_back, room, held))


def _give_back(room: Budget, held: int, _: asyncio.Task[None]) -> None:
    room.give_back(held)
