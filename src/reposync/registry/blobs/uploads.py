"""Uploads: bringing a blob's bytes into one repository.

One POST opens an upload, one PUT with Content-Length sends the whole and closes it. A small blob
goes with the POST, where the registry takes it so; where it once did not, that is not tried again.
Where a body is refused for its length, the blob goes in pieces of half the length, by PATCH, and so
do all that follow; the length is halved until it fits.

Spec: distribution-spec v1.1.1, end-4a, end-4b, end-5, end-6; "Pushing a blob monolithically",
"Pushing a blob in chunks".
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.errors import (
    ContentError,
    DeniedError,
    NotFoundError,
    ProtocolError,
    RegistryError,
    UnauthorizedError,
    UploadInvalidError,
)
from reposync.registry import header_numbers
from reposync.registry.blobs import download, upload_sessions
from reposync.registry.blobs.rewindable_body import RewindableBody
from reposync.registry.call import Call
from reposync.registry.capabilities import LEAST_BODY_BYTES
from reposync.registry.open_upload import Upload
from reposync.registry.throttle.byte_rate import limited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.http.transport import Body
    from reposync.oci.descriptor import Descriptor
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.client import RegistryClient

_ACCEPTED = frozenset({HTTPStatus.ACCEPTED})
_PIECE_TAKEN = frozenset({HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, HTTPStatus.CREATED})
# GHCR says 416 of a piece that is too large.
_TOO_LARGE = frozenset(
    {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
)
_OPENED = frozenset({HTTPStatus.CREATED, HTTPStatus.ACCEPTED})
_CLOSED = frozenset({HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED})
_OCTETS = {"Content-Type": "application/octet-stream"}
_ANSWER_TIMEOUT_S = 60.0
_HASHED_BYTES_PER_S = 10 * 1024 * 1024


async def push(
    client: RegistryClient,
    scope: Scope,
    blob: Descriptor,
    chunks: AsyncIterator[bytes],
) -> None:
    """Send a blob, into the upload that a mount has begun for it, if one did.

    Raises:
        ContentError: The registry hashed the bytes to another digest.
        UploadInvalidError: It lost the upload.
        ProtocolError: It says yes, and the blob is not there.
    """
    rate = client.state.byte_rate
    exact = _exactly(blob, chunks if rate is None else limited(chunks, rate))
    if not blob.is_small:
        await _push_large(client, scope, blob, RewindableBody(exact))
        return
    content = b"".join([chunk async for chunk in exact])
    key = scope.repository, blob.digest
    upload = client.open_uploads.pop(key, None)
    if upload is None and client.known.whole_blobs is not False and key not in client.refused_whole:
        location = await _post_whole(client, scope, blob, content)
        if location is None:
            return
        upload = Upload(scope, location) if location else None
    await _send(client, upload or await _start(client, scope), blob, content)


async def push_in_pieces(
    client: RegistryClient,
    scope: Scope,
    blob: Descriptor,
    chunks: AsyncIterator[bytes],
    *,
    piece_bytes: int,
) -> int:
    """Send a blob in pieces, also where the registry would take it whole.

    Pieces have *piece_bytes*, or the least length that the registry asks for, which is returned; 0
    where it asks for none.

    Raises:
        RegistryError: The registry refuses a piece.
    """
    upload = await _start(client, scope)
    body = RewindableBody(_exactly(blob, chunks))
    least_bytes = upload.least_bytes
    piece_bytes = max(piece_bytes, least_bytes)
    await _send_in_pieces(client, upload, blob, body, piece_bytes=piece_bytes)
    return least_bytes


async def _push_large(
    client: RegistryClient, scope: Scope, blob: Descriptor, body: RewindableBody
) -> None:
    while True:
        waiting = client.open_uploads.pop((scope.repository, blob.digest), None)
        upload = waiting or await _start(client, scope)
        piece_bytes = client.known.body_limit_bytes or blob.size
        try:
            if piece_bytes >= blob.size:
                await _send(client, upload, blob, body.take(blob.size))
            else:
                piece_bytes = max(piece_bytes, upload.least_bytes)
                await _send_in_pieces(client, upload, blob, body, piece_bytes=piece_bytes)
            return
        except RegistryError as error:
            if error.status not in _TOO_LARGE:
                raise
            if piece_bytes <= LEAST_BODY_BYTES:
                raise
            client.state.capabilities.observe_body_refused(piece_bytes)
            if not body.rewind():
                raise UploadInvalidError(str(error), status=error.status) from error


async def _send_in_pieces(
    client: RegistryClient,
    upload: Upload,
    blob: Descriptor,
    body: RewindableBody,
    *,
    piece_bytes: int,
) -> None:
    for start in range(0, blob.size, piece_bytes):
        count = min(piece_bytes, blob.size - start)
        call = Call(
            "PATCH",
            upload.location,
            upload.scope,
            _PIECE_TAKEN,
            headers={**_OCTETS, "Content-Range": f"{start}-{start + count - 1}"},
            body=body.take(count),
            body_bytes=count,
            answer_timeout_s=_ANSWER_TIMEOUT_S + count / _HASHED_BYTES_PER_S,
        )
        try:
            answer = await client.ask_single(call)
            _check_taken(client, answer, start + count)
        except BaseException:
            await upload_sessions.give_up(client, upload)
            raise
        upload = replace(upload, location=answer.location or upload.location)
    await _send(client, upload, blob, b"")


def _check_taken(client: RegistryClient, answer: BufferedResponse, end: int) -> None:
    """Compare what the registry says it has with what it was sent; some say nothing."""
    taken = header_numbers.taken_bytes(answer.headers.get("Range", ""))
    if taken is not None and taken != end:
        raise UploadInvalidError(
            f"{client.host} has {taken} bytes of an upload that was sent {end}"
        )


async def _post_whole(
    client: RegistryClient, scope: Scope, blob: Descriptor, content: bytes
) -> str | None:
    """Send the blob with the request that opens an upload; None where the registry took it.

    Else where it wants the bytes now, or "" where it does not say. What it thinks of a blob in
    this place is no refusal of the blob.
    """
    call = Call(
        "POST",
        f"/v2/{scope.repository}/blobs/uploads/?digest={blob.digest}",
        scope,
        _OPENED,
        headers=_OCTETS,
        body=content,
    )
    try:
        answer = await upload_sessions.opening(client, call)
    except (UnauthorizedError, DeniedError, NotFoundError):
        raise
    except RegistryError as error:
        if error.retryable:
            client.refused_whole.add((scope.repository, blob.digest))
            raise
        client.state.capabilities.observe_whole_blob(is_accepted=False)
        return ""
    is_accepted = answer.status == HTTPStatus.CREATED
    client.state.capabilities.observe_whole_blob(is_accepted=is_accepted)
    return None if is_accepted else answer.location


async def _start(client: RegistryClient, scope: Scope) -> Upload:
    """Open an upload.

    Raises:
        ProtocolError: The registry does not say where the bytes go.
    """
    path = f"/v2/{scope.repository}/blobs/uploads/"
    answer = await upload_sessions.opening(client, Call("POST", path, scope, _ACCEPTED, body=b""))
    if not answer.location:
        raise ProtocolError(f"{client.host} opened an upload and does not say where")
    least = header_numbers.length(answer.headers.get("OCI-Chunk-Min-Length", ""))
    return Upload(scope, answer.location, least or 0)


async def _send(client: RegistryClient, upload: Upload, blob: Descriptor, body: Body) -> None:
    """Send the bytes and close the upload; cancels it when that fails."""
    call = Call(
        "PUT",
        _with_digest(upload.location, blob),
        upload.scope,
        _CLOSED,
        headers=_OCTETS,
        body=body,
        body_bytes=blob.size,
        # Behind the last byte the registry hashes and moves the whole; that takes its time.
        answer_timeout_s=_ANSWER_TIMEOUT_S + blob.size / _HASHED_BYTES_PER_S,
    )
    try:
        answer = await client.ask_single(call)
        if answer.status != HTTPStatus.CREATED:
            await _check_there(client, upload.scope, blob)
    except BaseException:
        await upload_sessions.give_up(client, upload)
        raise


async def _check_there(client: RegistryClient, scope: Scope, blob: Descriptor) -> None:
    """Look whether a blob is there, of which the registry said something like yes."""
    if not await download.exists(client, scope, blob):
        raise ProtocolError(f"{client.host} took {blob.digest.short} and does not have it")


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
