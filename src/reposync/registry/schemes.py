"""Which scheme a server speaks: TLS, or plain HTTP where the file allows both.

A server that answers a TLS handshake in something else is asked over plain HTTP at once. One that
closes, resets or ignores the handshake may speak TLS all the same, and be slow or about to start:
it is used over plain HTTP only if it answers there as a registry does, by 200 or 401. Without a
port in its name that is another server, on port 80, which may redirect to TLS or know nothing of
registries. Otherwise TLS is tried again, with all the time that connecting may take.

Spec: distribution-spec v1.1.1, end-1.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import NoHandshakeError, NoTLSError, RepoSyncError
from reposync.http.transport import Request
from reposync.oci import challenge
from reposync.redacted import Redacted
from reposync.registry import bad_request

if TYPE_CHECKING:
    from reposync.http.transport import Response, Transport
    from reposync.oci.challenge import Challenge

_HANDSHAKE_TIMEOUT_S = 4.0
_PLAIN_TIMEOUT_S = 10.0
_ANSWERS_OF_REGISTRIES = frozenset({HTTPStatus.OK, HTTPStatus.UNAUTHORIZED})


class Greeting(Redacted, frozen=True):
    """What a registry's root, *url*, answers to somebody without credentials."""

    redacted = frozenset({"url"})

    url: str
    status: int
    challenges: tuple[Challenge, ...]


async def greet(transport: Transport, server: str, schemes: tuple[str, ...]) -> Greeting:
    """Ask for the root of *server* by one of *schemes*, which are tried in their order.

    Raises:
        RepoSyncError: There is no answer, or it objects to how it was asked.
    """
    by_tls, *others = (f"{scheme}://{server}/v2/" for scheme in schemes)
    if not others:
        return await _ask(transport, Request("GET", by_tls))
    in_plain = Request("GET", others[0], answer_timeout_s=_PLAIN_TIMEOUT_S)
    hasty = Request("GET", by_tls, handshake_timeout_s=_HANDSHAKE_TIMEOUT_S)
    try:
        return await _ask_either(transport, hasty, in_plain)
    except NoHandshakeError:
        found = await _registry_in_plain(transport, in_plain)
    return found or await _ask_either(transport, Request("GET", by_tls), in_plain)


async def _ask_either(transport: Transport, by_tls: Request, in_plain: Request) -> Greeting:
    """Ask by TLS, and over plain HTTP where the server shows that it speaks no TLS."""
    try:
        return await _ask(transport, by_tls)
    except NoTLSError:
        return await _ask(transport, in_plain)


async def _registry_in_plain(transport: Transport, in_plain: Request) -> Greeting | None:
    """Return what a registry answers over plain HTTP; None where what answers may be another."""
    try:
        greeting = await _ask(transport, in_plain)
    except RepoSyncError:
        return None
    return greeting if greeting.status in _ANSWERS_OF_REGISTRIES else None


async def _ask(transport: Transport, request: Request) -> Greeting:
    async with transport.send(request) as response:
        if response.status == HTTPStatus.BAD_REQUEST:
            await _check(response, request.url)
        challenges = challenge.parse(response.header_values("WWW-Authenticate"))
        return Greeting(response.url, response.status, tuple(challenges))


async def _check(response: Response, url: str) -> None:
    body = await response.read(bad_request.LIMIT_BYTES)
    host = url.partition("://")[2].partition("/")[0]
    objection = bad_request.objection(response.status, body, host)
    if objection is not None:
        raise objection
