"""Own mounts: a look at a repository that opens the upload of what is not there, in one request.

A blob is mounted from the very repository that it is to be in. Where it stands there, that changes
nothing; where not, the registry opens an upload as for any mount that it cannot do. That spares the
HEAD, but no rule says that registries do so: each is tried once, with a blob that it has.

A mount tells nothing of the length of what is there, so a blob that it finds is looked for as well.

Spec: distribution-spec v1.1.1, end-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError
from reposync.registry import upload_sessions

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor
    from reposync.registry.client import RegistryClient
    from reposync.registry.tokens import Scope

_TRIED_AFTER = 8  # blobs that were pushed: to try is a request more


class OwnMounts:
    """What is known of one registry's ways with them."""

    def __init__(self) -> None:
        self._pushed = 0
        self._last: tuple[Scope, Descriptor] | None = None
        self._tell: bool | None = None

    def pushed(self, scope: Scope, blob: Descriptor) -> None:
        """Take note of a blob that the repository has by now."""
        self._pushed += 1
        self._last = scope, blob

    async def lack(self, client: RegistryClient, scope: Scope, blob: Descriptor) -> bool:
        """Tell whether *blob* is not there, and its upload open; False says nothing.

        Nothing is asked for large ones, whose bytes may come much later, nor where the upload is
        open already, or where a whole blob may come with the request that opens one.
        """
        key = scope.repository, blob.digest
        if (
            not blob.is_small
            or client.takes_whole_blobs
            or client.is_doubted
            or key in client.begun
        ):
            return False
        if self._tell is None and self._pushed >= _TRIED_AFTER and self._last is not None:
            self._tell = False  # for all who ask meanwhile
            self._tell = await _finds(client, *self._last)
        if self._tell:
            await upload_sessions.mount(client, scope, blob.digest, scope.repository)
        return key in client.begun


async def _finds(client: RegistryClient, scope: Scope, blob: Descriptor) -> bool:
    try:
        found = await upload_sessions.mount(client, scope, blob.digest, scope.repository)
        await upload_sessions.not_needed(client, scope, blob.digest)
    except RepoSyncError:
        return False
    return found
