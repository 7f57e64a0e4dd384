"""Own mounts: a look at a repository that opens the upload of what is not there, in one request.

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

_SCOUTS = 16  # blobs at one host that are looked for before anybody waits for what they teach
_PATIENCE_S = 0.4
_SIZE_LIMIT_BYTES = 1024 * 1024
_MOST_OPEN = 128  # uploads that wait at one host, where those of larger blobs are among them
_LESSON = 5  # answers: no such blob, an upload, what is read at the source, the blob's, the trial's


class MountProbe:
    """One client's trial of them; what it shows is the host's capability ``mount_probe``.

    The first blobs are looked for as usual. Where more are to be looked for, they wait a moment
    until one of those is there and the trial with it is over.
    """

    def __init__(self) -> None:
        self._looked_for = 0
        self._until_s = 0.0
        self._one: tuple[Scope, Descriptor] | None = None
        self._has_one = asyncio.Event()
        self._is_tried = False
        self._is_over = asyncio.Event()

    def has(self, scope: Scope, blob: Descriptor) -> None:
        """Record a blob that the repository has by now."""
        if self._one is None:
            self._one = scope, blob
            self._has_one.set()

    async def lack(self, client: UploadClient, scope: Scope, blob: Descriptor) -> bool:
        """Return whether *blob* is not there, and its upload open; False says nothing.

        Nothing is asked for large ones, whose bytes may come much later, nor where the upload is
        open already, or where a whole blob may come with the request that opens one. Of those that
        are not small few may wait with an open upload: they queue for their bytes.
        """
        key = scope.repository, blob.digest
        if blob.size > _SIZE_LIMIT_BYTES or key in client.open_uploads:
            return False
        is_known = client.known.mount_probe is not None or self._is_over.is_set()
        if not is_known and _is_open_to_it(client):
            await self._learn(client)
        has_room = blob.is_small or len(client.open_uploads) < _MOST_OPEN
        if client.known.mount_probe and has_room and _is_open_to_it(client):
            await upload_sessions.mount(client, scope, blob.digest, scope.repository)
        return key in client.open_uploads

    async def _learn(self, client: UploadClient) -> None:
        """Wait a moment for the first blob that is there, and try with it, once for all."""
        self._looked_for += 1
        if self._looked_for <= _SCOUTS:
            return
        if not self._until_s:
            is_near = _LESSON * client.quickest_s < _PATIENCE_S
            now_s = asyncio.get_running_loop().time()
            self._until_s = now_s + (_PATIENCE_S if is_near else 0)
        await self._a_moment_for(self._has_one)
        if self._one is None or not _is_open_to_it(client):
            return
        if self._is_tried:
            await self._a_moment_for(self._is_over)
            return
        self._is_tried = True
        await _try(client, *self._one)
        self._is_over.set()

    async def _a_moment_for(self, event: asyncio.Event) -> None:
        """Wait for *event*, though all who wait at this host not longer than the time limit."""
        if not event.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._until_s):
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
