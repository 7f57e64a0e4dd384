"""Mount probes: one request that looks a blob up, and opens its upload where it is not there.

A blob is mounted from the very repository that it is to be in. Where it is there, that changes
nothing; where not, the registry opens an upload as for any mount that it cannot do. That spares the
HEAD, but no rule says that registries do so: each is tried once, with a blob that it has.

A mount tells nothing of the length of what is there, so a blob that it finds is looked for as well.

Spec: distribution-spec v1.1.1, end-11.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError
from reposync.registry.blobs import upload_sessions

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.blobs.upload_client import UploadClient

_LOOKED_FOR_FIRST = 16  # blobs at one host that nobody waits for
_WAIT_LIMIT_S = 0.4
_SIZE_LIMIT_BYTES = 1024 * 1024
_MOST_OPEN = 128  # uploads that wait at one host, where those of larger blobs are among them
_LESSON = 5  # answers: no such blob, an upload, what is read at the source, the blob's, the trial's


async def lacks(client: UploadClient, scope: Scope, blob: Descriptor) -> bool:
    """Return whether *blob* is not there, and its upload open; False says nothing.

    Nothing is asked for large ones, whose bytes may come much later, nor where the upload is
    open already, or where a whole blob may come with the request that opens one. Of those that
    are not small few may wait with an open upload: they queue for their bytes.

    The first blobs are looked for as usual. Where more are to be looked for, they wait a moment
    until one of those is there and the trial with it is over; what it shows is the host's
    capability ``mount_probe``.
    """
    key = scope.repository, blob.digest
    if blob.size > _SIZE_LIMIT_BYTES or key in client.open_uploads:
        return False
    is_known = client.known.mount_probe is not None or client.mount_trial.is_over.is_set()
    if not is_known and _is_open_to_it(client):
        await _learn(client)
    has_room = blob.is_small or len(client.open_uploads) < _MOST_OPEN
    if client.known.mount_probe and has_room and _is_open_to_it(client):
        await upload_sessions.mount(client, scope, blob.digest, scope.repository)
    return key in client.open_uploads


async def _learn(client: UploadClient) -> None:
    """Wait a moment for the first blob that is there, and try with it, once for all."""
    trial = client.mount_trial
    trial.looked_for += 1
    if trial.looked_for <= _LOOKED_FOR_FIRST:
        return
    if not trial.until_s:
        is_near = _LESSON * client.quickest_s < _WAIT_LIMIT_S
        now_s = asyncio.get_running_loop().time()
        trial.until_s = now_s + (_WAIT_LIMIT_S if is_near else 0)
    await _wait_until(trial.until_s, trial.has_sample)
    if trial.sample is None or not _is_open_to_it(client):
        return
    if trial.is_begun:
        await _wait_until(trial.until_s, trial.is_over)
        return
    trial.is_begun = True
    await _try(client, *trial.sample)
    trial.is_over.set()


async def _wait_until(until_s: float, event: asyncio.Event) -> None:
    """Wait for *event*, though not longer than all who wait at this host."""
    if not event.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until_s):
                await event.wait()


def _is_open_to_it(client: UploadClient) -> bool:
    return not (client.known.whole_blobs or client.known.is_doubted)


async def _try(client: UploadClient, scope: Scope, blob: Descriptor) -> None:
    """Mount *blob* from where it is; a refusal or a failure shows nothing of other mounts."""
    with suppress(RepoSyncError):
        found = await upload_sessions.mount(client, scope, blob.digest, scope.repository)
        if found or (scope.repository, blob.digest) in client.open_uploads:
            client.state.capabilities.observe_mount_probe(is_found=found)
        await upload_sessions.not_needed(client, scope, blob.digest)
