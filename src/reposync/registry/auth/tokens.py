"""Rules of token authentication, without I/O: where to ask, for what, and for how long it holds.

Spec: distribution, "Token Authentication Specification", "Token Scope Documentation" and "Docker
Registry v2 authentication using OAuth2".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlencode

from msgspec import Struct

from reposync.errors import ProtocolError
from reposync.redacted import Redacted
from reposync.registry.redirects.rules import origin, resolved

if TYPE_CHECKING:
    from reposync.oci.challenge import Challenge

_SHORTEST_LIFE_S = 60.0
_LONGEST_LIFE_S = 24 * 3600.0
_RENEWED_AT = 0.8
_CLIENT_ID = "reposync"


class Scope(Struct, frozen=True):
    """What a request needs: ``actions`` on ``repository``, and pull on ``mounted_from``.

    No repository means the registry itself, which needs no scope but for its ``CATALOG``.
    """

    repository: str = ""
    actions: str = "pull"
    mounted_from: str = ""
    kind: Literal["repository", "registry"] = "repository"

    def texts(self) -> tuple[str, ...]:
        """Return the scope parameters; the repository that is written comes first."""
        if not self.repository:
            return ()
        own = (f"{self.kind}:{self.repository}:{self.actions}",)
        return (*own, f"repository:{self.mounted_from}:pull") if self.mounted_from else own


CATALOG = Scope("catalog", "*", kind="registry")
"""What it takes to list a registry's repositories."""


class Token(Redacted, frozen=True):
    """A bearer token, good until ``renew_at_s`` of the clock that it was received by."""

    redacted = frozenset({"value"})

    value: str
    renew_at_s: float


def realm_url(challenge: Challenge, registry_url: str) -> str:
    """Return the URL of the token service that *challenge* names.

    Raises:
        ProtocolError: It names no usable one, or one that would take credentials from HTTPS to
            plain HTTP.
    """
    named = challenge.parameters.get("realm")
    if not named:
        host = origin(registry_url).host
        raise ProtocolError(f"{host} asks for a token and does not say where to get one")
    return resolved(registry_url, named)


def token_form(challenge: Challenge, scope: Scope, identity_token: str) -> bytes:
    """Build the body that gives a token for *scope* to the bearer of *identity_token*.

    Spec: distribution, "Docker Registry v2 authentication using OAuth2".
    """
    form = {
        "grant_type": "refresh_token",
        "service": challenge.parameters.get("service", ""),
        "client_id": _CLIENT_ID,
        "scope": " ".join(scope.texts()),
        "refresh_token": identity_token,
    }
    return urlencode({name: text for name, text in form.items() if text}).encode()


def token_url(challenge: Challenge, scope: Scope, registry_url: str) -> str:
    """Build the URL that gives a token for *scope*.

    Raises:
        ProtocolError: As ``realm_url``.
    """
    realm = realm_url(challenge, registry_url)
    service = challenge.parameters.get("service")
    query = [("service", service)] if service else []
    query += [("scope", text) for text in scope.texts()]
    joined = urlencode(query, quote_via=quote, safe="/:,")
    return f"{realm}{'&' if '?' in realm else '?'}{joined}" if joined else realm


def read_token(body: bytes, host: str, now_s: float) -> Token:
    """Read a token service's answer that came at *now_s*.

    Its own clock (``issued_at``) is not believed; a life under a minute is taken as a minute, as
    the specification has it, and one over a day as a day; the token is renewed when four fifths of
    its life are over.

    Raises:
        ProtocolError: There is no token in it.
    """
    try:
        document = json.loads(body)
        value = document.get("token") or document.get("access_token")
        life_s = float(document.get("expires_in") or _SHORTEST_LIFE_S)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ProtocolError(f"the token service {host} does not answer in its format") from error
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise ProtocolError(f"the token service {host} answered without a token")
    bounded_s = max(_SHORTEST_LIFE_S, min(_LONGEST_LIFE_S, life_s))  # in this order NaN is a day
    return Token(value, now_s + _RENEWED_AT * bounded_s)
