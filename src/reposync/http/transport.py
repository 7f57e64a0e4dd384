"""The seam to HTTP: requests, streamed bodies in and out, and nothing of registries.

Everything above it speaks to ``Transport``; which library it uses is the adapter's matter.
A transport never follows a redirect, never retries, never adds credentials.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

from msgspec import field

from reposync.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from reposync.http.tls_session import TlsSession

Body = bytes | AsyncIterator[bytes] | None


class Request(Redacted, frozen=True):
    """One HTTP request.

    A streamed ``body`` needs ``body_bytes``, its length: it is sent with Content-Length, since
    registries refuse chunked transfer coding. ``answer_timeout_s`` bounds the silence before the
    answer's head, counted from the end of the body, None for the transport's own;
    ``handshake_timeout_s`` bounds the TLS handshake of a new connection, None for as long as
    connecting may take;
    ``late_answer_s`` bounds what is waited for it when the caller is cancelled, and is for bodies
    that are no streams.
    """

    redacted = frozenset({"url", "headers", "body"})

    method: str
    url: str  # its query may bear a signature
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = None
    body_bytes: int = 0
    answer_timeout_s: float | None = None
    late_answer_s: float = 0.0
    handshake_timeout_s: float | None = None


class AnsweredLateError(asyncio.CancelledError):
    """The caller was cancelled, and the answer came all the same: what it did may need undoing.

    Whoever asked for it by ``late_answer_s`` catches it, and goes on with a plain cancellation.
    """

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.status = response.status
        self.url = response.url
        self.headers = response.headers


class Response(Protocol):
    """An answer whose body has not been read yet."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def url(self) -> str:
        """The URL that was asked."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, the first of each name; names are matched without regard to case."""
        ...

    @property
    def tls_session(self) -> TlsSession | None:
        """What TLS says of the server; None where the connection has none."""
        ...

    def header_values(self, name: str) -> Sequence[str]:
        """Return all headers of that name, in their order."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Iterate over the body as it comes, once; bounded silence, unbounded length.

        Raises:
            TransportError: It broke off.
        """
        ...

    async def read(self, limit_bytes: int) -> bytes:
        """Read the body, or its first *limit_bytes* bytes; then the rest is not read.

        Raises:
            TransportError: It broke off.
        """
        ...


class Transport(Protocol):
    """Sends requests over connections that it keeps."""

    def send(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Send *request*; the answer is open for as long as the context is.

        What a streamed body raises passes through unchanged, and the connection is dropped.

        Raises:
            TransportError: There is no answer (on entering).
            AnsweredLateError: The caller was cancelled, and *request* asked for this.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
