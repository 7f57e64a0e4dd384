"""How much a plan would send: which blobs each image needs, and which of them exist already.

Images are walked as they are planned, in any order; what is sent for which is counted afterwards,
in the order of the plan, so that a blob that several images share counts for the first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.run_all import results
from reposync.decision import BlobCounts
from reposync.oci import media_type
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from reposync.copy.abilities import Destination, Source
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.decision import Decision
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference
    from reposync.plan.planner import Planned

_AT_ONCE = 32


class Sizes(Struct):
    """The blobs of the images that are planned to be copied, and where they exist.

    A blob is asked for once per repository, however many images need it.
    """

    manifests: ManifestCache
    _needed: dict[tuple[str, Reference], tuple[Descriptor, ...]] = field(default_factory=dict)
    _exists: dict[tuple[str, Digest], bool] = field(default_factory=dict)
    _asking: SingleFlight[tuple[str, Digest], None] = field(default_factory=SingleFlight)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def walk(self, source: Source, root: Manifest, planned: Planned) -> int:
        """Find the blobs that an image needs, and which of them its destination has.

        Returns:
            How many image manifests it has.

        Raises:
            RepoSyncError: The source cannot be read, or the destination not be asked.
        """
        images = [each async for each in _images(self.manifests, source, root)]
        blobs = {blob.digest: blob for each in images for blob in each.blobs if not blob.is_foreign}
        await results([self._ask(planned.target.destination, blob) for blob in blobs.values()])
        self._needed[planned.decision.stage, planned.decision.destination] = tuple(blobs.values())
        return len(images)

    async def _ask(self, destination: Destination, blob: Descriptor) -> None:
        key = destination.reference.name, blob.digest
        if key not in self._exists:
            await self._asking.run(key, lambda: self._look(key, destination, blob))

    async def _look(
        self, key: tuple[str, Digest], destination: Destination, blob: Descriptor
    ) -> None:
        async with self._slots:
            self._exists[key] = await destination.has_blob(blob)

    def counted(self, decisions: Iterable[Decision]) -> Iterator[Decision]:
        """Return *decisions* with what each would send, in the order in which they are done."""
        there: dict[str, set[Digest]] = {}
        for (name, digest), is_there in self._exists.items():
            if is_there:
                there.setdefault(name, set()).add(digest)
        at_registry: dict[str, set[Digest]] = {}
        for decision in decisions:
            blobs = self._needed.get((decision.stage, decision.destination))
            if blobs is None:
                yield decision
                continue
            place, registry = decision.destination.name, decision.destination.registry
            here = there.setdefault(place, set())
            near = at_registry.setdefault(registry, set())
            is_near = decision.source.registry == registry
            exists = [blob for blob in blobs if blob.digest in here]
            lacking = [blob for blob in blobs if blob.digest not in here]
            sent = [blob for blob in lacking if not is_near and blob.digest not in near]
            here.update(blob.digest for blob in lacking)
            near.update(blob.digest for blob in blobs)
            counts = BlobCounts(len(sent), len(lacking) - len(sent), len(exists))
            yield replace(decision, bytes=sum(blob.size for blob in sent), blobs=counts)


async def _images(
    manifests: ManifestCache, source: Source, manifest: Manifest
) -> AsyncIterator[Manifest]:
    """Iterate over the image manifests of a graph; a build cache's index counts as one."""
    children = [each for each in manifest.manifests if each.media_type in media_type.MANIFESTS]
    if not children:
        yield manifest
    for child in children:
        inner = await manifests.fetch(source, child.digest)
        async for image in _images(manifests, source, inner):
            yield image
