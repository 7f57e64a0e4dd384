"""Carrying out decisions about one image: its graph, then its tag, then what points to it.

What points to the image's children comes before the tag, what points to the image itself after it:
a run that is cut off in between leaves either no tag, or an image that lacks what the next run
looks for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.copy_state import CopyState, fail_all, outcome_of, pending
from reposync.copy.external_copying import ExternalCopier, copy_externally
from reposync.copy.fanout import LeftBehindError
from reposync.copy.graph import WANTS_PARTS, GraphCopier, Walk
from reposync.copy.late_subjects import late_subjects
from reposync.copy.platform_choice import reason_to_skip
from reposync.copy.referrer_rule import Late
from reposync.copy.referrer_walk import ReferrerSearch
from reposync.copy.run_all import run_all
from reposync.copy.tagging import set_tag
from reposync.errors import RegistryError, RepoSyncError
from reposync.oci import media_type
from reposync.sync_record import SyncRecord

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.ledger_protocol import Ledger
    from reposync.copy.outcome import Outcome
    from reposync.copy.referrers import ReferrerCopier
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest

ReleaseSlot = Callable[[], AbstractAsyncContextManager[None]]


class Root(Struct, frozen=True):
    """An image at its source: the ``name`` that it is read by, and what that means.

    ``descriptor`` may be None where all destinations need referrers alone.
    """

    name: str
    descriptor: Descriptor | None


class ImageCopier(Struct):
    """Carries out decisions, sharing what it learns among all of a run.

    With an *external_copier* it is this that copies the images.
    """

    graph: GraphCopier
    referrers: ReferrerCopier
    ledger: Ledger
    external_copier: ExternalCopier | None = None

    async def carry_out(
        self,
        source: Source,
        root: Root,
        states: Sequence[CopyState],
        release_slot: ReleaseSlot = nullcontext,
    ) -> tuple[Outcome, ...]:
        """Do what was decided about the image *root* of *source*, for all *states*.

        Nothing is raised: the outcomes say how each ended. *release_slot* is entered where there is
        nothing left to do but for destinations that are slower than the others.
        """
        groups: dict[object, list[CopyState]] = defaultdict(list)
        for one in states:
            whole = one.decision.digest if one.needs_referrers_alone else None
            groups[whole, one.rule.platforms, one.rule.referrers].append(one)
        await self._in_company(
            groups.values(), lambda group: self._bring_group(source, root, group), release_slot
        )
        for one in pending(states):
            self._record(one)
        return tuple(map(outcome_of, states))

    async def _bring_group(self, source: Source, root: Root, states: Sequence[CopyState]) -> None:
        """Bring the image to *states*, which all have the same rules and needs."""
        if states[0].needs_referrers_alone or root.descriptor is None:
            await self._bring_late(source, root, states)
            return
        image = root.name, root.descriptor
        if self.external_copier is None:
            await self._bring_root(source, image, states)
        else:
            await copy_externally(self.external_copier, source, image, states)
            for one in states:
                if one.is_carried:
                    self.graph.digest_tags.note_written(one.place, one.tag)

    def _record(self, state: CopyState) -> None:
        """Record what the tag names now, and whether it was set here."""
        decision, there = state.decision, state.digest
        if decision.source_digest is None or there is None or state.needs_referrers_alone:
            return
        record = SyncRecord(decision.source_digest, state.rule.form, there)
        if state.was_tagged:
            origin = str(decision.source)
            record = record.put(datetime.now(UTC), stage=decision.stage, origin=origin)
        else:
            record = record.owned_as(self.ledger.recall(decision.destination))
        self.ledger.record(decision.destination, record)

    async def _bring_root(
        self, source: Source, image: tuple[str, Descriptor], states: Sequence[CopyState]
    ) -> None:
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
        rule = states[0].rule.referrers if states else None
        if rule is not None:
            search = ReferrerSearch(walk.source, walk.image, rule)
            await self.referrers.walk(search, walk.visited, states)
        await run_all([set_tag(self.graph, walk, manifest, one) for one in pending(states)])
        _advise(manifest, states)
        if rule is not None and manifest.digest == root.digest:
            search = ReferrerSearch(walk.source, walk.image, rule)
            await self.referrers.walk(search, [root.digest], pending(states))
        for one in pending(states):
            one.digest = manifest.digest
            sent = one.blobs_sent or one.blobs_mounted
            one.has_changed = not one.names(manifest) or bool(sent)

    async def _shaped(
        self, walk: Walk, root: Manifest, states: Sequence[CopyState]
    ) -> Manifest | None:
        """Return what the rules make of the image; None when they let nothing through."""
        rule = states[0].rule.platforms
        if rule is None:
            return root
        try:
            reason = await reason_to_skip(walk.source, root, rule)
            shaped = rule.applied(root) if root.is_index and not reason else root
        except RepoSyncError as error:
            fail_all(states, "choose the platforms", error)
            return None
        for one in states:
            one.skipped = reason
        return None if reason else shaped

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

    async def _bring_late(self, source: Source, root: Root, states: Sequence[CopyState]) -> None:
        """Bring what came to refer to an image that is up to date."""
        for one in states:
            one.digest = one.decision.digest
        first, image = states[0], source.reference.naming(root.name)
        rule = first.rule.referrers
        assert rule is not None  # noqa: S101 -- as decided
        subjects = await late_subjects(self.graph.manifests, states)
        search = ReferrerSearch(source, image, rule, deep=rule.late is Late.ALL)
        await self.referrers.walk(search, subjects, pending(states))


def _is_behind(state: CopyState) -> bool:
    return state.error is not None and isinstance(state.error.cause, LeftBehindError)


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
