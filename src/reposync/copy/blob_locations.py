"""Blob locations: which repositories are known to hold which blobs and manifests, during a run.

Knowledge, not guesses: what was seen, pushed or mounted in this run. It saves requests, finds
neighbours to mount from, and lets a blob that was read once be read from its copy ever after.

A run may know of millions: digests are kept as their bytes, and what is the same for many blobs is
kept once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from reposync.copy.abilities import BlobStore
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference


class _Blob(Struct, frozen=True):
    """The first repository of each registry that has it, and the one that it is read from."""

    first: tuple[Reference, ...] = ()
    copy: Reference | None = None

    def first_at(self, registry: str) -> Reference | None:
        return next((place for place in self.first if place.registry == registry), None)


_NOWHERE = _Blob()


class BlobLocations:
    """What is where; a repository is known by its reference without tag."""

    def __init__(self) -> None:
        self._blobs: dict[bytes, _Blob] = {}
        self._also_at: defaultdict[Reference, set[bytes]] = defaultdict(set)
        """The blobs of repositories that are not the first of their registry to have them."""
        self._manifests: defaultdict[Reference, set[bytes]] = defaultdict(set)
        self._equal: dict[_Blob, _Blob] = {}
        self._stores: dict[Reference, BlobStore] = {}
        self._unreadable: set[str] = set()

    def has_blob(self, place: Reference, digest: Digest) -> bool:
        """Return whether the blob is known to be in the repository *place*."""
        is_first = place in self._blob(digest).first
        return is_first or (place in self._also_at and digest.raw in self._also_at[place])

    def neighbour(self, place: Reference, digest: Digest) -> str | None:
        """Return another repository of the same registry where the blob is known to be."""
        first = self._blob(digest).first_at(place.registry)
        return first.repository if first is not None and first != place else None

    def note_blob(self, place: Reference, digest: Digest) -> None:
        """Remember that the blob is in the repository *place*."""
        blob = self._blob(digest)
        first = blob.first_at(place.registry)
        if first is None:
            self._keep(digest, replace(blob, first=(*blob.first, place)))
        elif first != place:
            self._also_at[place].add(digest.raw)

    def forget_blobs(self, place: Reference, digests: list[Digest]) -> None:
        """Drop what was known: the registry says that it is not so."""
        for digest in digests:
            self._also_at[place].discard(digest.raw)
            blob = self._blob(digest)
            if place in blob.first:
                left = [each for each in blob.first if each != place]
                left += self._others(place.registry, digest)[:1]
                self._keep(digest, replace(blob, first=tuple(left)))

    def copy_of(self, digest: Digest) -> BlobStore | None:
        """Return a repository that this run wrote the blob to, to be read instead of the source."""
        copy = self._blob(digest).copy
        return None if copy is None else self._stores[copy]

    def note_copy(self, digest: Digest, store: BlobStore) -> None:
        """Remember that the blob was written to *store*."""
        place = store.reference
        self.note_blob(place, digest)
        blob = self._blob(digest)
        if blob.copy is None and place.registry not in self._unreadable:
            self._stores.setdefault(place, store)
            self._keep(digest, replace(blob, copy=place))

    def distrust_copies(self, digest: Digest) -> None:
        """Read *digest* from its source again: its copy could not be read."""
        blob = self._blob(digest)
        if blob.copy is not None:
            self._unreadable.add(blob.copy.registry)
            self._keep(digest, replace(blob, copy=None))

    def has_manifest(self, place: Reference, digest: Digest) -> bool:
        """Return whether the manifest is known to be, whole, in the repository *place*."""
        return place in self._manifests and digest.raw in self._manifests[place]

    def note_manifest(self, place: Reference, digest: Digest) -> None:
        """Remember that the manifest, with all it needs, is in the repository *place*."""
        self._manifests[place].add(digest.raw)

    def _blob(self, digest: Digest) -> _Blob:
        return self._blobs.get(digest.raw, _NOWHERE)

    def _keep(self, digest: Digest, blob: _Blob) -> None:
        self._blobs[digest.raw] = self._equal.setdefault(blob, blob)

    def _others(self, registry: str, digest: Digest) -> list[Reference]:
        raw = digest.raw
        return [at for at, has in self._also_at.items() if at.registry == registry and raw in has]
