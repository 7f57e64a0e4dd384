"""The journal: what reports tell beside the summary, image by image.

Each image is written to a file as it ends, and read again when the reports are written. In memory
stays its place there alone, by stage, so that a report can tell one stage after another.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from reposync.oci.error_code import printable
from reposync.report.record import Record, error_record, image_record
from reposync.sync.events import (
    ImageEnded,
    ImageStarted,
    NothingSelected,
    RunStarted,
    StageEnded,
    StageFailed,
    StageSkipped,
    StageStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reposync.copy.outcome import Outcome
    from reposync.oci.reference import Reference
    from reposync.report.summary import Summary
    from reposync.sync.events import Event


class StageState(StrEnum):
    """How far a stage came."""

    NOT_STARTED = "not started"
    CUT_OFF = "cut off"
    """The run was stopped before the stage had ended."""
    ENDED = "ended"
    SKIPPED = "skipped"
    """It was not run, since a stage that it depends on failed."""


class StageProgress(Struct, frozen=True):
    """A stage, and how far it came; what it copies is known once it has started or is skipped.

    ``reason`` is why it was skipped; empty for others.
    """

    stage: str
    source: str = ""
    destinations: tuple[str, ...] = ()
    state: StageState = StageState.NOT_STARTED
    duration_s: float | None = None
    reason: str = ""


class Cancelled(Struct, frozen=True):
    """An image that was begun, and did not come to an end."""

    stage: str
    source: str


class Report(Struct, frozen=True):
    """All that there is to tell of a run.

    ``images`` gives the records of a stage's images in the order in which they ended, each a line
    of JSON; ``error`` is what ended the run as a whole, None where nothing did.
    """

    summary: Summary
    started_at: datetime
    ended_at: datetime
    stages: tuple[StageProgress, ...]
    cancelled: tuple[Cancelled, ...]
    images: Callable[[str], Iterator[str]]
    error: Record | None = None

    @property
    def duration_s(self) -> float:
        """How long the run took, or has taken when it was not waited for any longer."""
        if self.summary.duration_s is not None:
            return self.summary.duration_s
        return (self.ended_at - self.started_at).total_seconds()


class Journal:
    """A listener that writes down what comes; *spool* is a file of the caller's, or none.

    Without one, the report has no images. A spool that cannot be written is given up, and
    ``trouble`` says why: the run goes on.
    """

    def __init__(
        self,
        spool: BinaryIO | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.trouble: OSError | None = None
        self._spool = spool
        self._now = now
        self._started_at = now()
        self._stages: dict[str, StageProgress] = {}
        self._places: dict[str, array[int]] = {}
        self._end = 0
        self._begun: Counter[tuple[str, Reference]] = Counter()

    def __call__(self, event: Event) -> None:
        """Write down what *event* says."""
        match event:
            case RunStarted():
                self._started_at = self._now()
                names = map(printable, event.stages)
                self._stages = {name: StageProgress(name) for name in names}
            case StageStarted():
                self._enter(event, StageState.CUT_OFF)
            case StageSkipped():
                self._enter(event, StageState.SKIPPED, printable(event.reason))
            case StageEnded():
                self._close(event)
            case StageFailed() | NothingSelected():
                self._know(printable(event.stage))
            case ImageStarted():
                self._begun[event.stage, event.source] += 1
            case ImageEnded():
                self._forget((event.stage, event.source))
                for outcome in event.outcomes:
                    self._write(outcome, event)
            case _:
                pass

    def report(self, summary: Summary, error: BaseException | None = None) -> Report:
        """Put together what was heard up to now; *error* is what ended the run, if anything did."""
        return Report(
            summary=summary,
            started_at=self._started_at,
            ended_at=self._now(),
            stages=tuple(self._stages.values()),
            cancelled=self._cancelled(),
            images=self._read,
            error=error_record(error) if error else None,
        )

    def _know(self, name: str) -> StageProgress:
        return self._stages.setdefault(name, StageProgress(name))

    def _enter(
        self, event: StageStarted | StageSkipped, state: StageState, reason: str = ""
    ) -> None:
        name = printable(event.stage)
        places = tuple(printable(str(place)) for place in event.destinations)
        source = printable(str(event.source))
        self._stages[name] = StageProgress(name, source, places, state, reason=reason)

    def _close(self, event: StageEnded) -> None:
        name = printable(event.stage)
        self._stages[name] = replace(
            self._know(name), state=StageState.ENDED, duration_s=event.duration_s
        )

    def _forget(self, image: tuple[str, Reference]) -> None:
        self._begun[image] -= 1
        if self._begun[image] <= 0:
            del self._begun[image]

    def _cancelled(self) -> tuple[Cancelled, ...]:
        images = (Cancelled(printable(name), printable(str(at))) for name, at in self._begun)
        return tuple(sorted(images, key=lambda each: (each.stage, each.source)))

    def _write(self, outcome: Outcome, event: ImageEnded) -> None:
        if self._spool is None or self.trouble is not None:
            return
        record = image_record(outcome, event)
        # A name that is no text, of a file perhaps, becomes the escape that JSON has for it.
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        try:
            self._spool.write(line)
        except OSError as error:
            self.trouble = error
            return
        stage = self._know(record["stage"]).stage
        self._places.setdefault(stage, array("Q")).append(self._end)
        self._end += len(line)

    def _read(self, stage: str) -> Iterator[str]:
        if self._spool is None:
            return
        for place in self._places.get(stage, ()):
            self._spool.seek(place)
            yield self._spool.readline().decode()[:-1]
