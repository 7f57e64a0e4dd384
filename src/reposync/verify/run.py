"""A verification: what the file selects is discovered, then each image is checked.

All stages at once: a destination should hold what its direct source holds now, so no stage waits
for another. What happens is reported in events; expected failures are findings.
"""

from __future__ import annotations

import asyncio
import time
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.copy.run_all import results
from reposync.errors import RepoSyncError
from reposync.sync import events
from reposync.sync.claims import Claims
from reposync.verify.findings import Unchecked, Verdict
from reposync.verify.images import Pair
from reposync.verify.result import Verification, completed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reposync.oci.reference import Reference
    from reposync.selection.choose import Image
    from reposync.sync.discovery import Discovery, Repositories
    from reposync.sync.events import Listener
    from reposync.sync.expand import Pair as RepositoryPair
    from reposync.sync.plan import Place, Stage
    from reposync.sync.select import DestinationRule, Selection
    from reposync.verify.images import ImageChecker
    from reposync.verify.sampling import Share

_Checked = tuple[str, Verdict]


class _Wanted(Struct, frozen=True):
    """An image of a stage, and the destinations that should have it."""

    stage: str
    source: Place
    image: Image
    destinations: tuple[DestinationRule, ...]


class Verifier:
    """Verifies what stages ask for; at most *images_at_once* images are checked at a time."""

    def __init__(
        self,
        repositories: Repositories,
        discovery: Discovery,
        checker: ImageChecker,
        listener: Listener,
        *,
        images_at_once: int,
    ) -> None:
        self._repositories = repositories
        self._discovery = discovery
        self._checker = checker
        self._emit = listener
        self._slots = asyncio.Semaphore(images_at_once)

    async def execute(self, stages: Sequence[Stage], share: Share) -> Verification:
        """Check the images of *stages* that are in *share*."""
        started_s = time.monotonic()
        self._emit(events.RunStarted(tuple(stage.name for stage in stages)))
        is_complete = False
        try:
            result = await self._execute(stages, share, started_s)
            is_complete = True
            return result
        finally:
            duration_s = time.monotonic() - started_s
            self._emit(events.RunEnded(duration_s, interrupted=not is_complete))

    async def _execute(
        self, stages: Sequence[Stage], share: Share, started_s: float
    ) -> Verification:
        found = await results([self._discovered(stage) for stage in stages])
        undiscovered = [each for of_stage, _ in found for each in of_stage]
        wanted = [each for _, of_stage in found for each in of_stage]
        claimed, conflicts = _claimed(wanted)
        chosen = [_narrowed(each, share) for each in claimed]
        for stage in stages:
            count = sum(bool(one.destinations) for one in chosen if one.stage == stage.name)
            self._emit(events.ImagesSelected(stage.name, count))
        checked = await self._checked([each for each in chosen if each.destinations])
        for stage in stages:
            self._emit(events.StageEnded(stage.name, time.monotonic() - started_s))
        unknown = [*undiscovered, *(one for one in conflicts if share.takes(one.destination))]
        images = sum(len(each.destinations) for each in wanted)
        empty = Verification(self._checker.depth, share, images)
        return completed(empty, [stage.name for stage in stages], checked, unknown)

    async def _discovered(self, stage: Stage) -> tuple[list[Unchecked], list[_Wanted]]:
        """Find out which images *stage* selects, or what of it could not be found out."""
        source = stage.source.reference
        places = tuple(rule.destination.reference for rule in stage.rules)
        is_pattern = stage.pattern is not None
        self._emit(events.StageStarted(stage.name, source, places, is_pattern=is_pattern))
        try:
            pairs, selections = await self._discovery.pairs(stage)
        except RepoSyncError as error:
            return [_unknown(stage, each, error) for each in places], []
        known = await results([self._selection(stage, pair, selections) for pair in pairs])
        failed = [each for failures, _ in known for each in failures]
        return failed, list(chain.from_iterable(images for _, images in known))

    async def _selection(
        self, stage: Stage, pair: RepositoryPair, known: Mapping[Reference, Selection]
    ) -> tuple[list[Unchecked], list[_Wanted]]:
        try:
            selection = known.get(pair.source.reference) or await self._discovery.selection(pair)
        except RepoSyncError as error:
            places = dict.fromkeys(rule.destination.reference for rule in pair.rules)
            return [_unknown(stage, each, error) for each in places], []
        return [], [
            _Wanted(stage.name, pair.source, image, destinations)
            for image, destinations in selection.images.items()
        ]

    async def _checked(self, wanted: Sequence[_Wanted]) -> list[_Checked]:
        """Check all images, and report when the last one of each stage has ended."""
        verdicts: list[list[_Checked]] = [[] for _ in wanted]
        async with asyncio.TaskGroup() as group:
            for number, one in enumerate(wanted):
                await self._slots.acquire()
                task = group.create_task(self._image(one, verdicts[number]))
                task.add_done_callback(lambda _: self._slots.release())
        return list(chain.from_iterable(verdicts))

    async def _image(self, wanted: _Wanted, into: list[_Checked]) -> None:
        started_s = time.monotonic()
        source = self._repositories.source(wanted.source)
        reference = source.reference.naming(wanted.image.name)
        self._emit(events.ImageStarted(wanted.stage, reference))
        # A destination is opened like a source: nothing more than the right to read is asked for.
        pairs = [
            Pair(source, wanted.image, self._repositories.source(each.place), each)
            for each in wanted.destinations
        ]
        into += [(wanted.stage, verdict) for verdict in await self._checker.check(pairs)]
        duration_s = time.monotonic() - started_s
        self._emit(events.ImageEnded(wanted.stage, reference, (), duration_s))


def _unknown(stage: Stage, destination: Reference, error: RepoSyncError) -> Unchecked:
    advice = f"; {error.hint}" if error.hint else ""
    why = f"cannot find out what {stage.source.reference} has for it: {error}{advice}"
    return Unchecked(stage.name, destination, why)


def _claimed(wanted: Sequence[_Wanted]) -> tuple[list[_Wanted], list[Unchecked]]:
    """Leave each destination tag to the first source that writes it, in the order of the file."""
    claims, claimed, conflicts = Claims(), [], []
    for one in wanted:
        source = one.source.reference.naming(one.image.name)
        free, refused = claims.take(source, one.image, one.destinations)
        claimed.append(replace(one, destinations=tuple(free)))
        conflicts += [Unchecked(one.stage, each.destination, str(each.error)) for each in refused]
    return claimed, conflicts


def _narrowed(wanted: _Wanted, share: Share) -> _Wanted:
    name = wanted.image.tag or wanted.image.name
    taken = (each for each in wanted.destinations if share.takes(each.place.reference.naming(name)))
    return replace(wanted, destinations=tuple(taken))
