"""One image to many destinations: blobs, then child manifests, then the index, then the tag.

What the destination's tag names already costs one HEAD on either side. Below that, a manifest that
stands there is not sent again and, for an image, its blobs are not looked at: the registry took it
with all it needs. An index is looked into all the same, since some registries take one without its
children. A destination that fails is left behind; the others go on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reposync.copy.outcome import Outcome, Status
from reposync.errors import (
    ContentError,
    CopyError,
    DeniedError,
    NotFoundError,
    RegistryError,
    RepoSyncError,
    Side,
)
from reposync.oci import media_type

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from reposync.copy.abilities import Destination, Source
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.copy.placement import BlobPlacer
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference

_DEPTH_LIMIT = 16
_BLOB_UNKNOWN = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"})


@dataclass(slots=True)
class Delivery:
    """An image on its way to one destination, where it shall bear *tag*."""

    destination: Destination
    tag: str
    digest_there: Digest | None = None
    bytes_sent: int = 0
    blobs_sent: int = 0
    blobs_mounted: int = 0
    error: CopyError | None = None

    @property
    def place(self) -> Reference:
        """The destination's repository."""
        return self.destination.reference

    def fail(self, operation: str, side: Side, cause: RepoSyncError) -> None:
        """Give it up; the first failure is the one that is told."""
        if self.error is None:
            self.error = CopyError(operation, side, cause)


def _alive(deliveries: Sequence[Delivery]) -> list[Delivery]:
    return [delivery for delivery in deliveries if delivery.error is None]


