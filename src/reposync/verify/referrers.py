"""Referrers: whether what points to an image at its source points to it at a destination too.

What the source lists is expected, by the stage's rule: through the registry's own list, its
fallback tag, and cosign's tags; for every manifest of the image and for referrers of referrers.
Each that exists is checked like an image.

Spec: distribution-spec v1.1.1, "Listing Referrers", "Referrers Tag Schema".
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.parts import Kind as Part
from reposync.copy.referrer_listing import DEPTH_LIMIT, new_referrers
from reposync.copy.run_all import results
from reposync.errors import NotFoundError, RepoSyncError
from reposync.oci.referrers import fallback_tag
from reposync.verify.findings import Flaw, Gap, Kind, gap
from reposync.verify.graph import Root
from reposync.verify.look_up import looked_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Inspected, Source
    from reposync.copy.digest_tags import DigestTags
    from reposync.copy.referrer_rule import ReferrerRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.verify.findings import Finding
    from reposync.verify.graph import GraphChecker
    from reposync.verify.manifests import Manifests

_Findings = tuple["Finding", ...]


class Search(Struct):
    """The search for the referrers of one image; ``seen`` ends circles in wrong lists.

    ``keeps_tags`` says that a tag that exists at the destination is never moved.
    """

    source: Source
    destination: Inspected
    rule: ReferrerRule
    keeps_tags: bool = False
    seen: set[bytes] = field(default_factory=set)


class ReferrerChecker:
    """Checks referrers with the graphs below them."""

    def __init__(self, digest_tags: DigestTags, graph: GraphChecker, manifests: Manifests) -> None:
        self._digest_tags = digest_tags
        self._graph = graph
        self._manifests = manifests

    async def check(self, search: Search, subjects: Sequence[Digest]) -> _Findings:
        """Return what is missing or wrong of the referrers of *subjects*."""
        found = await self._graph.each(
            (Part.SUBJECT, 0), subjects, lambda subject: self._subject(search, subject, 0)
        )
        return tuple(chain.from_iterable(found))

    async def _subject(self, search: Search, subject: Digest, depth: int) -> _Findings:
        """Check what points to *subject*, by a list or by a tag."""
        operation = f"list the referrers of {subject.short}"
        try:
            tags = await self._digest_tags.of(search.source, subject)
            expected = await new_referrers(
                search.source,
                search.rule,
                subject,
                search.seen,
                is_tagged=fallback_tag(subject) in tags,
            )
        except RepoSyncError as error:
            return (gap(operation, "source", error),)
        if expected and depth >= DEPTH_LIMIT:
            return (Gap(f"referrers point to one another more than {DEPTH_LIMIT} deep"),)
        try:
            there = await _digests_at(search.destination, subject) if expected else frozenset()
        except RepoSyncError as error:
            return (gap(operation, "destination", error),)
        listed = await self._graph.each(
            (Part.REFERRER, depth),
            expected,
            lambda each: self._referrer(
                search, subject, (each, depth), listed=each.digest in there
            ),
        )
        named = [tag for tag in tags if tag != fallback_tag(subject) and search.rule.wants_tag(tag)]
        tagged = await results([self._tag(search, tag) for tag in named]) if named else []
        return tuple(chain.from_iterable((*listed, *tagged)))

    async def _referrer(
        self, search: Search, subject: Digest, found: tuple[Descriptor, int], *, listed: bool
    ) -> _Findings:
        referrer, depth = found
        digest = referrer.digest
        if not listed:
            return await self._missing(search, subject, digest)
        below = await self._graph.check(search.destination, Root(digest, referrer.media_type))
        findings = tuple(_of_referrer(each, digest) for each in below.findings)
        return findings + await self._subject(search, digest, depth + 1)

    async def _missing(self, search: Search, subject: Digest, referrer: Digest) -> _Findings:
        """Return that *referrer* is missing, unless the source lists it by mistake."""
        try:
            manifest = await self._manifests.read(search.source, referrer, exists=True)
        except RepoSyncError as error:
            return (gap(f"read referrer {referrer.short}", "source", error),)
        names_subject = manifest.subject is not None and manifest.subject.digest == subject
        if not names_subject or not search.rule.wants(manifest.artifact_type):
            return ()
        return (Flaw(Kind.MISSING_REFERRER, referrer),)

    async def _tag(self, search: Search, tag: str) -> _Findings:
        """Check what one of cosign's tags names."""
        expected, found = await results(
            [
                looked_up(search.source, tag, "source", f"tag {tag}"),
                looked_up(search.destination, tag, "destination", f"tag {tag}"),
            ]
        )
        if isinstance(expected, Gap):
            return (expected,)
        if isinstance(found, Gap):
            return (found,)
        return await self._compared(search, tag, expected, found)

    async def _compared(
        self, search: Search, tag: str, expected: Descriptor | None, found: Descriptor | None
    ) -> _Findings:
        if expected is None:
            return ()
        if found is None:
            return (Flaw(Kind.MISSING_REFERRER, expected.digest, tag),)
        if found.digest != expected.digest and not search.keeps_tags:
            return (Flaw(Kind.OTHER_DIGEST, expected.digest, tag),)
        root = Root(found.digest, found.media_type, exists=True)
        return (await self._graph.check(search.destination, root)).findings


async def _digests_at(destination: Inspected, subject: Digest) -> frozenset[Digest]:
    try:
        return frozenset(each.digest for each in await destination.list_referrers(subject))
    except NotFoundError:
        return frozenset()


def _of_referrer(finding: Finding, referrer: Digest) -> Finding:
    """Name a referrer that is listed and does not exist what it is: a missing referrer."""
    if finding == Flaw(Kind.MISSING_MANIFEST, referrer):
        return Flaw(Kind.MISSING_REFERRER, referrer)
    return finding
