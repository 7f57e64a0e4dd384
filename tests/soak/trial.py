"""Trials: one seed, from a run without faults to a run that mends what faults and kills have left.

A first world shows what the run should come to. A second one, alike, goes through a run or two in
which requests fail, and in the middle of which another client may set tags at the destinations, or
tags may move at the source, or which may be stopped as by a signal or killed as by the system; then
through one that nothing disturbs. After each, the guarantees are checked.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakSet

from tests.fakes.virtual_time import VirtualTimeLoop
from tests.soak.belonging import left_out
from tests.soak.http_world import HttpWorld
from tests.soak.memory_world import MemoryWorld
from tests.soak.scenario import Scenario, scenario
from tests.soak.snapshot import Snapshot, Stored, differences

from reposync.copy.outcome import Status
from reposync.errors import StorageError
from reposync.sync.events import ImageEnded, StageFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

    from tests.soak.world import Place, World

    from reposync.copy.outcome import Outcome
    from reposync.sync.events import Event

LONGEST_RUN_S = 4 * 3600.0
"""Of virtual time: what retries, stalls and wishes to be left alone may come to."""
GRACE_S = 10.0
_GOOD = frozenset({Status.COPIED, Status.MOUNTED, Status.UP_TO_DATE})
_Ending = Literal["whole", "beside another", "beside a writer", "moving", "stopped", "killed"]
"""How a run goes on: while another client sets tags at its destinations, while tags move at its
sources, and so on."""


class BrokenGuaranteeError(Exception):
    """A guarantee did not hold; the text names it, and what was seen."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What befalls the second world: faults at *rate*, and an end at a part of a whole run."""

    rate: float
    ending: _Ending
    at: float


@dataclass(slots=True)
class Ran:
    """A run as its listener saw it, and how many turns of the loop it took."""

    outcomes: list[tuple[str, Outcome]] = field(default_factory=list)
    failed_stages: list[str] = field(default_factory=list)
    steps: int = 0
    is_whole: bool = True
    has_company: bool = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, ImageEnded):
            self.outcomes += [(event.stage, one) for one in event.outcomes]
        elif isinstance(event, StageFailed):
            self.failed_stages.append(f"{event.stage}: {event.error}")

    @property
    def failures(self) -> list[str]:
        """What failed, in words without digests."""
        failed = [f"{one.destination}: {one.error}" for _, one in self.outcomes if one.error]
        return sorted(failed + self.failed_stages)


