"""How a call reaches its registry: scheme, authorization, redirects.

One try and one answer of any kind; trying again and naming refusals are the client's. Secrets go
to the registry's own origin and to its token service, never along a redirect to another host; who
sends us there is judged in ``redirects``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import (
    ProtocolError,
    RepoSyncError,
    UnreachableError,
    UploadInvalidError,
)
from reposync.http.transport import Request
from reposync.oci import challenge
from reposync.oci.reference import DOCKER_HUB
from reposync.registry.auth.authorization import NOTHING
from reposync.registry.buffered_response import is_busy
from reposync.registry.redirects.policy import RedirectPolicy
from reposync.registry.redirects.rules import resolved
from reposync.registry.schemes import greet
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from reposync.http.transport import Response, Transport
    from reposync.registry.auth.authenticator import Authenticator
    from reposync.registry.auth.authorization import Authorization
    from reposync.registry.call import Call
    from reposync.registry.throttle.circuit_breaker import CircuitBreaker
    from reposync.retry import Retrier

    Opening = AbstractAsyncContextManager[Response]

_HUB_SERVER = "registry-1.docker.io"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECT_LIMIT = 10
_SENDS_AT_MOST = 3
"""With what was at hand, with a renewed token, and with a password in the place of a token."""


class Exchange:
    """Sends calls to one registry over a transport that it does not own."""

    def __init__(
        self,
        host: str,
        transport: Transport,
        auth: Authenticator,
        retrier: Retrier,
        *,
        breaker: CircuitBreaker,
        schemes: tuple[str, ...],
    ) -> None:
        self.host = host
        self._breaker = breaker
        self._transport = transport
        self._auth = auth
        self._retrier = retrier
        self._schemes = schemes
        self._base = self._origin = ""
        self._border = RedirectPolicy()
        self._unreachable: RepoSyncError | None = None
        self._connecting: SingleFlight[None, None] = SingleFlight()

    def send(self, call: Call) -> Sending:
        """Send *call* with authorization; a 401 is answered once with what it asks for.

        Raises, on entering:
            TransportError: There is no answer.
            UnauthorizedError: The credentials were refused.
            UploadInvalidError: Others must be shown, and the body cannot be sent again.
        """
        return Sending(self, call)

    async def url_of(self, target: str) -> str:
        """Return the URL of a path at this registry; a whole URL came from it, and is judged.

        Raises:
            ProtocolError: It must not lead there.
        """
        await self._connect()
        return self._origin + target if target[:1] == "/" else await self._led(self._base, target)

    def is_ours(self, url: str) -> bool:
        """Return whether *url* is of this registry: same scheme, host and port."""
        return url.startswith(f"{self._origin}/")

    async def authorization(self, url: str, call: Call) -> Authorization:
        """Return what shows our right to *call*; nothing to another host."""
        return await self._auth.authorization(call) if self.is_ours(url) else NOTHING

    async def judge(self, sent: Authorization, call: Call, url: str, response: Response) -> None:
        """Take *response* as what the registry says of credentials that are on trial.

        A redirect was given for them, for any answer of the other host.
        """
        is_redirected = not self.is_ours(response.url)
        if is_redirected or not is_busy(response.status):
            is_refused = not is_redirected and response.status == HTTPStatus.UNAUTHORIZED
            await self._auth.judge(sent, call, url, is_refused=is_refused)

    async def has_more(self, sent: Authorization, call: Call, response: Response) -> bool:
        """Learn from a 401; tell whether another try can show more than this one did.

        Raises:
            UploadInvalidError: It could, and *call* cannot be sent again.
        """
        if response.status != HTTPStatus.UNAUTHORIZED or not self.is_ours(response.url):
            if sent.token is not None:
                sent.token.was_accepted = True
            return False
        asked = challenge.parse(response.header_values("WWW-Authenticate"))
        if not await self._auth.has_more(sent, call.scope, asked, response.url):
            return False
        if not call.is_repeatable:
            raise UploadInvalidError(
                f"{self.host} no longer took what an upload was begun with",
                method=call.method,
                status=response.status,
            )
        return True

    def open(self, call: Call, url: str, authorization: str | None) -> Opening:
        """Begin to send *call* to *url*; another host never sees the authorization."""
        headers = call.headers
        if authorization is not None:
            headers = {**headers, "Authorization": authorization}
        return self._transport.send(
            Request(
                call.method,
                url,
                headers,
                call.body,
                call.body_bytes,
                answer_timeout_s=call.answer_timeout_s,
                late_answer_s=call.late_answer_s,
            )
        )

    async def redirected(self, url: str, response: Response) -> str:
        """Return the URL that the answer from *url* sends to.

        Raises:
            ProtocolError: It must not lead there, or leads nowhere.
        """
        target = await self._led(url, response.headers.get("Location", ""))
        if target == url:
            raise ProtocolError(f"{self.host} redirects to nowhere")
        return target

    async def _led(self, sender: str, target: str) -> str:
        """Return the URL that an answer from *sender* leads to.

        Raises:
            ProtocolError: It must not lead there.
        """
        url = resolved(sender, target)
        if not self.is_ours(url):
            await self._border.check(self._base, url)
        return url

    async def _connect(self) -> None:
        """Find the scheme and the challenge, once per registry.

        A registry that cannot be reached is given up for good: all that needs it fails at once.

        Spec: distribution-spec v1.1.1, end-1.
        """
        if self._base:
            return
        if self._unreachable is not None:
            raise self._unreachable.without_stack()
        await self._connecting.run(None, self._make_contact)

    async def _make_contact(self) -> None:
        try:
            base = await self._retrier.run(self._ping, f"connection to {self.host}")
        except RepoSyncError as error:
            final = self._given_up(error)
            self._unreachable = final.without_stack()
            raise final from error
        self._base, self._origin = base, base.removesuffix("/v2/")

    def _given_up(self, error: RepoSyncError) -> RepoSyncError:
        """Return *error* as it is final; one that is not of our certificates is the host's."""
        if not error.is_transient:
            return error
        final = UnreachableError(str(error), hint=error.hint)
        self._breaker.no_contact(self._schemes, final)
        return final

    async def _ping(self) -> str:
        server = _HUB_SERVER if self.host == DOCKER_HUB else self.host
        self._breaker.check_contact(self._schemes)
        greeting = await greet(self._transport, server, self._schemes)
        self._breaker.answered()
        self._auth.visited(greeting.challenges, greeting.url, greeting.status)
        return greeting.url


