"""A source as it will be when planned writes to it have been made.

A tag that a planned write sets names what that write will put there, and its content is read where
the write will take it from. Nothing is ever written.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.errors import NotFoundError
from reposync.oci.referrers import subject_tag
from reposync.plan.overlay import WritesToRepository
from reposync.plan.planned_digest_tags import planned_digest_tags

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from reposync.copy.abilities import Source
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference
    from reposync.plan.overlay import PlannedWrite


class OverlaidSource(Struct):
    """A source on top of which some writes are planned; see ``Source``."""

    base: Source
    writes: WritesToRepository
    _digest_tags: dict[str, PlannedWrite] | None = None
    _listing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def reference(self) -> Reference:
        """See ``Located``."""
        return self.base.reference

    @property
    def host(self) -> str:
        """See ``Located``."""
        return self.base.host

    @property
    def counts_pulls(self) -> bool:
        """See ``Source``."""
        return self.base.counts_pulls

    @property
    def is_near(self) -> bool:
        """See ``Source``; nothing is gained by asking it behind others."""
        return False

    @property
    def has_referrers_api(self) -> bool | None:
        """See ``ReferrerLister``; what will come is listed in any case."""
        return True

    async def resolve(self, tag_or_digest: str) -> Descriptor | None:
        """See ``Resolver``."""
        write = self.writes.named(tag_or_digest)
        if write is not None:
            return write.root
        for source in await self._holders(tag_or_digest):
            with suppress(NotFoundError):
                found = await source.resolve(tag_or_digest)
                if found is not None:
                    return found
        return None

    async def fetch_manifest(self, tag_or_digest: str) -> Manifest:
        """See ``ManifestFetcher``."""
        write = self.writes.named(tag_or_digest)
        if write is not None:
            return write.made or await write.source.fetch_manifest(write.digest)
        for source in await self._holders(tag_or_digest):
            with suppress(NotFoundError):
                return await source.fetch_manifest(tag_or_digest)
        raise NotFoundError(f"{self.reference} has no manifest {tag_or_digest}")

    async def fetch_tagged(self, tag: str) -> Manifest | None:
        """See ``Source``."""
        if tag in self.writes.by_tag:
            return await self.fetch_manifest(tag)
        return await self.base.fetch_tagged(tag)

    @asynccontextmanager
    async def open_blob(self, blob: Descriptor) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``BlobFetcher``."""
        async with AsyncExitStack() as stack:
            chunks = await self._opened(stack, blob)
            yield chunks

    async def _opened(self, stack: AsyncExitStack, blob: Descriptor) -> AsyncIterator[bytes]:
        for source in (self.base, *self.writes.sources):
            with suppress(NotFoundError):
                return await stack.enter_async_context(source.open_blob(blob))
        raise NotFoundError(f"{self.reference} has no blob {blob.digest.short}")

    async def list_tags(self) -> AsyncGenerator[str, None]:
        """See ``TagLister``; the digest tags of what will be written are among them."""
        planned = {*self.writes.by_tag, *await self._planned_digest_tags()}
        try:
            async for tag in self.base.list_tags():
                planned.discard(tag)
                yield tag
        except NotFoundError:
            pass  # the first write will make the repository
        for tag in sorted(planned):
            yield tag

    async def list_referrers(
        self, subject: Digest, artifact_type: str = "", *, is_tagged: bool = True
    ) -> tuple[Descriptor, ...]:
        """See ``ReferrerLister``."""
        found: dict[Digest, Descriptor] = {}
        if is_tagged or self.base.has_referrers_api is not False:
            with suppress(NotFoundError):
                listed = await self.base.list_referrers(subject, artifact_type, is_tagged=is_tagged)
                found.update((each.digest, each) for each in listed)
        for write in self.writes.of_subject(subject):
            with suppress(NotFoundError):
                listed = await write.source.list_referrers(subject, artifact_type)
                wanted = (each for each in listed if write.wants(each))
                found.update((each.digest, each) for each in wanted)
        return tuple(found.values())

    async def _holders(self, tag_or_digest: str) -> Sequence[Source]:
        """Return the repositories that may have what is not written as an image, best first."""
        if ":" in tag_or_digest:
            return (self.base, *self.writes.sources)
        planned: Mapping[str, PlannedWrite] = {}
        if subject_tag(tag_or_digest) is not None:
            planned = await self._planned_digest_tags()
        write = planned.get(tag_or_digest)
        if write is None:
            return (self.base,)
        is_kept = write.rule.overwrite.only_adds
        return (self.base, write.source) if is_kept else (write.source, self.base)

    async def _planned_digest_tags(self) -> Mapping[str, PlannedWrite]:
        async with self._listing:
            if self._digest_tags is None:
                self._digest_tags = await planned_digest_tags(self.writes)
            return self._digest_tags


def overlaid(base: Source, writes: Sequence[PlannedWrite]) -> Source:
    """Return *base* as it will be after *writes*; itself where there are none."""
    return OverlaidSource(base, WritesToRepository.of(writes)) if writes else base
