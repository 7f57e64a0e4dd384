"""Dialling: from a route to a connection, over TLS and through proxies where it leads there."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reposync.errors import TransportError
from reposync.http.connection import LANDING_BYTES, Connection
from reposync.http.failures import (
    ConnectionFailedError,
    ConnectTimeoutError,
    NoHandshakeError,
    ProxyRefusedError,
    ProxyUnreachableError,
    unconnected,
)
from reposync.http.happy_eyeballs import connect_first
from reposync.http.name_cache import NameCache
from reposync.http.request_head import connect_head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.http.route import Proxy, Route

_GOOD = range(200, 300)
_CLOSED = frozenset({None, "UNEXPECTED_EOF_WHILE_READING"})
_RETAINED_BYTES = 4 * 1024 * 1024


# asyncio holds so much for each TLS connection, and a run may have hundreds of them. Half of what
# it takes by itself costs no more processor time; a quarter costs a sixth more.
sslproto.SSLProtocol.max_size = 128 * 1024


class Dialer:
    """Opens connections; *tls* speaks for servers and for proxies that are reached by TLS.

    *timeout_s* bounds each connection, TLS included, and again each of the two through a proxy.
    """

    def __init__(self, tls: ssl.SSLContext, timeout_s: float) -> None:
        self._tls = tls
        self._timeout_s = timeout_s
        self._names = NameCache()
        self._landing = memoryview(bytearray(LANDING_BYTES))
        _retain_memory()

    async def dial(self, route: Route, handshake_timeout_s: float | None = None) -> Connection:
        """Open a connection along *route*; *handshake_timeout_s* bounds TLS with its server.

        Raises:
            TransportError: There is none to be had.
        """
        try:
            if route.proxy is None:
                return await self._connect(
                    route, route, is_tls=route.is_tls, handshake_timeout_s=handshake_timeout_s
                )
            return await self._dial_proxy(route, route.proxy, handshake_timeout_s)
        except TimeoutError as error:
            raise unconnected(ConnectTimeoutError(self._timeout_s), route.authority) from error
        except (OSError, ConnectionFailedError) as error:
            raise unconnected(error, route.authority) from error

    async def _dial_proxy(
        self, route: Route, proxy: Proxy, handshake_timeout_s: float | None
    ) -> Connection:
        try:
            connection = await self._connect(route, proxy, is_tls=proxy.is_tls)
        except (OSError, ConnectionFailedError) as error:
            raise ProxyUnreachableError from error
        if not route.is_tunnelled:
            return connection
        try:
            await _open_tunnel(connection, route, self._timeout_s)
            async with _handshake(handshake_timeout_s or self._timeout_s):
                return await self._with_tls(connection, route)
        except BaseException:
            connection.drop()
            raise

    async def _connect(
        self,
        route: Route,
        hop: Route | Proxy,
        *,
        is_tls: bool,
        handshake_timeout_s: float | None = None,
    ) -> Connection:
        """Connect to *hop*, the first on the way along *route*."""
        loop = asyncio.get_running_loop()
        addresses = await self._names.look_up(hop.host, hop.port)
        ends_s = loop.time() + self._timeout_s
        try:
            async with asyncio.timeout_at(ends_s):
                sock = await connect_first(addresses)
            connection = self._new(route)
            if not is_tls:
                await loop.create_connection(lambda: connection, sock=sock)
                return connection
            left_s = ends_s - loop.time()
            async with _handshake(min(handshake_timeout_s or left_s, left_s)):
                await loop.create_connection(
                    lambda: connection,
                    sock=sock,
                    ssl=self._tls,
                    server_hostname=_server_name(hop.host),
                )
        except OSError:
            self._names.forget(hop.host, hop.port)
            raise
        return connection

    async def _with_tls(self, tunnel: Connection, route: Route) -> Connection:
        connection = self._new(route)
        transport = await asyncio.get_running_loop().start_tls(
            tunnel.transport, connection, self._tls, server_hostname=_server_name(route.host)
        )
        if transport is None:
            raise ConnectionResetError
        connection.connection_made(transport)
        return connection

    def _new(self, route: Route) -> Connection:
        return Connection(route.authority, self._landing)


async def _open_tunnel(connection: Connection, route: Route, timeout_s: float) -> None:
    reader = connection.begin(may_have_body=False)
    connection.write(connect_head(route))
    try:
        head = await connection.head(reader, timeout_s)
    except TransportError as error:
        raise ProxyRefusedError from error
    if head.status not in _GOOD or reader.has_surplus:
        raise ProxyRefusedError


def _retain_memory() -> None:
    """Have the allocator keep blocks of a chunk's size instead of giving each back to the system.

    glibc raises its threshold to the largest block that was freed; below it, every chunk of a
    stream over TLS would cost a hundred page faults. Elsewhere this does nothing.
    """
    bytes(_RETAINED_BYTES)


@asynccontextmanager
async def _handshake(timeout_s: float) -> AsyncIterator[None]:
    """Bound a TLS handshake; name how a server leaves it unanswered.

    Raises:
        NoHandshakeError: It closed the connection, or said nothing.
    """
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except OSError as error:
        reason = _unanswered(error)
        if not reason:
            raise
        raise NoHandshakeError(reason) from error


def _unanswered(error: OSError) -> str:
    """Return how a server left a handshake unanswered; empty where it answered in TLS."""
    if isinstance(error, ssl.SSLError):
        return "it closed the connection" if error.reason in _CLOSED else ""
    return "it said nothing" if isinstance(error, TimeoutError) else "it closed the connection"


def _server_name(host: str) -> str:
    return host.rstrip(".")
