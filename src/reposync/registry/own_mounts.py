"""Own mounts: a look at a repository that opens the upload of what is not there, in one request.

A blob is mounted from the very repository that it is to be in. Where it stands there, that changes
nothing; where not, the registry opens an upload as for any mount that it cannot do. That spares the
HEAD, but no rule says that registries do so, and one that says yes to everything would be believed.
So each is tried once, with a blob that it has and with one that nobody has.

Spec: distribution-spec v1.1.1, end-11.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError
from reposync.oci.digest import Digest
from reposync.registry import upload_sessions

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor
    from reposync.registry.client import RegistryClient
    from reposync.registry.tokens import Scope

_TRIED_AFTER = 8  # blobs that were pushed: to try is three requests more


class OwnMounts:
    """What is known of one registry's ways with them."""

    def __init__(self) -> None:
        self._pushed = 0
        self._tell = False

    def tell(self, client: RegistryClient, scope: Scope, blob: Descriptor) -> bool:
        """Say whether a mount may take the place of a look for *blob*.

        Not for large ones, whose bytes may come much later; not where the upload is open already,
        nor where a whole blob may come with the request that opens one.
        """
        return (
            self._tell
            and blob.is_small
            and not client.takes_whole_blobs
            and not client.is_doubted
            and (scope.repository, blob.digest) not in client.begun
        )

    async def pushed(self, client: RegistryClient, scope: Scope, blob: Descriptor) -> None:
        """Take note of a blob that the repository has by now; after a few, try the registry."""
        self._pushed += 1
        if self._pushed == _TRIED_AFTER and not client.takes_whole_blobs:
            nowhere = Digest(f"sha256:{secrets.token_hex(32)}")
            with suppress(RepoSyncError):
                finds_it = await _finds(client, scope, blob.digest)
                self._tell = finds_it and not await _finds(client, scope, nowhere)


async def _finds(client: RegistryClient, scope: Scope, digest: Digest) -> bool:
    found = await upload_sessions.mount(client, scope, digest, scope.repository)
    await upload_sessions.not_needed(client, scope, digest)
    return found
