"""A client of one registry: sends calls, tries again what is worth it, names every refusal.

Decides per call: a slot, another try, what the answer means. How a call reaches the registry stands
in ``exchange``; what the calls are for, in ``repository`` and the modules beside it.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from reposync.credentials import ANONYMOUS
from reposync.errors import (
    NoSpaceError,
    NotFoundError,
    RateLimitedError,
    RegistryError,
    RepoSyncError,
    TransportError,
    UnavailableError,
)
from reposync.registry import answers
from reposync.registry.answers import Answer
from reposync.registry.auth import Authenticator
from reposync.registry.exchange import Exchange
from reposync.registry.health import Health
from reposync.registry.limits import UNBOUNDED, Bounds, HostLimits
from reposync.registry.missing import MissingRepositories
from reposync.registry.notices import Notices
from reposync.registry.own_mounts import OwnMounts
from reposync.registry.quota import Quota
from reposync.registry.referrers_support import ReferrersSupport
from reposync.registry.space import Space
from reposync.retry import wish_s

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.credentials import CredentialSource
    from reposync.oci.digest import Digest
    from reposync.registry.call import Call
    from reposync.registry.transport import Response, Transport
    from reposync.registry.upload_sessions import Upload
    from reposync.repository_maker import RepositoryMaker
    from reposync.retry import Retrier

_ALONE_AFTER_429_S = 1.0
_BRIEF_BYTES = 64 * 1024
_ASKED_TOO_OFTEN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class RegistryClient:
    """One registry, as whom *credentials* says; an async context that closes its connections.

    *host* is the canonical name. *schemes* are tried in their order: the second where a server
    does not speak the first. *prefix* stands before the names of all repositories. A host that did
    never answer is given up by *first_contact*, which may be less stubborn than *retrier*.
    ``referrers`` is what was learned of the registry's ways with them; ``takes_whole_blobs`` says
    whether a blob may come in the request that opens its upload, None until that was tried;
    ``body_limit_bytes`` is the largest body to send, None as long as none was refused;
    ``is_doubted`` says whether the registry may hold what it cannot give (``looks``); ``quota``
    counts pulls, of which *hub_reserve* are kept back; *bounds* hold whatever it would bear;
    ``begun`` holds uploads that wait for their bytes, by repository and digest
    (``upload_sessions``). *maker*, if any, makes repositories that are missing. ``credentials`` and
    ``maker`` stay as they are given, for who lets another program reach the registry.
    """

    def __init__(  # noqa: PLR0913 -- what one registry may need, each by its name
        self,
        host: str,
        *,
        transport: Transport,
        retrier: Retrier,
        first_contact: Retrier | None = None,
        credentials: CredentialSource = ANONYMOUS,
        schemes: tuple[str, ...] = ("https",),
        prefix: str = "",
        hub_reserve: int = 0,
        bounds: Bounds = UNBOUNDED,
        maker: RepositoryMaker | None = None,
    ) -> None:
        self.host = host
        self._prefix = f"{prefix}/" if prefix else ""
        self.credentials = credentials
        self.maker = maker
        self.referrers = ReferrersSupport(host)
        self.takes_whole_blobs: bool | None = None
        self.body_limit_bytes: int | None = None
        self.is_doubted = False
        self.begun: dict[tuple[str, Digest], Upload] = {}
        self.own_mounts = OwnMounts()
        self._transport = transport
        self._retrier = retrier
        self.quota = Quota(host, hub_reserve)
        self._missing = MissingRepositories(host, maker)
        self._limits = HostLimits(host, bounds=bounds)
        self._notices = Notices(host)
        now_s = asyncio.get_running_loop().time
        self._health = Health(host, now_s)
        self._space = Space(now_s)
        self._auth = Authenticator(
            host, credentials, transport, retrier, now_s=now_s, prefix=prefix
        )
        self._exchange = Exchange(
            host,
            transport,
            self._auth,
            first_contact or retrier,
            schemes=schemes,
        )

    async def __aenter__(self) -> Self:
        """Open nothing yet: the first call does."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._transport.close()

    @property
    def quickest_s(self) -> float:
        """How long an answer takes when the host has nothing else to do; infinite before any."""
        return self._limits.quickest_s

    def full_name(self, repository: str) -> str:
        """Give the name by which the registry knows *repository*."""
        return self._prefix + repository

    def own_name(self, full_name: str) -> str | None:
        """Give the name of a repository without our prefix; None where it is not below that."""
        is_ours = full_name.startswith(self._prefix)
        return full_name[len(self._prefix) :] if is_ours else None

    async def ask(self, call: Call) -> Answer:
        """Send *call* and read the answer, anew as long as that is worth it.

        A call with a streamed body is sent once: nobody can give the stream again.

        Raises:
            RepoSyncError: The answer is none that was hoped for, or none came.
        """
        if not call.is_repeatable:
            return await self.ask_once(call)
        try:
            return await self._asked(call)
        except NotFoundError as error:
            if not await self._missing.make(call, error):
                raise
        return await self._asked(call)

    async def _asked(self, call: Call) -> Answer:
        """Send *call* in a slot, and again as long as that is worth it.

        One that says ``once`` only where it was refused, and so not carried out.
        """
        tried = 0
        while True:
            try:
                async with self._limits.slot() as slot:
                    answer = await self._ask(call)
                    slot.is_timed = _is_brief(call, answer)
                    return answer
            except RepoSyncError as error:
                tried += 1
                may_be_sent_again = not call.once or _is_refused(error)
                if not may_be_sent_again or not await self.pause(tried, error, self._name(call)):
                    raise

    async def ask_once(self, call: Call) -> Answer:
        """Send *call* a single time, outside the slots, and read the answer.

        Raises:
            RepoSyncError: The answer is none that was hoped for, or none came.
        """
        await self._limits.opened()
        return await self._ask(call)

    async def pause(self, tried: int, error: RepoSyncError, what: str) -> bool:
        """Wait as is due after the *tried*-th try ended in *error*; False when that was the last.

        For what must not be sent again as it is, and is prepared anew instead.
        """
        return await self._retrier.pause(tried, error, what)

    async def rest(self, seconds: float) -> None:
        """Wait for about *seconds*, for others to end what they began."""
        await self._retrier.rest(seconds)

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[Response]:
        """Send *call*, anew while no good answer comes; the caller reads the body.

        Raises:
            RepoSyncError: The answer is none that was hoped for, or none came (on entering).
        """
        async with AsyncExitStack() as stack:
            yield await self._retrier.run(lambda: self._open(call, stack), self._name(call))

    async def _ask(self, call: Call) -> Answer:
        self._health.check()
        try:
            async with self._exchange.send(call) as response:
                answer = await self._hoped(call, response)
        except RegistryError:
            self._health.answered()
            raise
        except TransportError as error:
            self._health.failed(error)
            raise
        self._health.answered()
        return answer

    async def _open(self, call: Call, stack: AsyncExitStack) -> Response:
        await self._limits.opened()
        self._health.check()
        async with AsyncExitStack() as opening:
            try:
                response = await opening.enter_async_context(self._exchange.send(call))
            except TransportError as error:
                self._health.failed(error)
                raise
            self._health.answered()
            if response.status not in call.hoped:
                await self._hoped(call, response)
            stack.push_async_exit(opening.pop_all())
            return response

    async def _hoped(self, call: Call, response: Response) -> Answer:
        is_hoped = response.status in call.hoped
        self.quota.heed(response.headers)
        if "Warning" in response.headers:
            self._notices.heed(response.header_values("Warning"))
        body = await response.read(call.limit_bytes if is_hoped else answers.BODY_LIMIT_BYTES)
        answer = Answer(call.method, response.url, response.status, response.headers, body)
        if is_hoped:
            if answer.status == HTTPStatus.CREATED:
                self._space.took()
            return answer
        error = answers.refusal(answer)
        if isinstance(error, NoSpaceError):
            self.is_doubted = True
            raise self._space.judged(error)
        if answer.status == HTTPStatus.UNAUTHORIZED and isinstance(error, RegistryError):
            raise await self._auth.denial(answer, call.scope)
        self._heed(error)
        raise error

    def _heed(self, error: RepoSyncError) -> None:
        """Let the whole host rest when it asks for that, not this call alone."""
        if isinstance(error, RateLimitedError | UnavailableError):
            is_refused = _is_refused(error) or isinstance(error, RateLimitedError)
            self._limits.slow_down(is_refused=is_refused)
            seconds = wish_s(error)
            if seconds is None and isinstance(error, RateLimitedError):
                seconds = _ALONE_AFTER_429_S
            if seconds:
                self._limits.pause(seconds)

    def _name(self, call: Call) -> str:
        target = call.target
        path = target.partition("?")[0] if target[:1] == "/" else urlsplit(target).path
        return f"{call.method} {self.host}{path}"


def _is_brief(call: Call, answer: Answer) -> bool:
    """Tell whether the time that an answer took is the host's, and not that of the bytes."""
    sent_bytes = len(call.body) if isinstance(call.body, bytes) else 0
    return sent_bytes + len(answer.body) <= _BRIEF_BYTES


def _is_refused(error: RepoSyncError) -> bool:
    """Tell whether the registry was too busy to carry out what it was asked."""
    if not isinstance(error, RateLimitedError | UnavailableError):
        return False
    return error.status in _ASKED_TOO_OFTEN
