"""Connections that wait for their next request, the last used first."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.http.connection import Connection
    from reposync.http.route import Route

IDLE_LIMIT_S = 15.0


class Pool:
    """All connections of a transport, those in use and those that wait.

    One that waited for longer than ``IDLE_LIMIT_S`` is not trusted: what stands between may have
    forgotten it without a word.
    """

    def __init__(self) -> None:
        self._all: set[Connection] = set()
        self._waiting: dict[Route, list[Connection]] = {}

    def add(self, route: Route, connection: Connection) -> None:
        """Take charge of a new connection, which is in use."""
        self._all.add(connection)
        waiting = self._waiting.setdefault(route, [])

        def forget(lost: Connection) -> None:
            self._all.discard(lost)
            with suppress(ValueError):
                waiting.remove(lost)

        connection.on_lost = forget

    def take(self, route: Route, *, is_checked: bool) -> Connection | None:
        """Return the connection along *route* that was used last; None if none is fit.

        *is_checked* asks for a second look, for what must not meet a line that is at its end.
        """
        waiting = self._waiting.get(route)
        if not waiting:
            return None
        oldest_s = asyncio.get_running_loop().time() - IDLE_LIMIT_S
        while waiting:
            connection = waiting.pop()
            if connection.is_fit(oldest_s) and not (is_checked and connection.has_news()):
                return connection
            connection.drop()
        return None

    def give_back(self, route: Route, connection: Connection) -> None:
        """Let *connection*, whose exchange has ended, wait for the next one."""
        waiting = self._waiting[route]
        waiting.append(connection)
        first = waiting[0]
        if first.idle_since_s < connection.idle_since_s - IDLE_LIMIT_S:
            del waiting[0]
            first.drop()

    async def close(self) -> None:
        """Break all lines, and wait until they have gone."""
        connections = list(self._all)
        for connection in connections:
            connection.drop()
        for connection in connections:
            await connection.gone()