def try_seed(seed: int) -> None:
    """Put *seed* on trial.

    Raises:
        BrokenGuaranteeError: A guarantee did not hold.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(_Trial(seed).all())


class _Trial:
    def __init__(self, seed: int) -> None:
        self._scenario: Scenario = scenario(seed)
        self._rng = random.Random(f"trial/{seed}")
        self._ours: WeakSet[asyncio.Task[object]] = WeakSet()
        self._is_ours = False

    async def all(self) -> None:
        """Go through all runs."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(self._task)  # type: ignore[arg-type]  # as loops call it
        async with self._world() as world:
            run = await self._moved(world)
            self._wanted, self._failures = world.snapshot(), run.failures
            self._written = self._tags_of(run)
        async with self._world() as world:
            for plan in self._plans():
                world.heal()
                await self._disturbed(world, plan, run.steps)
            last = await self._moved(world)
            found = world.snapshot()
            _fail_on(
                "a second run ends as one that nothing disturbed", differences(self._wanted, found)
            )
            if len(last.failures) != len(self._failures):
                raise BrokenGuaranteeError(f"a second run fails otherwise: {last.failures}")
            if not last.failures and self._rng.random() < 0.5:
                world.heal()
                await self._run(world, None)
                _fail_on("where all is up to date nothing is written", world.written())
                read = [each for each in world.read() if each.digest not in self._configs()]
                _fail_on("where all is up to date no blob is read", read)

    async def _moved(self, world: World) -> Ran:
        """Run once more, where nothing goes wrong and the source has moved on."""
        world.heal()
        world.move()
        return await self._calm(world)

    async def _calm(self, world: World) -> Ran:
        before = world.snapshot()
        run = await self._run(world, None)
        self._check_calm(world, run, before)
        _check_equal(before, world.snapshot(), self._scenario.sources)
        return run

    def _plans(self) -> Iterator[Plan]:
        rng = self._rng
        for _ in range(rng.choice((1, 1, 2))):
            endings: list[_Ending] = ["whole", "whole", "beside another", "stopped", "killed"]
            if self._others_tags(1):
                endings.append("beside a writer")
            if self._scenario.moves:
                endings.append("moving")
            ending = rng.choice(endings)
            rates = (0.01, 0.03, 0.1, 0.3) if ending == "whole" else (0.0, 0.0, 0.03, 0.1)
            yield Plan(rng.choice(rates), ending, rng.random())

    def _others_tags(self, count: int) -> list[Place]:
        """Draw tags that a run writes, and another client may set: the next run moves them back."""
        rules = [rule for stage in self._scenario.stages for rule in stage.rules]
        if any(rule.overwrite for rule in rules):
            return []
        return self._rng.sample(self._written, min(count, len(self._written)))

    def _tags_of(self, run: Ran) -> list[Place]:
        """Return the tags that *run* has set or found right; none in layouts.

        A tag of an image that no rule lets through stays where it is and is not set again, so
        those that were there before are left out where platforms are chosen.
        """
        chosen = {
            (rule.destination, rule.repository)
            for stage in self._scenario.stages
            for rule in stage.rules
            if rule.platforms
        }
        kept = {
            (shelf.registry, shelf.repository, tag)
            for shelf in self._scenario.shelves
            if (shelf.registry, shelf.repository) in chosen
            for tag in shelf.tags
        }
        named = {
            (one.destination.repository, one.destination.tag, str(one.digest))
            for _, one in run.outcomes
            if one.status in _GOOD and not one.destination.tag.startswith("sha256-")
        }
        return [
            (key, repository, tag)
            for (key, repository), stored in sorted(self._wanted.items())
            for tag, digest in sorted(stored.tags.items())
            if (repository, tag, digest) in named
            and (key, repository, tag) not in kept
            and not self._scenario.characters[key].layout
        ]

    def _world(self) -> World:
        return (
            HttpWorld(self._scenario) if self._scenario.speaks_http else MemoryWorld(self._scenario)
        )

    async def _disturbed(self, world: World, plan: Plan, whole_steps: int) -> None:
        before = world.snapshot()
        world.go_wrong(self._rng, plan.rate)
        run = await self._run(world, plan, whole_steps)
        after = world.snapshot()
        try:
            self._check_whole(after)
            if plan.ending not in {"beside a writer", "moving"}:
                self._check_told(run, after)
            if plan.ending != "moving":
                _check_equal(before, after, self._scenario.sources)
            if plan.ending != "killed":
                self._check_uploads(world, run)
        except BrokenGuaranteeError as error:
            error.add_note(f"{plan}")
            error.add_note("\n".join(world.struck()))
            raise

    async def _run(self, world: World, plan: Plan | None, whole_steps: int = 0) -> Ran:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        ran = Ran()
        self._is_ours = True
        runs = 2 if plan is not None and plan.ending == "beside another" else 1
        ran.has_company = runs > 1
        work = _all(world.run(ran) for _ in range(runs))
        task = loop.create_task(work)
        self._is_ours = False
        began_step = loop.steps
        stopped_at_s: list[float] = []
        ending = plan.ending if plan else "whole"
        meanwhile = self._meanwhile(world, ending)

        def strike() -> None:
            meanwhile()
            if ending in {"stopped", "killed"}:
                stopped_at_s.append(loop.time())
                task.cancel()

        if plan is not None:
            loop.at_step(began_step + 1 + int(plan.at * whole_steps), strike)
        await asyncio.wait({task}, timeout=LONGEST_RUN_S)
        loop.forget_steps()
        if not task.done():
            raise BrokenGuaranteeError(f"the run does not end in {LONGEST_RUN_S} s")
        ran.steps = loop.steps - began_step
        ran.is_whole = not task.cancelled()
        if stopped_at_s and loop.time() - stopped_at_s[0] > GRACE_S and ending == "stopped":
            raise BrokenGuaranteeError(f"it takes {loop.time() - stopped_at_s[0]} s to stop")
        if ran.is_whole:
            try:
                task.result()
            except* StorageError:
                # Of two that write one tar the other says so, and here that ends them both.
                if not ran.has_company:
                    raise
                ran.is_whole = False
        left = [each for each in self._ours if not each.done()]
        if left:
            raise BrokenGuaranteeError(f"tasks are left running: {left}")
        return ran

    def _meanwhile(self, world: World, ending: _Ending) -> Callable[[], None]:
        """Return what happens in the middle of a run that goes on so."""
        tags = self._others_tags(3) if ending == "beside a writer" else []
        happens: dict[_Ending, Callable[[], None]] = {
            "moving": world.move,
            "beside a writer": lambda: world.set_tags(tags),
            "killed": world.unplug,
        }
        return happens.get(ending, lambda: None)

    def _task(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[object, None, object],
        **options: Any,
    ) -> asyncio.Task[object]:
        task = asyncio.Task(coroutine, loop=loop, **options)
        try:
            parent = asyncio.current_task(loop)
        except RuntimeError:
            parent = None
        if self._is_ours or (parent is not None and parent in self._ours):
            self._ours.add(task)
        return task

    def _check_calm(self, world: World, run: Ran, before: Snapshot) -> None:
        """Check what holds for a run that nothing disturbs."""
        after = world.snapshot()
        self._check_whole(after)
        self._check_told(run, after)
        self._check_belonging(run, after)
        sent = Counter(world.sent())
        twice = [each for each, count in sent.items() if count > 1]
        again = [
            each
            for each in sent
            if each.digest in before.get((each.registry, each.repository), Stored({}, {}, {})).blobs
        ]
        _fail_on("a blob that is there is not sent again", [*twice, *again])
        read = Counter((each.registry, each.digest) for each in world.read())
        configs = self._configs()
        several = [each for each, count in read.items() if count > 1 and each[1] not in configs]
        _fail_on("a blob is read from its source once", several)
        self._check_uploads(world, run)

    def _check_uploads(self, world: World, run: Ran) -> None:
        _fail_on("no upload is left open", world.left_open(has_company=run.has_company))

    def _configs(self) -> frozenset[str]:
        """Return what rules about platforms look into, beside copying it."""
        return frozenset(
            blob.digest
            for shelf in (*self._scenario.shelves, *self._scenario.moves)
            for blob in shelf.graph.blobs
            if "config" in blob.descriptor.media_type or "image.v1" in blob.descriptor.media_type
        )

    def _check_whole(self, found: Snapshot) -> None:
        for place, stored in found.items():
            _fail_on(f"all is whole at {place}", stored.problems())

    def _check_told(self, run: Ran, found: Snapshot) -> None:
        """Check that what was told to be there is there."""
        stages = {stage.id: stage for stage in self._scenario.stages}
        for name, one in run.outcomes:
            if one.status not in _GOOD:
                continue
            if run.has_company and stages[name].depends_on:
                continue  # what it was made from may have moved since, and with it what it is
            keys = {rule.destination for rule in stages[name].rules}
            named = keys | {stages[name].source.source}
            if not run.is_whole and self._is_packed_at_the_end(named):
                continue
            places = [
                stored
                for (key, repository), stored in found.items()
                if key in keys and repository == one.destination.repository
            ]
            tag = one.destination.tag
            if tag and all(stored.tags.get(tag) != one.digest for stored in places):
                raise BrokenGuaranteeError(f"{one} is told, and is not so")
            self._check_made_from(stages[name].source.source, one, found)

    def _check_belonging(self, run: Ran, found: Snapshot) -> None:
        """Check that one run, also through a chain of stages, brings what belongs to an image."""
        stages = {stage.id: stage for stage in self._scenario.stages}
        for name, one in run.outcomes:
            if one.status in _GOOD:
                lacking = left_out(self._scenario, stages[name], one, found)
                _fail_on("what belongs to an image comes with it", lacking)

    def _is_packed_at_the_end(self, keys: set[str]) -> bool:
        """Return whether there is a tar among *keys*: a run that is stopped leaves it as it was."""
        return any(self._scenario.characters[key].layout.endswith(".tar") for key in keys)

    def _check_made_from(self, key: str, one: Outcome, found: Snapshot) -> None:
        source = found[key, one.source.repository]
        if one.source.tag and source.tags.get(one.source.tag) != one.source_digest:
            raise BrokenGuaranteeError(f"{one} is told, and the source has another image")


async def _all(runs: Iterable[Coroutine[object, None, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for run in runs:
            group.create_task(run)


def _check_equal(before: Snapshot, after: Snapshot, keys: frozenset[str]) -> None:
    for place, stored in before.items():
        if place[0] in keys and after[place] != stored:
            raise BrokenGuaranteeError(f"the source {place} was changed")


def _fail_on(guarantee: str, found: object) -> None:
    problems = [str(each) for each in found]  # type: ignore[attr-defined]
    if problems:
        raise BrokenGuaranteeError(f"{guarantee}: " + "; ".join(problems))
