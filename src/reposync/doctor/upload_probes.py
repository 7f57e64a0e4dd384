"""Uploads: which ways of bringing a blob into a repository the registry takes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.doctor.contents import filler
from reposync.doctor.findings import Finding, all_unknown, no, unknown, yes
from reposync.doctor.scratch import chunks
from reposync.errors import RegistryError, RepoSyncError
from reposync.registry.blobs import download, upload_sessions, uploads

if TYPE_CHECKING:
    from reposync.doctor.contents import Blob
    from reposync.doctor.observations import Observation
    from reposync.doctor.trial import Trial

_PIECE_BYTES = 64 * 1024
_LARGE_BYTES = 8 * 1024 * 1024
UPLOADS = ("whole_blob_upload", "chunked_upload", "chunk_min_bytes", "body_limit_bytes", "mount")


async def whole_blob(trial: Trial) -> Finding:
    """Push a small blob, which goes with the request that opens its upload where that is known."""
    began = len(trial.subject.log)
    await trial.scratch.push_blob(trial.contents.layer)
    posts = [each for each in [*trial.subject.log][began:] if each.method == "POST"]
    how = f"{posts[0].answered} with the blob in it" if posts else ""
    return Finding("whole_blob_upload", trial.subject.client.known.whole_blobs, how)


async def chunked(trial: Trial) -> list[Finding]:
    """Push a blob in two pieces."""
    names = ("chunked_upload", "chunk_min_bytes")
    blob = filler(trial.tags[0], 2 * _PIECE_BYTES)
    scratch, subject = trial.scratch, trial.subject
    scope = subject.scope(scratch.name, "pull,push")
    try:
        with scratch.putting_blob(blob.descriptor.digest):
            least = await uploads.push_in_pieces(
                subject.client, scope, blob.descriptor, chunks(blob), piece_bytes=_PIECE_BYTES
            )
    except RegistryError as error:
        return [no(names[0], str(error)), *all_unknown(names[1:], str(error))]
    except RepoSyncError as error:
        return all_unknown(names, str(error))
    asks = f"OCI-Chunk-Min-Length: {least}" if least else "no OCI-Chunk-Min-Length"
    return [
        yes(names[0], "PATCH and PUT of one upload were accepted"),
        Finding(names[1], least, f"{asks} when an upload was opened", _size(least) or "none"),
    ]


async def large(trial: Trial) -> Finding:
    """Push a larger blob in one request, and in smaller ones where that is refused."""
    name = "body_limit_bytes"
    blob = filler(trial.tags[1], _LARGE_BYTES)
    try:
        # Each refusal teaches the client a shorter body; the blob is then sent anew.
        while not await _fits(trial, blob):
            pass
    except RepoSyncError as error:
        return unknown(name, str(error))
    limit = trial.subject.client.known.body_limit_bytes
    if limit is None:
        how = f"a body of {_size(_LARGE_BYTES)} was accepted"
        return Finding(name, None, how, "none found")
    how = f"bodies of up to {_size(_LARGE_BYTES)} were tried, and longer ones refused"
    return Finding(name, limit, how, _size(limit))


async def _fits(trial: Trial, blob: Blob) -> bool:
    """Push *blob*; False where a body was too long, and a shorter one is to be tried.

    Raises:
        RepoSyncError: It is refused for another reason.
    """
    client = trial.subject.client
    before = client.known.body_limit_bytes
    try:
        await trial.scratch.push_blob(blob)
    except RepoSyncError:
        if client.known.body_limit_bytes == before:
            raise
        return False
    return True


async def mount(trial: Trial) -> Finding:
    """Mount the layer in the repository beside."""
    subject, scratch, layer = trial.subject, trial.scratch, trial.contents.layer.descriptor
    neighbour = scratch.neighbour
    scope = subject.scope(neighbour.reference.repository, "pull,push")
    try:
        with scratch.putting_blob(layer.digest, neighbour):
            is_mounted = await neighbour.mount_blob(layer, scratch.name)
        answer = subject.log.last
        if is_mounted and not await download.exists(subject.client, scope, layer):
            return no("mount", f"{_told(answer)}, and the blob is not there")
        if not is_mounted:
            scratch.drop_blob(layer.digest, neighbour)
            await upload_sessions.not_needed(subject.client, scope, layer.digest)
    except RepoSyncError as error:
        return unknown("mount", str(error))
    was_opened = answer is not None and answer.status == HTTPStatus.ACCEPTED
    value = is_mounted if is_mounted or was_opened else None
    return Finding("mount", value, _told(answer))


def _told(answer: Observation | None) -> str:
    return answer.answered if answer is not None else ""


def _size(count: int) -> str:
    if not count:
        return ""
    mib = 1024 * 1024
    return f"{count / mib:g} MiB" if count >= mib else f"{count / 1024:g} KiB"
