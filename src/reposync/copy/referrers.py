"""Referrers: signatures, attestations, SBOMs and all else that points to an image.

Found by the registry's own list, by its fallback tag, and by cosign's tags; for every manifest of
the image, and for referrers of referrers. A referrer is pushed after those that point to it, and
so is seen by nobody before it is whole: one that is missing at a destination is the sign that more
may be missing, and one that is there needs no second look.

Spec: distribution-spec v1.1.1, "Listing Referrers", "Referrers Tag Schema".
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.delivery import alive, fail_all
from reposync.copy.parts import Kind
from reposync.copy.together import results, together
from reposync.errors import (
    ContentError,
    DeniedError,
    NotFoundError,
    RepoSyncError,
    UnreadableError,
)
from reposync.oci.referrers import fallback_tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.delivery import Delivery
    from reposync.copy.graph import GraphCopier, Walk
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest

_DEPTH_LIMIT = 8
_COUNT_LIMIT = 10_000
# What cosign calls, where it pushes referrers, the artifacts that it else pushes under these tags.
_TYPES_BY_SUFFIX = {
    suffix: f"application/vnd.dev.cosign.artifact.{suffix}.v1+json"
    for suffix in ("sig", "att", "sbom")
}


class Late(StrEnum):
    """Where an image that is up to date is looked at for referrers that came later."""

    ROOT = "root"
    """At what the tag names: one request where the registry lists referrers."""
    ALL = "all"
    """At its children, and at referrers of referrers too: a request for each."""
    NONE = "none"


class ReferrerRule(Struct, frozen=True):
    """Which referrers come along; no ``artifact_types`` means all.

    Without ``by_tags`` cosign's tags are not looked for: every tag is copied for itself.
    """

    artifact_types: tuple[str, ...] = ()
    late: Late = Late.ROOT
    by_tags: bool = True

    def wants(self, artifact_type: str) -> bool:
        """Tell whether referrers of *artifact_type* come along."""
        return not self.artifact_types or artifact_type in self.artifact_types

    def wants_tag(self, tag: str) -> bool:
        """Tell whether what one of cosign's tags names comes along."""
        return self.by_tags and self.wants(_TYPES_BY_SUFFIX.get(tag.rpartition(".")[2], ""))


class _Hunt(Struct):
    """The search for the referrers of one image; ``seen`` ends the circles that liars make."""

    walk: Walk
    rule: ReferrerRule
    deep: bool
    seen: set[Digest] = field(default_factory=set)


class _Subject(Struct, frozen=True):
    """What referrers are looked for, how far from the image, and what each delivery has of them."""

    digest: Digest
    depth: int
    deliveries: Sequence[Delivery]
    there: Sequence[frozenset[Digest]] = ()

    def lacking(self, referrer: Digest) -> list[Delivery]:
        pairs = zip(self.deliveries, self.there, strict=True)
        return [one for one, digests in pairs if one.is_open and referrer not in digests]


