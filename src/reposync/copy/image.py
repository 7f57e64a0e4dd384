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

from reposync.copy.comparison import Comparison, names, recheck
from reposync.copy.copy_state import CopyState, fail_all, outcome_of, pending
from reposync.copy.external_copying import ExternalCopier, copy_externally
from reposync.copy.fanout import LeftBehindError
from reposync.copy.graph import WANTS_PARTS, GraphCopier, Walk
from reposync.copy.image_config import platform_of
from reposync.copy.platforms import listed
from reposync.copy.referrer_rule import Late
from reposync.copy.run_all import run_all
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
    from reposync.copy.referrers import ReferrerCopier
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference


_CHECK_NAMES = (
    "check the names of the tag and of its repository, and the path in the registry's url"
)
ReleaseSlot = Callable[[], AbstractAsyncContextManager[None]]


class ImageCopier(Struct):
    """Copies images, sharing what it learns among all of a run.

    With a *external_copier* it is this that moves what is not there; all else is decided here.
    """

    graph: GraphCopier
    referrers: ReferrerCopier
    comparison: Comparison
    external_copier: ExternalCopier | None = None
    _found_at: set[Reference] = field(default_factory=set)
    """Destinations at which some tag was found."""

    async def copy(
        self,
        source: Source,
        name: str,
        states: Sequence[CopyState],
        release_slot: ReleaseSlot = nullcontext,
    ) -> tuple[Outcome, ...]:
        """Bring what *name*, a tag or a digest, means at *source* to all *states*.

        Nothing is raised: how each ended is told. *release_slot* is entered where there is nothing
        left to do but for destinations that are slower than the others.
        """
        for state in states:
            await self.comparison.recall(state, name)
        asked = [one for one in states if one.delivered is None]
        if asked:
            await self._bring(source, name, asked, release_slot)
        reference = source.reference.naming(name)
        await self._bring_late_referrers(source, reference, states, release_slot)
        return tuple(outcome_of(reference, one, name) for one in states)

    async def _bring(
        self, source: Source, name: str, states: Sequence[CopyState], release_slot: ReleaseSlot
    ) -> None:
        root = await self._looked_up(source, name, states)
        if root is None:
            return
        await run_all([self.comparison.judge(one, root) for one in pending(states)])
        groups: dict[object, list[CopyState]] = defaultdict(list)
        for one in pending(states):
            if one.is_late:
                groups[one.rule.platforms, one.rule.referrers].append(one)
        await self._in_company(
            groups.values(),
            lambda group: self._bring_image(source, (name, root), group),
            release_slot,
        )
        for one in pending(states):
            self.comparison.record(one, name, root)

    async def _looked_up(
        self, source: Source, name: str, states: Sequence[CopyState]
    ) -> Descriptor | None:
        """Determine what *name* means, and what is at the destinations.

        A source that is near is asked last, as long as no tag was found at these destinations:
        what is lacking everywhere is fetched then, without a look before.
        """
        looks = [self._look(one, name) for one in states if not one.is_new]
        is_first_sync = self._found_at.isdisjoint(one.place for one in states)
        if is_first_sync and source.is_near and self._may_fetch(source, name):
            await run_all(looks)
            return await self._resolve(source, name, states)
        async with asyncio.TaskGroup() as group:
            for look in looks:
                group.create_task(look)
            return await self._resolve(source, name, states)

    async def _resolve(
        self, source: Source, name: str, states: Sequence[CopyState]
    ) -> Descriptor | None:
        operation = f"look up {_named(name)}"
        try:
            root = await self._root(source, name, states)
        except RepoSyncError as error:
            fail_all(states, operation, error)
            return None
        if root is None:
            missing = NotFoundError(f"{source.reference} has no {_named(name)}", hint=_CHECK_NAMES)
            fail_all(states, operation, missing)
        return root

    async def _root(
        self, source: Source, name: str, states: Sequence[CopyState]
    ) -> Descriptor | None:
        """Look *name* up; or fetch what it names at once, where it is needed and no pull more."""
        if self._may_fetch(source, name) and all(one.is_new for one in states):
            manifest = None
            with suppress(NotFoundError):
                manifest = await source.fetch_tagged(name)
            if manifest is not None:
                self.graph.manifests.keep(manifest)
                return manifest.descriptor
        return await source.resolve(name)

    def _may_fetch(self, source: Source, name: str) -> bool:
        """Return whether fetching what *name* means costs no more than looking it up."""
        return self.external_copier is None and not source.counts_pulls and ":" not in name

    async def _look(self, state: CopyState, name: str) -> None:
        """Determine what is at the destination."""
        wanted = state.tag or name
        try:
            there = await state.destination.resolve(wanted)
        except NotFoundError:
            there = None  # some say so of a repository that is not there yet; the push will tell
        except RepoSyncError as error:
            may_be_missing = isinstance(error, DeniedError | UnreadableError)
            if not may_be_missing or state.rule.overwrite.reason_to_keep(state.tag):
                state.fail(f"look up {_named(wanted)}", "destination", error)
            return
        state.is_new = there is None
        if there is not None:
            state.digest_there = there.digest
            state.is_sparse_there = LACKING in there.annotations
            self._found_at.add(state.place)

    async def _bring_image(
        self, source: Source, image: tuple[str, Descriptor], states: Sequence[CopyState]
    ) -> None:
        if self.external_copier is None:
            await self._bring_root(source, image, states)
        else:
            await copy_externally(self.external_copier, source, image, states)
            for one in states:
                if one.is_carried:
                    self.graph.digest_tags.note_written(one.place, one.tag)

    async def _bring_root(
        self, source: Source, image: tuple[str, Descriptor], states: Sequence[CopyState]
    ) -> None:
        """Bring the image to *states*, which all have the same rules."""
        name, root = image
        walk = Walk(source, source.reference.naming(name))
        async with self.graph.parts.holding_root(root.size):
            fetched = await self.graph.fetch(walk, root.digest, states)
            manifest = fetched and await self._shaped(walk, fetched, pending(states))
            if manifest is None:
                return
            await self.graph.bring_below(walk, manifest, pending(states))
            await self._bring_tag(walk, root, manifest, pending(states))

    async def _bring_tag(
        self, walk: Walk, root: Descriptor, manifest: Manifest, states: Sequence[CopyState]
    ) -> None:
        """Tag what is whole, between the referrers of its children and its own."""
        referrers = states[0].rule.referrers if states else None
        if referrers is not None:
            await self.referrers.bring(
                Walk(walk.source, walk.image), referrers, walk.visited, states
            )
        await run_all([self._tag(walk, manifest, one) for one in pending(states)])
        _advise(manifest, states)
        if referrers is not None and manifest.digest == root.digest:
            subjects = [root.digest]
            await self.referrers.bring(
                Walk(walk.source, walk.image), referrers, subjects, pending(states)
            )
        for one in pending(states):
            one.delivered = manifest.digest
            one.is_late = not names(one, manifest) or bool(one.blobs_sent or one.blobs_mounted)

    async def _tag(self, walk: Walk, manifest: Manifest, state: CopyState) -> None:
        """Set the tag, unless it names *manifest* already or must stay as it is."""
        if names(state, manifest):
            return
        await recheck(state, manifest)
        if state.is_open and not names(state, manifest):
            await self.graph.push(walk, manifest, state, state.tag)

    async def _shaped(
        self, walk: Walk, root: Manifest, states: Sequence[CopyState]
    ) -> Manifest | None:
        """Return what the rules make of the image; None when they let nothing through."""
        rule = states[0].rule.platforms
        if rule is None:
            return root
        try:
            reason = await _reason_to_skip(walk.source, root, rule)
            shaped = rule.applied(root) if root.is_index and not reason else root
        except RepoSyncError as error:
            fail_all(states, "choose the platforms", error)
            return None
        for one in states:
            one.skipped = reason
        return None if reason else shaped

    async def _bring_late_referrers(
        self,
        source: Source,
        image: Reference,
        states: Sequence[CopyState],
        release_slot: ReleaseSlot,
    ) -> None:
        """Look for what came to point to an image that is up to date, as far as the rules say."""
        groups: dict[object, list[CopyState]] = defaultdict(list)
        for one in states:
            if one.is_open and not one.is_late and self._may_have_late(source, one):
                rule = one.rule
                groups[rule.referrers, rule.platforms, one.delivered, one.made_from].append(one)
        await self._in_company(
            groups.values(), lambda group: self._bring_late(source, image, group), release_slot
        )

    def _may_have_late(self, source: Source, state: CopyState) -> bool:
        """Return whether there is a question to ask about an image that is up to date."""
        rule, digest = state.rule.referrers, state.delivered
        if rule is None or rule.late is Late.NONE or digest is None:
            return False
        return rule.late is Late.ALL or not self.referrers.knows_of_none(source, digest)

    async def _in_company(
        self,
        groups: Iterable[Sequence[CopyState]],
        bring: Callable[[Sequence[CopyState]], Coroutine[None, None, None]],
        release_slot: ReleaseSlot,
    ) -> None:
        """Serve each group together, then alone those who could not keep pace with the others."""
        await run_all([bring(group) for group in groups])
        behind = [one for group in groups for one in group if _is_behind(one)]
        if behind:
            for one in behind:
                one.error = None
            async with release_slot():
                await run_all([bring([one]) for one in behind])

    async def _bring_late(
        self, source: Source, image: Reference, states: Sequence[CopyState]
    ) -> None:
        rule, digest = states[0].rule.referrers, states[0].delivered
        assert rule is not None and digest is not None  # noqa: S101, PT018 -- as they were grouped
        deep = rule.late is Late.ALL
        try:
            subjects = await self._family(states[0], digest) if deep else [digest]
        except RepoSyncError as error:
            states[0].fail(f"read manifest {digest.short}", "destination", error)
            return
        if digest != states[0].made_from:
            subjects.remove(digest)  # a stripped index, which the source never had
        subjects = [each for each in subjects if not self.referrers.knows_of_none(source, each)]
        await self.referrers.bring(Walk(source, image), rule, subjects, states, deep=deep)

    async def _family(self, state: CopyState, digest: Digest) -> list[Digest]:
        """Return the manifests of an image that its rule lets through.

        They are read where the image is up to date: that is no pull.
        """
        there = state.digest_there or digest
        root = await self.graph.manifests.fetch(state.destination, there)
        rule = state.rule.platforms
        shaped = rule.applied(root) if rule and root.is_index else root
        return [digest, *await self._below(state, shaped)]

    async def _below(self, state: CopyState, index: Manifest) -> list[Digest]:
        found: list[Digest] = []
        for child in index.manifests:
            if child.media_type in media_type.MANIFESTS:
                found.append(child.digest)
            if child.media_type in media_type.INDEXES:
                there = state.destination
                inner = await self.graph.manifests.fetch(there, child.digest)
                found += await self._below(state, inner)
        return found


def _is_behind(state: CopyState) -> bool:
    return state.error is not None and isinstance(state.error.cause, LeftBehindError)


async def _reason_to_skip(source: Source, root: Manifest, rule: PlatformRule) -> str:
    """Return why nothing of *root* passes *rule*; empty where something does."""
    wanted = listed(rule.platforms)
    if root.is_index:
        offered = listed(entry.platform for entry in root.manifests)
        return "" if rule.offers(root) else f"it has none of {wanted}, but {offered or 'nothing'}"
    platform = await platform_of(source, root)
    return "" if platform is None or rule.wants(platform) else f"it is for {platform}, not {wanted}"


def _advise(manifest: Manifest, states: Iterable[CopyState]) -> None:
    """Add a hint for a registry that requires everything that an index lists as manifests."""
    hint = _hint_for_index(manifest)
    for error in [one.error for one in states if hint and one.error]:
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
