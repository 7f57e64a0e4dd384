"""A run: all stages at once but for what they depend on, many images at a time.

An error at one image or one stage stops nothing else. What happens is told in events; nothing is
raised but by a bug, or when the run is cancelled.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from reposync.errors import RepoSyncError
from reposync.plan.desired import Target
from reposync.plan.planner import PlannedImage
from reposync.sync import events
from reposync.sync.claims import Claims
from reposync.sync.failed_stages import FailedStages
from reposync.sync.tag_list_cache import TagListCache

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from reposync.copy.abilities import Source
    from reposync.copy.image import ReleaseSlot
    from reposync.copy.outcome import Outcome
    from reposync.oci.reference import Reference
    from reposync.sync.discovery import StageDiscovery
    from reposync.sync.events import Listener
    from reposync.sync.expand import Pair
    from reposync.sync.select import DestinationRule, Selection
    from reposync.sync.stages import Stage


_WAITING_FACTOR = 10
"""How many images may wait for slow destinations, for each that is copied at once."""


class ImagePlanner(Protocol):
    """Decides what should happen to one image at its destinations."""

    async def decide(self, source: Source, name: str, targets: Sequence[Target]) -> PlannedImage:
        """Decide about what *name* means at *source*; see ``Planner.decide``."""
        ...


class Executor(Protocol):
    """Carries decisions out."""

    def expecting(self) -> AbstractContextManager[None]:
        """Count an image that may have to be copied, as long as it is worked on."""
        ...

    async def execute(
        self, source: Source, image: PlannedImage, release_slot: ReleaseSlot
    ) -> tuple[Outcome, ...]:
        """Do what was decided about an image of *source*; an outcome for each decision.

        Nothing is raised. *release_slot* is entered where there is nothing left to do but for
        destinations that are slower than the others.
        """
        ...


class StageEngine(Struct, frozen=True):
    """What works on the images of a stage: what finds them, decides about them, does it."""

    discovery: StageDiscovery
    planner: ImagePlanner
    executor: Executor


class _Slot:
    """One of the images at once; given back a single time, when its context ends at the latest."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots: asyncio.Semaphore | None = slots

    def __enter__(self) -> None:
        """It was taken already."""

    def __exit__(self, *_: object) -> None:
        """Return it back, if that was not done."""
        self.release()

    def release(self) -> None:
        """Return it back, if that was not done."""
        if self._slots is not None:
            self._slots.release()
            self._slots = None