@dataclass(slots=True)
class ImageCopier:
    """Copies images, sharing what it learns among all of a run."""

    placer: BlobPlacer
    manifests: ManifestCache
    _pushing: dict[tuple[Reference, Digest], asyncio.Lock] = field(default_factory=dict)

    async def copy(
        self, source: Source, tag: str, deliveries: Sequence[Delivery]
    ) -> tuple[Outcome, ...]:
        """Bring what *tag* names at *source* to all *deliveries*; nothing is raised."""
        looks = [self._look(delivery) for delivery in deliveries]
        root, *_ = await asyncio.gather(self._resolve(source, tag, deliveries), *looks)
        late = [d for d in _alive(deliveries) if root is not None and d.digest_there != root.digest]
        if root is not None and late:
            await self._bring_root(source, root, late)
        reference = replace(source.reference, tag=tag)
        return tuple(
            _outcome(reference, delivery, root, was_late=delivery in late)
            for delivery in deliveries
        )

    async def _resolve(
        self, source: Source, tag: str, deliveries: Sequence[Delivery]
    ) -> Descriptor | None:
        try:
            root = await source.resolve(tag)
        except RepoSyncError as error:
            _fail_all(deliveries, f"look up tag {tag}", error)
            return None
        if root is None:
            missing = NotFoundError(f"{source.reference} has no tag {tag}")
            _fail_all(deliveries, f"look up tag {tag}", missing)
        return root

    async def _look(self, delivery: Delivery) -> None:
        try:
            there = await delivery.destination.resolve(delivery.tag)
        except (DeniedError, NotFoundError):
            return  # some say so of what is not there yet; the push will tell
        except RepoSyncError as error:
            delivery.fail(f"look up tag {delivery.tag}", "destination", error)
            return
        delivery.digest_there = there.digest if there else None

    async def _bring_root(
        self, source: Source, root: Descriptor, deliveries: Sequence[Delivery]
    ) -> None:
        manifest, absent = await asyncio.gather(
            self._fetch(source, root, deliveries), self._lacking(root.digest, deliveries)
        )
        if manifest is None:
            return
        await self._bring_content(source, manifest, deliveries, absent, 0)
        await asyncio.gather(
            *(self._push(source, manifest, one, one.tag) for one in _alive(deliveries))
        )

    async def _bring(
        self, source: Source, wanted: Descriptor, deliveries: Sequence[Delivery], depth: int
    ) -> None:
        """Have the manifest *wanted*, and all below it, stand at all *deliveries*."""
        if wanted.media_type not in media_type.MANIFESTS and not await self._is_manifest(
            source, wanted, deliveries
        ):
            await self._bring_blobs(source, (wanted,), _alive(deliveries))
            return
        absent = await self._lacking(wanted.digest, _alive(deliveries))
        is_index = wanted.media_type in media_type.INDEXES
        concerned = _alive(deliveries) if is_index else absent
        if not concerned:
            return
        manifest = await self._fetch(source, wanted, concerned)
        if manifest is None:
            return
        if depth > _DEPTH_LIMIT:
            too_deep = ContentError(f"indexes are nested more than {_DEPTH_LIMIT} deep")
            _fail_all(concerned, f"read manifest {wanted.digest.short}", too_deep)
            return
        await self._bring_content(source, manifest, concerned, absent, depth)
        await asyncio.gather(*(self._push(source, manifest, one, "") for one in _alive(absent)))

    async def _bring_content(  # noqa: PLR0917 -- one step of the walk, taken from two places
        self,
        source: Source,
        manifest: Manifest,
        deliveries: Sequence[Delivery],
        absent: Sequence[Delivery],
        depth: int,
    ) -> None:
        """Have all that *manifest* points to stand there: children everywhere, blobs where due."""
        children = [
            self._bring(source, child, deliveries, depth + 1) for child in manifest.manifests
        ]
        await _all(children)
        await self._bring_blobs(source, manifest.blobs, _alive(absent))

    async def _bring_blobs(
        self, source: Source, blobs: Sequence[Descriptor], deliveries: Sequence[Delivery]
    ) -> None:
        needed = [blob for blob in blobs if not blob.is_foreign]
        if deliveries:
            await _all([self._bring_blob(source, blob, deliveries) for blob in needed])

    async def _bring_blob(
        self, source: Source, blob: Descriptor, deliveries: Sequence[Delivery]
    ) -> None:
        unique = list({one.place: one.destination for one in _alive(deliveries)}.values())
        placed = {p.destination.reference: p for p in await self.placer.place(blob, source, unique)}
        for delivery in deliveries:
            one = placed.get(delivery.place)
            if one is None:
                continue
            delivery.error = delivery.error or one.error
            delivery.bytes_sent += one.sent_bytes
            delivery.blobs_sent += one.was_sent
            delivery.blobs_mounted += one.was_mounted

    async def _is_manifest(
        self, source: Source, entry: Descriptor, deliveries: Sequence[Delivery]
    ) -> bool:
        """Find out what an index's entry of unknown media type is: build caches list layers."""
        try:
            return await source.resolve(entry.digest) is not None
        except RepoSyncError as error:
            _fail_all(deliveries, f"look up {entry.digest.short}", error)
            return False

    async def _lacking(self, digest: Digest, deliveries: Sequence[Delivery]) -> list[Delivery]:
        there = await asyncio.gather(*(self._has_manifest(one, digest) for one in deliveries))
        return [one for one, has in zip(deliveries, there, strict=True) if not has]

    async def _has_manifest(self, delivery: Delivery, digest: Digest) -> bool:
        whereabouts = self.placer.whereabouts
        if whereabouts.has_manifest(delivery.place, digest):
            return True
        try:
            found = await delivery.destination.resolve(digest)
        except (DeniedError, NotFoundError):
            return False
        except RepoSyncError as error:
            delivery.fail(f"look up manifest {digest.short}", "destination", error)
            return False
        return found is not None and found.digest == digest

    async def _fetch(
        self, source: Source, wanted: Descriptor, deliveries: Sequence[Delivery]
    ) -> Manifest | None:
        try:
            return await self.manifests.fetch(source, wanted.digest)
        except RepoSyncError as error:
            _fail_all(deliveries, f"read manifest {wanted.digest.short}", error)
            return None

    async def _push(self, source: Source, manifest: Manifest, delivery: Delivery, tag: str) -> None:
        """Put the manifest there, once per repository where it bears no tag."""
        key = (delivery.place, manifest.digest)
        async with self._pushing.setdefault(key, asyncio.Lock()):
            if not tag and self.placer.whereabouts.has_manifest(*key):
                return
            try:
                await self._push_whole(source, manifest, delivery, tag)
            except RepoSyncError as error:
                name = f"tag {tag}" if tag else f"manifest {manifest.digest.short}"
                delivery.fail(f"push {name}", "destination", error)
                return
            self.placer.whereabouts.note_manifest(*key)

    async def _push_whole(
        self, source: Source, manifest: Manifest, delivery: Delivery, tag: str
    ) -> None:
        """Push; when the registry misses a blob that was known to be there, place it again."""
        try:
            await delivery.destination.push_manifest(manifest, tag)
        except RegistryError as error:
            if not _BLOB_UNKNOWN & set(error.codes):
                raise
            digests = [blob.digest for blob in manifest.blobs]
            self.placer.whereabouts.forget_blobs(delivery.place, digests)
            await self._bring_blobs(source, manifest.blobs, [delivery])
            if delivery.error is None:
                await delivery.destination.push_manifest(manifest, tag)


async def _all(steps: Sequence[Coroutine[None, None, None]]) -> None:
    """Run *steps* side by side and end with the last; none outlives this call."""
    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(step)


def _fail_all(deliveries: Sequence[Delivery], operation: str, error: RepoSyncError) -> None:
    for delivery in deliveries:
        delivery.fail(operation, "source", error)


def _outcome(
    source: Reference, delivery: Delivery, root: Descriptor | None, *, was_late: bool
) -> Outcome:
    return Outcome(
        source=source,
        destination=replace(delivery.place, tag=delivery.tag),
        status=_status(delivery, was_late=was_late),
        digest=root.digest if root else None,
        bytes_sent=delivery.bytes_sent,
        blobs_sent=delivery.blobs_sent,
        blobs_mounted=delivery.blobs_mounted,
        error=delivery.error,
    )


def _status(delivery: Delivery, *, was_late: bool) -> Status:
    if delivery.error is not None:
        return Status.FAILED
    if not was_late:
        return Status.UP_TO_DATE
    return Status.COPIED if delivery.blobs_sent else Status.MOUNTED
