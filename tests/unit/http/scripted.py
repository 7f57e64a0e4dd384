"""A server that does to a client, byte for byte, what a script says."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    Script = Callable[["Line"], Awaitable[None]]

_BUFFER_BYTES = 64 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


class Line:
    """One connection, as the server sees it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heads: list[str]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._heads = heads

    async def request(self, body_bytes: int = 0) -> bytes:
        """Wait for a request's head and *body_bytes* behind it; gives these."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        self._heads.append(head.decode())
        return await self._reader.readexactly(body_bytes)

    async def rest_of(self, body_bytes: int) -> None:
        """Take *body_bytes* more of a request."""
        await self._reader.readexactly(body_bytes)

    async def send(self, *pieces: bytes) -> None:
        """Send *pieces*, each in a packet of its own as far as the system lets it."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0)

    async def answer(self, *pieces: bytes) -> None:
        """Wait for a request without a body, then send *pieces*."""
        await self.request()
        await self.send(*pieces)

    async def rest(self) -> bytes:
        """Wait until the client closes; gives what it sent until then."""
        try:
            return await self._reader.read()
        except ConnectionError:
            return b""

    async def to(self, host: str, bytes_per_s: int = 0) -> None:
        """Pass all bytes on to *host*, and back; those of the client at *bytes_per_s*, if given."""
        name, _, port = host.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(self._reader, writer, bytes_per_s))
                group.create_task(_pump(reader, self._writer))
        finally:
            writer.transport.abort()

    def close(self) -> None:
        """Close in good order."""
        self._writer.close()

    async def closed(self) -> None:
        """Close in good order, and wait until that was done."""
        self._writer.close()
        await self._writer.wait_closed()

    def reset(self) -> None:
        """Break the line."""
        self._writer.transport.abort()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bytes_per_s: int = 0
) -> None:
    while data := await reader.read(bytes_per_s or _BUFFER_BYTES):
        writer.write(data)
        await writer.drain()
        if bytes_per_s:
            await asyncio.sleep(1.0)
    writer.close()


class Server:
    """What a scripted server was asked, and where it is."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self.heads: list[str] = []
        self.lines = 0
        self.host = ""

    def url(self, path: str = "/") -> str:
        """Return the URL of *path*."""
        return f"{self._scheme}://{self.host}{path}"


@asynccontextmanager
async def serving(
    *scripts: Script, tls: ssl.SSLContext | None = None, window_bytes: int = 0
) -> AsyncIterator[Server]:
    """Serve each connection by the next of *scripts*, and then by the last.

    *window_bytes* is how much is taken of what no script reads, 0 for the system's own choice.
    """
    server = Server("https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        script = scripts[min(server.lines, len(scripts) - 1)]
        server.lines += 1
        try:
            await script(Line(reader, writer, server.heads))
        except* (ConnectionError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            tasks.discard(task)

    # asyncio sets TCP_NODELAY only where the protocol is named; without, ACKs take real time.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind(("127.0.0.1", 0))
    if window_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
    limit = window_bytes or _BUFFER_BYTES
    listener = await asyncio.start_server(serve, sock=sock, ssl=tls, limit=limit)
    server.host = f"127.0.0.1:{sock.getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def always(*pieces: bytes) -> Script:
    """Make a script that answers each request of a connection with *pieces*."""

    async def script(line: Line) -> None:
        while True:
            await line.answer(*pieces)

    return script


def once(*pieces: bytes) -> Script:
    """Make a script that answers one request with *pieces*, and closes."""

    async def script(line: Line) -> None:
        await line.answer(*pieces)
        line.close()

    return script