class ReferrerCopier(Struct):
    """Copies referrers, sharing what it learns among all of a run."""

    graph: GraphCopier
    _learning: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    def knows_of_none(self, source: Source, subject: Digest) -> bool:
        """Tell whether it needs no question any more that nothing at *source* points to it."""
        lacks_api = source.has_referrers_api is False
        return lacks_api and self.graph.companions.knows_of_none(source.reference, subject)

    async def bring(
        self,
        walk: Walk,
        rule: ReferrerRule,
        subjects: Iterable[Digest],
        deliveries: Sequence[Delivery],
        *,
        deep: bool = False,
    ) -> None:
        """Bring the referrers of *subjects* that are not there yet to all *deliveries*.

        Those of a referrer that is there already are looked for when *deep*.
        """
        hunt = _Hunt(walk, rule, deep)
        await self.graph.parts.for_each(
            (Kind.SUBJECT, 0),
            tuple(subjects),
            lambda each: self._bring_all(hunt, _Subject(each, 0, deliveries)),
        )

    async def _bring_all(self, hunt: _Hunt, subject: _Subject) -> None:
        """Bring what points to *subject*, be it by a list or by a tag."""
        try:
            tags = await self.graph.companions.of(hunt.walk.source, subject.digest)
            listed = await self._listed(hunt, subject.digest, tags)
        except RepoSyncError as error:
            name = f"list the referrers of {subject.digest.short}"
            fail_all(subject.deliveries, name, error)
            return
        if listed and subject.depth >= _DEPTH_LIMIT:
            endless = ContentError(f"referrers point to one another more than {_DEPTH_LIMIT} deep")
            fail_all(subject.deliveries, f"list the referrers of {subject.digest.short}", endless)
            return
        if listed:
            there = await results(
                [_listed_there(one, subject.digest) for one in subject.deliveries]
            )
            subject = replace(subject, there=there)
        fallback = fallback_tag(subject.digest)
        named = [tag for tag in tags if tag != fallback and hunt.rule.wants_tag(tag)]
        await together(
            [
                self._bring_listed(hunt, subject, listed),
                *(self._bring_tag(hunt.walk, tag, alive(subject.deliveries)) for tag in named),
            ]
        )

    async def _bring_listed(
        self, hunt: _Hunt, subject: _Subject, listed: Sequence[Descriptor]
    ) -> None:
        await self.graph.parts.for_each(
            (Kind.REFERRER, subject.depth),
            listed,
            lambda each: self._bring_one(hunt, subject, each),
            attrgetter("size"),
        )

    async def _listed(self, hunt: _Hunt, subject: Digest, tags: Sequence[str]) -> list[Descriptor]:
        listed = await self._asked(hunt, subject, is_tagged=fallback_tag(subject) in tags)
        new = [each for each in listed if each.digest not in hunt.seen]
        hunt.seen.update(each.digest for each in new)
        if len(hunt.seen) > _COUNT_LIMIT:
            raise ContentError(f"there are more than {_COUNT_LIMIT} of them")
        return [
            each for each in new if not each.artifact_type or hunt.rule.wants(each.artifact_type)
        ]

    async def _asked(
        self, hunt: _Hunt, subject: Digest, *, is_tagged: bool
    ) -> tuple[Descriptor, ...]:
        """Ask the source, but not one that has no list for what no tag tells of.

        While nobody knows whether it has one, a single image asks and the others wait.
        """
        source = hunt.walk.source
        types = hunt.rule.artifact_types
        artifact_type = types[0] if len(types) == 1 else ""
        ask = partial(source.list_referrers, subject, artifact_type, is_tagged=is_tagged)
        try:
            if source.has_referrers_api is None:
                async with self._learning[source.host]:
                    if source.has_referrers_api is None:
                        return await ask()
            if source.has_referrers_api is False and not is_tagged:
                return ()
            return await ask()
        except NotFoundError:
            return ()

    async def _bring_one(self, hunt: _Hunt, subject: _Subject, referrer: Descriptor) -> None:
        lacking = subject.lacking(referrer.digest)
        concerned = alive(subject.deliveries) if hunt.deep else lacking
        beyond = _Subject(referrer.digest, subject.depth + 1, concerned)
        if not lacking:
            if concerned:
                await self._bring_all(hunt, beyond)
            return
        manifest = await self.graph.fetch(hunt.walk, referrer.digest, lacking)
        if manifest is None or not hunt.rule.wants(manifest.artifact_type):
            return
        if manifest.subject is None or manifest.subject.digest != subject.digest:
            return  # it was listed by mistake
        await self._bring_all(hunt, beyond)
        await self.graph.bring_below(hunt.walk, manifest, alive(lacking))
        await together([self._push(hunt.walk, manifest, one) for one in alive(lacking)])

    async def _bring_tag(self, walk: Walk, tag: str, deliveries: Sequence[Delivery]) -> None:
        """Bring what one of cosign's tags names; it moves when something is added to it."""
        try:
            root = await walk.source.resolve(tag)
        except RepoSyncError as error:
            fail_all(deliveries, f"look up tag {tag}", error)
            return
        if root is None:
            return
        there = await results([_resolved_there(one, tag) for one in deliveries])
        late = [
            one
            for one, digest in zip(deliveries, there, strict=True)
            if one.is_open and digest != root.digest and not _is_kept(one, digest)
        ]
        manifest = await self.graph.fetch(walk, root.digest, late) if late else None
        if manifest is not None:
            await self.graph.bring_below(walk, manifest, late)
            await together([self._push(walk, manifest, one, tag) for one in alive(late)])

    async def _push(
        self, walk: Walk, manifest: Manifest, delivery: Delivery, tag: str = ""
    ) -> None:
        await self.graph.push(walk, manifest, delivery, tag)
        delivery.referrers_sent += delivery.is_open


async def _listed_there(delivery: Delivery, subject: Digest) -> frozenset[Digest]:
    try:
        listed = await delivery.destination.list_referrers(subject)
    except (DeniedError, NotFoundError):
        return frozenset()  # some say so of what is not there yet; the push will tell
    except RepoSyncError as error:
        delivery.fail(f"list the referrers of {subject.short}", "destination", error)
        return frozenset()
    return frozenset(each.digest for each in listed)


async def _resolved_there(delivery: Delivery, tag: str) -> Digest | None:
    try:
        there = await delivery.destination.resolve(tag)
    except (DeniedError, NotFoundError, UnreadableError):
        return None
    except RepoSyncError as error:
        delivery.fail(f"look up tag {tag}", "destination", error)
        return None
    return there.digest if there else None


def _is_kept(delivery: Delivery, there: Digest | None) -> bool:
    return there is not None and delivery.rule.overwrite.only_adds
