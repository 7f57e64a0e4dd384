"""Connecting to the first of several addresses that answers.

Spec: RFC 8305 ("Happy Eyeballs"), sections 4 and 5.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.http.name_cache import Address

HEAD_START_S = 0.25


def in_turn(addresses: Sequence[Address]) -> list[Address]:
    """Order *addresses* so that families take turns, each in its own order."""
    families: dict[int, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    return [address for address in chain(*zip_longest(*families.values())) if address is not None]


async def connect_first(addresses: Sequence[Address]) -> socket.socket:
    """Connect to one of *addresses*, each with a short head start before the next.

    Raises:
        OSError: None answers; the reason of the first that refused.
    """
    sockets: list[socket.socket] = []
    winner: socket.socket | None = None
    try:
        if len(addresses) == 1:
            winner = await _connect(addresses[0], sockets)
        else:
            winner = await _race(deque(in_turn(addresses)), sockets)
        return winner
    finally:
        for other in sockets:
            if other is not winner:
                other.close()


async def _race(waiting: deque[Address], sockets: list[socket.socket]) -> socket.socket:
    running: set[asyncio.Task[socket.socket]] = set()
    failures: list[BaseException] = []
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(_connect(waiting.popleft(), sockets)))
            head_start_s = HEAD_START_S if waiting else None
            done, running = await asyncio.wait(
                running, timeout=head_start_s, return_when=asyncio.FIRST_COMPLETED
            )
            winners = [task for task in done if task.exception() is None]
            if winners:
                return winners[0].result()
            failures.extend(error for task in done if (error := task.exception()))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    raise failures[0]


async def _connect(address: Address, sockets: list[socket.socket]) -> socket.socket:
    family, kind, protocol, _, where = address
    sock = socket.socket(family, kind, protocol)
    sockets.append(sock)
    sock.settimeout(0)
    await asyncio.get_running_loop().sock_connect(sock, where)
    return sock
