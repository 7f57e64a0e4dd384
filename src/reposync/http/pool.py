"""Connections that wait for their next request, the last used first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.http.connection import Connection
    from reposync.http.route import Route

IDLE_LIMIT_S = 15.0
DISTRUST_S = 60.0
"""How long no kept connection is given to what must not be sent twice, once one was dead."""
_CLOSED_SOON_S = 1.0


class Pool:
    """All connections of a transport, those in use and those that wait.

    One that waited for longer than ``IDLE_LIMIT_S`` is not trusted: what is in between may have
    forgotten it without a word. Nor is any along a route where one was dead when it was used, or
    was closed within a second after its answer: such a server closes connections without notice,
    and what is sent just then is lost.
    """

    def __init__(self) -> None:
        self._all: set[Connection] = set()
        self._waiting: dict[Route, list[Connection]] = {}
        self._distrusted_until_s: dict[Route, float] = {}

    def add(self, route: Route, connection: Connection) -> None:
        """Take charge of a new connection, which is in use."""
        self._all.add(connection)
        waiting = self._waiting.setdefault(route, [])

        def forget(lost: Connection) -> None:
            self._all.discard(lost)
            if lost in waiting:
                waiting.remove(lost)
                self._ended(route, lost)

        connection.on_lost = forget

    def take(self, route: Route, *, is_checked: bool) -> Connection | None:
        """Return the connection along *route* that was used last; None if none is fit.

        *is_checked* asks for a second look, for what must not meet a line that is at its end. Along
        a route that is distrusted that gets none, and the one that it would get is dropped: a new
        one takes its place.
        """
        waiting = self._waiting.get(route)
        if not waiting:
            return None
        now_s = asyncio.get_running_loop().time()
        while waiting:
            connection = waiting.pop()
            is_fit = connection.is_fit(now_s - IDLE_LIMIT_S)
            if is_fit and not is_checked:
                return connection
            if is_fit and connection.has_news():
                self._ended(route, connection)
            elif is_fit:
                return self._unless_distrusted(route, connection, now_s)
            connection.drop()
        return None

    def _unless_distrusted(
        self, route: Route, connection: Connection, now_s: float
    ) -> Connection | None:
        if now_s >= self._distrusted_until_s.get(route, 0.0):
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

    def distrust(self, route: Route) -> None:
        """Note that a kept connection along *route* was dead when it was used."""
        self._distrusted_until_s[route] = asyncio.get_running_loop().time() + DISTRUST_S

    def _ended(self, route: Route, idle: Connection) -> None:
        """Note that the server ended *idle*, which had waited for its next request."""
        idle_s = asyncio.get_running_loop().time() - idle.idle_since_s
        if idle_s < _CLOSED_SOON_S:
            self.distrust(route)

    async def close(self) -> None:
        """Break all lines, and wait until they have gone."""
        connections = list(self._all)
        for connection in connections:
            connection.drop()
        for connection in connections:
            await connection.gone()
