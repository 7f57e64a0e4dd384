"""A plan says what a run does, and applying it does just that, in any world."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.property.fuzzing import fuzzed
from tests.soak.memory_world import MemoryWorld
from tests.soak.scenario import LAYOUT, scenario

from reposync.copy.outcome import Status
from reposync.decision import CHANGING, Action, Decision
from reposync.plan.codec import decode, encode
from reposync.sync.events import ImageEnded, StageFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.copy.outcome import Outcome
    from reposync.sync.events import Event

SETTLED = frozenset({Action.UP_TO_DATE, Action.SKIP})
STAYING = frozenset({Action.ERROR, Action.CONFLICT})


@dataclass(frozen=True, slots=True)
class Before:
    """What happened to a world before it is planned: a run, moves at the source, other writers.

    ``loses_referrers`` takes referrers away from destinations.
    """

    seed: int
    was_run: bool
    has_moved: bool
    others_write: bool
    loses_referrers: bool
    counts_pulls: bool


BEFORE = st.builds(
    Before,
    st.integers(0, 2**32).filter(lambda seed: LAYOUT not in scenario(seed).characters),
    *[st.booleans()] * 5,
)


@dataclass(slots=True)
class Heard:
    """What a run or an application decided, and how that ended."""

    ended: list[tuple[Decision, Outcome]] = field(default_factory=list)
    failed: list[StageFailed] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if isinstance(event, ImageEnded):
            self.ended += zip(event.decisions, event.outcomes, strict=True)
        elif isinstance(event, StageFailed):
            self.failed.append(event)

    @property
    def decisions(self) -> list[Decision]:
        """What was done: a run finds out about platforms while it copies."""
        return [_as_ended(*each) for each in self.ended]


def ignore(_: Event) -> None:
    """Listen to nothing."""


async def prepared(before: Before) -> MemoryWorld:
    """Return a world to which what *before* says has happened."""
    rng = random.Random(before.seed)
    world = MemoryWorld(scenario(before.seed))
    await world.__aenter__()
    for key in scenario(before.seed).sources:
        world.registry(key).counts_pulls = before.counts_pulls
    heard = Heard()
    if before.was_run:
        await world.run(heard)
    if before.has_moved:
        world.move()
    written = [(each.destination.registry, each.destination) for each, _ in heard.ended]
    tags = sorted(
        (registry.removesuffix(".example"), reference.repository, reference.tag)
        for registry, reference in written
        if reference.tag and not reference.tag.startswith("sha256-")
    )
    if before.others_write:
        world.set_tags(rng.sample(tags, min(2, len(tags))))
    if before.loses_referrers:
        world.lose_referrers(rng)
    world.heal()
    return world


def _as_ended(decision: Decision, outcome: Outcome) -> Decision:
    action, digest = decision.action, decision.digest
    if outcome.status is Status.SKIPPED:
        action = Action.SKIP
    elif outcome.status is Status.UP_TO_DATE:
        action = Action.UP_TO_DATE
    if decision.action in CHANGING:
        digest = outcome.digest
    return replace(decision, action=action, digest=digest)


def told(decisions: Iterable[Decision], brought: set[tuple[str, str]]) -> list[str]:
    """Return what is compared of decisions, in any order.

    An image that several tags name is *brought* its referrers by any of them.
    """
    return sorted(
        f"{each.stage} {each.source} -> {each.destination}: {_comparable(each, brought)} "
        f"{each.source_digest} {each.found_digest} "
        f"{None if each.action in STAYING | {Action.SKIP} else each.digest}"
        for each in decisions
    )


def _comparable(decision: Decision, brought: set[tuple[str, str]]) -> Action:
    is_brought = (decision.destination.name, str(decision.digest)) in brought
    is_complete = decision.action in {Action.COMPLETE, Action.UP_TO_DATE}
    return Action.UP_TO_DATE if is_complete and is_brought else decision.action


def brought_twice(decisions: Iterable[Decision]) -> set[tuple[str, str]]:
    """Return the images that get referrers under several tags of one repository."""
    images = Counter(
        (each.destination.name, str(each.digest))
        for each in decisions
        if each.action in {Action.COMPLETE, Action.COPY, Action.MOVE}
    )
    return {image for image, count in images.items() if count > 1}


def is_unread(world: MemoryWorld, before: Before, decision: Decision) -> bool:
    """Return whether a plan does not know which platform an image has.

    To read it would count as a pull.
    """
    if not before.counts_pulls:
        return False
    stage = next(each for each in world.stages() if each.name == decision.stage)
    is_image = decision.action in CHANGING and not world.is_index(decision.source)
    return is_image and stage.rules[decision.rule].copy.platforms is not None


def holds(world: MemoryWorld) -> object:
    """Return what a plan must not change."""
    stored = {place: each for place, each in world.snapshot().items() if each.manifests}
    return stored, dict(world.ledger.sync_records) if world.keeps_ledger else {}


async def unchanged(before: Before) -> None:
    world = await prepared(before)
    held = holds(world)
    first = await world.plan(ignore)
    second = await world.plan(ignore)
    assert world.written() == []
    assert holds(world) == held
    assert replace(second, made_at=first.made_at) == first
    registries = {f"{key}.example" for key in ("hub", "mid", "edge")}
    assert decode(encode(first), registries, first.config_digest) == first


@fuzzed
@given(BEFORE)
def test_a_plan_changes_nothing_and_is_the_same_twice(before: Before):
    asyncio.run(unchanged(before))


async def pulls(before: Before) -> None:
    world = await prepared(replaced(before, counts_pulls=True))
    await world.plan(ignore)
    assert world.pulled_images() == []


@fuzzed
@given(BEFORE)
def test_a_plan_fetches_no_image_from_a_registry_that_counts_pulls(before: Before):
    asyncio.run(pulls(before))


async def same_run(before: Before) -> None:
    world = await prepared(before)
    plan = await world.plan(ignore)
    heard = Heard()
    await world.run(heard)
    unread = {_place(each) for each in plan.decisions if is_unread(world, before, each)}
    chained = {each.name for each in world.stages() if each.depends_on} if unread else set()

    def is_known(decision: Decision) -> bool:
        return _place(decision) not in unread and decision.stage not in chained

    planned = [each for each in plan.decisions if each.source.tag_or_digest and is_known(each)]
    done = [each for each in heard.decisions if is_known(each)]
    brought = brought_twice(plan.decisions)
    assert told(planned, brought) == told(done, brought)
    unlisted = [each for each in plan.decisions if not each.source.tag_or_digest and is_known(each)]
    failed = [each for each in heard.failed if each.stage not in chained]
    assert len(unlisted) == sum(len(each.destinations) for each in failed)


@fuzzed
@given(BEFORE)
def test_a_run_does_what_a_plan_before_it_says(before: Before):
    asyncio.run(same_run(before))


async def applied(before: Before) -> None:
    world = await prepared(before)
    plan = await world.plan(ignore)
    heard = Heard()
    await world.apply(plan, heard)
    failed = [each for each, outcome in heard.ended if outcome.error]
    stayed = {_place(each) for each in plan.decisions if each.action in STAYING}
    if not stayed:  # what depends on an image that stays as it is cannot be copied
        assert failed == []
    after = await world.plan(ignore)
    left = [
        each
        for each in after.decisions
        if each.action not in SETTLED and not is_unread(world, before, each)
    ]
    if not stayed:
        assert left == []
    world.heal()
    held = world.snapshot()
    await world.apply(plan, ignore)
    assert world.written() == []
    assert world.snapshot() == held


@fuzzed
@given(BEFORE)
def test_after_a_plan_was_applied_all_is_up_to_date(before: Before):
    asyncio.run(applied(before))


def _place(decision: Decision) -> tuple[str, str]:
    return decision.stage, str(decision.destination)
