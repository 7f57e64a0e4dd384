"""One exchange: reads a request's body and sends the reply, with the fault that was planned for it.

All bytes pass here, and are counted as they do.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web
from tests.fakes.registry.faults import (
    AlterHeaders,
    CorruptRequest,
    CorruptResponse,
    CutRequest,
    CutResponse,
    StallResponse,
    WrongLength,
)
from tests.fakes.registry.log import Request
from tests.fakes.registry.message import Call

if TYPE_CHECKING:
    from tests.fakes.registry.faults import Action, Interims
    from tests.fakes.registry.log import RequestLog
    from tests.fakes.registry.message import Reply

_CHUNK_BYTES = 64 * 1024
_INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


class LineCutError(Exception):
    """The registry broke the line on purpose; nothing more can be said on it."""


class Exchange:
    """A request that is being answered; ``action`` is what goes wrong with it."""

    def __init__(self, request: web.Request, log: RequestLog, action: Action | None) -> None:
        self._request = request
        self._log = log
        self._action = action
        self._body = bytearray()
        self._number = log.arrive(_entry(request))

    def call(self) -> Call:
        """Return the request as handlers see it, with as much of the body as has come."""
        request = self._request
        accepted = ",".join(request.headers.getall("Accept", ()))
        return Call(
            method=request.method,
            path=request.path,
            query={key: " ".join(request.query.getall(key)) for key in request.query},
            headers=request.headers,
            accept=frozenset(part.partition(";")[0].strip() for part in accepted.split(",")),
            origin=f"{request.scheme}://{request.host}",
            body=self._received(),
        )

    async def read_body(self) -> None:
        """Take in the request's body.

        Raises:
            LineCutError: The fault says so.
            ConnectionError: The client went away.
        """
        limit = self._action.after_bytes if isinstance(self._action, CutRequest) else None
        while limit is None or len(self._body) < limit:
            chunk = await self._request.content.readany()
            if not chunk:
                break
            self._body += chunk
            self._log.received(self._number, len(chunk))
        if limit is not None:
            del self._body[limit:]
            self.cut()

    async def send_interims(self, interims: Interims) -> None:
        """Send interim answers, of which a web server knows nothing.

        Raises:
            LineCutError: The client has had enough of them.
        """
        for _ in range(interims.count):
            transport = self._request.transport
            if transport is None or transport.is_closing():
                self.cut()
            else:
                transport.write(_INTERIM)
            await asyncio.sleep(interims.pause_s)

    async def send(self, reply: Reply) -> web.StreamResponse:
        """Send *reply*, as far as the fault lets it."""
        response = web.StreamResponse(status=reply.status, headers=self._headers(reply))
        response.content_length = self._announced(len(reply.body))
        body = b"" if self._request.method == "HEAD" else self._sent(reply.body)
        stop = len(body)
        if isinstance(self._action, CutResponse | StallResponse):
            stop = min(stop, self._action.after_bytes)
        self._log.answered(self._number, reply.status)
        if not body:
            self.leave()
        await response.prepare(self._request)
        await self._write(response, body[:stop], is_last=stop == len(body))
        if isinstance(self._action, CutResponse | WrongLength):
            self._close()
        elif stop < len(body):
            await self._write_when_released(response, body[stop:])
        return response

    def cut(self) -> None:
        """Break the line at once.

        Raises:
            LineCutError: Always, since nothing can follow.
        """
        if self._request.transport is not None:
            self._request.transport.abort()
        raise LineCutError

    def leave(self) -> None:
        """Count the exchange as over."""
        self._log.leave(self._number)

    async def _write_when_released(self, response: web.StreamResponse, rest: bytes) -> None:
        if isinstance(self._action, StallResponse):
            await self._action.released.wait()
        await self._write(response, rest, is_last=True)

    async def _write(self, response: web.StreamResponse, body: bytes, *, is_last: bool) -> None:
        """Write in pieces, so that a slow reader slows the registry too.

        The last one ends the exchange before it is written: a client that has it all may send its
        next request at once, and must not be counted twice.
        """
        for start in range(0, len(body), _CHUNK_BYTES):
            chunk = body[start : start + _CHUNK_BYTES]
            self._log.sent(self._number, len(chunk))
            if is_last and start + len(chunk) == len(body):
                self.leave()
            await response.write(chunk)

    def _headers(self, reply: Reply) -> dict[str, str]:
        changed = self._action.headers if isinstance(self._action, AlterHeaders) else {}
        headers = {name: text for name, text in reply.headers.items() if name not in changed}
        return headers | {name: text for name, text in changed.items() if text is not None}

    def _announced(self, count: int) -> int:
        by_bytes = self._action.by_bytes if isinstance(self._action, WrongLength) else 0
        return max(0, count + by_bytes)

    def _close(self) -> None:
        """Close the line behind what was written."""
        if self._request.transport is not None:
            self._request.transport.close()

    def _received(self) -> bytes:
        if isinstance(self._action, CorruptRequest):
            return _turn_bit(bytes(self._body), self._action.at_byte)
        return bytes(self._body)

    def _sent(self, body: bytes) -> bytes:
        if isinstance(self._action, CorruptResponse):
            return _turn_bit(body, self._action.at_byte)
        return body


def _entry(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path,
        query=request.rel_url.raw_query_string,
        host=request.host,
        headers=request.headers,
        peer_port=_peer_port(request),
    )


def _peer_port(request: web.Request) -> int:
    """Return the client's port; 0 where it has gone already."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return int(peer[1]) if peer else 0


def _turn_bit(content: bytes, at_byte: int) -> bytes:
    if at_byte >= len(content):
        return content
    turned = bytes([content[at_byte] ^ 1])
    return content[:at_byte] + turned + content[at_byte + 1 :]
