"""The token exchange at an Azure registry, without I/O: the request, and reading the response.

Spec: Azure/acr, AAD-OAuth.md, "Calling POST /oauth2/exchange".
"""

from __future__ import annotations

import base64
import binascii
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from reposync.clouds.renewed_credentials import Granted
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
    "give this identity AcrPull or AcrPush at the registry, and check that both are in one tenant"
)


def exchange_form(host: str, access_token: str, tenant: str) -> Mapping[str, str]:
    """Return the form to send; a tenant named by the token takes precedence over *tenant*."""
    form = {
        "grant_type": "access_token",
        "service": host.removesuffix(":443"),
        "access_token": access_token,
    }
    tenant = str(claims(access_token).get("tid") or tenant)
    return form | {"tenant": tenant} if tenant else form


def read_exchange(host: str, status: int, body: bytes) -> Granted:
    """Parse the response.

    Raises:
        RepoSyncError: It holds no token.
    """
    if status != HTTPStatus.OK:
        raise _refusal(host, status, body)
    try:
        token = json.loads(body)["refresh_token"]
    except (ValueError, TypeError, KeyError, RecursionError):
        token = None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise ProtocolError(f"{host} returned no token in the token exchange")
    credentials = Credentials(USER, token, _ORIGIN, identity_token=token)
    return Granted(credentials, _life_s(claims(token)))


def claims(token: str) -> Mapping[str, Any]:
    """Return the claims of a JSON web token; they are not verified and must not be trusted.

    Spec: RFC 7519, section 7.2.
    """
    payload = token.partition(".")[2].partition(".")[0]
    try:
        padding = "=" * (-len(payload) % 4)
        document = json.loads(base64.urlsafe_b64decode(payload + padding))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _life_s(payload: Mapping[str, Any]) -> float:
    """Return the lifetime by the token's own times, independent of the local clock."""
    try:
        return float(payload["exp"]) - float(payload.get("iat") or payload["nbf"])
    except (KeyError, TypeError, ValueError):
        return _USUAL_LIFE_S


def _refusal(host: str, status: int, body: bytes) -> RepoSyncError:
    parsed = error_code.parse(body)
    detail = ": ".join(part for part in (", ".join(parsed.codes), parsed.message) if part)
    sentence = f"{host} answered {status} to the token exchange"
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
        hint = "check that this is an Azure registry"
    return kind(sentence, status=status, codes=parsed.codes, hint=hint)
