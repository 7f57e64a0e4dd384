"""Refusals of a registry's clients, in words: wrong, missing or insufficient credentials."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.cloud_names import EXTRAS, cloud_of
from reposync.errors import DeniedError, UnauthorizedError

if TYPE_CHECKING:
    from reposync.credentials import Credentials
    from reposync.registry.auth.tokens import Scope


def wrong_credentials(
    who: Credentials, host: str, at: str = "", status: int = HTTPStatus.UNAUTHORIZED
) -> UnauthorizedError:
    """Return the error for *who*, refused by the registry *host*, or by its token service *at*."""
    where = f" for {host}" if at not in {"", host} else ""
    return UnauthorizedError(
        f"{at or host} does not accept the {who.kind}{where}",
        hint=f"check {who.origin}, and whether this user has access to the repository; credentials "
        "that are refused a few times are not sent again",
        status=status,
    )


def expired_credentials(who: Credentials, host: str) -> UnauthorizedError:
    """Return the error for *who*, which the registry *host* accepted earlier in this run."""
    return UnauthorizedError(
        f"{host} no longer accepts the {who.kind}",
        hint=f"check {who.origin}: it worked at the beginning of this run",
        status=HTTPStatus.UNAUTHORIZED,
    )


def no_access(who: Credentials, host: str, scope: Scope, answered: str) -> DeniedError:
    """Return the error for *who*, a known user who has no right to *scope*: *host* said so."""
    is_list = scope.kind == "registry"
    what = "the list of repositories" if is_list else f"repository {scope.repository}"
    actions = "" if is_list else f" ({scope.actions.replace(',', ', ')})"
    return DeniedError(
        f"no access to {what} at {host}{actions}: {answered}",
        hint=f"check the rights of the user from {who.origin}",
        status=int(answered[:3]),
    )


def no_credentials(host: str, scope: Scope, status: int) -> UnauthorizedError:
    """Return the error for a client without credentials, which *scope* requires."""
    error = UnauthorizedError(
        f"{host} requires credentials for {scope.repository or 'any request'}",
        hint=how_to_log_in(host),
        status=status,
    )
    error.host_cause = f"{host} requires credentials"
    return error


def no_identity_token(who: Credentials, at: str) -> UnauthorizedError:
    """Return the error for *who*, an identity token where user and password are needed."""
    return UnauthorizedError(
        f"{at} takes no identity token, only user and password",
        hint=f"log in with user and password; check {who.origin}",
    )


def how_to_log_in(host: str) -> str:
    """Return the ways to have credentials at *host*; a cloud's registry has one more."""
    ways = (
        f"no credentials are configured for {host}: set env_user and env_password of this registry "
        "in the file, or log in to it with docker or podman"
    )
    cloud = cloud_of(host)
    if cloud is None:
        return ways
    if EXTRAS[cloud].is_installed:
        return f"{ways}; `credentials: {cloud}` uses those of its cloud, or says why it cannot"
    return f"{ways}, or use those of its cloud: {EXTRAS[cloud].command}"
