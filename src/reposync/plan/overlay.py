"""The overlay: repositories as they will be when what was planned has been done.

A stage that depends on others is planned on top of what these will have written: a tag that a
planned write sets names what that write will put there, and its content is read where the write
will take it from. Nothing is ever written.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import NotFoundError
from reposync.oci.digest import Digest
from reposync.oci.referrers import subject_tag

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.referrer_rule import ReferrerRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference


class PlannedWrite(Struct, frozen=True):
    """A tag that a stage will set, or complete: what it will name, and where that comes from.

    ``made`` is the manifest where the source does not have it: a stripped index. ``referrers`` is
    which referrers come with it.
    """

    stage: str
    tag: str
    root: Descriptor
    source: Source
    referrers: ReferrerRule | None = None
    made: Manifest | None = None

    def wants(self, referrer: Descriptor) -> bool:
        """Return whether *referrer*, as far as it says what it is, comes with the image."""
        kind = referrer.artifact_type
        return self.referrers is not None and (not kind or self.referrers.wants(kind))


class Overlay:
    """The planned writes of all stages, by repository; several paths may lead to one."""

    def __init__(self) -> None:
        self._writes: dict[str, list[PlannedWrite]] = {}
        self._repositories: dict[str, Reference] = {}

    def note(self, repository: Reference, write: PlannedWrite) -> None:
        """Note that *write* will be made to *repository*."""
        self._writes.setdefault(repository.name, []).append(write)
        self._repositories[repository.name] = repository

    def writes(self, repository: Reference, stages: Collection[str]) -> tuple[PlannedWrite, ...]:
        """Return what *stages* will write to *repository*."""
        writes = self._writes.get(repository.name, ())
        return tuple(write for write in writes if write.stage in stages)

    def repositories(self, registry: str, stages: Collection[str]) -> set[str]:
        """Return the names of the repositories of *registry* that *stages* will write to."""
        return {
            repository.repository
            for name, repository in self._repositories.items()
            if repository.registry == registry
            and any(write.stage in stages for write in self._writes[name])
        }


class _Writes(Struct, frozen=True):
    """Planned writes to one repository, by tag and by digest."""

    by_tag: Mapping[str, PlannedWrite]
    by_digest: Mapping[Digest, PlannedWrite]
    sources: Sequence[Source]

    @classmethod
    def of(cls, writes: Sequence[PlannedWrite]) -> _Writes:
        return cls(
            {write.tag: write for write in writes if write.tag},
            {write.root.digest: write for write in writes},
            list({id(write.source): write.source for write in writes}.values()),
        )

    def named(self, tag_or_digest: str) -> PlannedWrite | None:
        """Return the write that makes *tag_or_digest* name what it will name."""
        if ":" in tag_or_digest:
            return self.by_digest.get(Digest(tag_or_digest))
        return self.by_tag.get(tag_or_digest)


class OverlaidSource(Struct):
    """A source on top of which some writes are planned; see ``Source``."""

    base: Source
    writes: _Writes

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
        for source in (self.base, *self.writes.sources):
            with suppress(NotFoundError):
                found = await source.resolve(tag_or_digest)
                if found is not None or ":" not in tag_or_digest:
                    return found
        return None

    async def fetch_manifest(self, tag_or_digest: str) -> Manifest:
        """See ``ManifestFetcher``."""
        write = self.writes.named(tag_or_digest)
        if write is not None:
            return write.made or await write.source.fetch_manifest(write.root.digest)
        for source in (self.base, *self.writes.sources):
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
        planned = await self._planned_tags()
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
        write = self.writes.by_digest.get(subject)
        if write is not None and write.referrers is not None:
            with suppress(NotFoundError):
                listed = await write.source.list_referrers(subject, artifact_type)
                wanted = (each for each in listed if write.wants(each))
                found.update((each.digest, each) for each in wanted)
        return tuple(found.values())

    async def _planned_tags(self) -> set[str]:
        planned = set(self.writes.by_tag)
        for write in self.writes.by_digest.values():
            if write.referrers is not None and write.referrers.by_tags:
                async for tag in write.source.list_tags():
                    if subject_tag(tag) == write.root.digest and write.referrers.wants_tag(tag):
                        planned.add(tag)
        return planned


def overlaid(base: Source, writes: Sequence[PlannedWrite]) -> Source:
    """Return *base* as it will be after *writes*; itself where there are none."""
    return OverlaidSource(base, _Writes.of(writes)) if writes else base
