"""Copying one blob to several destinations, with as little traffic as possible.

Known to be there: nothing. In a neighbouring repository: mounted. Else it is looked for, and what
still lacks it is fed by one transfer. Tasks that want the same blob at the same time wait for the
one that moves it, so its source is read once, however many images or registries want it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.admission import split
from reposync.copy.events import BlobFailed, BlobFound, BlobNeeded
from reposync.copy.fanout import LeftBehindError, fan_out_whole, relay
from reposync.copy.meter import metered
from reposync.copy.run_all import results
from reposync.errors import CopyError, RepoSyncError, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reposync.copy.abilities import Destination, Source
    from reposync.copy.admission import Admission
    from reposync.copy.blob_locations import BlobLocations
    from reposync.copy.budget import Budget
    from reposync.copy.events import Event
    from reposync.copy.fanout import FanoutResult
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.retry import Attempts, Retrier


class BlobResult(Struct):
    """How one blob came to one destination, or why it did not."""

    destination: Destination
    is_there: bool = False
    was_mounted: bool = False
    was_sent: bool = False
    sent_bytes: int = 0
    error: CopyError | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return not self.is_there and self.error is None


class BlobCopier(Struct):
    """Places blobs for all images of a run.

    Small ones do not queue behind the others: *small* bounds what is held of them in memory.
    """

    blob_locations: BlobLocations
    admission: Admission
    small: Budget
    retrier: Retrier
    emit: Callable[[Event], None]
    _moving: dict[tuple[Reference, Digest], asyncio.Event] = field(default_factory=dict)
    _reading: dict[Digest, asyncio.Event] = field(default_factory=dict)
    _slow: set[str] = field(default_factory=set)

    async def place(
        self,
        blob: Descriptor,
        source: Source,
        destinations: Sequence[Destination],
        *,
        image: Reference,
    ) -> list[BlobResult]:
        """Bring *blob* of *image* to all *destinations*; how each ended is told, nothing raised."""
        placed = [BlobResult(destination) for destination in destinations]
        for one in placed:
            one.is_there = self.blob_locations.has_blob(one.destination.reference, blob.digest)
        tries = _Tries(self.retrier, blob)
        lacking = tuple(one.destination.reference for one in placed if one.is_open)
        if lacking:
            self.emit(BlobNeeded(image, blob, lacking))
        while pending := [one for one in placed if one.is_open]:
            others = self._others(blob.digest, pending)
            if others is not None:
                await others.wait()
                self._look_up(blob.digest, pending)
                continue
            mine = [one for one in pending if self._key(one, blob) not in self._moving]
            failed = await self._claimed(blob, source, mine)
            await self._settle(blob, failed, tries)
        return placed

    def _look_up(self, digest: Digest, pending: Sequence[BlobResult]) -> None:
        for one in pending:
            one.is_there = self.blob_locations.has_blob(one.destination.reference, digest)

    def _others(self, digest: Digest, pending: Sequence[BlobResult]) -> asyncio.Event | None:
        """Find whom to wait for: who moves it to all of *pending*, or reads it from its source."""
        moving = [self._moving.get((one.destination.reference, digest)) for one in pending]
        if all(moving):
            return moving[0]
        if self.blob_locations.copy_of(digest) is None:
            return self._reading.get(digest)
        return None

    def _key(self, one: BlobResult, blob: Descriptor) -> tuple[Reference, Digest]:
        return one.destination.reference, blob.digest

    async def _claimed(
        self, blob: Descriptor, source: Source, mine: Sequence[BlobResult]
    ) -> list[tuple[BlobResult, Side, RepoSyncError]]:
        """Look, mount and transfer under a claim that others see; give what failed."""
        ended = asyncio.Event()
        keys = [self._key(one, blob) for one in mine]
        self._moving.update(dict.fromkeys(keys, ended))
        reads_source = self.blob_locations.copy_of(blob.digest) is None
        if reads_source:
            self._reading[blob.digest] = ended
        try:
            failed = await self._find(blob, source, mine)
            lacking = [one for one in mine if one.is_open and one not in [f[0] for f in failed]]
            if lacking:
                failed += await self._transfer(blob, source, lacking)
            return failed
        finally:
            for key in keys:
                del self._moving[key]
            if reads_source:
                del self._reading[blob.digest]
            ended.set()

    async def _find(
        self, blob: Descriptor, source: Source, mine: Sequence[BlobResult]
    ) -> list[tuple[BlobResult, Side, RepoSyncError]]:
        errors = await results([self._find_one(blob, source, one) for one in mine])
        return [
            (one, "destination", error)
            for one, error in zip(mine, errors, strict=True)
            if error is not None
        ]

    async def _find_one(
        self, blob: Descriptor, source: Source, one: BlobResult
    ) -> RepoSyncError | None:
        place = one.destination.reference
        neighbour = self.blob_locations.neighbour(place, blob.digest)
        if neighbour is None and source.reference.registry == place.registry:
            neighbour = source.reference.repository
        try:
            if neighbour is not None and neighbour != place.repository:
                one.was_mounted = await one.destination.mount_blob(blob, neighbour)
            one.is_there = one.was_mounted or await one.destination.has_blob(blob)
        except RepoSyncError as error:
            return error
        if one.is_there:
            self.blob_locations.note_blob(place, blob.digest)
            self.emit(BlobFound(blob, place))
        return None

    async def _transfer(
        self, blob: Descriptor, source: Source, lacking: Sequence[BlobResult]
    ) -> list[tuple[BlobResult, Side, RepoSyncError]]:
        slow = self._slower(lacking)
        if slow:
            behind = LeftBehindError("it is slower than the other destinations")
            lacking = [one for one in lacking if one not in slow]
            return [(one, "destination", behind) for one in slow] + await self._transfer(
                blob, source, lacking
            )
        now, later = self._portions(blob, source, lacking)
        failed = await self._transfer_once(blob, source, now)
        if later and all(side == "destination" for _, side, _ in failed):
            failed += await self._transfer(blob, source, later)
        return failed

    def _portions(
        self, blob: Descriptor, source: Source, lacking: Sequence[BlobResult]
    ) -> tuple[Sequence[BlobResult], Sequence[BlobResult]]:
        """Part *lacking* into those that one transfer may feed, and those that wait for it."""
        if blob.is_small:
            return lacking, ()
        reader = self.blob_locations.copy_of(blob.digest) or source
        hosts = [one.destination.host for one in lacking]
        now, later = split(reader.host, hosts, self.admission.limit)
        return [lacking[each] for each in now], [lacking[each] for each in later]

    async def _transfer_once(
        self, blob: Descriptor, source: Source, lacking: Sequence[BlobResult]
    ) -> list[tuple[BlobResult, Side, RepoSyncError]]:
        copy = self.blob_locations.copy_of(blob.digest)
        reader = copy or source
        hosts = [reader.host, *(one.destination.host for one in lacking)]
        bring = fan_out_whole if blob.is_small else relay
        waits = self.small.holding(blob.size) if blob.is_small else self.admission.streams(hosts)
        async with waits:
            writers = [one.destination for one in lacking]
            places = tuple(one.reference for one in writers)
            with metered(blob, places, self.emit) as transfer:
                relayed = await bring(blob, reader, writers, transfer.meters)
                transfer.arrived = _arrived(writers, relayed)
        if copy is not None and relayed.reading is not None:
            self.blob_locations.distrust_copies(blob.digest)
            return []  # the source is read in the next round
        return self._note(blob, lacking, relayed)

    def _slower(self, lacking: Sequence[BlobResult]) -> list[BlobResult]:
        """Find those that kept others waiting before; none where all of them did."""
        slow = [one for one in lacking if one.destination.host in self._slow]
        return slow if len(slow) < len(lacking) else []

    def _note(
        self, blob: Descriptor, lacking: Sequence[BlobResult], relayed: FanoutResult
    ) -> list[tuple[BlobResult, Side, RepoSyncError]]:
        failed: list[tuple[BlobResult, Side, RepoSyncError]] = []
        for one, error in zip(lacking, relayed.writing, strict=True):
            if error is not None:
                failed.append((one, "destination", error))
                if isinstance(error, LeftBehindError):
                    self._slow.add(one.destination.host)
            elif relayed.reading is not None:
                failed.append((one, "source", relayed.reading))
            else:
                one.is_there = True
                one.was_sent, one.sent_bytes = True, blob.size
                self.blob_locations.note_copy(blob.digest, one.destination)
        return failed

    async def _settle(
        self,
        blob: Descriptor,
        failed: Sequence[tuple[BlobResult, Side, RepoSyncError]],
        tries: _Tries,
    ) -> None:
        """Return up what is not worth another try; wait once, holding nothing, for all that is."""
        waits_s = []
        for one, side, error in failed:
            seconds = tries.next_s(one, side, error)
            if seconds is None:
                verb = "read" if side == "source" else "push"
                one.error = CopyError(f"{verb} blob {blob.digest.short}", side, error)
                if not isinstance(error, LeftBehindError):  # it is brought there alone
                    self.emit(BlobFailed(blob, one.destination.reference))
            else:
                waits_s.append(seconds)
        tries.end_round()
        if waits_s:
            await self.retrier.sleep(max(waits_s))


def _arrived(writers: Sequence[Destination], relayed: FanoutResult) -> tuple[Reference, ...]:
    if relayed.reading is not None:
        return ()
    results = zip(writers, relayed.writing, strict=True)
    return tuple(writer.reference for writer, error in results if error is None)


class _Tries:
    """The tries to bring one blob: those to read it are counted once for all its destinations."""

    def __init__(self, retrier: Retrier, blob: Descriptor) -> None:
        self._retrier = retrier
        self._name = f"blob {blob.digest.short}"
        self._attempts: dict[Reference | None, Attempts] = {}
        self._reading: tuple[float | None] | None = None

    def next_s(self, one: BlobResult, side: Side, error: RepoSyncError) -> float | None:
        """Return how long to wait after *error*; None where it is final."""
        if side == "destination":
            return self._of(one.destination.reference).next_s(error)
        if self._reading is None:
            self._reading = (self._of(None).next_s(error),)
        return self._reading[0]

    def end_round(self) -> None:
        """Let the next failure to read count as another try."""
        self._reading = None

    def _of(self, key: Reference | None) -> Attempts:
        if key not in self._attempts:
            self._attempts[key] = self._retrier.attempts(self._name)
        return self._attempts[key]
