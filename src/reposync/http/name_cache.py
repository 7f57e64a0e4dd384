"""Addresses of names, kept for a while: a thousand requests need not ask a thousand times."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import Any

from reposync.http.failures import NameLookupError

KEPT_S = 300.0
LOOKUP_TIMEOUT_S = 15.0

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


class NameCache:
    """Looks names up, each once at a time."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], tuple[float, asyncio.Future[list[Address]]]] = {}

    async def look_up(self, host: str, port: int) -> list[Address]:
        """Return the addresses of *host*, at least one.

        Raises:
            NameLookupError: There is none.
        """
        loop = asyncio.get_running_loop()
        expires_at_s, answer = self._found.get((host, port), (0.0, None))
        if answer is None or loop.time() >= expires_at_s:
            answer = loop.run_in_executor(None, partial(_resolve, host, port))
            answer.add_done_callback(_retrieved)
            self._found[host, port] = (loop.time() + KEPT_S, answer)
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                return await asyncio.shield(answer)
        except (OSError, UnicodeError) as error:
            self.forget(host, port)
            raise NameLookupError from error

    def forget(self, host: str, port: int) -> None:
        """Ask anew the next time: the addresses led nowhere."""
        self._found.pop((host, port), None)


def _resolve(host: str, port: int) -> list[Address]:
    name = host.encode("ascii")  # a text would bring the tables of international names
    return [*socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)]


def _retrieved(answer: asyncio.Future[list[Address]]) -> None:
    """Have no complaint about a failure that nobody waits for any more."""
    if not answer.cancelled():
        answer.exception()
