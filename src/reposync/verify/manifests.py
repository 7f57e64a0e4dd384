"""Manifests of the verified registries, read at the destinations; what one held need not be reread.

What a destination has under a digest is what the source has under it, bit for bit. So nothing is
read from a source that a destination has, and no pull is counted there.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reposync.copy.manifest_cache import ManifestCache
from reposync.errors import NotFoundError

if TYPE_CHECKING:
    from reposync.copy.abilities import Source
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference

_LIMIT_BYTES = 8 * 1024 * 1024


class Manifests:
    """Reads manifests, holding for each registry those used last."""

    def __init__(self) -> None:
        self._caches: defaultdict[str, ManifestCache] = defaultdict(
            lambda: ManifestCache(_LIMIT_BYTES)
        )

    async def read(self, repository: Source, digest: Digest, *, exists: bool = False) -> Manifest:
        """Return the manifest, having made sure that *repository* has it unless it *exists*.

        Raises:
            NotFoundError: It is not in this repository.
            RepoSyncError: As ``ManifestFetcher.fetch_manifest`` and ``Resolver.resolve``.
        """
        reader = _Reader(repository)
        manifest = await self._caches[repository.host].fetch(reader, digest)
        if not (exists or reader.has_read) and await repository.resolve(digest) is None:
            raise NotFoundError(f"{repository.reference} has no manifest {digest}")
        return manifest


class _Reader:
    """A repository that notes whether a manifest was read from it."""

    def __init__(self, repository: Source) -> None:
        self._repository = repository
        self.has_read = False

    @property
    def reference(self) -> Reference:
        return self._repository.reference

    @property
    def host(self) -> str:
        return self._repository.host

    async def fetch_manifest(self, tag_or_digest: str) -> Manifest:
        manifest = await self._repository.fetch_manifest(tag_or_digest)
        self.has_read = True
        return manifest
