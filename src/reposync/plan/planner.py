"""The planner: observes an image on both sides, and decides what should happen to it.

All that planning asks of registries is asked here. A tag that is up to date costs one HEAD on
either side, and where referrers are looked for, one question for them at the source.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.run_all import run_all
from reposync.decision import Action, Decision
from reposync.errors import (
    CopyError,
    DeniedError,
    NotFoundError,
    RepoSyncError,
    UnreadableError,
)
from reposync.oci import media_type
from reposync.plan.comparison import is_made, judge
from reposync.plan.diff import decide
from reposync.plan.missing_referrers import Check, MissingReferrers
from reposync.plan.observed import Observed
from reposync.sync_record import SyncRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Destination, Source
    from reposync.copy.ledger_protocol import Ledger
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.errors import Side
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.plan.desired import Target

_CHECK_NAMES = (
    "check the names of the tag and of its repository, and the path in the registry's url"
)


class Planned(Struct, frozen=True):
    """A decision with what saves its execution requests, and what failed as an error.

    ``needs_referrers_alone`` says that the image itself is known to be whole; ``is_exact`` that
    nothing may be written where the tag no longer names the ``found_digest``.
    """

    decision: Decision
    target: Target
    needs_referrers_alone: bool = False
    is_exact: bool = False
    error: RepoSyncError | None = None


class PlannedImage(Struct, frozen=True):
    """The decisions about one image of a source.

    ``name`` is what it is read by there, and ``root`` what that means, None where it is not known.
    """

    name: str
    decisions: tuple[Planned, ...] = ()
    root: Descriptor | None = None


class _Observation(Struct):
    """What comes to be known of an image at one destination, while it is being looked at."""

    target: Target
    is_new: bool
    record: SyncRecord | None = None
    found: Descriptor | None = None
    found_digest: Digest | None = None
    source_digest: Digest | None = None
    is_stripped: bool = False
    is_made: bool = False
    lacks: str = ""
    error: CopyError | None = None

    def fail(self, operation: str, side: Side, cause: RepoSyncError) -> None:
        """Note why it cannot be decided; of both sides the source, whichever failed first."""
        if self.error is None or side == "source":
            self.error = CopyError(operation, side, cause)

    @property
    def digest(self) -> Digest | None:
        """What the tag should name, as far as that is known without reading the image."""
        if self.is_made:
            return self.found_digest if self.target.desired.rule.form else self.source_digest
        return None if self.is_stripped else self.source_digest

    def planned(self) -> Planned:
        observed = Observed(
            source_digest=self.source_digest,
            found_digest=self.found_digest,
            record=self.record,
            is_made=self.is_made,
            lacks=self.lacks,
            digest=self.digest,
            error=str(self.error) if self.error else "",
        )
        decision = decide(self.target.desired, observed)
        alone = self.is_made and decision.action is Action.COMPLETE
        return Planned(decision, self.target, alone, error=self.error)


class Planner(Struct):
    """Decides about images, sharing what it learns among all of a run.

    Where it ``may_fetch``, what is new everywhere is fetched in place of being looked up, as long
    as that counts as no pull. Unless it ``is_dry``, so that nothing is pushed afterwards, a
    destination that does not say what it has is taken for one that has nothing: the push finds out.
    """

    manifests: ManifestCache
    ledger: Ledger
    referrers: MissingReferrers
    may_fetch: bool = True
    is_dry: bool = False
    _found_at: set[Reference] = field(default_factory=set)
    """Destinations at which some tag was found."""
    _has_tags: dict[Reference, bool] = field(default_factory=dict)
    """Whether destinations that deny to be read list any tags."""

    async def decide(self, source: Source, name: str, targets: Sequence[Target]) -> PlannedImage:
        """Decide what should happen to what *name*, a tag or a digest, means, at all *targets*.

        Expected failures are decisions.
        """
        observations = [_Observation(target, target.is_new) for target in targets]
        for each in observations:
            await self._recall(each)
        asked = [each for each in observations if not each.is_made]
        fetches = self.may_fetch and not source.counts_pulls and ":" not in name
        root = await self._look_up(source, name, asked, fetches=fetches) if asked else None
        if root is not None:
            await run_all([self._compare(each, root) for each in asked if each.error is None])
        planned = [each.planned() for each in observations]
        await self._look_for_referrers(source, observations, planned)
        return PlannedImage(name, tuple(planned), root)

    async def _recall(self, seen: _Observation) -> None:
        """Recall what the ledger says; an immutable tag that it knows is up to date.

        In a layout such a tag is looked up even so: that is no request, and what a stopped run
        left there must still be packed.
        """
        target, rule = seen.target, seen.target.desired.rule
        known = seen.record = self.ledger.recall(target.desired.destination)
        if known is None or not target.tag or not rule.makes(known.form):
            return
        if not rule.overwrite.is_immutable(target.tag):
            return
        if target.destination.is_at_hand and not await _is_there(target, known.there):
            return
        seen.found_digest, seen.source_digest, seen.is_made = known.there, known.source, True

    async def _look_up(
        self, source: Source, name: str, asked: Sequence[_Observation], *, fetches: bool
    ) -> Descriptor | None:
        """Look up what *name* means, and what the destinations have.

        A source that is near is asked last, as long as no tag was found at these destinations:
        what is missing everywhere is fetched then, without looking it up before.
        """
        looks = [self._look(each, name) for each in asked if not each.is_new]
        is_first_sync = self._found_at.isdisjoint(each.target.place for each in asked)
        if is_first_sync and source.is_near and fetches:
            await run_all(looks)
            return await self._resolve(source, name, asked, fetches=fetches)
        async with asyncio.TaskGroup() as group:
            for look in looks:
                group.create_task(look)
            return await self._resolve(source, name, asked, fetches=fetches)

    async def _look(self, seen: _Observation, name: str) -> None:
        """Look up what the destination has."""
        target = seen.target
        wanted = target.tag or name
        try:
            found = await target.destination.resolve(wanted)
        except NotFoundError:
            found = None  # some registries answer so for a repository that does not exist yet
        except RepoSyncError as error:
            if not await self._may_be_missing(target, error):
                seen.fail(f"look up {_named(wanted)}", "destination", error)
            return
        seen.is_new = found is None
        if found is not None:
            seen.found, seen.found_digest = found, found.digest
            self._found_at.add(target.place)

    async def _may_be_missing(self, target: Target, error: RepoSyncError) -> bool:
        """Return whether *error* may mean that there is nothing yet.

        Some registries deny to read what does not exist, and fail at what they do not understand.
        """
        if target.desired.rule.overwrite.reason_to_keep(target.tag):
            return False
        if not self.is_dry:
            return isinstance(error, DeniedError | UnreadableError)
        if not isinstance(error, DeniedError):
            return False
        if target.place not in self._has_tags:
            self._has_tags[target.place] = await _has_tags(target.destination)
        return not self._has_tags[target.place]

    async def _resolve(
        self, source: Source, name: str, asked: Sequence[_Observation], *, fetches: bool
    ) -> Descriptor | None:
        operation = f"look up {_named(name)}"
        try:
            root = await self._root(source, name, asked, fetches=fetches)
        except RepoSyncError as error:
            _fail_all(asked, operation, error)
            return None
        if root is None:
            missing = NotFoundError(f"{source.reference} has no {_named(name)}", hint=_CHECK_NAMES)
            _fail_all(asked, operation, missing)
            return None
        for each in asked:
            each.source_digest = root.digest
            is_index = root.media_type in media_type.INDEXES
            each.is_stripped = is_index and each.target.desired.rule.strips
        return root

    async def _root(
        self, source: Source, name: str, asked: Sequence[_Observation], *, fetches: bool
    ) -> Descriptor | None:
        """Look *name* up; or fetch what it names at once, where it is needed and no pull more."""
        if fetches and all(each.is_new for each in asked):
            manifest = None
            with suppress(NotFoundError):
                manifest = await source.fetch_tagged(name)
            if manifest is not None:
                self.manifests.keep(manifest)
                return manifest.descriptor
        return await source.resolve(name)

    async def _compare(self, seen: _Observation, root: Descriptor) -> None:
        rule, found = seen.target.desired.rule, seen.found
        verdict = judge(rule, root, found, seen.record)
        if verdict is None and found is not None:
            with suppress(RepoSyncError):  # read where it costs no pull; else it is copied
                digests = found.digest, root.digest
                verdict = await is_made(self.manifests, seen.target.destination, rule, digests)
        seen.is_made = bool(verdict)
        if seen.is_made:
            self._record(seen, root)

    def _record(self, seen: _Observation, root: Descriptor) -> None:
        """Record what the digests alone do not tell, or what was recorded before."""
        rule, there, known = seen.target.desired.rule, seen.found_digest, seen.record
        if there is None:
            return
        is_index = root.media_type in media_type.INDEXES
        is_asked_for = rule.form or known or rule.overwrite.is_immutable(seen.target.tag)
        if not (is_asked_for or there != root.digest or (rule.may_be_sparse and is_index)):
            return
        record = SyncRecord(root.digest, rule.form, there)
        if known is None or not known.knows_the_same(record):
            self.ledger.record(seen.target.desired.destination, record.owned_as(known))

    async def _look_for_referrers(
        self, source: Source, observations: Sequence[_Observation], planned: list[Planned]
    ) -> None:
        """Look for what came to refer to images that are up to date, as far as the rules say."""
        groups: dict[object, list[tuple[int, Check]]] = {}
        for number, each in enumerate(planned):
            rule, decision = each.target.desired.rule, each.decision
            if decision.action is not Action.UP_TO_DATE or rule.referrers is None:
                continue
            check = Check(each.target.destination, rule, decision)
            if self.referrers.may_lack(source, check):
                alike = rule.referrers, rule.platforms, decision.digest, decision.source_digest
                groups.setdefault(alike, []).append((number, check))
        await run_all(
            [self.referrers.find(source, [check for _, check in each]) for each in groups.values()]
        )
        for number, check in (each for group in groups.values() for each in group):
            seen = observations[number]
            seen.lacks, seen.error = check.missing, check.error
            planned[number] = seen.planned()


async def _is_there(target: Target, digest: Digest) -> bool:
    try:
        there = await target.destination.resolve(target.tag)
    except RepoSyncError:
        return False  # it is looked up once more, and what fails then is reported
    return there is not None and there.digest == digest


async def _has_tags(destination: Destination) -> bool:
    try:
        tags = await destination.list_few_tags()
    except RepoSyncError:
        return False
    return tags is None or bool(tags)


def _fail_all(asked: Sequence[_Observation], operation: str, error: RepoSyncError) -> None:
    for each in asked:
        each.fail(operation, "source", error)


def _named(name: str) -> str:
    return f"manifest {name}" if ":" in name else f"tag {name}"
