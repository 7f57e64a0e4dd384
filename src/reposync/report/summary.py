"""The summary: what a run did, in numbers, and all that failed, in words.

Folds events as they come. Keeps counts, failures and reasons only, so a million tags that are up to
date cost no memory.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.outcome import Outcome, Status
from reposync.oci.error_code import printable
from reposync.report.failure_kind import FailureKind, host_cause, kind_of
from reposync.sync.events import (
    ImageEnded,
    ImagesSelected,
    ImageStarted,
    NothingSelected,
    RunEnded,
    RunStarted,
    StageFailed,
    StageSkipped,
    StageStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reposync.errors import RepoSyncError
    from reposync.oci.reference import Reference
    from reposync.sync.events import Event

_shown = lru_cache(1024)(printable)
"""The names of stages and repositories, which come again and again."""
_Key = TypeVar("_Key", bound=tuple[str, ...])


class Tally(Struct, frozen=True):
    """What a stage did at one destination repository; ``bytes_sent`` counts blobs alone."""

    stage: str
    source: str
    destination: str
    counts: Mapping[Status, int]
    bytes_sent: int = 0
    blobs_sent: int = 0
    blobs_mounted: int = 0
    referrers_sent: int = 0

    def count(self, status: Status) -> int:
        """Return how many images ended so."""
        return self.counts.get(status, 0)


class Failure(Struct, frozen=True):
    """One image that failed at one destination, or a stage that did not know its images.

    ``destination`` is empty for a stage; ``sentence`` and ``hint`` can be shown on a terminal.
    ``host_cause`` is what all failures that one host caused have in common; empty for others.
    """

    stage: str
    source: str
    destination: str
    sentence: str
    hint: str = ""
    kind: FailureKind = FailureKind.OTHER
    host_cause: str = ""


class Skip(Struct, frozen=True):
    """Images that were skipped at one destination for one reason; ``first`` is one of them."""

    stage: str
    source: str
    destination: str
    reason: str
    first: str
    count: int


class SkippedStage(Struct, frozen=True):
    """A stage that was not run, because of ``reason``: a stage that it depends on failed."""

    stage: str
    source: str
    destinations: tuple[str, ...]
    reason: str


class Empty(Struct, frozen=True):
    """A destination for which a stage selected nothing."""

    stage: str
    source: str
    destination: str


class Summary(Struct, frozen=True):
    """A whole run.

    ``images_left`` are tags that were selected and not brought to an end; ``duration_s`` is None
    for a run whose end was not waited for.
    """

    tallies: tuple[Tally, ...]
    failures: tuple[Failure, ...]
    images_left: int
    duration_s: float | None
    interrupted: bool
    skips: tuple[Skip, ...] = ()
    empty: tuple[Empty, ...] = ()
    skipped_stages: tuple[SkippedStage, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether anything failed, an image or a stage; a skipped stage counts as failed."""
        return bool(self.failures or self.skipped_stages)

    @property
    def stages_failed(self) -> int:
        """How many stages did not know their images."""
        return sum(not failure.destination for failure in self.failures)

    @property
    def kinds(self) -> Mapping[FailureKind, int]:
        """How many failures there are of each kind that there is, the most frequent first."""
        return dict(Counter(failure.kind for failure in self.failures).most_common())

    @property
    def bytes_sent(self) -> int:
        """Bytes of blobs sent to all destinations together."""
        return sum(tally.bytes_sent for tally in self.tallies)

    @property
    def referrers_sent(self) -> int:
        """Artifacts that point to images, sent to all destinations together."""
        return sum(tally.referrers_sent for tally in self.tallies)

    def count(self, status: Status) -> int:
        """Return how many images ended so, each once for every destination."""
        return sum(tally.count(status) for tally in self.tallies)


class _Sums(Struct):
    counts: Counter[Status] = field(default_factory=Counter)
    bytes_sent: int = 0
    blobs_sent: int = 0
    blobs_mounted: int = 0
    referrers_sent: int = 0

    def add(self, outcome: Outcome) -> None:
        self.counts[outcome.status] += 1
        self.bytes_sent += outcome.bytes_sent
        self.blobs_sent += outcome.blobs_sent
        self.blobs_mounted += outcome.blobs_mounted
        self.referrers_sent += outcome.referrers_sent

    def tally(self, stage: str, source: str, destination: str) -> Tally:
        return Tally(
            stage=stage,
            source=source,
            destination=destination,
            counts=dict(self.counts),
            bytes_sent=self.bytes_sent,
            blobs_sent=self.blobs_sent,
            blobs_mounted=self.blobs_mounted,
            referrers_sent=self.referrers_sent,
        )


