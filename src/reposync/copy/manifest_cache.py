"""Manifests that this run fetched, each from its source once, as long as there is room."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from reposync.errors import CorruptContentError

if TYPE_CHECKING:
    from reposync.copy.abilities import ManifestFetcher
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest

_LIMIT_BYTES = 16 * 1024 * 1024
_BYTES_PER_MANIFEST = 1000
_BYTES_PER_ENTRY = 300
"""What the view of a manifest takes beside its bytes: of a small one more than these."""


class ManifestCache:
    """Keeps the manifests used last, in about *limit_bytes* of memory at most."""

    def __init__(self, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._held: OrderedDict[Digest, Manifest] = OrderedDict()
        self._locks: dict[Digest, asyncio.Lock] = {}

    async def fetch(self, source: ManifestFetcher, digest: Digest) -> Manifest:
        """Return the manifest, from *source* if it is not held; tasks that want it wait for one.

        Raises:
            RepoSyncError: As ``ManifestFetcher.fetch_manifest``.
        """
        lock = self._locks.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                if digest in self._held:
                    self._held.move_to_end(digest)
                    return self._held[digest]
                manifest = await _fetched(source, digest)
                self._keep(manifest)
                return manifest
        finally:
            if not lock.locked():
                self._locks.pop(digest, None)

    def keep(self, manifest: Manifest) -> None:
        """Hold a manifest that was fetched otherwise."""
        if manifest.digest not in self._held:
            self._keep(manifest)

    def _keep(self, manifest: Manifest) -> None:
        self._held[manifest.digest] = manifest
        self._held_bytes += _in_memory_bytes(manifest)
        while self._held_bytes > self._limit_bytes and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= _in_memory_bytes(oldest)


def _in_memory_bytes(manifest: Manifest) -> int:
    entries = len(manifest.manifests) + len(manifest.blobs)
    return len(manifest.content) + _BYTES_PER_MANIFEST + _BYTES_PER_ENTRY * entries


async def _fetched(source: ManifestFetcher, digest: Digest) -> Manifest:
    """Read wrong bytes a second time: a cache or a line may have spoilt them."""
    try:
        return await source.fetch_manifest(digest)
    except CorruptContentError:
        return await source.fetch_manifest(digest)
