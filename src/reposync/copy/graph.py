"""The graph of an image: blobs, then child manifests, then what lists them, leaves first.

A manifest that a destination has is not sent again, but its parts are looked for, once in a run:
some registries take one without its blobs, and clean-up may have removed them since. Only what this
run has put there, or has found there whole, needs no second look. A destination that fails is left
behind; the others go on.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from operator import attrgetter
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from msgspec import Struct, field

from reposync.copy.delivery import Delivery, alive, fail_all
from reposync.copy.events import ImageRead
from reposync.copy.parts import Kind, Parts
from reposync.copy.together import results, together
from reposync.errors import (
    ContentError,
    DeniedError,
    NotFoundError,
    RegistryError,
    RepoSyncError,
    UnavailableError,
    UnreadableError,
)
from reposync.oci import media_type
from reposync.oci.referrers import fallback_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.companions import Companions
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.copy.placement import BlobPlacer
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference

_DEPTH_LIMIT = 16
_RESTS_S = (0.0, 0.5)
WANTS_PARTS = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"})
"""Codes of a registry that misses something of what a manifest lists."""


class Walk(Struct):
    """A walk over one graph of *image* at *source*; ``met`` are the manifests below its root.

    ``unread`` counts the manifests that are known and not read, the root at first.
    """

    source: Source
    image: Reference
    unread: int = 1
    met: dict[Digest, None] = field(default_factory=dict)


class GraphCopier(Struct):
    """Copies manifests with all below them, sharing what it learns among all of a run."""

    placer: BlobPlacer
    manifests: ManifestCache
    companions: Companions
    parts: Parts = field(default_factory=Parts)
    _pushing: WeakValueDictionary[tuple[Reference, Digest], asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )

    async def bring_below(
        self,
        walk: Walk,
        manifest: Manifest,
        deliveries: Sequence[Delivery],
        *,
        depth: int = 0,
    ) -> None:
        """Bring all that *manifest* points to, as far as it is not known to be whole there."""
        self._note_read(walk, len(manifest.manifests))
        await self.parts.for_each(
            (Kind.MANIFEST, depth + 1),
            manifest.manifests,
            lambda child: self._bring(walk, child, deliveries, depth + 1),
            attrgetter("size"),
        )
        unverified = self._unverified(manifest.digest, deliveries)
        await self._bring_blobs(walk, manifest.blobs, unverified)

    def _unverified(self, digest: Digest, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Return those of *deliveries* where the manifest is not known to be whole."""
        is_whole = self.placer.whereabouts.has_manifest
        return [one for one in alive(deliveries) if not is_whole(one.place, digest)]

    async def _lacking(self, digest: Digest, deliveries: Sequence[Delivery]) -> list[Delivery]:
        there = await results([self._has_manifest(one, digest) for one in deliveries])
        return [one for one, has in zip(deliveries, there, strict=True) if not has]

    async def fetch(
        self, walk: Walk, wanted: Digest, deliveries: Sequence[Delivery]
    ) -> Manifest | None:
        """Get a manifest of the source; None when that failed, which *deliveries* then know."""
        try:
            return await self.manifests.fetch(walk.source, wanted)
        except RepoSyncError as error:
            fail_all(deliveries, f"read manifest {wanted.short}", error)
            return None

    async def push(self, walk: Walk, manifest: Manifest, delivery: Delivery, tag: str = "") -> None:
        """Put the manifest there, once per repository where it bears no tag."""
        key = (delivery.place, manifest.digest)
        lock = self._pushing.setdefault(key, asyncio.Lock())
        async with lock:
            if not tag and self.placer.whereabouts.has_manifest(*key):
                return
            try:
                await self._push_whole(walk, manifest, delivery, tag)
            except RepoSyncError as error:
                name = f"tag {tag}" if tag else f"manifest {manifest.digest.short}"
                delivery.fail(f"push {name}", "destination", error)
                return
            self._note_pushed(manifest, delivery, tag)

    def _note_pushed(self, manifest: Manifest, delivery: Delivery, tag: str) -> None:
        """Let all that the run knows of a repository take in what was just put there."""
        self._note_whole(manifest, delivery)
        if delivery.is_open:
            subject = manifest.subject
            tags = (tag, fallback_tag(subject.digest)) if subject else (tag,)
            self.companions.note_written(delivery.place, *tags)

    def _note_whole(self, manifest: Manifest, delivery: Delivery) -> None:
        """Remember that all of *manifest* is there, unless that failed or was not the intention."""
        if delivery.is_open and not manifest.is_sparse:
            self.placer.whereabouts.note_manifest(delivery.place, manifest.digest)

    async def _bring(
        self, walk: Walk, wanted: Descriptor, deliveries: Sequence[Delivery], depth: int
    ) -> None:
        """Bring the manifest *wanted*, and all below it, to all *deliveries*."""
        if not await self._is_manifest(walk, wanted, deliveries):
            self._note_read(walk)
            await self._bring_blobs(walk, (wanted,), alive(deliveries))
            return
        walk.met[wanted.digest] = None
        is_index = wanted.media_type in media_type.INDEXES
        concerned = alive(deliveries) if is_index else self._unverified(wanted.digest, deliveries)
        if depth > _DEPTH_LIMIT:
            too_deep = ContentError(f"indexes are nested more than {_DEPTH_LIMIT} deep")
            fail_all(concerned, f"read manifest {wanted.digest.short}", too_deep)
        elif concerned:
            await self._bring_manifest(walk, wanted.digest, concerned, depth)
            return
        self._note_read(walk)

    async def _bring_manifest(
        self, walk: Walk, digest: Digest, deliveries: Sequence[Delivery], depth: int
    ) -> None:
        absent = await self._lacking(digest, deliveries)
        there = [one for one in alive(deliveries) if one not in absent]
        manifest = await self._read(walk, digest, absent, there)
        if manifest is None:
            self._note_read(walk)
            return
        await self.bring_below(walk, manifest, deliveries, depth=depth)
        await together([self.push(walk, manifest, one) for one in alive(absent)])
        for one in alive(there):
            self._note_whole(manifest, one)

    async def _read(
        self, walk: Walk, digest: Digest, absent: Sequence[Delivery], there: Sequence[Delivery]
    ) -> Manifest | None:
        """Read a manifest, from a destination that has it if any: that is no pull at the source."""
        if there:
            with suppress(RepoSyncError):
                return await self.manifests.fetch(there[0].destination, digest)
        return await self.fetch(walk, digest, alive((*absent, *there)))

    def _note_read(self, walk: Walk, children: int = 0) -> None:
        """Count a manifest as read, or not needed, and its *children* as known."""
        walk.unread += children - 1
        if walk.unread == 0:
            self.placer.emit(ImageRead(walk.image))

    async def _bring_blobs(
        self, walk: Walk, blobs: Sequence[Descriptor], deliveries: Sequence[Delivery]
    ) -> None:
        needed = [blob for blob in blobs if not blob.is_foreign]
        if deliveries:
            await self.parts.for_each(
                (Kind.BLOB, 0), needed, lambda blob: self._bring_blob(walk, blob, deliveries)
            )

    async def _bring_blob(
        self, walk: Walk, blob: Descriptor, deliveries: Sequence[Delivery]
    ) -> None:
        unique = list({one.place: one.destination for one in alive(deliveries)}.values())
        placed = await self.placer.place(blob, walk.source, unique, image=walk.image)
        by_place = {one.destination.reference: one for one in placed}
        for delivery in deliveries:
            one = by_place.get(delivery.place)
            if one is None:
                continue
            delivery.error = delivery.error or one.error
            delivery.bytes_sent += one.sent_bytes
            delivery.blobs_sent += one.was_sent
            delivery.blobs_mounted += one.was_mounted

    async def _is_manifest(
        self, walk: Walk, entry: Descriptor, deliveries: Sequence[Delivery]
    ) -> bool:
        """Find out what an index's entry is: build caches list layers.

        Only a media type that nobody knows costs a request. A registry that fails at it as a
        manifest, as distribution 2 does with what is none, may still have it as a blob.
        """
        if entry.media_type in media_type.MANIFESTS:
            return True
        if media_type.is_blob(entry.media_type):
            return False
        try:
            return await walk.source.resolve(entry.digest) is not None
        except (UnavailableError, UnreadableError):
            return False
        except RepoSyncError as error:
            fail_all(deliveries, f"look up {entry.digest.short}", error)
            return False

    async def _has_manifest(self, delivery: Delivery, digest: Digest) -> bool:
        if self.placer.whereabouts.has_manifest(delivery.place, digest):
            return True
        try:
            found = await delivery.destination.resolve(digest)
        except (DeniedError, NotFoundError, UnreadableError):
            return False
        except RepoSyncError as error:
            delivery.fail(f"look up manifest {digest.short}", "destination", error)
            return False
        return found is not None and found.digest == digest

    async def _push_whole(
        self, walk: Walk, manifest: Manifest, delivery: Delivery, tag: str
    ) -> None:
        """Push; when the registry misses a part that was there, make sure of it, and push again.

        Some see late what was just put there, or not while another writer puts the same.
        """
        digests = [blob.digest for blob in manifest.blobs]
        for rest_s in (*_RESTS_S, None):
            try:
                await delivery.destination.push_manifest(manifest, tag)
                return
            except RegistryError as error:
                if rest_s is None or not WANTS_PARTS & set(error.codes):
                    raise
            await self.placer.retrier.rest(rest_s)
            self.placer.whereabouts.forget_blobs(delivery.place, digests)
            await self._bring_blobs(walk, manifest.blobs, [delivery])
            if delivery.error is not None:
                return
