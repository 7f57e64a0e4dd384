"""Looks: what a registry has under a name, told by HEAD, also where it fails at it.

A registry whose disk was full may hold what it wrote in part: it then answers 500 whenever it is
asked for it, and no longer when the same is pushed again. What it takes after that is looked up.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.errors import UnavailableError, UnreadableError

if TYPE_CHECKING:
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.call import Call
    from reposync.registry.client import RegistryClient

_BROKEN = HTTPStatus.INTERNAL_SERVER_ERROR


async def look(client: RegistryClient, call: Call) -> BufferedResponse:
    """Send *call*, a HEAD; a registry that failed so before is not asked again and again.

    Raises:
        UnreadableError: It fails at what it has there.
    """
    cause: UnavailableError | None = None
    if client.known.is_doubted:
        call = replace(call, expected_statuses=call.expected_statuses | {_BROKEN})
    try:
        answer = await client.ask(call)
        if answer.status != _BROKEN:
            return answer
    except UnavailableError as error:
        if error.status != _BROKEN:
            raise
        cause = error
    client.state.capabilities.observe_damage()
    name = call.target.rpartition("/")[2]
    raise UnreadableError(
        f"{client.host} fails at what it has under {name} ({_BROKEN} {_BROKEN.phrase})",
        hint="its storage may be damaged, as by a disk that was full: its log tells more",
        method=call.method,
        status=_BROKEN,
    ) from cause
