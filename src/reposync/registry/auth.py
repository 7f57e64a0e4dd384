"""Who we say we are to one registry: nothing, a password, or a token per scope.

Follows the registry's challenges; asks the token service once per scope, however many requests
wait for it; and asks nobody again once the credentials were refused, since accounts get locked.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import DeniedError, RegistryError, UnauthorizedError
from reposync.registry import answers
from reposync.registry.redirects import origin
from reposync.registry.redirects_border import Border
from reposync.registry.tokens import Scope, Token, read_token, token_url
from reposync.registry.transport import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reposync.credentials import Credentials
    from reposync.oci.challenge import Challenge
    from reposync.registry.answers import Answer
    from reposync.registry.transport import Transport
    from reposync.retry import Retrier


class Authenticator:
    """Gives the Authorization header for each request to one registry, and to no other host."""

    def __init__(
        self,
        host: str,
        credentials: Credentials | None,
        transport: Transport,
        retrier: Retrier,
        *,
        now_s: Callable[[], float],
    ) -> None:
        self._host = host
        self._credentials = credentials
        self._transport = transport
        self._retrier = retrier
        self._now_s = now_s
        self._border = Border()
        self._challenge: Challenge | None = None
        self._challenged_by = ""
        self._tokens: dict[Scope, Token] = {}
        self._locks: dict[Scope, asyncio.Lock] = {}
        self._refused: UnauthorizedError | None = None

    def learn(self, challenges: Iterable[Challenge], url: str) -> None:
        """Take over what the registry asks for, as told in its answer from *url*.

        A bearer challenge wins over a basic one, which needs credentials to be of use.
        """
        by_scheme = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
        found = by_scheme.get("bearer") or by_scheme.get("basic")
        if found is not None:
            self._challenge, self._challenged_by = found, url

    async def prove(self, url: str) -> None:
        """Show a password once at *url*, the registry's root, before anything else is sent.

        One wrong password then costs one request and gives one error, however many images wait.

        Raises:
            UnauthorizedError: It was refused.
        """
        if self._challenge is None or self._challenge.scheme != "basic" or not self._credentials:
            return
        headers = {"Authorization": self._credentials.basic()}
        async with self._transport.send(Request("GET", url, headers)) as response:
            status = response.status
        if status == HTTPStatus.UNAUTHORIZED:
            self._refused = self._wrong_credentials(self._host, status)
            raise self._refused

    async def authorization(self, scope: Scope) -> str | None:
        """Give the header's value for a request that needs *scope*; None to send none.

        Raises:
            UnauthorizedError: The credentials were refused, now or before.
        """
        if self._refused is not None:
            raise self._refused
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            return self._credentials.basic() if self._credentials else None
        return f"Bearer {(await self._token(self._challenge, scope)).value}"

    def drop(self, scope: Scope, shown: str | None) -> bool:
        """Take back *shown*, which the registry refused; tell whether there is more to show.

        A token is dropped only if it is still the one that was refused: another task may have
        renewed it meanwhile. A password that was shown is all there is.
        """
        token = self._tokens.get(scope)
        if token is not None and shown == f"Bearer {token.value}":
            del self._tokens[scope]
        if self._challenge is None:
            return False
        return self._challenge.scheme == "bearer" or (
            shown is None and self._credentials is not None
        )

    def denial(self, answer: Answer, scope: Scope) -> RegistryError:
        """Say what a 401 means that stands after all we could send.

        Another host than the registry was shown nothing, so what it says is not of the credentials.
        """
        if self._challenged_by and origin(answer.url) != origin(self._challenged_by):
            return UnauthorizedError(
                f"{answer.host}, where {self._host} sent to, answered {answer.status_text}",
                status=answer.status,
            )
        if self._credentials is None:
            return UnauthorizedError(
                f"{self._host} wants credentials for {scope.repository or 'any request'}",
                hint="name env_user and env_password of this registry in the file",
                status=answer.status,
            )
        if self._challenge is not None and self._challenge.scheme == "bearer":
            return DeniedError(
                f"{self._host} does not allow this user to {scope.actions} {scope.repository}",
                hint=f"check the rights of the user from {self._credentials.origin}",
                status=answer.status,
            )
        self._refused = self._wrong_credentials(self._host, answer.status)
        return self._refused

    async def _token(self, challenge: Challenge, scope: Scope) -> Token:
        lock = self._locks.setdefault(scope, asyncio.Lock())
        async with lock:
            token = self._tokens.get(scope)
            if token is None or token.renew_at_s <= self._now_s():
                token = self._tokens[scope] = await self._retrier.run(
                    lambda: self._fetch_token(challenge, scope), f"token of {self._host}"
                )
            return token

    async def _fetch_token(self, challenge: Challenge, scope: Scope) -> Token:
        if self._refused is not None:
            raise self._refused
        url = token_url(challenge, scope, self._challenged_by)
        await self._border.check(self._challenged_by, url)
        headers = {"Authorization": self._credentials.basic()} if self._credentials else {}
        async with self._transport.send(Request("GET", url, headers)) as response:
            body = await response.read(answers.BODY_LIMIT_BYTES)
            answer = answers.Answer("GET", url, response.status, response.headers, body)
        if answer.status == HTTPStatus.UNAUTHORIZED and self._credentials:
            self._refused = self._wrong_credentials(answer.host, answer.status)
            raise self._refused
        if answer.status != HTTPStatus.OK:
            raise answers.refusal(answer)
        return read_token(body, answer.host, self._now_s())

    def _wrong_credentials(self, host: str, status: int) -> UnauthorizedError:
        origin = self._credentials.origin if self._credentials else ""
        return UnauthorizedError(
            f"{host} does not accept the user and password for {self._host}"
            if host != self._host
            else f"{host} does not accept the user and password",
            hint=f"check {origin}",
            status=status,
        )