class Run:
    """One pass over stages: each image is decided about, and what was decided is done.

    *engine_of* returns what does it for a stage, when the stage starts. At most *images_at_once*
    images are worked on at a time.
    """

    def __init__(
        self,
        engine_of: Callable[[Stage], StageEngine],
        listener: Listener,
        *,
        images_at_once: int,
    ) -> None:
        self._engine_of = engine_of
        self._emit = self._failed = FailedStages(listener)
        self._slots = asyncio.Semaphore(images_at_once)
        self._waiting_for_slow = asyncio.Semaphore(_WAITING_FACTOR * images_at_once)
        self._ended: dict[str, asyncio.Event] = {}
        self._claims = Claims()

    async def execute(self, stages: Sequence[Stage]) -> None:
        """Run all *stages*; returns when the last has ended."""
        started_s = time.monotonic()
        self._ended = {stage.name: asyncio.Event() for stage in stages}
        self._emit(events.RunStarted(tuple(self._ended)))
        complete = False
        try:
            async with asyncio.TaskGroup() as group:
                for stage in stages:
                    group.create_task(self._stage(stage))
            complete = True
        finally:
            duration_s = time.monotonic() - started_s
            self._emit(events.RunEnded(duration_s, interrupted=not complete))

    async def _stage(self, stage: Stage) -> None:
        for name in stage.depends_on:
            await self._ended[name].wait()
        source = stage.source.reference
        places = tuple(rule.destination.reference for rule in stage.rules)
        if reason := self._failed.reason_to_skip(stage):
            self._emit(events.StageSkipped(stage.name, source, places, reason))
        else:
            await self._run_stage(stage, source, places)
        self._ended[stage.name].set()

    async def _run_stage(
        self, stage: Stage, source: Reference, places: tuple[Reference, ...]
    ) -> None:
        started_s = time.monotonic()
        is_pattern = stage.pattern is not None
        self._emit(events.StageStarted(stage.name, source, places, is_pattern=is_pattern))
        try:
            await self._repositories_of(stage, self._engine_of(stage))
        except RepoSyncError as error:
            self._emit(events.StageFailed(stage.name, source, error, places))
        self._emit(events.StageEnded(stage.name, time.monotonic() - started_s))

    async def _repositories_of(self, stage: Stage, engine: StageEngine) -> None:
        pairs, selections = await engine.discovery.pairs(stage)
        self._emit(events.RepositoriesSelected(stage.name, len(pairs)))
        if not pairs:
            self._emit(events.ImagesSelected(stage.name, 0))
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._repository(stage.name, engine, pair, selections))
                for pair in pairs
            ]
        counts = [task.result() for task in tasks]
        taken = [each for each in counts if each is not None]
        if engine.discovery.only is None and len(taken) == len(counts):
            self._tell_empty(stage, [sum(column) for column in zip(*taken, strict=True)])

    async def _repository(
        self,
        stage: str,
        engine: StageEngine,
        pair: Pair,
        selections: Mapping[Reference, Selection],
    ) -> tuple[int, ...] | None:
        """Copy what the stage wants of one repository; tell how many images each rule took."""
        reference = pair.source.reference
        try:
            selection = selections.get(reference) or await engine.discovery.selection(pair)
        except RepoSyncError as error:
            places = tuple(rule.destination.reference for rule in pair.rules)
            self._emit(events.StageFailed(stage, reference, error, places))
            return None
        self._emit(events.ImagesSelected(stage, len(selection.images)))
        repositories = engine.discovery.repositories
        source = repositories.source(pair.source)
        tag_list_cache = TagListCache(selection, repositories.destination)
        async with asyncio.TaskGroup() as group:
            for chosen in selection.images.items():
                slot = _Slot(self._slots)
                await self._slots.acquire()
                work = self._image(stage, engine, source, chosen, cache=tag_list_cache, slot=slot)
                group.create_task(work)
        return selection.counts

    def _tell_empty(self, stage: Stage, counts: Sequence[int]) -> None:
        """Return of each destination for which nothing at all was selected."""
        taken = counts or [0] * len(stage.rules)
        for rule, count in zip(stage.rules, taken, strict=True):
            if not count:
                source, destination = stage.source.reference, rule.destination.reference
                self._emit(events.NothingSelected(stage.name, source, destination))

    async def _image(
        self,
        stage: str,
        engine: StageEngine,
        source: Source,
        chosen: tuple[str, Sequence[DestinationRule]],
        *,
        cache: TagListCache,
        slot: _Slot,
    ) -> None:
        with slot, engine.executor.expecting():
            started_s = time.monotonic()
            name, destination_rules = chosen
            reference = source.reference.naming(name)
            self._emit(events.ImageStarted(stage, reference))
            free, rejected = self._claims.take(reference, destination_rules)
            new = await cache.lacking(free)
            planned = PlannedImage(name)
            outcomes: tuple[Outcome, ...] = ()
            if free:
                targets = [
                    Target(
                        one.desired(stage, reference),
                        engine.discovery.repositories.destination(one.place),
                        one in new,
                    )
                    for one in free
                ]
                planned = await engine.planner.decide(source, name, targets)
                cache.learn(planned.decisions)
                release_slot = partial(self._release_slot, slot)
                outcomes = await engine.executor.execute(source, planned, release_slot)
            duration_s = time.monotonic() - started_s
            decisions = (
                *(each.decision for each in planned.decisions),
                *(each.decision(stage) for each in rejected),
            )
            outcomes = (*outcomes, *(each.outcome for each in rejected))
            self._emit(events.ImageEnded(stage, reference, outcomes, duration_s, decisions))

    @asynccontextmanager
    async def _release_slot(self, slot: _Slot) -> AsyncIterator[None]:
        """Let another image have the slot of one that waits for slow destinations alone."""
        async with self._waiting_for_slow:
            slot.release()
            yield
