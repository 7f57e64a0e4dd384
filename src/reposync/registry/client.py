"""A client of one registry: sends calls, tries again what is worth it, names every refusal.

Decides per call: a slot, another try, what the answer means. How a call reaches the registry is
in ``exchange``; what the calls are for, in ``repository`` and the modules beside it.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reposync.credentials import ANONYMOUS
from reposync.errors import (
    DeniedError,
    NoSpaceError,
    NotFoundError,
    RateLimitedError,
    RegistryError,
    RepoSyncError,
    TransportError,
    UnavailableError,
)
from reposync.registry.auth.authenticator import Authenticator
from reposync.registry.buffered_response import BODY_LIMIT_BYTES, BufferedResponse
from reposync.registry.exchange import Exchange
from reposync.registry.missing_repositories import MissingRepositories
from reposync.registry.mount_trial import MountTrial
from reposync.registry.refusal import refusal
from reposync.registry.throttle.pull_quota import allowance
from reposync.retry import requested_wait_s

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from reposync.credentials import CredentialSource
    from reposync.http.transport import Response, Transport
    from reposync.oci.digest import Digest
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.call import Call
    from reposync.registry.capabilities import RegistryCapabilities
    from reposync.registry.exchange import Sending
    from reposync.registry.host_state import HostState
    from reposync.registry.open_upload import Upload
    from reposync.registry.throttle.host_limits import Slot
    from reposync.registry.throttle.pull_quota import Quota
    from reposync.repository_creator import RepositoryCreator
    from reposync.retry import Attempts, Retrier

_ALONE_AFTER_429_S = 1.0
_BRIEF_BYTES = 64 * 1024
_COUNTS_PULLS = "RateLimit-Remaining"
_ASKED_TOO_OFTEN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class RegistryClient:
    """Asks one registry, as whom *credentials* says, over a transport that it does not own.

    ``state`` is what all clients of its host share. *schemes* are tried in their order: the second
    where a server does not speak the first. *prefix* precedes the names of all repositories.
    A host that did never answer is given up by *first_contact*, which may be less stubborn than
    *retrier*. ``hub_reserve`` is how many pulls of its account this client keeps back;
    ``open_uploads`` holds uploads that wait for their bytes, by repository and digest
    (``upload_sessions``), and ``refused_whole`` blobs that failed in the request that opens their
    upload (``uploads``). *creator*, if any, creates repositories that are missing. ``credentials``
    and ``creator`` stay as they are given, for who lets another program reach the registry.
    """

    def __init__(  # noqa: PLR0913 -- what one registry may need, each by its name
        self,
        state: HostState,
        *,
        transport: Transport,
        retrier: Retrier,
        first_contact: Retrier | None = None,
        credentials: CredentialSource = ANONYMOUS,
        schemes: tuple[str, ...] = ("https",),
        prefix: str = "",
        hub_reserve: int = 0,
        creator: RepositoryCreator | None = None,
    ) -> None:
        self.state = state
        self.host = host = state.name
        self.hub_reserve = hub_reserve
        self.credentials = credentials
        self.creator = creator
        self.open_uploads: dict[tuple[str, Digest], Upload] = {}
        self.refused_whole: set[tuple[str, Digest]] = set()
        self.mount_trial = MountTrial()
        self._prefix = f"{prefix}/" if prefix else ""
        self._retrier = retrier
        self._missing = MissingRepositories(host, creator)
        self._limits = state.limits
        self._breaker = state.breaker
        now_s = asyncio.get_running_loop().time
        self._auth = Authenticator(
            host, credentials, transport, retrier, now_s=now_s, prefix=prefix
        )
        self._exchange = Exchange(
            host,
            transport,
            self._auth,
            first_contact or retrier,
            breaker=state.breaker,
            schemes=schemes,
        )

    @property
    def known(self) -> RegistryCapabilities:
        """What is known of the registry by now."""
        return self.state.capabilities.known

    @property
    def quickest_s(self) -> float:
        """How long an answer takes when the host has nothing else to do; infinite before any."""
        return self._limits.quickest_s

    async def quota(self, scope: Scope) -> Quota:
        """Return the quota that requests for *scope* count against.

        Raises:
            LoginError: It cannot be said as whom they are sent.
        """
        return self.state.quotas.of(await self._auth.account(scope))

    def full_name(self, repository: str) -> str:
        """Return the name by which the registry knows *repository*."""
        return self._prefix + repository

    def own_name(self, full_name: str) -> str | None:
        """Return the name of a repository without our prefix; None where it is not below that."""
        is_ours = full_name.startswith(self._prefix)
        return full_name[len(self._prefix) :] if is_ours else None

    async def ask(self, call: Call) -> BufferedResponse:
        """Send *call*, a short request, and read the answer; again as long as that is worth it.

        Raises:
            RepoSyncError: The answer is none that was hoped for, or none came. It is final.
        """
        return await self._created(call, self._asked)

    async def ask_single(self, call: Call) -> BufferedResponse:
        """Send *call*, a part of a transfer, a single time, and read the answer.

        Whoever owns the transfer decides about another try, and waits without holding anything.

        Raises:
            HostPausedError: The host is not to be asked now.
            RepoSyncError: The answer is none that was hoped for, or none came.
        """
        return await self._created(call, self._asked_single)

    async def ask_once(self, call: Call) -> BufferedResponse:
        """Send *call* a single time, before all that wait for a slot, and read the answer.

        Raises:
            RepoSyncError: The answer is none that was hoped for, or none came.
        """
        async with self._limits.beside():
            return await self._ask(call)

    def attempts(self, name: str) -> Attempts:
        """Begin to count the tries of an operation that is prepared anew for each of them."""
        return self._retrier.attempts(name)

    async def rest(self, seconds: float) -> None:
        """Wait for about *seconds*, for others to end what they began."""
        await self._retrier.rest(seconds)

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[Response]:
        """Send *call*, a part of a transfer, a single time; the caller reads the body.

        Raises:
            HostPausedError: The host is not to be asked now.
            RepoSyncError: The answer is none that was hoped for, or none came (on entering).
        """
        async with self._limits.beside(waits=False):
            self._breaker.check()
            async with AsyncExitStack() as stack:
                sending = self._exchange.send(call)
                try:
                    response = await stack.enter_async_context(sending)
                except TransportError as error:
                    self._breaker.failed(error)
                    raise
                self._breaker.answered()
                if response.status not in call.expected_statuses:
                    await self._expected(call, sending, response)
                yield response

    async def _created(
        self, call: Call, send: Callable[[Call], Awaitable[BufferedResponse]]
    ) -> BufferedResponse:
        """Send *call*, and a second time once a repository that it lacks was made."""
        try:
            return await send(call)
        except NotFoundError as error:
            if not call.is_repeatable or not await self._missing.make(call, error):
                raise
        return await send(call)

    async def _asked(self, call: Call) -> BufferedResponse:
        attempts: Attempts | None = None
        while True:
            try:
                async with self._limits.slot() as slot:
                    answer = await self._ask(call)
                    slot.is_timed = _is_brief(call, answer)
                    return answer
            except RepoSyncError as error:
                attempts = attempts or self.attempts(self._name(call))
                await attempts.wait(error)

    async def _asked_single(self, call: Call) -> BufferedResponse:
        async with self._slot_for(call) as slot:
            answer = await self._ask(call)
            slot.is_timed = slot.is_timed and _is_brief(call, answer)
            return answer

    def _slot_for(self, call: Call) -> Slot:
        """A stream was admitted elsewhere, and goes beside the short requests."""
        if call.is_repeatable:
            return self._limits.slot(waits=False)
        return self._limits.beside(waits=False)

    async def _ask(self, call: Call) -> BufferedResponse:
        self._breaker.check()
        try:
            async with (sending := self._exchange.send(call)) as response:
                answer = await self._expected(call, sending, response)
        except RegistryError:
            self._breaker.answered()
            raise
        except TransportError as error:
            self._breaker.failed(error)
            raise
        self._breaker.answered()
        return answer

    async def _expected(self, call: Call, sending: Sending, response: Response) -> BufferedResponse:
        is_hoped = response.status in call.expected_statuses
        if _COUNTS_PULLS in response.headers:
            await self._observe_pulls(call, response)
        if "Warning" in response.headers:
            self.state.warning_headers.observe(response.header_values("Warning"))
        body = await response.read(call.limit_bytes if is_hoped else BODY_LIMIT_BYTES)
        answer = BufferedResponse(
            call.method, response.url, response.status, response.headers, body
        )
        if is_hoped:
            if answer.status == HTTPStatus.CREATED:
                self.state.space.took()
            return answer
        error = refusal(answer)
        if isinstance(error, NoSpaceError):
            self.state.capabilities.observe_damage()
            raise self.state.space.judged(error)
        if answer.status == HTTPStatus.UNAUTHORIZED and isinstance(error, RegistryError):
            raise await self._auth.denial(answer, sending.authorization, call.scope)
        if error.hint is None and self._exchange.is_ours(answer.url):
            error.hint = await self._advice(call, error)
        self._observe(error)
        raise error

    async def _observe_pulls(self, call: Call, response: Response) -> None:
        told = allowance(response.headers)
        if told is not None:
            self.state.capabilities.observe_pull_count()
            (await self.quota(call.scope)).observe(told)

    async def _advice(self, call: Call, error: RepoSyncError) -> str | None:
        """Return what to do where rights may be missing; some answer a push without them by 404."""
        if isinstance(error, DeniedError):
            return await self._auth.advice(call.scope)
        if isinstance(error, NotFoundError) and not call.is_reading:
            return await self._auth.advice(call.scope, is_denied=False)
        return None

    def _observe(self, error: RepoSyncError) -> None:
        """Let the whole host rest when it asks for that, not this call alone."""
        if isinstance(error, RateLimitedError | UnavailableError):
            is_refused = _is_refused(error) or isinstance(error, RateLimitedError)
            self._limits.slow_down(is_refused=is_refused)
            seconds = requested_wait_s(error)
            if seconds is None and isinstance(error, RateLimitedError):
                seconds = _ALONE_AFTER_429_S
            if seconds:
                self._limits.pause(seconds)

    def _name(self, call: Call) -> str:
        target = call.target
        path = target.partition("?")[0] if target[:1] == "/" else urlsplit(target).path
        return f"{call.method} {self.host}{path}"


def _is_brief(call: Call, answer: BufferedResponse) -> bool:
    """Return whether the time that an answer took is the host's, and not that of the bytes."""
    sent_bytes = len(call.body) if isinstance(call.body, bytes) else 0
    return sent_bytes + len(answer.body) <= _BRIEF_BYTES


def _is_refused(error: RepoSyncError) -> bool:
    """Return whether the registry was too busy to carry out what it was asked."""
    if not isinstance(error, RateLimitedError | UnavailableError):
        return False
    return error.status in _ASKED_TOO_OFTEN
