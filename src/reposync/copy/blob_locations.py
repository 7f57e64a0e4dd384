"""Whereabouts: which blobs and manifests are known to stand where, for the length of a run.

Knowledge, not guesses: what was seen, pushed or mounted in this run. It saves requests, finds
neighbours to mount from, and lets a blob that was read once be read from its copy ever after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.copy.abilities import BlobStore
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference


class BlobLocations:
    """What stands where; a repository is known by its reference without tag."""

    def __init__(self) -> None:
        self._blobs: dict[Digest, dict[str, list[str]]] = {}
        self._manifests: set[tuple[Reference, Digest]] = set()
        self._readers: dict[Digest, BlobStore] = {}
        self._unreadable: set[str] = set()

    def has_blob(self, place: Reference, digest: Digest) -> bool:
        """Return whether the blob is known to stand in the repository *place*."""
        return place.repository in self._blobs.get(digest, {}).get(place.registry, ())

    def neighbour(self, place: Reference, digest: Digest) -> str | None:
        """Return another repository of the same registry where the blob is known to stand."""
        repositories = self._blobs.get(digest, {}).get(place.registry, ())
        return next((name for name in repositories if name != place.repository), None)

    def note_blob(self, place: Reference, digest: Digest) -> None:
        """Remember that the blob stands in the repository *place*."""
        repositories = self._blobs.setdefault(digest, {}).setdefault(place.registry, [])
        if place.repository not in repositories:
            repositories.append(place.repository)

    def forget_blobs(self, place: Reference, digests: list[Digest]) -> None:
        """Drop what was known: the registry says that it is not so."""
        for digest in digests:
            repositories = self._blobs.get(digest, {}).get(place.registry, [])
            if place.repository in repositories:
                repositories.remove(place.repository)

    def copy_of(self, digest: Digest) -> BlobStore | None:
        """Return a repository that this run wrote the blob to, to be read instead of the source."""
        return self._readers.get(digest)

    def note_copy(self, digest: Digest, store: BlobStore) -> None:
        """Remember that the blob was written to *store*."""
        self.note_blob(store.reference, digest)
        if store.reference.registry not in self._unreadable:
            self._readers.setdefault(digest, store)

    def distrust_copies(self, digest: Digest) -> None:
        """Read *digest* from its source again: its copy could not be read."""
        store = self._readers.pop(digest, None)
        if store is not None:
            self._unreadable.add(store.reference.registry)

    def has_manifest(self, place: Reference, digest: Digest) -> bool:
        """Return whether the manifest is known to stand, whole, in the repository *place*."""
        return (place, digest) in self._manifests

    def note_manifest(self, place: Reference, digest: Digest) -> None:
        """Remember that the manifest stands, with all it needs, in the repository *place*."""
        self._manifests.add((place, digest))
