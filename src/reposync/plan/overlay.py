"""The overlay: what stages will write to each repository, as it was planned.

A stage that depends on others is planned on top of what these will have written.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.copy_rule import CopyRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference


class PlannedWrite(Struct, frozen=True):
    """An image with ``digest`` that a stage will copy from *source*, by ``rule``.

    ``root`` is what ``tag`` will name; None where the image exists already, and only referrers are
    added. ``made`` is the manifest where the source does not have it: a stripped index.
    """

    stage: str
    digest: Digest
    source: Source
    rule: CopyRule
    tag: str = ""
    root: Descriptor | None = None
    made: Manifest | None = None

    def wants(self, referrer: Descriptor) -> bool:
        """Return whether *referrer*, as far as it says what it is, comes with the image."""
        kind, rule = referrer.artifact_type, self.rule.referrers
        return rule is not None and (not kind or rule.wants(kind))

    def wants_tag(self, tag: str) -> bool:
        """Return whether what *tag*, a digest tag of the image, names comes with it."""
        return self.rule.referrers is not None and self.rule.referrers.wants_tag(tag)


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


class WritesToRepository(Struct, frozen=True):
    """Planned writes to one repository: by tag, by digest, and those with which referrers come."""

    by_tag: Mapping[str, PlannedWrite]
    by_digest: Mapping[Digest, PlannedWrite]
    with_referrers: Mapping[Digest, Sequence[PlannedWrite]]
    sources: Sequence[Source]

    @classmethod
    def of(cls, writes: Sequence[PlannedWrite]) -> WritesToRepository:
        """Return *writes* with what finds them."""
        with_referrers: defaultdict[Digest, list[PlannedWrite]] = defaultdict(list)
        for write in writes:
            if write.rule.referrers is not None:
                with_referrers[write.digest].append(write)
        copied = [write for write in writes if write.root is not None]
        return cls(
            {write.tag: write for write in copied if write.tag},
            {write.digest: write for write in copied},
            with_referrers,
            list({write.source.reference.name: write.source for write in writes}.values()),
        )

    def named(self, tag_or_digest: str) -> PlannedWrite | None:
        """Return the write that makes *tag_or_digest* name what it will name."""
        if ":" in tag_or_digest:
            return self.by_digest.get(Digest(tag_or_digest))
        return self.by_tag.get(tag_or_digest)

    def of_subject(self, subject: Digest) -> Iterator[PlannedWrite]:
        """Return the writes that may bring referrers of *subject*, one for each source.

        What is not an image itself may be below one, or refer to one.
        """
        known = self.with_referrers.get(subject)
        if known is not None:
            yield from known
            return
        others = (write for writes in self.with_referrers.values() for write in writes)
        yield from {each.source.reference.name: each for each in others}.values()
