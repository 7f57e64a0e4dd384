"""A run: all stages at once but for what they depend on, many images at a time.

An error at one image or one stage stops nothing else. What happens is told in events; nothing is
raised but by a bug, or when the run is cancelled.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from reposync.copy.delivery import Delivery
from reposync.copy.outcome import Outcome, Status
from reposync.errors import ConflictError, RepoSyncError
from reposync.sync import events
from reposync.sync.plan import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Destination, Source
    from reposync.copy.image import ImageCopier
    from reposync.oci.reference import Reference
    from reposync.sync.events import Listener
    from reposync.sync.plan import Place, Stage


class Repositories(Protocol):
    """Opens repositories; nothing is asked of a registry before it is used."""

    def source(self, place: Place) -> Source:
        """Open *place* for reading."""
        ...

    def destination(self, place: Place) -> Destination:
        """Open *place* for writing."""
        ...


class Run:
    """One execution of a plan; at most *images_at_once* images are copied at a time."""

    def __init__(
        self,
        repositories: Repositories,
        copier: ImageCopier,
        listener: Listener,
        *,
        images_at_once: int,
    ) -> None:
        self._repositories = repositories
        self._copier = copier
        self._emit = listener
        self._slots = asyncio.Semaphore(images_at_once)
        self._ended: dict[str, asyncio.Event] = {}
        self._written: dict[Reference, Reference] = {}

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
        started_s = time.monotonic()
        source = stage.source.reference
        places = tuple(rule.destination.reference for rule in stage.rules)
        self._emit(events.StageStarted(stage.name, source, places))
        try:
            await self._images(stage)
        except RepoSyncError as error:
            self._emit(events.StageFailed(stage.name, source, error))
        self._emit(events.StageEnded(stage.name, time.monotonic() - started_s))
        self._ended[stage.name].set()

    async def _images(self, stage: Stage) -> None:
        source = self._repositories.source(stage.source)
        listed = [tag async for tag in source.list_tags()] if stage.wants_list else []
        selected = select(stage, listed)
        self._emit(events.ImagesSelected(stage.name, len(selected)))
        async with asyncio.TaskGroup() as group:
            for tag, places in selected.items():
                await self._slots.acquire()
                task = group.create_task(self._image(stage.name, source, tag, places))
                task.add_done_callback(lambda _: self._slots.release())

    async def _image(self, stage: str, source: Source, tag: str, places: Sequence[Place]) -> None:
        started_s = time.monotonic()
        reference = replace(source.reference, tag=tag)
        self._emit(events.ImageStarted(stage, reference))
        free, conflicts = self._claim(reference, places)
        deliveries = [Delivery(self._repositories.destination(place), tag) for place in free]
        outcomes = await self._copier.copy(source, tag, deliveries) if deliveries else ()
        duration_s = time.monotonic() - started_s
        self._emit(events.ImageEnded(stage, reference, (*outcomes, *conflicts), duration_s))

    def _claim(
        self, source: Reference, places: Sequence[Place]
    ) -> tuple[list[Place], list[Outcome]]:
        """Take the destinations' tags for *source*; what another source has taken is a conflict."""
        free, conflicts = [], []
        for place in places:
            wanted = replace(place.reference, tag=source.tag)
            owner = self._written.setdefault(wanted, source)
            if owner == source:
                free.append(place)
            else:
                error = ConflictError(
                    f"this run writes {wanted} from {owner} already",
                    hint="let only one stage write this tag",
                )
                conflicts.append(Outcome(source, wanted, Status.FAILED, error=error))
        return free, conflicts
