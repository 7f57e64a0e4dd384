"""A connection: one exchange at a time, bounded buffers, a time limit on every wait.

Bytes land in a buffer that all connections of a loop may share, since they are taken from it before
the next can read. One timer for each connection watches over everything that is waited for.
"""

from __future__ import annotations

import asyncio
import os
import select
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from reposync.http.answer_reader import AnswerReader
from reposync.http.failures import (
    ConnectionFailedError,
    CutOffError,
    NoAnswerError,
    SilenceError,
    TooSlowError,
    translated,
)
from reposync.http.progress import LEAST_BYTES_PER_S, Progress, window_s
from reposync.http.taken_bytes import taken_bytes
from reposync.http.traffic import HostTraffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.errors import TransportError
    from reposync.http.answer_head import Head

LANDING_BYTES = 256 * 1024
_HELD_LIMIT_BYTES = 512 * 1024
_WRITE_LIMIT_BYTES = 256 * 1024
INTERIM_LIMIT_S = 240.0
"""How long the head of an answer may take while interim answers come."""


def _nothing(_: Connection) -> None:
    """Do nothing."""


class Connection(asyncio.BufferedProtocol):
    """A line to *authority*, as it stands in sentences.

    ``on_lost`` is called once, when the line has gone. ``idle_since_s`` is the loop's time.
    ``traffic`` counts the bodies in both directions.
    """

    def __init__(self, authority: str, landing: memoryview) -> None:
        self._authority = authority
        self._landing = landing
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._failure: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline_s = 0.0
        self._limit_s = 0.0
        self._written_bytes = 0
        self._taken_bytes: int | None = None
        self._is_write_paused = False
        self._is_read_paused = False
        self._is_sent = False
        self._progress = Progress()
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self.on_lost: Callable[[Connection], None] = _nothing
        self.idle_since_s = 0.0
        self.traffic = HostTraffic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to use *transport*; called by the loop."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent
        self._transport.set_write_buffer_limits(high=_WRITE_LIMIT_BYTES)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- asyncio's signature
        """Return where bytes are written; called by the loop."""
        return self._landing

    def buffer_updated(self, nbytes: int) -> None:
        """Take in the bytes that landed; called by the loop."""
        reader = self._reader
        if reader is None:
            self._fail(NoAnswerError())  # nobody asked
            return
        try:
            reader.feed(self._landing[:nbytes])
        except ConnectionFailedError as error:
            # Its traceback would keep what has just come, for as long as somebody keeps the error.
            self._fail(error.with_traceback(None))
            return
        if reader.held_bytes > _HELD_LIMIT_BYTES and not self._is_read_paused:
            self._is_read_paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """Record that the server closed its side; called by the loop."""
        self._end(None)
        self.drop()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Record that the line has gone; called by the loop."""
        if exc is not None and self._failure is None:
            self._read_what_is_left()
        self._end(exc)
        if self._timer is not None:
            self._timer.cancel()
        if not self._lost.done():
            self._lost.set_result(None)
        self.on_lost(self)

    def pause_writing(self) -> None:
        """Take no more for now; called by the loop."""
        self._is_write_paused = True

    def resume_writing(self) -> None:
        """Take more; called by the loop."""
        self._is_write_paused = False
        self._wake()

    @property
    def transport(self) -> asyncio.Transport:
        """The loop's transport below."""
        if self._transport is None:
            raise RuntimeError("not connected yet")
        return self._transport

    @property
    def is_over(self) -> bool:
        """Whether there is no use in sending more: it answers already, or has gone."""
        reader = self._reader
        return self._failure is not None or reader is None or reader.head is not None

    @property
    def died_unanswered(self) -> bool:
        """Whether the server ended the line before one byte of its answer."""
        return isinstance(self._failure, NoAnswerError | OSError) and (
            self._reader is None or self._reader.is_untouched
        )

    def is_fit(self, oldest_s: float) -> bool:
        """Return whether an idle connection, idle since *oldest_s* or later, can be used."""
        return (
            self._failure is None
            and self.idle_since_s >= oldest_s
            and not self.transport.is_closing()
        )

    def has_news(self) -> bool:
        """Return whether bytes, or the end, have arrived that the loop has not seen."""
        news = select.poll()
        news.register(self.transport.get_extra_info("socket"), select.POLLIN)
        return bool(news.poll(0))

    def begin(self, *, may_have_body: bool) -> AnswerReader:
        """Begin an exchange; what is written from now on is its request."""
        self._reader = AnswerReader(may_have_body=may_have_body)
        self._progress = Progress()
        self._written_bytes = 0
        self._is_sent = False
        return self._reader

    def write(self, data: bytes) -> None:
        """Send *data*, which belongs to the connection from now on.

        Whoever streams waits for ``room`` before the next.
        """
        if self._failure is None:
            self._written_bytes += len(data)
            self.transport.write(data)

    async def room(self, silence_s: float) -> bool:
        """Wait until there is room to write; False when there is no use in it any more.

        *silence_s* bounds the time in which nothing is taken.

        Raises:
            TransportError: The server takes nothing.
        """
        if self._is_write_paused and not self.is_over:
            self._expect_taking(silence_s)
        while self._is_write_paused and not self.is_over:
            await self._changed()
        if isinstance(self._failure, SilenceError):
            raise self.error()
        return not self.is_over

    def sent(self) -> None:
        """Note that the request is complete."""
        self._is_sent = True

    async def head(self, reader: AnswerReader, limit_s: float) -> Head:
        """Wait at most *limit_s* seconds for the head of the answer; anew after an interim one.

        Interim answers prolong that to ``INTERIM_LIMIT_S`` in all.

        Raises:
            TransportError: None came.
        """
        self._expect_taking(limit_s)
        last_s, interims = self._deadline_s + max(0.0, INTERIM_LIMIT_S - limit_s), 0
        while reader.head is None:
            if self._failure is not None:
                raise self.error()
            if reader.interims != interims:
                prolonged_s = min(self._loop.time() + limit_s, last_s)
                self._deadline_s = max(self._deadline_s, prolonged_s)
                interims = reader.interims
            await self._changed()
        return reader.head

    async def chunk(self, reader: AnswerReader, silence_s: float) -> bytes:
        """Return the next piece of the body as it comes; b"" behind the last.

        Raises:
            TransportError: It broke off.
        """
        while not reader.held_bytes and not reader.is_complete:
            if self._failure is not None or reader is not self._reader:
                raise self.error()
            began_s = self._expect(silence_s)
            await self._changed()
            waited_s, in_s = self._loop.time() - began_s, window_s(silence_s)
            is_slow = self._progress.is_too_slow(waited_s, reader.body_bytes, in_s)
            if is_slow and not reader.is_complete:
                raise self.broken_by(TooSlowError(in_s))
        chunk = reader.take()
        self.traffic.read_bytes += len(chunk)
        if self._is_read_paused and reader.held_bytes < _HELD_LIMIT_BYTES // 2:
            self._resume_reading()
        return chunk

    def finish(self) -> bool:
        """End the exchange; tell whether another may follow on this line."""
        reader, self._reader = self._reader, None
        if reader is None or reader.head is None or self._failure is not None:
            return False
        is_good = reader.is_complete and reader.head.keeps_alive and not reader.has_surplus
        if not is_good or not self._is_sent or self.transport.is_closing():
            return False
        if self.transport.get_write_buffer_size():
            return False
        if self._is_read_paused:
            self._resume_reading()
        self.idle_since_s = self._loop.time()
        return True

    def drop(self) -> None:
        """Break the line at once."""
        if self._failure is None:
            self._failure = CutOffError()
        if self._transport is not None:
            self._transport.abort()

    async def gone(self) -> None:
        """Wait until the line has gone."""
        await asyncio.shield(self._lost)

    def broken_by(self, error: ConnectionFailedError) -> TransportError:
        """Break the line because of *error*; give what to raise."""
        self._fail(error)
        return self.error()

    def error(self) -> TransportError:
        """Return the error that ended the line, for whoever asks for more."""
        cause = self._failure or CutOffError()
        error = translated(cause, self._authority)
        error.__cause__ = cause
        return error

    def _expect(self, limit_s: float) -> float:
        """Begin to wait for at most *limit_s* seconds, in as many steps as it takes; return now."""
        now_s = self._loop.time()
        self._limit_s, self._deadline_s = limit_s, now_s + limit_s
        self._taken_bytes = None
        return now_s

    def _expect_taking(self, limit_s: float) -> None:
        """Begin to wait for at most *limit_s* seconds in which the server takes nothing either.

        Of a short request it cannot take enough to be waited for any longer.
        """
        self._expect(limit_s)
        if self._failure is None and self._written_bytes > LEAST_BYTES_PER_S * limit_s:
            self._taken_bytes = taken_bytes(self.transport)

    async def _changed(self) -> None:
        """Wait for bytes, room or the end; past the deadline the line is broken."""
        self._watch()
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _watch(self) -> None:
        """Have a timer that fires in time: an earlier one will look again, a later one is moved."""
        if self._timer is not None:
            if self._timer.when() <= self._deadline_s:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline_s, self._look)

    def _look(self) -> None:
        """Decide whether the server is late; as long as it takes what we send, it is not."""
        self._timer = None
        if self._waiter is None or self._waiter.done() or self._failure is not None:
            return
        if self._loop.time() < self._deadline_s:
            self._watch()
            return
        if self._is_taking():
            self._deadline_s = self._loop.time() + self._limit_s
            self._watch()
        else:
            self._fail(SilenceError(self._limit_s))

    def _is_taking(self) -> bool:
        """Return whether the server has taken enough of the request since this was last asked."""
        before = self._taken_bytes
        if before is None:
            return False
        self._taken_bytes = taken_bytes(self.transport)
        return self._taken_bytes - before > LEAST_BYTES_PER_S * self._limit_s

    def _resume_reading(self) -> None:
        self._is_read_paused = False
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def _fail(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
        self.drop()
        self._wake()

    def _end(self, error: Exception | None) -> None:
        """Find the word for the end of the line: it depends on what had come before."""
        reader = self._reader
        if self._failure is None:
            if reader is None or reader.is_untouched:
                self._failure = error or NoAnswerError()
            else:
                self._failure = CutOffError()
                self._end_answer(reader, error)
        self._wake()

    def _end_answer(self, reader: AnswerReader, error: Exception | None) -> None:
        """Settle for what has come of an answer that ended the sending: it says why it did."""
        if error is None:
            reader.end()
        if reader.head is not None and not self._is_sent:
            reader.is_complete = True

    def _read_what_is_left(self) -> None:
        """Read an answer that the server sent before it refused more of the request.

        A failed write ends a transport of asyncio at once, and what had come is never read.
        """
        reader, transport = self._reader, self._transport
        if reader is None or transport is None or transport.get_extra_info("ssl_object"):
            return
        sock = transport.get_extra_info("socket")
        with suppress(OSError, ConnectionFailedError):
            while reader.held_bytes <= _HELD_LIMIT_BYTES:
                count = os.readv(sock.fileno(), [self._landing])
                if not count:
                    break
                reader.feed(self._landing[:count])
