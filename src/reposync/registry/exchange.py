"""How a call reaches its registry: scheme, authorization, redirects.

One try, one answer, whatever it says; trying again and naming refusals are the client's. Secrets go
to the registry's own origin and to its token service, never along a redirect to another host; who
sends us there is judged in ``redirects``.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import (
    NoTLSError,
    ProtocolError,
    RepoSyncError,
    TransportError,
    UnreachableError,
    UploadInvalidError,
)
from reposync.oci import challenge
from reposync.oci.reference import DOCKER_HUB
from reposync.registry import objections
from reposync.registry.redirects import resolved
from reposync.registry.redirects_border import Border
from reposync.registry.transport import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.registry.auth import Authenticator
    from reposync.registry.call import Call
    from reposync.registry.tokens import Scope
    from reposync.registry.transport import Response, Transport
    from reposync.retry import Retrier

_HUB_SERVER = "registry-1.docker.io"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECT_LIMIT = 10


class Exchange:
    """Sends calls to one registry over a transport that it does not own."""

    def __init__(
        self,
        host: str,
        transport: Transport,
        auth: Authenticator,
        retrier: Retrier,
        *,
        schemes: tuple[str, ...],
    ) -> None:
        self._host = host
        self._transport = transport
        self._auth = auth
        self._retrier = retrier
        self._schemes = schemes
        self._base = self._origin = ""
        self._border = Border()
        self._unreachable: RepoSyncError | None = None
        self._connecting = asyncio.Lock()

    @asynccontextmanager
    async def send(self, call: Call) -> AsyncIterator[Response]:
        """Send *call* with authorization; a 401 is answered once with what it asks for.

        Raises:
            TransportError: There is no answer.
            UnauthorizedError: The credentials were refused.
            UploadInvalidError: Others must be shown, and the body cannot be sent again.
        """
        await self._connect()
        url = await self._url(call.target)
        authorization = await self._authorization(url, call.scope)
        async with self._follow(call, url, authorization) as response:
            if not await self._has_more_to_show(call, response, authorization):
                yield response
                return
            if not call.is_repeatable:
                raise UploadInvalidError(
                    f"{self._host} no longer took what an upload was begun with",
                    method=call.method,
                    status=response.status,
                )
        authorization = await self._authorization(url, call.scope)
        async with self._follow(call, url, authorization) as response:
            yield response

    async def _authorization(self, url: str, scope: Scope) -> str | None:
        return await self._auth.authorization(scope) if self._is_ours(url) else None

    async def _has_more_to_show(self, call: Call, response: Response, shown: str | None) -> bool:
        """Learn from a 401; tell whether another try can show more than this one did."""
        if response.status != HTTPStatus.UNAUTHORIZED or not self._is_ours(response.url):
            return False
        self._auth.learn(challenge.parse(response.header_values("WWW-Authenticate")), response.url)
        return await self._auth.drop(call.scope, shown)

    async def _url(self, target: str) -> str:
        """Give the URL of a path at this registry; a whole URL came from it, and is judged."""
        return self._origin + target if target[:1] == "/" else await self._led(self._base, target)

    async def _led(self, sender: str, target: str) -> str:
        """Give the URL that an answer from *sender* leads to.

        Raises:
            ProtocolError: It must not lead there.
        """
        url = resolved(sender, target)
        if not self._is_ours(url):
            await self._border.check(self._base, url)
        return url

    def _is_ours(self, url: str) -> bool:
        """Tell whether *url* is of this registry: same scheme, host and port."""
        return url.startswith(f"{self._origin}/")

    @asynccontextmanager
    async def _follow(
        self, call: Call, url: str, authorization: str | None
    ) -> AsyncIterator[Response]:
        """Send, and follow redirects; another host never sees the authorization.

        Nor does ours, when another host sends us back to it.
        """
        for _ in range(_REDIRECT_LIMIT):
            headers = dict(call.headers)
            if not self._is_ours(url):
                authorization = None
            if authorization is not None:
                headers["Authorization"] = authorization
            request = Request(
                call.method,
                url,
                headers,
                call.body,
                call.body_bytes,
                answer_timeout_s=call.answer_timeout_s,
                late_answer_s=call.late_answer_s,
            )
            async with self._transport.send(request) as response:
                if response.status not in _REDIRECTS or not call.is_repeatable:
                    yield response
                    return
                url = await self._redirected(url, response)
        raise ProtocolError(f"{self._host} redirects in a circle")

    async def _redirected(self, url: str, response: Response) -> str:
        target = await self._led(url, response.headers.get("Location", ""))
        if target == url:
            raise ProtocolError(f"{self._host} redirects to nowhere")
        return target

    async def _connect(self) -> None:
        """Find the scheme and the challenge, once per registry.

        A registry that cannot be reached is given up for good: whatever needs it is told at once.

        Spec: distribution-spec v1.1.1, end-1.
        """
        if self._is_connected():
            return
        async with self._connecting:
            if self._unreachable is not None:
                raise self._unreachable
            if self._is_connected():
                return
            try:
                base = await self._retrier.run(self._ping, f"connection to {self._host}")
            except RepoSyncError as error:
                final = UnreachableError(str(error), hint=error.hint) if error.retryable else error
                self._unreachable = final
                raise final from error
            self._base, self._origin = base, base.removesuffix("/v2/")

    def _is_connected(self) -> bool:
        return bool(self._base)

    async def _ping(self) -> str:
        server = _HUB_SERVER if self._host == DOCKER_HUB else self._host
        refusal: TransportError | None = None
        for scheme in self._schemes:
            url = f"{scheme}://{server}/v2/"
            try:
                async with self._transport.send(Request("GET", url)) as response:
                    if response.status == HTTPStatus.BAD_REQUEST:
                        await self._heed_objection(response)
                    found = challenge.parse(response.header_values("WWW-Authenticate"))
                    self._auth.learn(found, response.url)
                    return url
            except NoTLSError as error:
                refusal = error
        raise refusal or TransportError(f"{self._host} cannot be reached")

    async def _heed_objection(self, response: Response) -> None:
        body = await response.read(objections.LIMIT_BYTES)
        objection = objections.objection(response.status, body, self._host)
        if objection is not None:
            raise objection
