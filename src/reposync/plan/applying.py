"""Applying a plan: its decisions, as long as the destinations are as it found them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from reposync.copy.run_all import results
from reposync.copy.tagging import changed_since_plan
from reposync.decision import CHANGING, Action, Decision
from reposync.errors import ConflictError, CopyError, DeniedError, NotFoundError, RepoSyncError
from reposync.plan.codec import PlanError
from reposync.plan.planner import Planned, PlannedImage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reposync.copy.abilities import Source
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.plan.desired import Target

_Key = tuple[str, str, str]
_COMPLETE = frozenset({Action.COMPLETE, Action.UP_TO_DATE})


class ImagePlanner(Protocol):
    """Decides what should happen to an image as the registries are now."""

    async def decide(self, source: Source, name: str, targets: Sequence[Target]) -> PlannedImage:
        """See ``Planner.decide``."""
        ...


class PlanReader(Struct, frozen=True):
    """Decides what a plan decided; each image is copied by the digest in the plan.

    *planner* finds out what is still missing of an image that the plan would complete.
    """

    decisions: Mapping[_Key, Decision]
    planner: ImagePlanner

    @classmethod
    def of(cls, decisions: Iterable[Decision], planner: ImagePlanner) -> PlanReader:
        """Return the reader of *decisions*."""
        by_key = {_key(each.stage, each.source, each.destination): each for each in decisions}
        return cls(by_key, planner)

    async def decide(self, source: Source, name: str, targets: Sequence[Target]) -> PlannedImage:
        """Look up each destination that is to be written, and what the plan would copy.

        An image of which nothing is to be written costs no request.
        """
        planned = await results([self._decided(source, target) for target in targets])
        digests = [each.decision.source_digest for each in planned if _is_to_copy(each)]
        wanted = next((digest for digest in digests if digest is not None), None)
        if wanted is None:
            return PlannedImage(name, tuple(planned))
        try:
            root = await _resolved(source, wanted)
        except RepoSyncError as error:
            failed = CopyError(f"look up manifest {wanted.short}", "source", error)
            return PlannedImage(
                name,
                tuple(_failed(each, failed) if _is_to_copy(each) else each for each in planned),
            )
        return PlannedImage(str(wanted), tuple(planned), root)

    async def _decided(self, source: Source, target: Target) -> Planned:
        desired = target.desired
        decision = self.decisions[_key(desired.stage, desired.source, desired.destination)]
        if decision.action is Action.ERROR:
            return Planned(decision, target, error=PlanError(f"not decided: {decision.reason}"))
        if decision.action is Action.CONFLICT:
            return Planned(decision, target, error=ConflictError(decision.reason))
        if decision.action not in CHANGING:
            return Planned(decision, target)
        planned = await _still_as_found(decision, target)
        is_there = planned.decision.action in _COMPLETE and planned.error is None
        return await self._completed(source, planned) if is_there else planned

    async def _completed(self, source: Source, planned: Planned) -> Planned:
        """Find out what is still missing of an image that is there, and whether it is referrers.

        An application that was cut off may have set the tag and not yet brought these. Of an image
        that the source does not have any more, nothing is.
        """
        decision = planned.decision
        image = await self.planner.decide(source, str(decision.source_digest), [planned.target])
        now = image.decisions[0]
        if isinstance(now.error, CopyError) and isinstance(now.error.cause, NotFoundError):
            return planned
        if now.error is not None or now.decision.action in _COMPLETE:
            return replace(now, is_exact=True)
        return planned


async def _still_as_found(decision: Decision, target: Target) -> Planned:
    name = target.tag or str(decision.source_digest)
    try:
        found = await _found(target, name, decision)
    except RepoSyncError as error:
        failed = CopyError(f"look up {name}", "destination", error)
        return _failed(Planned(decision, target), failed)
    if found == decision.found_digest:
        return Planned(decision, target, is_exact=True)
    if found is not None and found == decision.digest:
        done = replace(decision, action=Action.UP_TO_DATE, found_digest=found, reason="")
        return Planned(done, target)
    return _failed(Planned(decision, target), changed_since_plan(decision, found))


async def _found(target: Target, name: str, decision: Decision) -> Digest | None:
    try:
        found = await target.destination.resolve(name)
    except NotFoundError:
        return None  # some registries answer so for a repository that does not exist yet
    except DeniedError:
        if decision.found_digest is None:
            return None  # and others so, when it was planned too
        raise
    return found.digest if found else None


async def _resolved(source: Source, digest: Digest) -> Descriptor:
    root = await source.resolve(digest)
    if root is None:
        raise NotFoundError(
            f"{source.reference} does not have {digest.short}, which the plan would copy",
            hint="make a new plan: run-reposync plan",
        )
    return root


def _is_to_copy(planned: Planned) -> bool:
    is_to_do = planned.error is None and planned.decision.action in CHANGING
    return is_to_do and not planned.needs_referrers_alone


def _failed(planned: Planned, error: RepoSyncError) -> Planned:
    return replace(planned, error=error)


def _key(stage: str, source: Reference, destination: Reference) -> _Key:
    return stage, str(source), str(destination)
