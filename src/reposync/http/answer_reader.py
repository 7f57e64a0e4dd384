"""One answer, put together from the bytes of a connection; knows no I/O.

llhttp parses heads and chunked transfer encoding; a body of known length passes it by. What was
read waits here as chunks until somebody takes it.
"""

from __future__ import annotations

from collections import deque

from httptools import HttpParserError, HttpResponseParser

from reposync.http.answer_head import (
    CHUNKED,
    HEAD_LIMIT_BYTES,
    HEADER_LIMIT,
    UNTIL_CLOSE,
    Fields,
    Head,
    understood,
)
from reposync.http.failures import NotHTTPError

_END = b"\r\n\r\n"
INTERIM_LIMIT = 32
_FIRST_FINAL = 200
_SWITCHING_PROTOCOLS = 101
_CHUNKS_OF_ANY_SIZE = 16 * 1024
_LEAST_MEAN_CHUNK_BYTES = 8
_FRAMING_PER_BYTE = 16
"""How many bytes of sizes, extensions and trailers each byte of a chunked body may cost."""
_JOINED_BYTES = 1024
"""Pieces up to this length are joined: each of them takes 40 bytes more than it has."""


class AnswerReader:
    """Reads one answer; its interim ones (1xx) are skipped.

    ``is_untouched``: not one byte has come. ``has_surplus``: more came than the answer.
    ``interims`` counts the answers that were skipped, ``body_bytes`` what has come of the body.
    """

    __slots__ = (
        "_chunks",
        "_chunks_begun",
        "_fed_bytes",
        "_fields",
        "_framing_bytes",
        "_is_parsed",
        "_left_bytes",
        "_may_have_body",
        "_parser",
        "_status",
        "_tail",
        "_version",
        "body_bytes",
        "has_surplus",
        "head",
        "held_bytes",
        "interims",
        "is_complete",
        "is_untouched",
    )

    _is_parsed: bool

    def __init__(self, *, may_have_body: bool) -> None:
        self._may_have_body = may_have_body
        self.head: Head | None = None
        self.is_untouched = True
        self.is_complete = False
        self.has_surplus = False
        self.held_bytes = 0
        self.interims = 0
        self._chunks: deque[bytes] = deque()
        self._left_bytes = self._fed_bytes = self._framing_bytes = 0
        self._chunks_begun = self.body_bytes = 0
        self._begin()

    def feed(self, data: memoryview) -> None:
        """Take in what came; *data* may be reused afterwards.

        Raises:
            NotHTTPError: It is no answer, or one that cannot be trusted.
        """
        self.is_untouched = False
        if self.head is None:
            self._feed_heads(bytes(data))
        elif self.is_complete:
            self.has_surplus = True
        else:
            self._feed_body(bytes(data))

    def end(self) -> None:
        """Note that the server closed the line in good order: some bodies end in no other way."""
        if self.head is not None and self.head.body_bytes == UNTIL_CLOSE:
            self.is_complete = True

    def take(self) -> bytes:
        """Return the next chunk that has come; b"" if none has."""
        if not self._chunks:
            return b""
        chunk = self._chunks.popleft()
        self.held_bytes -= len(chunk)
        return chunk

    def put_back(self, chunk: bytes) -> None:
        """Have *chunk* be the next again."""
        self._chunks.appendleft(chunk)
        self.held_bytes += len(chunk)

    def release(self) -> None:
        """Let go of what nobody will take: an error may keep the reader for long."""
        self._chunks.clear()
        self.held_bytes = 0
        self.is_complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header, and one more than there may be; called by the parser."""
        if not self._is_parsed and len(self._fields) <= HEADER_LIMIT:
            self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Note the end of the head; called by the parser."""
        if not self._is_parsed and self._parser is not None:
            self._is_parsed = True
            self._status = self._parser.get_status_code()
            self._version = self._parser.get_http_version()

    def on_chunk_header(self) -> None:
        """Count a chunk; called by the parser."""
        self._chunks_begun += 1

    def on_body(self, data: bytes) -> None:
        """Keep a piece of a chunked body; called by the parser."""
        if not self._is_in_tiny_chunks:
            self._keep(data)

    def on_message_complete(self) -> None:
        """Note the end of a chunked body; called by the parser."""
        if self.head is not None:
            self.is_complete = True

    def on_message_begin(self) -> None:
        """Note what comes behind the end; called by the parser."""
        if self.is_complete:
            self.has_surplus = True

    def _begin(self) -> None:
        self._tail = b""
        self._fields: Fields = []
        self._is_parsed = False
        self._status = 0
        self._version = ""
        self._parser: HttpResponseParser | None = HttpResponseParser(self)

    def _feed_heads(self, come: bytes) -> None:
        """Read heads, one after the other, until one is final; then the body begins."""
        while come and self.head is None:
            come = self._feed_head(come)
        if not come:
            return
        if self.is_complete:
            self.has_surplus = True
        else:
            self._feed_body(come)

    def _feed_head(self, come: bytes) -> bytes:
        """Read on in the current head; return what comes after it.

        All heads of an answer share one bound, the interim ones included.
        """
        raw = self._tail + come
        end = raw.find(_END)
        stop = len(come) if end < 0 else end + len(_END) - len(self._tail)
        self._fed_bytes += stop
        if self._fed_bytes > HEAD_LIMIT_BYTES:
            raise NotHTTPError(f"its head has more than {HEAD_LIMIT_BYTES // 1024} KiB")
        self._parse(come[:stop])
        if len(self._fields) > HEADER_LIMIT:
            raise NotHTTPError(f"it has more than {HEADER_LIMIT} headers")
        if end < 0:
            self._tail = raw[-len(_END) + 1 :]
            return b""
        self._end_head()
        return come[stop:]

    def _end_head(self) -> None:
        if not self._is_parsed:
            raise NotHTTPError("it has no status line")
        if self._status < _FIRST_FINAL:
            self._skip_interim()
            return
        head = understood(
            self._status, self._fields, self._version, may_have_body=self._may_have_body
        )
        self.head = head
        self._left_bytes = head.body_bytes
        if head.body_bytes != CHUNKED:
            self._parser = None  # it refers to us
        self.is_complete = head.body_bytes == 0

    def _skip_interim(self) -> None:
        self.interims += 1
        if self._status == _SWITCHING_PROTOCOLS:
            raise NotHTTPError(f"it answers {self._status}")
        if self.interims > INTERIM_LIMIT:
            raise NotHTTPError(f"it sends more than {INTERIM_LIMIT} interim answers")
        self._begin()

    def _feed_body(self, data: bytes) -> None:
        left_bytes = self._left_bytes
        if left_bytes == UNTIL_CLOSE:
            self._keep(data)
        elif left_bytes == CHUNKED:
            self._feed_chunked(data)
        elif len(data) < left_bytes:
            self._left_bytes = left_bytes - len(data)
            self._keep(data)
        else:
            self.is_complete, self.has_surplus = True, len(data) > left_bytes
            self._keep(data[:left_bytes])

    def _feed_chunked(self, data: bytes) -> None:
        """Decode; what is neither body nor end, such as trailers, is bounded by the body."""
        before_bytes = self.body_bytes
        try:
            self._parse(data)
        except NotHTTPError:
            if not self.is_complete:
                raise
            self.has_surplus = True
        if self._is_in_tiny_chunks:
            raise NotHTTPError("it sends a flood of tiny chunks")
        paid_bytes = _FRAMING_PER_BYTE * (self.body_bytes - before_bytes)
        self._framing_bytes = max(0, self._framing_bytes + len(data) - paid_bytes)
        if self.is_complete:
            self._parser = None
        elif self._framing_bytes > HEAD_LIMIT_BYTES:
            raise NotHTTPError("the end of its answer is in doubt")

    @property
    def _is_in_tiny_chunks(self) -> bool:
        """Whether taking the body apart costs more than it can be worth."""
        return self._chunks_begun > _CHUNKS_OF_ANY_SIZE and (
            self.body_bytes < _LEAST_MEAN_CHUNK_BYTES * self._chunks_begun
        )

    def _parse(self, data: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._parser = None
            reason = _reason(error)
        else:
            return
        raise NotHTTPError(reason)  # not from the parser's error, which holds what was parsed

    def _keep(self, chunk: bytes) -> None:
        self.held_bytes += len(chunk)
        self.body_bytes += len(chunk)
        if len(chunk) < _JOINED_BYTES and self._chunks and len(self._chunks[-1]) < _JOINED_BYTES:
            self._chunks[-1] += chunk
        else:
            self._chunks.append(chunk)


def _reason(error: HttpParserError) -> str:
    text = str(error.args[0]) if error.args else ""
    return text[:1].lower() + text[1:] if text.isascii() and text.isprintable() else "it is garbled"
