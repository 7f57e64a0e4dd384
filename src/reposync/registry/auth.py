"""Who we say we are to one registry: nothing, a password, or a token per scope and account.

Follows the registry's challenges. Credentials come from a source that may have several accounts
for one host, and renews them; each is shown alone until it was accepted once, and is not shown
again after it was refused, since accounts get locked. A token is asked for once per scope, however
many requests wait for it.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from reposync.cloud_names import EXTRAS, cloud_of
from reposync.errors import (
    DeniedError,
    RateLimitedError,
    RegistryError,
    UnauthorizedError,
    UnavailableError,
)
from reposync.registry.answers import BODY_LIMIT_BYTES, Answer, refusal
from reposync.registry.redirects import origin
from reposync.registry.setbacks import Setbacks
from reposync.registry.token_service import Demand, TokenService, wrong_credentials
from reposync.registry.transport import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reposync.credentials import Credentials, CredentialSource
    from reposync.oci.challenge import Challenge
    from reposync.registry.tokens import Scope, Token
    from reposync.registry.transport import Transport
    from reposync.retry import Retrier


class Authenticator:
    """Gives the Authorization header for each request to one registry, and to no other host.

    *prefix* stands before the names of all repositories that are asked for.
    """

    def __init__(
        self,
        host: str,
        source: CredentialSource,
        transport: Transport,
        retrier: Retrier,
        *,
        now_s: Callable[[], float],
        prefix: str = "",
    ) -> None:
        self._host = host
        self._prefix = prefix
        self._source = source
        self._transport = transport
        self._setbacks = Setbacks(retrier, now_s)
        self._now_s = now_s
        self._service = TokenService(host, transport, now_s=now_s)
        self._demand: Demand | None = None
        self._tokens: dict[tuple[Scope, Credentials | None], Token] = {}
        self._locks: dict[tuple[Scope, Credentials | None], asyncio.Lock] = {}
        self._proofs: dict[Credentials, asyncio.Lock] = {}
        self._accepted: set[Credentials] = set()
        self._refused: dict[Credentials, UnauthorizedError] = {}

    def learn(self, challenges: Iterable[Challenge], url: str) -> None:
        """Take over what the registry asks for, as told in its answer from *url*.

        A bearer challenge wins over a basic one, which needs credentials to be of use.
        """
        by_scheme = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
        found = by_scheme.get("bearer") or by_scheme.get("basic")
        if found is not None:
            self._demand = Demand(found, url)

    async def authorization(self, scope: Scope) -> str | None:
        """Give the header's value for a request that needs *scope*; None to send none.

        Raises:
            UnauthorizedError: The credentials were refused, now or before.
            LoginError: They cannot be had.
        """
        if self._demand is None:
            return None
        who = await self._who(scope)
        try:
            return await self._shown(self._demand, scope, who)
        except UnauthorizedError:
            if who is None or not await self._source.refused(who):
                raise
        return await self._shown(self._demand, scope, await self._who(scope))

    async def account(self, scope: Scope) -> str:
        """Return the account that requests for *scope* are counted for; "" for a stranger's.

        Raises:
            LoginError: The credentials cannot be had.
        """
        who = await self._who(scope) if self._demand is not None else None
        return who.account if who is not None else ""

    async def drop(self, scope: Scope, shown: str | None) -> bool:
        """Take back *shown*, which the registry refused; tell whether there is more to show.

        A token is dropped only if it is still the one that was refused: another task may have
        renewed it meanwhile. A password that was shown is all there is, unless its source has
        another one by now.

        Raises:
            LoginError: Other credentials cannot be had.
        """
        if self._demand is None:
            return False
        who = await self._who(scope)
        token = self._tokens.get((scope, who))
        if token is not None and shown == f"Bearer {token.value}":
            del self._tokens[scope, who]
        if self._gives_tokens(who):
            return True
        if who is None or shown is None:
            return who is not None
        return shown != _as_it_is(who) or await self._source.refused(who)

    async def denial(self, answer: Answer, scope: Scope) -> RegistryError:
        """Say what a 401 means that stands after all we could send.

        Another host than the registry was shown nothing, so what it says is not of the credentials.
        """
        if self._demand is not None and origin(answer.url) != origin(self._demand.url):
            return UnauthorizedError(
                f"{answer.host}, where {self._host} sent to, answered {answer.status_text}",
                status=answer.status,
            )
        who = await self._who(scope)
        if who is None:
            return UnauthorizedError(
                f"{self._host} wants credentials for {scope.repository or 'any request'}",
                hint=_ways_in(self._host),
                status=answer.status,
            )
        if self._demand is not None and self._gives_tokens(who):
            return DeniedError(
                f"{self._host} does not allow this user to {scope.actions} {scope.repository}",
                hint=f"check the rights of the user from {who.origin}",
                status=answer.status,
            )
        error = wrong_credentials(who, answer, self._host)
        # Who was not shown yet is not who was refused: another task has renewed them meanwhile.
        return self._refused.setdefault(who, error) if who in self._accepted else error

    async def _who(self, scope: Scope) -> Credentials | None:
        # Who asks for the registry's list may be known for what stands below the prefix alone.
        repository = scope.repository if scope.kind == "repository" else self._prefix
        return await self._source.credentials(repository)

    async def _shown(self, demand: Demand, scope: Scope, who: Credentials | None) -> str | None:
        """Give the header's value for *who*; they who were not accepted yet come one by one."""
        if who is None or who in self._accepted:
            return await self._header(demand, scope, who)
        async with self._proofs.setdefault(who, asyncio.Lock()):
            if who not in self._accepted:
                header = await self._header(demand, scope, who)
                self._accepted.add(who)
                return header
        return await self._header(demand, scope, who)

    async def _header(self, demand: Demand, scope: Scope, who: Credentials | None) -> str | None:
        if who in self._refused:
            # Not the traceback of all who got it before: it would hold what they were at.
            raise self._refused[who].with_traceback(None)
        try:
            if self._gives_tokens(who):
                return f"Bearer {(await self._token(demand, scope, who)).value}"
            return await self._proven(demand, who) if who else None
        except UnauthorizedError as error:
            if who is not None:
                self._refused[who] = error
            raise

    async def _proven(self, demand: Demand, who: Credentials) -> str:
        """Give what *who* shows the registry itself; the first time, see whether it is accepted.

        One wrong password then costs one request and gives one error, however many images wait.
        """
        header = _as_it_is(who)
        if not header:
            raise UnauthorizedError(
                f"{self._host} wants a user and password, and takes no identity token",
                hint=f"check {who.origin}",
            )
        if who in self._accepted or who.registry_token:
            return header
        root = Request("GET", urljoin(demand.url, "/v2/"), {"Authorization": header})
        status = await self._setbacks.run(
            lambda: self._status(root), ("", who), f"login at {self._host}"
        )
        if status == HTTPStatus.UNAUTHORIZED:
            raise wrong_credentials(who, Answer("GET", root.url, status, {}), self._host)
        return header

    async def _status(self, request: Request) -> int:
        """Give the status of an answer that says something of who asks.

        Raises:
            RegistryError: It says that the registry is busy: who was not judged is not accepted.
        """
        async with self._transport.send(request) as response:
            body = await response.read(BODY_LIMIT_BYTES)
            answer = Answer(request.method, request.url, response.status, response.headers, body)
        error = refusal(answer)
        if isinstance(error, RateLimitedError | UnavailableError):
            raise error
        return answer.status

    async def _token(self, demand: Demand, scope: Scope, who: Credentials | None) -> Token:
        key = scope, who
        token = self._good_token(key)
        if token is not None:
            return token
        async with self._locks.setdefault(key, asyncio.Lock()):
            token = self._good_token(key)
            if token is None:
                token = self._tokens[key] = await self._setbacks.run(
                    lambda: self._service.fetch(demand, scope, who), key, f"token of {self._host}"
                )
            return token

    def _good_token(self, key: tuple[Scope, Credentials | None]) -> Token | None:
        token = self._tokens.get(key)
        return None if token is None or token.renew_at_s <= self._now_s() else token

    def _gives_tokens(self, who: Credentials | None) -> bool:
        """Tell whether *who* gets tokens here; a registry token is one already."""
        if who is not None and who.registry_token:
            return False
        return self._demand is not None and self._demand.challenge.scheme == "bearer"


def _as_it_is(who: Credentials) -> str:
    """Give what *who* can show a registry itself; empty where that is nothing."""
    if who.registry_token:
        return f"Bearer {who.registry_token}"
    return who.basic() if who.password or not who.identity_token else ""


def _ways_in(host: str) -> str:
    """Say how somebody can be somebody at *host*; a cloud's registry has a way more."""
    ways = (
        "name env_user and env_password of this registry in the file, or log in to it with docker "
        "or podman"
    )
    cloud = cloud_of(host)
    if cloud is None:
        return ways
    if EXTRAS[cloud].is_installed:
        return f"{ways}; `credentials: {cloud}` takes those of its cloud, or tells why not"
    return f"{ways}, or use those of its cloud: {EXTRAS[cloud].command}"
