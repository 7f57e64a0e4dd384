"""The exchange at an Azure registry, without I/O: what to send, and what the answer means.

Spec: Azure/acr, AAD-OAuth.md, "Calling POST /oauth2/exchange".
"""

from __future__ import annotations

import base64
import binascii
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from reposync.clouds.renewed import Granted
from reposync.credentials import Credentials
from reposync.errors import (
    DeniedError,
    LoginError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    RepoSyncError,
    UnavailableError,
)
from reposync.oci import error_code

if TYPE_CHECKING:
    from collections.abc import Mapping

USER = "00000000-0000-0000-0000-000000000000"
_ORIGIN = "Azure's default credential"
_USUAL_LIFE_S = 3600.0
_SERVER_ERROR = 500
_ROLES = (
    "give this identity AcrPull or AcrPush at the registry, and check that tenants are the same"
)


def exchange_form(host: str, access_token: str, tenant: str) -> Mapping[str, str]:
    """Return what to send; a tenant that the token names counts before *tenant*."""
    form = {
        "grant_type": "access_token",
        "service": host.removesuffix(":443"),
        "access_token": access_token,
    }
    tenant = str(claims(access_token).get("tid") or tenant)
    return form | {"tenant": tenant} if tenant else form


def read_exchange(host: str, status: int, body: bytes) -> Granted:
    """Read the answer.

    Raises:
        RepoSyncError: It is no token.
    """
    if status != HTTPStatus.OK:
        raise _refusal(host, status, body)
    try:
        token = json.loads(body)["refresh_token"]
    except (ValueError, TypeError, KeyError, RecursionError):
        token = None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise ProtocolError(f"{host} answered the exchange of a token without one")
    credentials = Credentials(USER, token, _ORIGIN, identity_token=token)
    return Granted(credentials, _life_s(claims(token)))


def claims(token: str) -> Mapping[str, Any]:
    """Read what a JSON web token says; nothing of it is verified, and nothing is trusted to it.

    Spec: RFC 7519, section 7.2.
    """
    payload = token.partition(".")[2].partition(".")[0]
    try:
        padding = "=" * (-len(payload) % 4)
        document = json.loads(base64.urlsafe_b64decode(payload + padding))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _life_s(told: Mapping[str, Any]) -> float:
    """Compare the token's own times, so that no clock of ours counts."""
    try:
        return float(told["exp"]) - float(told.get("iat") or told["nbf"])
    except (KeyError, TypeError, ValueError):
        return _USUAL_LIFE_S


def _refusal(host: str, status: int, body: bytes) -> RepoSyncError:
    told = error_code.parse(body)
    detail = ": ".join(part for part in (", ".join(told.codes), told.message) if part)
    sentence = f"{host} answered {status} to the exchange of Azure's token"
    sentence += f" ({detail})" if detail else ""
    if status == HTTPStatus.UNAUTHORIZED:
        return LoginError(sentence, hint=_ROLES)
    hint = None
    kind: type[RegistryError] = RegistryError
    if status == HTTPStatus.FORBIDDEN:
        kind, hint = DeniedError, _ROLES
    elif status == HTTPStatus.TOO_MANY_REQUESTS:
        kind = RateLimitedError
    elif status >= _SERVER_ERROR:
        kind = UnavailableError
    elif status == HTTPStatus.NOT_FOUND:
        hint = "check that this is a registry of Azure"
    return kind(sentence, status=status, codes=told.codes, hint=hint)
