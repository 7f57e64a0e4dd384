"""Access: what a request needs, who may have it, and how the registry asks who is there.

Spec: distribution, "Token Authentication Specification" and "Token Scope Documentation"; RFC 7617.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from tests.fakes.registry.message import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.registry.message import Call
    from tests.fakes.registry.tokens import TokenIssuer

ALL_ACTIONS = frozenset({"pull", "push", "delete", "*"})
_ACTIONS = {"GET": ("pull",), "HEAD": ("pull",), "DELETE": ("delete",)}
_WRITING = ("pull", "push")
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and what they may do in the repositories of a name or pattern."""

    user: str
    password: str = field(repr=False)
    actions: frozenset[str] = ALL_ACTIONS
    repositories: str = "*"

    def may(self, access: Access) -> bool:
        """Whether *access* is allowed; the registry itself is open to whoever may do anything."""
        is_theirs = access.kind != "repository" or fnmatchcase(access.name, self.repositories)
        return is_theirs and access.action in self.actions


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User and password with every request; ``anonymous`` is what strangers may do.

    With ``is_lenient`` nobody looks at the credentials of who does what strangers may do, wrong
    ones included, as behind a proxy that protects pushes alone. ``denial`` is the status for a
    known user who may not do something. ``root`` is what ``/v2/`` answers: 200 to known users, 200
    to everybody, or 401 to everybody, as olareg does for users with rights on single repositories.
    """

    accounts: tuple[Account, ...]
    anonymous: frozenset[str] = frozenset()
    is_lenient: bool = False
    denial: Literal[401, 403] = 403
    root: Literal["known", "everybody", "nobody"] = "known"


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Tokens of ``issuer``, asked for at ``realm``; empty for this registry's own ``/token``.

    With ``harbor``, whoever sent an Authorization header and is refused is asked for user and
    password, which are accepted too, as Harbor does, also for its catalog; and ``/v2/`` is refused
    to everybody.
    """

    issuer: TokenIssuer
    realm: str = ""
    harbor: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Access:
    """One action on one resource."""

    kind: str
    name: str
    action: str


def needs(call: Call) -> frozenset[Access]:
    """Determine what *call* needs; ``/v2/`` needs nothing but that one is known."""
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
    needed = needs(call)
    is_root = not needed
    authorization = call.headers.get("Authorization", "")
    account = authenticate(authorization, auth.accounts)
    is_open = not is_root and {access.action for access in needed} <= auth.anonymous
    if is_root and auth.root != "known":
        is_allowed = auth.root == "everybody"
    elif account is not None:
        is_allowed = all(account.may(access) for access in needed)
    else:
        is_allowed = is_open and not authorization
    if is_allowed or (is_open and auth.is_lenient):
        return
    if account is not None and auth.denial == _FORBIDDEN and not is_root:
        raise RefusedError("DENIED", f"{account.user} may not do this")
    raise _unauthorized('Basic realm="fake registry"')


def _check_token(auth: TokenAuth, call: Call) -> None:
    kind, _, token = call.headers.get("Authorization", "").partition(" ")
    needed = needs(call)
    if auth.harbor and kind.lower() == "basic":
        account = auth.issuer.account(call.headers["Authorization"])
        granted = None if account is None else frozenset(filter(account.may, needed))
    else:
        granted = auth.issuer.granted(token) if kind.lower() == "bearer" else None
    if granted is not None and needed <= granted and not (auth.harbor and not needed):
        return
    if auth.harbor and (kind or call.path == "/v2/_catalog"):
        raise _unauthorized('Basic realm="harbor"')
    error = "insufficient_scope" if granted is not None else "invalid_token" if token else ""
    raise _unauthorized(_challenge(auth, call, error))


def _unauthorized(challenge: str) -> RefusedError:
    return RefusedError(
        "UNAUTHORIZED", "authentication required", headers={"WWW-Authenticate": challenge}
    )


def _challenge(auth: TokenAuth, call: Call, error: str) -> str:
    parameters = {
        "realm": auth.realm or f"{call.origin}/token",
        "service": auth.issuer.service,
        "scope": scope(needs(call)),
        "error": error,
    }
    return "Bearer " + ",".join(f'{name}="{text}"' for name, text in parameters.items() if text)
