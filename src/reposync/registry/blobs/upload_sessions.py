"""Upload sessions: opened by a POST, given up by a DELETE, so that none is left open.

One that is opened for a caller who was stopped meanwhile is given up too, as long as the registry
says in time where it is. A mount that is refused opens one as well; it waits for the blob's bytes,
and is given up where they are not needed after all.

Spec: distribution-spec v1.1.1, end-4a, end-11, end-14; "Cancel a blob upload".
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from reposync.errors import RateLimitedError, RegistryError, RepoSyncError, UnauthorizedError
from reposync.http.transport import AnsweredLateError
from reposync.registry.auth.tokens import Scope
from reposync.registry.buffered_response import BufferedResponse
from reposync.registry.call import Call
from reposync.registry.open_upload import Upload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.oci.digest import Digest
    from reposync.registry.blobs.upload_client import UploadClient

_LATE_ANSWER_S = 2.0
_CANCEL_TIMEOUT_S = 3.5
"""With the late answer before, and all that is left behind, it is less than a stop may take."""
_CANCEL_TRIES = 2
_GIVEN_UP_AT_ONCE = 64
_MOUNTED_OR_BEGUN = frozenset({HTTPStatus.CREATED, HTTPStatus.ACCEPTED})
_NO_DELETE = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_GIVEN_UP = frozenset({*range(200, 300), HTTPStatus.NOT_FOUND}) | _NO_DELETE


async def opening(client: UploadClient, call: Call) -> BufferedResponse:
    """Send a call that may open an upload, and give its answer.

    Cancelled while the answer is on its way, it waits for that a short time, and gives up what was
    opened.

    Raises:
        RepoSyncError: The answer is none that was hoped for, or none came.
    """
    try:
        return await client.ask_single(replace(call, late_answer_s=_LATE_ANSWER_S))
    except AnsweredLateError as late:
        answer = BufferedResponse(call.method, late.url, late.status, late.headers)
        if answer.status == HTTPStatus.ACCEPTED and answer.location:
            await give_up(client, Upload(call.scope, answer.location))
        raise asyncio.CancelledError from late


async def mount(client: UploadClient, scope: Scope, digest: Digest, neighbour: str) -> bool:
    """Ask for *digest* to be taken over from *neighbour*; tell whether that was done.

    An upload that the registry began instead waits in ``client.open_uploads``. As long as it does,
    nothing is asked: a registry that would not mount the blob a moment ago will not now. A mount is
    asked for a single time: what keeps it from being made does not keep the blob from being pushed.

    Raises:
        RateLimitedError, UnavailableError: The registry is too busy for a push as well.
    """
    key = scope.repository, digest
    if key in client.open_uploads:
        return False
    call = Call(
        "POST",
        f"/v2/{scope.repository}/blobs/uploads/?mount={digest}&from={neighbour}",
        _reading_too(scope, neighbour),
        _MOUNTED_OR_BEGUN,
        body=b"",
    )
    try:
        answer = await opening(client, call)
    except UnauthorizedError:
        raise
    except RegistryError as error:
        if isinstance(error, RateLimitedError) or error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return False
    if answer.status == HTTPStatus.CREATED:
        return True
    if answer.location:
        client.open_uploads[key] = Upload(scope, answer.location)
    return False


def _reading_too(scope: Scope, neighbour: str) -> Scope:
    if neighbour == scope.repository:
        return scope
    return Scope(scope.repository, scope.actions, mounted_from=neighbour)


async def not_needed(client: UploadClient, scope: Scope, digest: Digest) -> None:
    """Return up what a mount began for *digest*, if it did: the blob is there."""
    upload = client.open_uploads.pop((scope.repository, digest), None)
    if upload is not None:
        await give_up(client, upload)


async def give_all_up(clients: Iterable[UploadClient]) -> None:
    """Return up all that mounts began and nobody used; before the clients are closed."""
    slots = asyncio.Semaphore(_GIVEN_UP_AT_ONCE)
    left = [
        _given_up(client, upload, slots)
        for client in clients
        for upload in client.open_uploads.values()
    ]
    if left:
        await _shielded(asyncio.gather(*left))


async def give_up(client: UploadClient, upload: Upload) -> None:
    """Cancel an upload, as well as that can be done in a few seconds, even while cancelled.

    Spec: distribution-spec v1.1.1, "Cancel a blob upload".
    """
    await _shielded(asyncio.ensure_future(_given_up(client, upload)))


async def _given_up(
    client: UploadClient, upload: Upload, slots: asyncio.Semaphore | None = None
) -> None:
    if client.known.upload_delete is False:
        return
    deletion = Scope(upload.scope.repository, f"{upload.scope.actions},delete")
    call = Call("DELETE", upload.location, deletion, _GIVEN_UP)
    with suppress(RepoSyncError, TimeoutError):
        async with asyncio.timeout(_CANCEL_TIMEOUT_S), slots or nullcontext():
            await _asked(client, call)


async def _asked(client: UploadClient, call: Call) -> None:
    """Send *call* before all that wait for a slot, and once more where that may help."""
    attempts = client.attempts("giving up an upload")
    for tried in range(1, _CANCEL_TRIES + 1):
        try:
            answer = await client.ask_once(call)
            if answer.status != HTTPStatus.NOT_FOUND and _names_upload(call.target):
                is_supported = answer.status not in _NO_DELETE
                client.state.capabilities.observe_upload_delete(is_supported=is_supported)
            return
        except RepoSyncError as error:
            if tried == _CANCEL_TRIES:
                raise
            await attempts.wait(error)


def _names_upload(location: str) -> bool:
    """Return whether *location* can be that of an upload: one that came spoilt may name none."""
    return not urlsplit(location).path.endswith("/uploads/")


async def _shielded(cleaning: asyncio.Future[Any]) -> None:
    """Wait for a clean-up that is bounded in time, and only then let a cancellation pass."""
    cancelled: asyncio.CancelledError | None = None
    while not cleaning.done():
        try:
            await asyncio.wait({cleaning})
        except asyncio.CancelledError as error:
            cancelled = error
    cleaning.result()
    if cancelled is not None:
        raise cancelled
