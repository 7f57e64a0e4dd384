"""One image to many destinations: its graph, then its tag, then what points to it.

What the destination's tag names already costs one HEAD on either side. What points to the image's
children comes before the tag, what points to the image itself after it: a run that is cut off in
between leaves either no tag, or an image that lacks what the next run looks for.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.carrying import Carrier, bring_by
from reposync.copy.comparison import Comparison, names, recheck
from reposync.copy.delivery import Delivery, alive, fail_all, outcome_of
from reposync.copy.graph import WANTS_PARTS, GraphCopier, Walk
from reposync.copy.image_config import platform_of
from reposync.copy.platforms import listed
from reposync.copy.referrers import Late, ReferrerCopier
from reposync.copy.relay import LeftBehindError
from reposync.copy.together import together
from reposync.errors import (
    DeniedError,
    NotFoundError,
    RegistryError,
    RepoSyncError,
    UnreadableError,
)
from reposync.oci import media_type
from reposync.oci.annotations import LACKING

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.outcome import Outcome
    from reposync.copy.platforms import PlatformRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference


_CHECK_NAMES = (
    "check the names of the tag and of its repository, and the path in the registry's url"
)
Aside = Callable[[], AbstractAsyncContextManager[None]]


class ImageCopier(Struct):
    """Copies images, sharing what it learns among all of a run.

    With a *carrier* it is this that moves what is not there; all else is decided here.
    """

    graph: GraphCopier
    referrers: ReferrerCopier
    comparison: Comparison
    carrier: Carrier | None = None
    _found_at: set[Reference] = field(default_factory=set)
    """Destinations at which some tag was found."""

    async def copy(
        self, source: Source, name: str, deliveries: Sequence[Delivery], aside: Aside = nullcontext
    ) -> tuple[Outcome, ...]:
        """Bring what *name*, a tag or a digest, means at *source* to all *deliveries*.

        Nothing is raised: how each ended is told. *aside* is entered where there is nothing left to
        do but for destinations that are slower than the others.
        """
        for delivery in deliveries:
            await self.comparison.recall(delivery, name)
        asked = [one for one in deliveries if one.delivered is None]
        if asked:
            await self._bring(source, name, asked, aside)
        reference = source.reference.naming(name)
        await self._bring_late_referrers(source, reference, deliveries, aside)
        return tuple(outcome_of(reference, one, name) for one in deliveries)

    async def _bring(
        self, source: Source, name: str, deliveries: Sequence[Delivery], aside: Aside
    ) -> None:
        root = await self._looked_up(source, name, deliveries)
        if root is None:
            return
        await together([self.comparison.judge(one, root) for one in alive(deliveries)])
        groups: dict[object, list[Delivery]] = defaultdict(list)
        for one in alive(deliveries):
            if one.is_late:
                groups[one.rule.platforms, one.rule.referrers].append(one)
        await self._in_company(
            groups.values(), lambda group: self._bring_image(source, (name, root), group), aside
        )
        for one in alive(deliveries):
            self.comparison.record(one, name, root)

    async def _looked_up(
        self, source: Source, name: str, deliveries: Sequence[Delivery]
    ) -> Descriptor | None:
        """Find out what *name* means, and what stands at the destinations.

        A source that is near is asked last, as long as no tag was found at these destinations:
        what is lacking everywhere is fetched then, without a look before.
        """
        looks = [self._look(one, name) for one in deliveries if not one.is_new]
        is_first_sync = self._found_at.isdisjoint(one.place for one in deliveries)
        if is_first_sync and source.is_near and self._may_fetch(source, name):
            await together(looks)
            return await self._resolve(source, name, deliveries)
        async with asyncio.TaskGroup() as group:
            for look in looks:
                group.create_task(look)
            return await self._resolve(source, name, deliveries)

    async def _resolve(
        self, source: Source, name: str, deliveries: Sequence[Delivery]
    ) -> Descriptor | None:
        operation = f"look up {_named(name)}"
        try:
            root = await self._root(source, name, deliveries)
        except RepoSyncError as error:
            fail_all(deliveries, operation, error)
            return None
        if root is None:
            missing = NotFoundError(f"{source.reference} has no {_named(name)}", hint=_CHECK_NAMES)
            fail_all(deliveries, operation, missing)
        return root

    async def _root(
        self, source: Source, name: str, deliveries: Sequence[Delivery]
    ) -> Descriptor | None:
        """Look *name* up; or fetch what it names at once, where it is needed and no pull more."""
        if self._may_fetch(source, name) and all(one.is_new for one in deliveries):
            manifest = None
            with suppress(NotFoundError):
                manifest = await source.fetch_tagged(name)
            if manifest is not None:
                self.graph.manifests.keep(manifest)
                return manifest.descriptor
        return await source.resolve(name)

    def _may_fetch(self, source: Source, name: str) -> bool:
        """Tell whether fetching what *name* means costs no more than looking it up."""
        return self.carrier is None and not source.counts_pulls and ":" not in name

    async def _look(self, delivery: Delivery, name: str) -> None:
        """Find out what stands at the destination."""
        wanted = delivery.tag or name
        try:
            there = await delivery.destination.resolve(wanted)
        except NotFoundError:
            there = None  # some say so of a repository that is not there yet; the push will tell
        except RepoSyncError as error:
            may_be_missing = isinstance(error, DeniedError | UnreadableError)
            if not may_be_missing or delivery.rule.overwrite.reason_to_keep(delivery.tag):
                delivery.fail(f"look up {_named(wanted)}", "destination", error)
            return
        delivery.is_new = there is None
        if there is not None:
            delivery.digest_there = there.digest
            delivery.is_sparse_there = LACKING in there.annotations
            self._found_at.add(delivery.place)

    async def _bring_image(
        self, source: Source, image: tuple[str, Descriptor], deliveries: Sequence[Delivery]
    ) -> None:
        if self.carrier is None:
            await self._bring_root(source, image, deliveries)
        else:
            await bring_by(self.carrier, source, image, deliveries)
            for one in deliveries:
                if one.is_carried:
                    self.graph.companions.note_written(one.place, one.tag)

    async def _bring_root(
        self, source: Source, image: tuple[str, Descriptor], deliveries: Sequence[Delivery]
    ) -> None:
        """Bring the image to *deliveries*, which all have the same rules."""
        name, root = image
        walk = Walk(source, source.reference.naming(name))
        async with self.graph.parts.holding_root(root.size):
            fetched = await self.graph.fetch(walk, root.digest, deliveries)
            manifest = fetched and await self._shaped(walk, fetched, alive(deliveries))
            if manifest is None:
                return
            await self.graph.bring_below(walk, manifest, alive(deliveries))
            await self._bring_tag(walk, root, manifest, alive(deliveries))

    async def _bring_tag(
        self, walk: Walk, root: Descriptor, manifest: Manifest, deliveries: Sequence[Delivery]
    ) -> None:
        """Tag what is whole, between the referrers of its children and its own."""
        referrers = deliveries[0].rule.referrers if deliveries else None
        if referrers is not None:
            await self.referrers.bring(
                Walk(walk.source, walk.image), referrers, walk.met, deliveries
            )
        await together([self._tag(walk, manifest, one) for one in alive(deliveries)])
        _advise(manifest, deliveries)
        if referrers is not None and manifest.digest == root.digest:
            subjects = [root.digest]
            await self.referrers.bring(
                Walk(walk.source, walk.image), referrers, subjects, alive(deliveries)
            )
        for one in alive(deliveries):
            one.delivered = manifest.digest
            one.is_late = not names(one, manifest) or bool(one.blobs_sent or one.blobs_mounted)

    async def _tag(self, walk: Walk, manifest: Manifest, delivery: Delivery) -> None:
        """Set the tag, unless it names *manifest* already or must stay as it is."""
        if names(delivery, manifest):
            return
        await recheck(delivery, manifest)
        if delivery.is_open and not names(delivery, manifest):
            await self.graph.push(walk, manifest, delivery, delivery.tag)

    async def _shaped(
        self, walk: Walk, root: Manifest, deliveries: Sequence[Delivery]
    ) -> Manifest | None:
        """Give what the rules make of the image; None when they let nothing through."""
        rule = deliveries[0].rule.platforms
        if rule is None:
            return root
        try:
            reason = await _reason_to_skip(walk.source, root, rule)
            shaped = rule.applied(root) if root.is_index and not reason else root
        except RepoSyncError as error:
            fail_all(deliveries, "choose the platforms", error)
            return None
        for one in deliveries:
            one.skipped = reason
        return None if reason else shaped

    async def _bring_late_referrers(
        self, source: Source, image: Reference, deliveries: Sequence[Delivery], aside: Aside
    ) -> None:
        """Look for what came to point to an image that is up to date, as far as the rules say."""
        groups: dict[object, list[Delivery]] = defaultdict(list)
        for one in deliveries:
            if one.is_open and not one.is_late and self._may_have_late(source, one):
                rule = one.rule
                groups[rule.referrers, rule.platforms, one.delivered, one.made_from].append(one)
        await self._in_company(
            groups.values(), lambda group: self._bring_late(source, image, group), aside
        )

    def _may_have_late(self, source: Source, delivery: Delivery) -> bool:
        """Tell whether there is a question to ask about an image that is up to date."""
        rule, digest = delivery.rule.referrers, delivery.delivered
        if rule is None or rule.late is Late.NONE or digest is None:
            return False
        return rule.late is Late.ALL or not self.referrers.knows_of_none(source, digest)

    async def _in_company(
        self,
        groups: Iterable[Sequence[Delivery]],
        bring: Callable[[Sequence[Delivery]], Coroutine[None, None, None]],
        aside: Aside,
    ) -> None:
        """Serve each group together, then alone those who could not keep pace with the others."""
        await together([bring(group) for group in groups])
        behind = [one for group in groups for one in group if _is_behind(one)]
        if behind:
            for one in behind:
                one.error = None
            async with aside():
                await together([bring([one]) for one in behind])

    async def _bring_late(
        self, source: Source, image: Reference, deliveries: Sequence[Delivery]
    ) -> None:
        rule, digest = deliveries[0].rule.referrers, deliveries[0].delivered
        assert rule is not None and digest is not None  # noqa: S101, PT018 -- as they were grouped
        deep = rule.late is Late.ALL
        try:
            subjects = await self._family(deliveries[0], digest) if deep else [digest]
        except RepoSyncError as error:
            deliveries[0].fail(f"read manifest {digest.short}", "destination", error)
            return
        if digest != deliveries[0].made_from:
            subjects.remove(digest)  # a stripped index, which the source never had
        subjects = [each for each in subjects if not self.referrers.knows_of_none(source, each)]
        await self.referrers.bring(Walk(source, image), rule, subjects, deliveries, deep=deep)

    async def _family(self, delivery: Delivery, digest: Digest) -> list[Digest]:
        """Return the manifests of an image that its rule lets through.

        They are read where the image is up to date: that is no pull.
        """
        there = delivery.digest_there or digest
        root = await self.graph.manifests.fetch(delivery.destination, there)
        rule = delivery.rule.platforms
        shaped = rule.applied(root) if rule and root.is_index else root
        return [digest, *await self._below(delivery, shaped)]

    async def _below(self, delivery: Delivery, index: Manifest) -> list[Digest]:
        found: list[Digest] = []
        for child in index.manifests:
            if child.media_type in media_type.MANIFESTS:
                found.append(child.digest)
            if child.media_type in media_type.INDEXES:
                there = delivery.destination
                inner = await self.graph.manifests.fetch(there, child.digest)
                found += await self._below(delivery, inner)
        return found


def _is_behind(delivery: Delivery) -> bool:
    return delivery.error is not None and isinstance(delivery.error.cause, LeftBehindError)


async def _reason_to_skip(source: Source, root: Manifest, rule: PlatformRule) -> str:
    """Say why nothing of *root* passes *rule*; empty where something does."""
    wanted = listed(rule.platforms)
    if root.is_index:
        offered = listed(entry.platform for entry in root.manifests)
        return "" if rule.offers(root) else f"it has none of {wanted}, but {offered or 'nothing'}"
    platform = await platform_of(source, root)
    return "" if platform is None or rule.wants(platform) else f"it is for {platform}, not {wanted}"


def _advise(manifest: Manifest, deliveries: Iterable[Delivery]) -> None:
    """Say what helps against a registry that wants to have all that an index lists as manifests."""
    hint = _hint_for_index(manifest)
    for error in [one.error for one in deliveries if hint and one.error]:
        if isinstance(error.cause, RegistryError) and WANTS_PARTS & set(error.cause.codes):
            error.hint = hint


def _hint_for_index(index: Manifest) -> str:
    if index.is_sparse:
        return "this registry takes no sparse index: use `platform_mode: strip`"
    if any(media_type.is_blob(entry.media_type) for entry in index.manifests):
        return (
            "this registry takes no index that lists layers, as build caches do: export the cache "
            "with `image-manifest=true`, as BuildKit can"
        )
    return ""


def _named(name: str) -> str:
    return f"manifest {name}" if ":" in name else f"tag {name}"
