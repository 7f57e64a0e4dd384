"""A verification: what the file selects is discovered, then each image is checked.

All stages at once: a destination should hold what its direct source holds now, so no stage waits
for another. What happens is reported in events; expected failures are findings.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from reposync.copy.run_all import results
from reposync.errors import RepoSyncError
from reposync.sync import discovery, events
from reposync.verify.findings import Unchecked
from reposync.verify.images import Pair
from reposync.verify.result import Results
from reposync.verify.wanted import Wanted, chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reposync.copy.abilities import Inspected
    from reposync.oci.reference import Reference
    from reposync.sync.events import Listener
    from reposync.sync.expand import Pair as RepositoryPair
    from reposync.sync.select import Selection
    from reposync.sync.stages import Place, Stage
    from reposync.verify.images import ImageChecker
    from reposync.verify.result import Verification
    from reposync.verify.sampling import Share


class Repositories(discovery.Repositories, Protocol):
    """Opens repositories; nothing is asked of a registry before it is used."""

    def inspected(self, place: Place) -> Inspected:
        """Open *place* for looking at it: nothing more than the right to read is asked for."""
        ...


class Verifier:
    """Verifies what stages ask for; at most *images_at_once* images are checked at a time."""

    def __init__(
        self,
        repositories: Repositories,
        discovery: discovery.Discovery,
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
        names = [stage.name for stage in stages]
        into = Results(names)
        found = await results([self._discovered(stage, into) for stage in stages])
        due = chosen(chain.from_iterable(found), share)
        into.add_unchecked(due.conflicts)
        counts = Counter(one.stage for one in due.wanted)
        for name in names:
            self._emit(events.ImagesSelected(name, counts[name]))
        await self._check_all(due.wanted, into)
        for name in names:
            self._emit(events.StageEnded(name, time.monotonic() - started_s))
        return into.built(self._checker.depth, share, due.images)

    async def _discovered(self, stage: Stage, into: Results) -> list[Wanted]:
        """Find out which images *stage* selects."""
        source = stage.source.reference
        places = tuple(rule.destination.reference for rule in stage.rules)
        is_pattern = stage.pattern is not None
        self._emit(events.StageStarted(stage.name, source, places, is_pattern=is_pattern))
        try:
            pairs, known = await self._discovery.pairs(stage)
        except RepoSyncError as error:
            into.add_unchecked(_unknown(stage.name, source, places, error))
            return []
        ordered = sorted(pairs, key=lambda pair: pair.source.reference.repository)
        wanted = await results([self._selected(stage, pair, known, into) for pair in ordered])
        return list(chain.from_iterable(wanted))

    async def _selected(
        self,
        stage: Stage,
        pair: RepositoryPair,
        known: Mapping[Reference, Selection],
        into: Results,
    ) -> list[Wanted]:
        """Find out which images of a repository *stage* selects."""
        source = pair.source.reference
        try:
            selection = known.get(source) or await self._discovery.selection(pair)
        except RepoSyncError as error:
            places = (rule.destination.reference for rule in pair.rules)
            into.add_unchecked(_unknown(stage.name, source, places, error))
            return []
        return [
            Wanted(stage.name, pair.source, name, destinations)
            for name, destinations in selection.images.items()
        ]

    async def _check_all(self, wanted: Sequence[Wanted], into: Results) -> None:
        async with asyncio.TaskGroup() as group:
            for one in wanted:
                await self._slots.acquire()
                task = group.create_task(self._check(one, into))
                task.add_done_callback(lambda _: self._slots.release())

    async def _check(self, wanted: Wanted, into: Results) -> None:
        started_s = time.monotonic()
        source = self._repositories.source(wanted.source)
        reference = source.reference.naming(wanted.name)
        self._emit(events.ImageStarted(wanted.stage, reference))
        pairs = [
            Pair(source, wanted.name, self._repositories.inspected(each.place), each)
            for each in wanted.destinations
        ]
        for verdict in await self._checker.check(pairs):
            into.add(wanted.stage, verdict)
        duration_s = time.monotonic() - started_s
        self._emit(events.ImageEnded(wanted.stage, reference, (), duration_s))


def _unknown(
    stage: str, source: Reference, destinations: Iterable[Reference], error: RepoSyncError
) -> list[Unchecked]:
    """Return what it means for *destinations* that *source* does not say what it has."""
    advice = f"; {error.hint}" if error.hint else ""
    why = f"cannot find out what {source} has for it: {error}{advice}"
    return [Unchecked(stage, each, why) for each in dict.fromkeys(destinations)]
