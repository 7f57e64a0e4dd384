"""Proofs: what was accepted once is requested again, to tell what a refusal means."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError, TransportError, UnauthorizedError
from reposync.http.transport import Request
from reposync.registry.buffered_response import is_busy

if TYPE_CHECKING:
    from reposync.credentials import Credentials
    from reposync.http.transport import Transport
    from reposync.registry.auth.token_service import Demand, TokenService
    from reposync.registry.auth.tokens import Scope


async def gets_token(
    service: TokenService, demand: Demand, scope: Scope, who: Credentials
) -> bool | None:
    """Return whether *who* gets a token for *scope* now; None where that cannot be told."""
    try:
        await service.fetch(demand, scope, who)
    except RepoSyncError as error:
        return False if isinstance(error, UnauthorizedError) else None
    return True


async def is_accepted(transport: Transport, method: str, url: str, header: str) -> bool | None:
    """Return whether *header* is accepted at *url* now; None where no header would do as well."""
    status = await _status(transport, Request(method, url, {"Authorization": header}))
    if status in {None, HTTPStatus.UNAUTHORIZED}:
        return None if status is None else False
    anonymous = await _status(transport, Request(method, url))
    return True if anonymous == HTTPStatus.UNAUTHORIZED else None


async def _status(transport: Transport, request: Request) -> int | None:
    """Return the status of the answer; None where it says nothing of credentials."""
    try:
        async with transport.send(request) as response:
            return None if is_busy(response.status) else response.status
    except TransportError:
        return None
