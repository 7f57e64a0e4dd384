"""Token services: who gives tokens to a registry's clients, and how each kind of login asks.

A user and password ask by GET, an identity token by POST, as OAuth2 has it. Both go to the realm
that the registry names, once ``redirects`` lets that pass.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from reposync.errors import DeniedError, ProtocolError, TransportError
from reposync.http.transport import Request
from reposync.redacted import Redacted
from reposync.registry.auth.login_errors import no_identity_token, wrong_credentials
from reposync.registry.auth.tokens import Token, read_token, realm_url, token_form, token_url
from reposync.registry.buffered_response import BODY_LIMIT_BYTES, BufferedResponse
from reposync.registry.redirects.policy import RedirectPolicy
from reposync.registry.redirects.rules import origin, resolved
from reposync.registry.refusal import refusal
from reposync.registry.web_page import page_or

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.credentials import Credentials
    from reposync.http.transport import Transport
    from reposync.oci.challenge import Challenge
    from reposync.registry.auth.tokens import Scope

_NO_POST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_OF_A_SERVICE = ("realm", "service")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECT_LIMIT = 5
_BODY_LIMIT_S = 30.0
"""A token is one small document: whoever sends it for longer keeps us waiting."""
_FORM = "application/x-www-form-urlencoded"


class Demand(Redacted, frozen=True):
    """What a registry asks for: a challenge, and the URL whose answer bore it."""

    redacted = frozenset({"url"})

    challenge: Challenge
    url: str

    def is_same(self, other: Demand) -> bool:
        """Whether *other* asks for the same, possibly for another scope."""
        ours, theirs = self.challenge, other.challenge
        compared = _OF_A_SERVICE if ours.scheme == "bearer" else ()
        return ours.scheme == theirs.scheme and all(
            ours.parameters.get(name) == theirs.parameters.get(name) for name in compared
        )


class TokenService:
    """Asks for tokens for one registry, whichever service that names."""

    def __init__(self, host: str, transport: Transport, *, now_s: Callable[[], float]) -> None:
        self._host = host
        self._transport = transport
        self._now_s = now_s
        self._border = RedirectPolicy()
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
            raise no_identity_token(who, f"the token service of {self._host}")
        return self._read(await self._get(demand, scope, who), who)

    async def _get(self, demand: Demand, scope: Scope, who: Credentials | None) -> BufferedResponse:
        url = token_url(demand.challenge, scope, demand.url)
        headers = {"Authorization": who.basic()} if who else {}
        return await self._ask(Request("GET", url, headers))

    async def _ask(self, request: Request) -> BufferedResponse:
        """Send *request*, which bears credentials, and follow redirects within its own host.

        Raises:
            ProtocolError: It is redirected to another host, or in a circle.
        """
        for _ in range(_REDIRECT_LIMIT):
            answer = await self._answer(request)
            if answer.status not in _REDIRECTS:
                return answer
            request = replace(request, url=_redirected(answer))
        raise ProtocolError(f"the token service {answer.host} redirects in a circle")

    async def _answer(self, request: Request) -> BufferedResponse:
        async with self._transport.send(request) as response:
            try:
                async with asyncio.timeout(_BODY_LIMIT_S):
                    body = await response.read(BODY_LIMIT_BYTES)
            except TimeoutError as error:
                raise TransportError(
                    f"the answer of the token service of {self._host} did not end within "
                    f"{_BODY_LIMIT_S:.0f} s"
                ) from error
            return BufferedResponse(
                request.method, request.url, response.status, response.headers, body
            )

    def _read(self, answer: BufferedResponse, who: Credentials | None) -> Token:
        if who is not None and _is_refusal(answer):
            raise wrong_credentials(who, self._host, answer.host, answer.status)
        if answer.status != HTTPStatus.OK:
            error = refusal(answer)
            if who is not None and isinstance(error, DeniedError):
                # Some services say so of a wrong password too, GitHub's among them.
                error.hint = f"check {who.origin}, and what this user may do at {self._host}"
            raise error
        try:
            return read_token(answer.body, answer.host, self._now_s())
        except ProtocolError as error:
            raise page_or(error, answer, "a token") from error


def _redirected(answer: BufferedResponse) -> str:
    """Return the URL that a token service redirects to.

    Raises:
        ProtocolError: It is another host's, which must not get the credentials.
    """
    there = resolved(answer.url, answer.headers.get("Location", ""))
    if origin(there) != origin(answer.url):
        raise ProtocolError(
            f"the token service {answer.host} redirects to another host, {urlsplit(there).netloc}, "
            "which must not get the credentials",
            hint="have the registry name that host as its token service (realm)",
        )
    return there


def _is_refusal(answer: BufferedResponse) -> bool:
    """Return whether it is the login that is refused (RFC 6749, section 5.2)."""
    if answer.status != HTTPStatus.BAD_REQUEST:
        return answer.status == HTTPStatus.UNAUTHORIZED
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("error") == "invalid_grant"
