"""A transport that shows a client's certificate to one host alone.

A registry may send us to others, for tokens and for blobs; whoever asks there for a certificate is
not the one that it was made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.registry.redirects.rules import origin

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from reposync.http.transport import Request, Response, Transport


class OwnHostTransport:
    """Sends requests to *host*, at any port, along *own*, and all others along *others*."""

    def __init__(self, host: str, own: Transport, others: Transport) -> None:
        self._host = origin(f"https://{host}").host
        self._own = own
        self._others = others

    def send(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Send *request*; see ``Transport``."""
        is_own = origin(request.url).host == self._host
        return (self._own if is_own else self._others).send(request)

    async def close(self) -> None:
        """Close the connections of both."""
        try:
            await self._own.close()
        finally:
            await self._others.close()
