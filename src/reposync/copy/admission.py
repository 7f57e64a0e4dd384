"""Admission: how many streams run at each registry.

A transfer needs a stream at its source and one at each destination. It is admitted to all of them
at once or to none: if transfers held some and waited for others, they could wait for each other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

_LOOK_AHEAD = 64
"""How many of the waiting are looked at when a stream ends: a long queue must not cost time."""


def fitting(
    waiting: Iterable[Counter[str]], running: Mapping[str, int], limit: Callable[[str], int]
) -> list[bool]:
    """Decide who of *waiting*, in order, may start beside *running*; needs count streams by host.

    Who cannot start keeps its hosts from all behind it, so that nobody waits for ever. A need
    beyond the *limit* of a host is taken as that.
    """
    used = Counter(running)
    blocked: set[str] = set()
    decisions = []
    for need in waiting:
        fits = all(
            host not in blocked and used[host] + min(count, limit(host)) <= limit(host)
            for host, count in need.items()
        )
        decisions.append(fits)
        if fits:
            used.update(need)
        else:
            blocked |= need.keys()
    return decisions


def split(
    reader: str, writers: Sequence[str], limit: Callable[[str], int]
) -> tuple[list[int], list[int]]:
    """Part the hosts of *writers* into those that one transfer from *reader* may have, and others.

    Gives their positions. A single writer may be one more than its host's limit, as where that is
    one and the reader's own: it is better than none.
    """
    used = Counter([reader])
    now: list[int] = []
    later: list[int] = []
    for position, host in enumerate(writers):
        fits = used[host] < limit(host)
        (now if fits else later).append(position)
        used[host] += fits
    return (now, later) if now else (later[:1], later[1:])


class Admission:
    """Admits transfers in the order they came, as far as *limit* streams per host allow.

    *lower* has the hosts that are allowed fewer.
    """

    def __init__(self, limit: int, lower: Mapping[str, int] | None = None) -> None:
        self._usual = limit
        self._lower = lower or {}
        self._running: Counter[str] = Counter()
        self._waiting: list[tuple[Counter[str], asyncio.Event]] = []

    @asynccontextmanager
    async def streams(self, hosts: Iterable[str]) -> AsyncIterator[None]:
        """Hold one stream for each of *hosts*, of which some may be the same."""
        need = Counter({host: min(n, self.limit(host)) for host, n in Counter(hosts).items()})
        entry = (need, asyncio.Event())
        self._waiting.append(entry)
        self._admit()
        try:
            await entry[1].wait()
            yield
        finally:
            if entry[1].is_set():
                self._running.subtract(need)
            else:
                self._waiting.remove(entry)
            self._admit()

    def limit(self, host: str) -> int:
        """Return how many streams *host* may have."""
        return min(self._usual, self._lower.get(host, self._usual))

    def _admit(self) -> None:
        foremost = self._waiting[:_LOOK_AHEAD]
        decisions = fitting((need for need, _ in foremost), self._running, self.limit)
        if not any(decisions):
            return
        still_waiting = []
        for entry, fits in zip(foremost, decisions, strict=True):
            if fits:
                self._running.update(entry[0])
                entry[1].set()
            else:
                still_waiting.append(entry)
        self._waiting[:_LOOK_AHEAD] = still_waiting
