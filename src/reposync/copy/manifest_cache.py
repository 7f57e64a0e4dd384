"""Manifests that this run fetched, each from its source once, as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from reposync.copy.abilities import Located, ManifestFetcher
from reposync.errors import CorruptContentError
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference

_LIMIT_BYTES = 16 * 1024 * 1024
_BYTES_PER_MANIFEST = 1000
_BYTES_PER_ENTRY = 300
"""What the view of a manifest takes beside its bytes: of a small one more than these."""


class _Repository(Located, ManifestFetcher, Protocol):
    """Where a manifest is fetched from; what fails at one may succeed at another."""


class ManifestCache:
    """Keeps the manifests used last, in about *limit_bytes* of memory at most."""

    def __init__(self, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._held: OrderedDict[Digest, Manifest] = OrderedDict()
        self._fetching: SingleFlight[tuple[Reference, Digest], Manifest] = SingleFlight()

    async def fetch(self, source: _Repository, digest: Digest) -> Manifest:
        """Return the manifest; fetch it from *source*, once for all who wait, if it is not held.

        Raises:
            RepoSyncError: As ``ManifestFetcher.fetch_manifest``.
        """
        held = self._held.get(digest)
        if held is not None:
            self._held.move_to_end(digest)
            return held
        key = source.reference, digest
        return await self._fetching.run(key, lambda: self._fetch(source, digest))

    def keep(self, manifest: Manifest) -> None:
        """Hold a manifest that was fetched otherwise."""
        if manifest.digest in self._held:
            return
        self._held[manifest.digest] = manifest
        self._held_bytes += _in_memory_bytes(manifest)
        while self._held_bytes > self._limit_bytes and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= _in_memory_bytes(oldest)

    async def _fetch(self, source: _Repository, digest: Digest) -> Manifest:
        manifest = await _fetched(source, digest)
        self.keep(manifest)
        return manifest


def _in_memory_bytes(manifest: Manifest) -> int:
    entries = len(manifest.manifests) + len(manifest.blobs)
    return len(manifest.content) + _BYTES_PER_MANIFEST + _BYTES_PER_ENTRY * entries


async def _fetched(source: _Repository, digest: Digest) -> Manifest:
    """Read wrong bytes a second time: a cache or a line may have spoilt them."""
    try:
        return await source.fetch_manifest(digest)
    except CorruptContentError:
        return await source.fetch_manifest(digest)
