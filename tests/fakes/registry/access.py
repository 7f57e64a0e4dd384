"""Access: what a request needs, who may have it, and how the registry asks who is there.

Spec: distribution, "Token Authentication Specification" and "Token Scope Documentation"; RFC 7617.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.registry.message import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.registry.message import Call
    from tests.fakes.registry.tokens import TokenIssuer

ALL_ACTIONS = frozenset({"pull", "push", "delete", "*"})
_ACTIONS = {"GET": ("pull",), "HEAD": ("pull",), "DELETE": ("delete",)}
_WRITING = ("pull", "push")


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and what they may do in every repository."""

    user: str
    password: str = field(repr=False)
    actions: frozenset[str] = ALL_ACTIONS


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User and password with every request; ``anonymous`` is what strangers may do."""

    accounts: tuple[Account, ...]
    anonymous: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Tokens of ``issuer``, asked for at ``realm``; empty for this registry's own ``/token``."""

    issuer: TokenIssuer
    realm: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Access:
    """One action on one resource."""

    kind: str
    name: str
    action: str


def needs(call: Call) -> frozenset[Access]:
    """Find out what *call* needs; ``/v2/`` needs nothing but that one is known."""
    if call.path == "/v2/":
        return frozenset()
    if call.path == "/v2/_catalog":
        return frozenset({Access("registry", "catalog", "*")})
    actions = _ACTIONS.get(call.method, _WRITING)
    access = {Access("repository", call.name, action) for action in actions}
    if call.method == "POST" and "mount" in call.query and "from" in call.query:
        access.add(Access("repository", call.query["from"], "pull"))
    return frozenset(access)


def scope(accesses: Iterable[Access]) -> str:
    """Write accesses as a scope: ``repository:a:pull,push repository:b:pull``."""
    actions: dict[tuple[str, str], list[str]] = {}
    for access in sorted(accesses):
        actions.setdefault((access.kind, access.name), []).append(access.action)
    return " ".join(f"{kind}:{name}:{','.join(some)}" for (kind, name), some in actions.items())


def authenticate(authorization: str, accounts: Iterable[Account]) -> Account | None:
    """Find the account whose user and password *authorization* bears, None when nobody's."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    known = {account.user: account for account in accounts}
    account = known.get(user)
    return account if account is not None and account.password == password else None


def check(auth: BasicAuth | TokenAuth | None, call: Call) -> None:
    """Let *call* pass, or raise.

    Raises:
        RefusedError: 401 with a challenge, or 403 for somebody who is known.
    """
    if isinstance(auth, BasicAuth):
        _check_basic(auth, call)
    elif auth is not None:
        _check_token(auth, call)


def _check_basic(auth: BasicAuth, call: Call) -> None:
    authorization = call.headers.get("Authorization", "")
    account = authenticate(authorization, auth.accounts)
    needed = {access.action for access in needs(call)}
    if account is None:
        if authorization or not needed or not needed <= auth.anonymous:
            raise RefusedError(
                "UNAUTHORIZED",
                "authentication required",
                headers={"WWW-Authenticate": 'Basic realm="fake registry"'},
            )
    elif not needed <= account.actions:
        raise RefusedError("DENIED", f"{account.user} may not do this")


def _check_token(auth: TokenAuth, call: Call) -> None:
    kind, _, token = call.headers.get("Authorization", "").partition(" ")
    granted = auth.issuer.granted(token) if kind.lower() == "bearer" else None
    needed = needs(call)
    if granted is None or not needed <= granted:
        error = "insufficient_scope" if granted is not None else "invalid_token" if token else ""
        raise RefusedError(
            "UNAUTHORIZED",
            "authentication required",
            headers={"WWW-Authenticate": _challenge(auth, call, error)},
        )


def _challenge(auth: TokenAuth, call: Call, error: str) -> str:
    parameters = {
        "realm": auth.realm or f"{call.origin}/token",
        "service": auth.issuer.service,
        "scope": scope(needs(call)),
        "error": error,
    }
    return "Bearer " + ",".join(f'{name}="{text}"' for name, text in parameters.items() if text)
