"""The observing transport: records every request with the head of its answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reposync.doctor.observations import Observation
from reposync.oci import challenge

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from reposync.doctor.observations import ObservationLog
    from reposync.http.transport import Request, Response, Transport


def _now() -> datetime:
    return datetime.now(UTC)


class ObservingTransport:
    """Sends requests over *inner*, which it does not own, and records them in *log*."""

    def __init__(
        self, inner: Transport, log: ObservationLog, *, now: Callable[[], datetime] = _now
    ) -> None:
        self._inner = inner
        self._log = log
        self._now = now

    def send(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Send *request*; see ``Transport``."""
        return _Observed(self._inner.send(request), request, self._note)

    async def close(self) -> None:
        """Close nothing: whoever made the transport does."""

    def _note(self, request: Request, response: Response, elapsed_s: float) -> None:
        authorization = request.headers.get("Authorization", "")
        self._log.add(
            Observation(
                method=request.method,
                url=_shown(request.url),
                status=response.status,
                headers=response.headers,
                challenges=challenge.parse(response.header_values("WWW-Authenticate")),
                authorization=authorization.partition(" ")[0].lower(),
                elapsed_s=elapsed_s,
                asked_at=self._now() - timedelta(seconds=elapsed_s / 2),
                tls=response.tls_session,
            )
        )


class _Observed:
    """One request; its answer is noted as soon as its head is there."""

    def __init__(
        self,
        opening: AbstractAsyncContextManager[Response],
        request: Request,
        note: Callable[[Request, Response, float], None],
    ) -> None:
        self._opening = opening
        self._request = request
        self._note = note

    async def __aenter__(self) -> Response:
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        response = await self._opening.__aenter__()
        self._note(self._request, response, now_s() - began_s)
        return response

    async def __aexit__(self, *raised: object) -> None:
        await self._opening.__aexit__(*raised)  # type: ignore[arg-type]


def _shown(url: str) -> str:
    """Return *url* without its query and without a user."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
