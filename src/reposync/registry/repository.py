"""One repository of a registry, with all the abilities that the engine asks for."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.reference import DOCKER_HUB
from reposync.registry import deletion
from reposync.registry.auth.tokens import Scope
from reposync.registry.blobs import download, mount_probe, upload_sessions, uploads
from reposync.registry.manifests import requests, tags
from reposync.registry.referrers import listing, pushing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference
    from reposync.registry.client import RegistryClient

_NEAR_S = 0.02  # a busy registry in the next room takes 5 to 15 ms


class Repository(Struct):
    """A repository, to be read, or with *writable* to be written too.

    A source asks for the right to pull alone: many accounts have no other.
    """

    client: RegistryClient
    reference: Reference
    writable: bool = False

    @property
    def _scope(self) -> Scope:
        name = self.client.full_name(self.reference.repository)
        return Scope(name, "pull,push" if self.writable else "pull")

    @property
    def host(self) -> str:
        """See ``Located``."""
        return self.client.host

    @property
    def has_referrers_api(self) -> bool | None:
        """See ``ReferrerLister``."""
        return self.client.known.referrers_api

    @property
    def counts_pulls(self) -> bool:
        """See ``Source``; who does, says so in answers, and Docker Hub is known to."""
        return self.client.host == DOCKER_HUB or self.client.known.counts_pulls

    @property
    def is_near(self) -> bool:
        """See ``Source``."""
        return self.client.quickest_s <= _NEAR_S

    @property
    def is_at_hand(self) -> bool:
        """See ``Destination``."""
        return False

    async def resolve(self, tag_or_digest: str) -> Descriptor | None:
        """See ``Resolver``."""
        return await requests.resolve(self.client, self._scope, tag_or_digest)

    async def fetch_manifest(self, tag_or_digest: str) -> Manifest:
        """See ``ManifestFetcher``."""
        return await requests.fetch(self.client, self._scope, tag_or_digest)

    async def fetch_tagged(self, tag: str) -> Manifest | None:
        """See ``Source``; nobody vouches where the registry tells no digest, or another one."""
        return await requests.fetch_tagged(self.client, self._scope, tag)

    def open_blob(self, blob: Descriptor) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """See ``BlobFetcher``."""
        return download.open_blob(self.client, self._scope, blob)

    async def blob_size(self, blob: Descriptor) -> int | None:
        """See ``BlobInspector``."""
        return await download.stored_size(self.client, self._scope, blob)

    def list_tags(self) -> AsyncIterator[str]:
        """See ``TagLister``."""
        return tags.list_tags(self.client, self._scope)

    async def list_few_tags(self) -> frozenset[str] | None:
        """See ``FewTagsLister``."""
        return await tags.list_few_tags(self.client, self._scope)

    async def list_referrers(
        self, subject: Digest, artifact_type: str = "", *, is_tagged: bool = True
    ) -> tuple[Descriptor, ...]:
        """See ``ReferrerLister``."""
        return await listing.list_referrers(
            self.client, self._scope, subject, artifact_type, is_tagged=is_tagged
        )

    async def has_blob(self, blob: Descriptor) -> bool:
        """See ``BlobPusher``; where it is not there, its upload may be open afterwards."""
        scope = self._scope
        if await mount_probe.lacks(self.client, scope, blob):
            return False
        is_there = await download.exists(self.client, scope, blob)
        if is_there:
            self.client.mount_trial.note_blob(scope, blob)
            await upload_sessions.not_needed(self.client, scope, blob.digest)
        return is_there

    async def mount_blob(self, blob: Descriptor, from_repository: str) -> bool:
        """See ``BlobPusher``; an upload that the registry began instead serves the push."""
        neighbour = self.client.full_name(from_repository)
        return await upload_sessions.mount(self.client, self._scope, blob.digest, neighbour)

    async def push_blob(self, blob: Descriptor, chunks: AsyncGenerator[bytes, None]) -> None:
        """See ``BlobPusher``."""
        async with aclosing(chunks):
            await uploads.push(self.client, self._scope, blob, chunks)
        self.client.mount_trial.note_blob(self._scope, blob)

    async def push_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """See ``ManifestPusher``."""
        is_listed = await requests.push(self.client, self._scope, manifest, tag)
        if manifest.subject is not None and not is_listed:
            await pushing.ensure_listed(self.client, self._scope, manifest, manifest.subject.digest)

    async def delete_tag(self, tag: str) -> bool:
        """See ``Deleter``."""
        return await deletion.delete_tag(self.client, self._scope.repository, tag)

    async def delete_manifest(self, digest: Digest) -> bool:
        """See ``Deleter``."""
        return await deletion.delete_manifest(self.client, self._scope.repository, digest)

    async def delete_blob(self, digest: Digest) -> bool:
        """See ``Deleter``."""
        return await deletion.delete_blob(self.client, self._scope.repository, digest)
