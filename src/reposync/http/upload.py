"""Sending a streamed body: as fast as it is taken, to its last byte or until the server answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.http.failures import BodyLengthError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.http.connection import Connection

_JOINED_BYTES = 64 * 1024


async def first_chunk(chunks: AsyncIterator[bytes]) -> bytes:
    """Wait for the first chunk; b"" when there is none. No connection is held meanwhile."""
    async for chunk in chunks:
        if chunk:
            return chunk
    return b""


class Upload:
    """A request with a streamed body: its head, the first chunk and those that follow.

    The time that the chunks take to come is not the server's: its limit counts from each chunk.
    """

    def __init__(
        self, head: bytes, first: bytes, rest: AsyncIterator[bytes], body_bytes: int
    ) -> None:
        self._head = head
        self._first = first
        self._rest = rest
        self._left_bytes = body_bytes

    async def send(self, connection: Connection, stall_timeout_s: float) -> None:
        """Send it; returns early when the server answers, or goes, before the end.

        *stall_timeout_s* bounds the time in which the server takes nothing.

        Raises:
            TransportError: The server takes nothing, or the body is not as long as announced.
        """
        self._write_beginning(connection)
        if self._left_bytes and not await connection.room(stall_timeout_s):
            return
        async for chunk in self._rest:
            if connection.is_over:
                return
            self._count(chunk, connection)
            connection.write(chunk)
            if self._left_bytes and not await connection.room(stall_timeout_s):
                return
        if self._left_bytes:
            raise connection.broken_by(BodyLengthError())
        connection.sent()

    def _write_beginning(self, connection: Connection) -> None:
        self._count(self._first, connection)
        if len(self._first) <= _JOINED_BYTES:
            connection.write(self._head + self._first)
        else:
            connection.write(self._head)
            connection.write(self._first)

    def _count(self, chunk: bytes, connection: Connection) -> None:
        self._left_bytes -= len(chunk)
        connection.traffic.written_bytes += len(chunk)
        if self._left_bytes < 0:
            raise connection.broken_by(BodyLengthError())
