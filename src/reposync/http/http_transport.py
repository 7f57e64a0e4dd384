"""The HTTP transport: requests along kept connections, answers whose bodies are read as they come.

It puts the parts together: a route, a connection from the pool or a new one, the request, the
answer. A request that can do no harm twice is sent once more when a kept connection turns out dead.
"""

from __future__ import annotations

import asyncio
import os
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import TransportError
from reposync.http.answer_head import Headers
from reposync.http.dialer import Dialer
from reposync.http.failures import ConnectionFailedError, translated
from reposync.http.pool import Pool
from reposync.http.request_head import request_head
from reposync.http.route import Route, route_to, shown, split
from reposync.http.timeouts import Timeouts
from reposync.http.tls_session import tls_session
from reposync.http.traffic import Traffic
from reposync.http.transport import AnsweredLateError
from reposync.http.upload import Upload, first_chunk

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping, Sequence

    from reposync.http.answer_head import Head
    from reposync.http.answer_reader import AnswerReader
    from reposync.http.connection import Connection
    from reposync.http.tls_session import TlsSession
    from reposync.http.transport import Body, Request

_REPEATABLE = frozenset({"GET", "HEAD"})  # though the first may have been carried out


class HttpTransport:
    """Keeps the connections of one registry client; made and closed on one event loop.

    The number of connections is bounded by whoever sends requests, not here. *traffic* counts what
    is exchanged with each host; the transports of a run may share it.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext,
        environ: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        timeouts = timeouts or Timeouts()
        self.stall_timeout_s = timeouts.stall_s
        self._environ = os.environ if environ is None else environ
        self._dialer = Dialer(tls, timeouts.connect_s)
        self._pool = Pool()
        self._traffic = traffic or Traffic()
        self._routes: dict[str, Route] = {}
        self._is_closed = False

    def send(self, request: Request) -> Exchange:
        """Send *request*; see ``Transport``."""
        return Exchange(self, request)

    async def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        await self._pool.close()

    def give_back(self, route: Route, connection: Connection) -> None:
        """Keep *connection* for another request, if its exchange ended well."""
        if connection.finish() and not self._is_closed:
            self._pool.give_back(route, connection)
        else:
            connection.drop()

    def waiting(self, route: Route, *, is_harmless: bool) -> Connection | None:
        """Return a connection that is there already; see ``Pool.take``."""
        return self._pool.take(route, is_checked=not is_harmless)

    def distrust(self, route: Route) -> None:
        """Note that a kept connection along *route* was dead; see ``Pool.distrust``."""
        self._pool.distrust(route)

    async def dial(self, route: Route, handshake_timeout_s: float | None) -> Connection:
        """Open a new connection; see ``Dialer.dial``.

        Raises:
            TransportError: There is none to be had.
        """
        if self._is_closed:
            raise TransportError(f"the connections to {route.authority} are closed already")
        connection = await self._dialer.dial(route, handshake_timeout_s)
        connection.traffic = self._traffic.of(route.authority)
        self._pool.add(route, connection)
        return connection

    def locate(self, url: str) -> tuple[Route, str]:
        """Find the way to *url*, and what to ask for there.

        Raises:
            TransportError: It is no URL of HTTP, or its proxy has none.
        """
        origin, target = split(url)
        route = self._routes.get(origin)
        if route is None:
            try:
                route = route_to(origin, self._environ)
            except ConnectionFailedError as error:
                raise translated(error, shown(url)) from error
            self._routes[origin] = route
        return route, target


class Exchange:
    """One request and its answer, which is open as long as the context is."""

    __slots__ = ("_connection", "_request", "_response", "_route", "_transport")

    def __init__(self, transport: HttpTransport, request: Request) -> None:
        self._transport = transport
        self._request = request
        self._route: Route | None = None
        self._connection: Connection | None = None
        self._response: HttpResponse | None = None

    async def __aenter__(self) -> HttpResponse:
        request, transport = self._request, self._transport
        route, target = transport.locate(request.url)
        self._route = route
        head = _head(request, target, route)
        body = request.body
        first = b""
        if body is not None and not isinstance(body, bytes):
            first = await first_chunk(body)
        kept = transport.waiting(route, is_harmless=_is_harmless(request))
        response = await self._ask_kept(route, kept, head, first) if kept is not None else None
        if response is not None:
            return response
        fresh = await transport.dial(route, request.handshake_timeout_s)
        return await self._ask(fresh, head, first)

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self._connection is None or self._route is None or self._response is None:
            return
        self._transport.give_back(self._route, self._connection)
        self._response.release()
        if self._request.late_answer_s and isinstance(error, asyncio.CancelledError):
            raise AnsweredLateError(self._response) from error

    async def _ask_kept(
        self, route: Route, kept: Connection, head: bytes, first: bytes
    ) -> HttpResponse | None:
        """Ask along a kept connection; None where it was dead, and the same may be asked again."""
        try:
            response = await self._ask(kept, head, first)
        except TransportError:
            if not kept.died_unanswered:
                raise
            self._transport.distrust(route)
            if not _is_harmless(self._request):
                raise
            return None
        if response.status != HTTPStatus.REQUEST_TIMEOUT:
            return response
        # The server was tired of waiting for a request, and did not read this one.
        self._transport.distrust(route)
        if not _is_whole(self._request.body):
            return response
        kept.drop()
        return None

    async def _ask(self, connection: Connection, head: bytes, first: bytes) -> HttpResponse:
        request = self._request
        reader = connection.begin(may_have_body=request.method != "HEAD")
        stall_timeout_s = self._transport.stall_timeout_s
        try:
            body = request.body
            if body is None or isinstance(body, bytes):
                connection.write(head + body if body else head)
                connection.traffic.written_bytes += len(body) if body else 0
                connection.sent()
            else:
                upload = Upload(head, first, body, request.body_bytes)
                await upload.send(connection, stall_timeout_s)
            answer = await connection.head(reader, request.answer_timeout_s or stall_timeout_s)
        except asyncio.CancelledError as error:
            late = await self._late(connection, reader) if request.late_answer_s else None
            connection.drop()
            if late is None:
                raise
            raise AnsweredLateError(late) from error
        except BaseException:
            connection.drop()
            reader.release()
            raise
        self._connection = connection
        self._response = self._answered(answer, connection, reader)
        return self._response

    def _answered(self, head: Head, connection: Connection, reader: AnswerReader) -> HttpResponse:
        connection.traffic.answered(self._request.method, head.status)
        return HttpResponse(
            self._request.url,
            head,
            connection,
            reader,
            stall_timeout_s=self._transport.stall_timeout_s,
        )

    async def _late(self, connection: Connection, reader: AnswerReader) -> HttpResponse | None:
        """Wait for an answer that only a clean-up still wants; the line is of no more use."""
        limit_s = self._request.late_answer_s
        try:
            async with asyncio.timeout(limit_s):
                answer = await connection.head(reader, limit_s)
        except (TransportError, TimeoutError):
            return None
        finally:
            connection.drop()
        return self._answered(answer, connection, reader)


def _is_whole(body: Body) -> bool:
    """Return whether *body* can be sent again."""
    return body is None or isinstance(body, bytes)


def _is_harmless(request: Request) -> bool:
    """Return whether carrying *request* out twice is the same as once."""
    return request.method in _REPEATABLE and not request.body


def _head(request: Request, target: str, route: Route) -> bytes:
    try:
        return request_head(request, target, route)
    except ConnectionFailedError as error:
        raise translated(error, route.authority) from error


class HttpResponse:
    """An answer whose body is read from its connection; see ``Response``."""

    __slots__ = ("_connection", "_reader", "_stall_timeout_s", "headers", "status", "url")

    def __init__(
        self,
        url: str,
        head: Head,
        connection: Connection,
        reader: AnswerReader,
        *,
        stall_timeout_s: float,
    ) -> None:
        self.url = url
        self.status = head.status
        self.headers = Headers(head.fields)
        self._connection = connection
        self._reader = reader
        self._stall_timeout_s = stall_timeout_s

    def release(self) -> None:
        """Let go of what was not read: nobody can any more."""
        self._reader.release()

    @property
    def tls_session(self) -> TlsSession | None:
        """See ``Response``."""
        return tls_session(self._connection.transport.get_extra_info("ssl_object"))

    def header_values(self, name: str) -> Sequence[str]:
        """See ``Response``."""
        return self.headers.values_of(name)

    async def chunks(self) -> AsyncIterator[bytes]:
        """See ``Response``."""
        while chunk := await self._connection.chunk(self._reader, self._stall_timeout_s):
            yield chunk

    async def read(self, limit_bytes: int) -> bytes:
        """See ``Response``."""
        if not self._reader.held_bytes and self._reader.is_complete:
            return b""
        body = bytearray()
        while len(body) < limit_bytes:
            chunk = await self._connection.chunk(self._reader, self._stall_timeout_s)
            if not chunk:
                break
            missing = limit_bytes - len(body)
            if len(chunk) > missing:
                self._reader.put_back(chunk[missing:])
            body += chunk[:missing]
        return bytes(body)
