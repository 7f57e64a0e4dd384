"""Token services: who gives tokens to a registry's clients, and how each kind of login asks.

A user and password ask by GET, an identity token by POST, as OAuth2 has it. Both go to the realm
that the registry names, once ``redirects`` lets that pass.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import DeniedError, UnauthorizedError
from reposync.registry import answers
from reposync.registry.redirects_border import Border
from reposync.registry.tokens import Token, read_token, realm_url, token_form, token_url
from reposync.registry.transport import Request
from reposync.veiled import Veiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.credentials import Credentials
    from reposync.oci.challenge import Challenge
    from reposync.registry.answers import Answer
    from reposync.registry.tokens import Scope
    from reposync.registry.transport import Transport

_NO_POST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_FORM = "application/x-www-form-urlencoded"


class Demand(Veiled, frozen=True):
    """What a registry asks for: a challenge, and the URL whose answer bore it."""

    veiled = frozenset({"url"})

    challenge: Challenge
    url: str


class TokenService:
    """Asks for tokens for one registry, whichever service that names."""

    def __init__(self, host: str, transport: Transport, *, now_s: Callable[[], float]) -> None:
        self._host = host
        self._transport = transport
        self._now_s = now_s
        self._border = Border()
        self._without_post: set[str] = set()

    async def fetch(self, demand: Demand, scope: Scope, who: Credentials | None) -> Token:
        """Get a token for *scope*; for strangers without *who*.

        Raises:
            UnauthorizedError: The service refuses *who*, or gives strangers nothing.
            RepoSyncError: There is no token, for another reason.
        """
        realm = realm_url(demand.challenge, demand.url)
        await self._border.check(demand.url, realm)
        if who is None or not who.identity_token:
            return self._read(await self._get(demand, scope, who), who)
        if realm not in self._without_post:
            form = token_form(demand.challenge, scope, who.identity_token)
            answer = await self._ask(
                Request("POST", realm, {"Content-Type": _FORM}, form, len(form))
            )
            if answer.status not in _NO_POST:
                return self._read(answer, who)
            self._without_post.add(realm)
        if not who.password:
            raise UnauthorizedError(
                f"the token service of {self._host} takes no identity token",
                hint=f"log in with user and password; check {who.origin}",
            )
        return self._read(await self._get(demand, scope, who), who)

    async def _get(self, demand: Demand, scope: Scope, who: Credentials | None) -> Answer:
        url = token_url(demand.challenge, scope, demand.url)
        headers = {"Authorization": who.basic()} if who else {}
        return await self._ask(Request("GET", url, headers))

    async def _ask(self, request: Request) -> Answer:
        async with self._transport.send(request) as response:
            body = await response.read(answers.BODY_LIMIT_BYTES)
            return answers.Answer(
                request.method, request.url, response.status, response.headers, body
            )

    def _read(self, answer: Answer, who: Credentials | None) -> Token:
        if who is not None and _is_refusal(answer):
            raise wrong_credentials(who, answer, self._host)
        if answer.status != HTTPStatus.OK:
            error = answers.refusal(answer)
            if who is not None and isinstance(error, DeniedError):
                # Some services say so of a wrong password too, GitHub's among them.
                error.hint = f"check {who.origin}, and what this user may do at {self._host}"
            raise error
        return read_token(answer.body, answer.host, self._now_s())


def wrong_credentials(who: Credentials, answer: Answer, host: str) -> UnauthorizedError:
    """Say that *answer* refuses *who*, who wants to be known at the registry *host*."""
    where = f" for {host}" if answer.host != host else ""
    return UnauthorizedError(
        f"{answer.host} does not accept the {who.kind}{where}",
        hint=f"check {who.origin}",
        status=answer.status,
    )


def _is_refusal(answer: Answer) -> bool:
    """Tell whether it is the login that is refused (RFC 6749, section 5.2)."""
    if answer.status != HTTPStatus.BAD_REQUEST:
        return answer.status == HTTPStatus.UNAUTHORIZED
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("error") == "invalid_grant"