class SummaryBuilder:
    """A listener that gathers a summary; ``build`` may be asked at any moment."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str, str], _Sums] = {}
        self._failures: list[Failure] = []
        self._skips: dict[tuple[str, str, str, str], Skip] = {}
        self._empty: list[Empty] = []
        self._skipped_stages: dict[tuple[str], SkippedStage] = {}
        self._images_left = 0
        self._end: RunEnded | None = None
        self._stages: tuple[str, ...] = ()
        self._patterns: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Take *event* into account."""
        if isinstance(event, ImageEnded):
            self._images_left -= 1
            for outcome in event.outcomes:
                self._take(event.stage, outcome)
        elif not isinstance(event, ImageStarted):  # most of all events are of these two
            self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._stages = tuple(map(printable, event.stages))
            case StageStarted():
                self._start(event)
            case ImagesSelected():
                self._images_left += event.count
            case StageFailed():
                self._failures.append(_failure(event.stage, str(event.source), "", event.error))
            case StageSkipped():
                self._skipped_stages[printable(event.stage),] = _skipped_stage(event)
            case NothingSelected():
                self._empty.append(_empty(event))
            case RunEnded():
                self._end = event
            case _:
                pass

    def build(self) -> Summary:
        """Sum up what was heard; a run whose end was not heard of counts as interrupted."""
        return Summary(
            tallies=tuple(self._sums[names].tally(*names) for names in self._in_order(self._sums)),
            failures=tuple(self._failures),
            images_left=max(self._images_left, 0),
            duration_s=self._end.duration_s if self._end else None,
            interrupted=self._end is None or self._end.interrupted,
            skips=tuple(self._skips[key] for key in self._in_order(self._skips)),
            empty=tuple(self._empty),
            skipped_stages=tuple(
                self._skipped_stages[key] for key in self._in_order(self._skipped_stages)
            ),
        )

    def _start(self, event: StageStarted) -> None:
        if event.is_pattern:
            self._patterns.add(printable(event.stage))
            return
        for destination in event.destinations:
            self._sums_of(event.stage, event.source, destination)

    def _in_order(self, keys: Iterable[_Key]) -> list[_Key]:
        """Sort by stage as in the file, and what a pattern found by name: each run reads alike."""
        at = {stage: number for number, stage in enumerate(self._stages)}

        def rank(key: _Key) -> tuple[int, tuple[str, ...]]:
            return at.get(key[0], len(at)), key if key[0] in self._patterns else ()

        return sorted(keys, key=rank)

    def _sums_of(self, stage: str, source: Reference, destination: Reference) -> _Sums:
        names = (_shown(stage), _repository(source), _repository(destination))
        return self._sums.setdefault(names, _Sums())

    def _take(self, stage: str, outcome: Outcome) -> None:
        self._sums_of(stage, outcome.source, outcome.destination).add(outcome)
        if outcome.status is Status.FAILED:
            self._failures.append(
                _failure(stage, str(outcome.source), str(outcome.destination), outcome.error)
            )
        if outcome.status is Status.SKIPPED:
            self._skip(stage, outcome)

    def _skip(self, stage: str, outcome: Outcome) -> None:
        key = (
            printable(stage),
            _repository(outcome.source),
            _repository(outcome.destination),
            printable(outcome.reason),
        )
        known = self._skips.get(key) or Skip(*key, first=printable(str(outcome.source)), count=0)
        self._skips[key] = replace(known, count=known.count + 1)


def _repository(reference: Reference) -> str:
    return _shown(reference.name)


def _empty(event: NothingSelected) -> Empty:
    return Empty(printable(event.stage), _repository(event.source), _repository(event.destination))


def _skipped_stage(event: StageSkipped) -> SkippedStage:
    return SkippedStage(
        printable(event.stage),
        _repository(event.source),
        tuple(map(_repository, event.destinations)),
        printable(event.reason),
    )


def _failure(stage: str, source: str, destination: str, error: RepoSyncError | None) -> Failure:
    return Failure(
        stage=printable(stage),
        source=printable(source),
        destination=printable(destination),
        sentence=printable(str(error)) if error else "no reason was given",
        hint=printable(error.hint or "") if error else "",
        kind=kind_of(error) if error else FailureKind.OTHER,
        host_cause=printable(host_cause(error)) if error else "",
    )
