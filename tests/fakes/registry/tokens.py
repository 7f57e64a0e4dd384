"""Tokens: who gets one, for what, until when; opaque, and looked up rather than decoded.

Spec: distribution, "Token Authentication Specification" and "Docker Registry v2 authentication
using OAuth2".
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

from tests.fakes.registry.access import Access, authenticate
from tests.fakes.registry.message import RefusedError, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.fakes.registry.access import Account
    from tests.fakes.registry.message import Call


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that was given: to whom (empty for a stranger), and what it allows."""

    user: str
    access: frozenset[Access]
    expires_at_s: float = field(repr=False)


class TokenIssuer:
    """Gives tokens and knows them again; several registries may trust one issuer.

    Strangers get tokens for ``anonymous`` actions; who asks for more than they may have gets a
    token for what they may. ``identity_tokens`` are users by their identity tokens, which ask by
    POST; without any, that is refused. ``clock`` gives seconds and decides what has expired. With
    ``strict``, a known user who may do nothing of what they ask for is refused by 401, as ACR does.
    """

    def __init__(
        self,
        accounts: Iterable[Account] = (),
        *,
        anonymous: frozenset[str] = frozenset(),
        identity_tokens: Mapping[str, str] | None = None,
        ttl_s: int = 300,
        field_name: Literal["token", "access_token"] = "token",
        clock: Callable[[], float] = time.monotonic,
        strict: bool = False,
    ) -> None:
        self.service = "fake-registry"
        self._accounts = tuple(accounts)
        self._anonymous = anonymous
        self.identity_tokens = dict(identity_tokens or {})
        self._ttl_s = ttl_s
        self._field_name = field_name
        self._clock = clock
        self._strict = strict
        self._tokens: dict[str, IssuedToken] = {}
        self.issued: list[IssuedToken] = []

    def granted(self, token: str) -> frozenset[Access] | None:
        """Return what *token* allows now; None when it is unknown or has expired."""
        issued = self._tokens.get(token)
        if issued is None or self._clock() >= issued.expires_at_s:
            return None
        return issued.access

    def account(self, authorization: str) -> Account | None:
        """Find who *authorization* names by user and password; None when nobody."""
        return authenticate(authorization, self._accounts)

    def revoke_all(self) -> None:
        """Know no token any more, as after a change of the signing key."""
        self._tokens.clear()

    def answer(self, call: Call) -> Reply:
        """Answer a request for a token; several scopes are in the query with spaces between.

        Raises:
            RefusedError: The credentials are wrong, or they do not ask that way.
        """
        if call.method == "POST" and self.identity_tokens:
            return self._answer_form(dict(parse_qsl(call.body.decode())))
        if call.method != "GET":
            raise RefusedError("UNSUPPORTED", "ask for tokens by GET")
        authorization = call.headers.get("Authorization", "")
        account = self.account(authorization)
        if account is None and authorization:
            raise RefusedError("UNAUTHORIZED", "wrong user or password")
        return self._give(account, call.query.get("scope", ""))

    def _answer_form(self, form: Mapping[str, str]) -> Reply:
        if form.get("grant_type") != "refresh_token" or not form.get("client_id"):
            return json_reply({"error": "invalid_request"}, status=400)
        user = self.identity_tokens.get(form.get("refresh_token", ""))
        if user is None:
            return json_reply({"error": "invalid_grant"}, status=400)
        account = next(each for each in self._accounts if each.user == user)
        return self._give(account, form.get("scope", ""))

    def _give(self, account: Account | None, scope: str) -> Reply:
        wanted = _parse(scope)
        access = frozenset(entry for entry in wanted if self._may(account, entry))
        if self._strict and account is not None and wanted and not access:
            raise RefusedError("UNAUTHORIZED", "authentication required")
        token = self._issue(account.user if account else "", access)
        return json_reply({self._field_name: token, "expires_in": self._ttl_s})

    def _may(self, account: Account | None, access: Access) -> bool:
        return access.action in self._anonymous if account is None else account.may(access)

    def _issue(self, user: str, access: frozenset[Access]) -> str:
        token = uuid.uuid4().hex
        issued = IssuedToken(user, access, self._clock() + self._ttl_s)
        self._tokens[token] = issued
        self.issued.append(issued)
        return token


def _parse(scopes: str) -> frozenset[Access]:
    """Read scopes apart; what is none is left out, as issuers do."""
    found = set()
    for text in scopes.split():
        kind, _, rest = text.partition(":")
        name, _, actions = rest.rpartition(":")
        found |= {Access(kind, name, action) for action in actions.split(",") if name and action}
    return frozenset(found)
