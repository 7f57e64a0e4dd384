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

from reposync.copy.copy_state import CopyState, fail_all, pending
from reposync.copy.events import ImageRead
from reposync.copy.one_per_place import one_per_place
from reposync.copy.parts import Kind, Parts
from reposync.copy.run_all import results, run_all
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
    from reposync.copy.blob_copier import BlobCopier
    from reposync.copy.digest_tags import DigestTags
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference

_DEPTH_LIMIT = 16
_RESTS_S = (0.0, 0.5)
WANTS_PARTS = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"})
"""Codes of a registry that misses something of what a manifest lists."""


class Walk(Struct):
    """A walk over one graph of *image* at *source*; ``visited`` are the manifests below its root.

    ``unread`` counts the parts that are known and whose turn has not come, the root at first.
    """

    source: Source
    image: Reference
    unread: int = 1
    visited: dict[Digest, None] = field(default_factory=dict)


class GraphCopier(Struct):
    """Copies manifests with all below them, sharing what it learns among all of a run."""

    blob_copier: BlobCopier
    manifests: ManifestCache
    digest_tags: DigestTags
    parts: Parts = field(default_factory=Parts)
    _pushing: WeakValueDictionary[tuple[Reference, Digest], asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )

    async def bring_below(
        self,
        walk: Walk,
        manifest: Manifest,
        states: Sequence[CopyState],
        *,
        depth: int = 0,
    ) -> None:
        """Bring all that *manifest* points to, as far as it is not known to be whole there."""
        self._count(walk, len(manifest.manifests) + len(manifest.blobs) - 1)
        with one_per_place(states) as firsts:
            await self.parts.for_each(
                (Kind.MANIFEST, depth + 1),
                manifest.manifests,
                lambda child: self._bring(walk, child, firsts, depth + 1),
                attrgetter("size"),
            )
            unverified = self._unverified(manifest.digest, firsts)
            await self._bring_counted(walk, manifest.blobs, unverified)

    def _unverified(self, digest: Digest, states: Sequence[CopyState]) -> list[CopyState]:
        """Return those of *states* where the manifest is not known to be whole."""
        is_whole = self.blob_copier.blob_locations.has_manifest
        return [one for one in pending(states) if not is_whole(one.place, digest)]

    async def _lacking(self, digest: Digest, states: Sequence[CopyState]) -> list[CopyState]:
        there = await results([self._has_manifest(one, digest) for one in states])
        return [one for one, has in zip(states, there, strict=True) if not has]

    async def fetch(
        self, walk: Walk, wanted: Digest, states: Sequence[CopyState]
    ) -> Manifest | None:
        """Get a manifest of the source; None when that failed, which *states* then know."""
        try:
            return await self.manifests.fetch(walk.source, wanted)
        except RepoSyncError as error:
            fail_all(states, f"read manifest {wanted.short}", error)
            return None

    async def push(self, walk: Walk, manifest: Manifest, state: CopyState, tag: str = "") -> None:
        """Put the manifest there, once per repository where it bears no tag."""
        key = (state.place, manifest.digest)
        lock = self._pushing.setdefault(key, asyncio.Lock())
        async with lock:
            if not tag and self.blob_copier.blob_locations.has_manifest(*key):
                return
            try:
                await self._push_whole(walk, manifest, state, tag)
            except RepoSyncError as error:
                name = f"tag {tag}" if tag else f"manifest {manifest.digest.short}"
                state.fail(f"push {name}", "destination", error)
                return
            self._note_pushed(manifest, state, tag)

    def _note_pushed(self, manifest: Manifest, state: CopyState, tag: str) -> None:
        """Let all that the run knows of a repository take in what was just put there."""
        self._note_whole(manifest, state)
        if state.is_open:
            subject = manifest.subject
            tags = (tag, fallback_tag(subject.digest)) if subject else (tag,)
            self.digest_tags.note_written(state.place, *tags)

    def _note_whole(self, manifest: Manifest, state: CopyState) -> None:
        """Remember that all of *manifest* is there, unless that failed or was not the intention."""
        if state.is_open and not manifest.is_sparse:
            self.blob_copier.blob_locations.note_manifest(state.place, manifest.digest)

    async def _bring(
        self, walk: Walk, wanted: Descriptor, states: Sequence[CopyState], depth: int
    ) -> None:
        """Bring the manifest *wanted*, and all below it, to all *states*."""
        if not await self._is_manifest(walk, wanted, states):
            await self._bring_counted(walk, (wanted,), pending(states))
            return
        walk.visited[wanted.digest] = None
        is_index = wanted.media_type in media_type.INDEXES
        concerned = pending(states) if is_index else self._unverified(wanted.digest, states)
        if depth > _DEPTH_LIMIT:
            too_deep = ContentError(f"indexes are nested more than {_DEPTH_LIMIT} deep")
            fail_all(concerned, f"read manifest {wanted.digest.short}", too_deep)
        elif concerned:
            await self._bring_manifest(walk, wanted.digest, concerned, depth)
            return
        self._count(walk, -1)

    async def _bring_manifest(
        self, walk: Walk, digest: Digest, states: Sequence[CopyState], depth: int
    ) -> None:
        absent = await self._lacking(digest, states)
        there = [one for one in pending(states) if one not in absent]
        manifest = await self._read(walk, digest, absent, there)
        if manifest is None:
            self._count(walk, -1)
            return
        await self.bring_below(walk, manifest, states, depth=depth)
        await run_all([self.push(walk, manifest, one) for one in pending(absent)])
        for one in pending(there):
            self._note_whole(manifest, one)

    async def _read(
        self, walk: Walk, digest: Digest, absent: Sequence[CopyState], there: Sequence[CopyState]
    ) -> Manifest | None:
        """Read a manifest, from a destination that has it if any: that is no pull at the source."""
        if there:
            with suppress(RepoSyncError):
                return await self.manifests.fetch(there[0].destination, digest)
        return await self.fetch(walk, digest, pending((*absent, *there)))

    def _count(self, walk: Walk, parts: int) -> None:
        """Count *parts* more as known, or as many less as their turn has come or they need none."""
        walk.unread += parts
        if parts and walk.unread == 0:
            self.blob_copier.emit(ImageRead(walk.image))

    async def _bring_counted(
        self, walk: Walk, blobs: Sequence[Descriptor], states: Sequence[CopyState]
    ) -> None:
        """Bring *blobs*, which are counted as known parts, and count each off as its turn comes."""

        async def bring(blob: Descriptor) -> None:
            self._count(walk, -1)
            await self._bring_blob(walk, blob, states)

        needed = [blob for blob in blobs if states and not blob.is_foreign]
        self._count(walk, len(needed) - len(blobs))
        await self.parts.for_each((Kind.BLOB, 0), needed, bring)

    async def _bring_blobs(
        self, walk: Walk, blobs: Sequence[Descriptor], states: Sequence[CopyState]
    ) -> None:
        needed = [blob for blob in blobs if not blob.is_foreign]
        if states:
            await self.parts.for_each(
                (Kind.BLOB, 0), needed, lambda blob: self._bring_blob(walk, blob, states)
            )

    async def _bring_blob(self, walk: Walk, blob: Descriptor, states: Sequence[CopyState]) -> None:
        open_states = pending(states)
        destinations = [one.destination for one in open_states]
        placed = await self.blob_copier.place(blob, walk.source, destinations, image=walk.image)
        for state, one in zip(open_states, placed, strict=True):
            state.error = state.error or one.error
            state.bytes_sent += one.sent_bytes
            state.blobs_sent += one.was_sent
            state.blobs_mounted += one.was_mounted

    async def _is_manifest(
        self, walk: Walk, entry: Descriptor, states: Sequence[CopyState]
    ) -> bool:
        """Determine what an index's entry is: build caches list layers.

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
            fail_all(states, f"look up {entry.digest.short}", error)
            return False

    async def _has_manifest(self, state: CopyState, digest: Digest) -> bool:
        if self.blob_copier.blob_locations.has_manifest(state.place, digest):
            return True
        try:
            found = await state.destination.resolve(digest)
        except (DeniedError, NotFoundError, UnreadableError):
            return False
        except RepoSyncError as error:
            state.fail(f"look up manifest {digest.short}", "destination", error)
            return False
        return found is not None and found.digest == digest

    async def _push_whole(self, walk: Walk, manifest: Manifest, state: CopyState, tag: str) -> None:
        """Push; when the registry misses a part that was there, make sure of it, and push again.

        Some see late what was just put there, or not while another writer puts the same.
        """
        digests = [blob.digest for blob in manifest.blobs]
        for rest_s in (*_RESTS_S, None):
            try:
                await state.destination.push_manifest(manifest, tag)
                return
            except RegistryError as error:
                if rest_s is None or not WANTS_PARTS & set(error.codes):
                    raise
            await self.blob_copier.retrier.rest(rest_s)
            self.blob_copier.blob_locations.forget_blobs(state.place, digests)
            await self._bring_blobs(walk, manifest.blobs, [state])
            if state.error is not None:
                return