class Sending:
    """A call on its way, and its answer, which is open as long as the context is.

    ``authorization`` is what was sent with it last. A context of its own and not of a generator,
    since every call enters one.
    """

    __slots__ = ("_call", "_exchange", "_opening", "authorization")

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self._exchange = exchange
        self._call = call
        self._opening: Opening | None = None
        self.authorization = NOTHING

    async def __aenter__(self) -> Response:
        exchange, call = self._exchange, self._call
        url = await exchange.url_of(call.target)
        sends = 0
        while True:
            sent = self.authorization = await exchange.authorization(url, call)
            sends += 1
            try:
                response = await self._answered(url, sent)
                if sends == _SENDS_AT_MOST or not await exchange.has_more(sent, call, response):
                    return response
            except BaseException as error:
                await self._close(error)
                raise
            await self._close()

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        await self._close(error)

    async def _answered(self, url: str, sent: Authorization) -> Response:
        """Send; credentials that are on trial are judged before others may send them."""
        if sent.trial is None:
            return await self._followed(url, sent.header)
        try:
            response = await self._followed(url, sent.header)
            await self._exchange.judge(sent, self._call, url, response)
        finally:
            sent.trial.lock.release()
        return response

    async def _followed(self, url: str, authorization: str | None) -> Response:
        """Send, and follow redirects; another host never sees the authorization.

        Nor does ours, when another host sends us back to it.
        """
        exchange, call = self._exchange, self._call
        for _ in range(_REDIRECT_LIMIT):
            opening = exchange.open(call, url, authorization)
            response = await opening.__aenter__()
            self._opening = opening
            if response.status not in _REDIRECTS or not call.is_repeatable:
                return response
            try:
                url = await exchange.redirected(url, response)
            except BaseException as error:
                await self._close(error)
                raise
            await self._close()
            if not exchange.is_ours(url):
                authorization = None
        raise ProtocolError(f"{exchange.host} redirects in a circle")

    async def _close(self, error: BaseException | None = None) -> None:
        opening, self._opening = self._opening, None
        if opening is not None:
            trace = error.__traceback__ if error is not None else None
            await opening.__aexit__(type(error) if error is not None else None, error, trace)
