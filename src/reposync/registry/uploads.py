"""Uploads: bringing a blob's bytes into one repository.

One POST opens an upload, one PUT with Content-Length sends the whole and closes it.

Spec: distribution-spec v1.1.1, end-4a, end-6; "Pushing a blob monolithically".
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import ContentError, ProtocolError, RepoSyncError
from reposync.registry import blobs
from reposync.registry.call import Call
from reposync.registry.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.oci.descriptor import Descriptor
    from reposync.registry.client import RegistryClient

_ACCEPTED = frozenset({HTTPStatus.ACCEPTED})
_CLOSED = frozenset({HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED})
_ANY = frozenset(range(200, 600))
_CANCEL_TIMEOUT_S = 5.0
_ANSWER_TIMEOUT_S = 60.0
_HASHED_BYTES_PER_S = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """An open upload; ``location`` is an absolute URL with its query, opaque and perhaps secret."""

    scope: Scope
    location: str = field(repr=False)


async def start(client: RegistryClient, scope: Scope) -> Upload:
    """Open an upload.

    Raises:
        ProtocolError: The registry does not say where the bytes go.
    """
    path = f"/v2/{scope.repository}/blobs/uploads/"
    answer = await client.ask(Call("POST", path, scope, _ACCEPTED, body=b""))
    if not answer.location:
        raise ProtocolError(f"{client.host} opened an upload and does not say where")
    return Upload(scope, answer.location)


async def send(
    client: RegistryClient, upload: Upload, blob: Descriptor, chunks: AsyncIterator[bytes]
) -> None:
    """Send the bytes and close the upload; cancels it when that fails.

    Raises:
        ContentError: The registry hashed them to another digest.
        UploadInvalidError: It no longer knows the upload.
        ProtocolError: It says yes, and the blob is not there.
    """
    call = Call(
        "PUT",
        _with_digest(upload.location, blob),
        upload.scope,
        _CLOSED,
        headers={"Content-Type": "application/octet-stream"},
        body=_exactly(blob, chunks),
        body_bytes=blob.size,
        # Behind the last byte the registry hashes and moves the whole; that takes its time.
        answer_timeout_s=_ANSWER_TIMEOUT_S + blob.size / _HASHED_BYTES_PER_S,
    )
    try:
        answer = await client.ask(call)
    except BaseException:
        await _cancelled(client, upload)
        raise
    is_certain = answer.status == HTTPStatus.CREATED
    if not is_certain and not await blobs.exists(client, upload.scope, blob):
        raise ProtocolError(f"{client.host} took {blob.digest.short} and does not have it")


async def _cancelled(client: RegistryClient, upload: Upload) -> None:
    """Cancel an upload, as well as that can be done in a few seconds, even while cancelled.

    Spec: distribution-spec v1.1.1, "Cancel a blob upload".
    """
    deletion = Scope(upload.scope.repository, f"{upload.scope.actions},delete")
    task = asyncio.ensure_future(client.ask_once(Call("DELETE", upload.location, deletion, _ANY)))
    with contextlib.suppress(RepoSyncError, TimeoutError):
        await asyncio.shield(asyncio.wait_for(task, _CANCEL_TIMEOUT_S))


async def _exactly(blob: Descriptor, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass *chunks* on as long as they fit the Content-Length; a gap would stall the registry."""
    sent_bytes = 0
    async for chunk in chunks:
        sent_bytes += len(chunk)
        if sent_bytes > blob.size:
            break
        yield chunk
    if sent_bytes != blob.size:
        raise ContentError(f"{blob.digest} has not the {blob.size} bytes its descriptor says")


def _with_digest(location: str, blob: Descriptor) -> str:
    return f"{location}{'&' if '?' in location else '?'}digest={blob.digest}"
