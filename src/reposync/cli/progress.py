"""Progress: what runs, how much of how much, how fast, what is left.

State alone, moved by events and asked by whoever draws it; times are handed in, in seconds of any
clock that only moves forward.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.outcome import Status
from reposync.sync.events import (
    BlobEnded,
    BlobStarted,
    BytesRead,
    ImageEnded,
    ImagesSelected,
    RunStarted,
    StageEnded,
    StageFailed,
    StageStarted,
)

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.sync.events import Event

_SPEED_WINDOW_S = 5.0
_PACE_WINDOW_S = 30.0
_BUCKETS = 20


class StageProgress(Struct):
    """A stage that runs; ``selected`` is None until it knows its images."""

    name: str
    selected: int | None = None
    ended: int = 0


class BlobProgress(Struct):
    """A blob on its way to ``destinations`` registries."""

    digest: Digest
    size_bytes: int
    destinations: int
    read_bytes: int = 0


class Rate:
    """How much came in a second, over a sliding window, in bounded memory."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._began_s: float | None = None
        self._buckets: deque[tuple[float, int]] = deque()

    def add(self, amount: int, at_s: float) -> None:
        """Count *amount* as come at *at_s*."""
        if self._began_s is None:
            self._began_s = at_s
        self._forget(at_s)
        if self._buckets and at_s - self._buckets[-1][0] < self._window_s / _BUCKETS:
            began_s, before = self._buckets.pop()
            self._buckets.append((began_s, before + amount))
        else:
            self._buckets.append((at_s, amount))

    def per_second(self, at_s: float) -> float:
        """Tell the rate at *at_s*; 0 when nothing came within the window."""
        self._forget(at_s)
        if self._began_s is None or not self._buckets:
            return 0.0
        # The first moments of a run are too short to divide by.
        span_s = max(min(at_s - self._began_s, self._window_s), 1.0)
        return sum(amount for _, amount in self._buckets) / span_s

    def _forget(self, at_s: float) -> None:
        while self._buckets and at_s - self._buckets[0][0] > self._window_s:
            self._buckets.popleft()


class ProgressState:
    """All that a progress display shows."""

    def __init__(self) -> None:
        self.stages: dict[str, StageProgress] = {}
        """Those that run, by name, the longest running first."""
        self.blobs: dict[Digest, BlobProgress] = {}
        """Those in flight, the longest running first."""
        self.images_selected = 0
        self.images_ended = 0
        self.failed = 0
        """Images that failed, once for every destination, and stages that did not know theirs."""
        self.bytes_read = 0
        self._undecided: set[str] = set()
        self._speed = Rate(_SPEED_WINDOW_S)
        self._pace = Rate(_PACE_WINDOW_S)

    @property
    def images_left(self) -> int:
        """Images that are known and have not ended."""
        return max(self.images_selected - self.images_ended, 0)

    @property
    def stages_undecided(self) -> int:
        """Stages that do not know their images yet."""
        return len(self._undecided)

    def take(self, event: Event, at_s: float) -> None:
        """Move on by *event*, which happened at *at_s*."""
        match event:
            case BytesRead():
                self._bytes_read(event, at_s)
            case BlobStarted(blob, destinations):
                self.blobs[blob.digest] = BlobProgress(blob.digest, blob.size, destinations)
            case BlobEnded():
                self.blobs.pop(event.blob.digest, None)
            case ImageEnded():
                self._image_ended(event, at_s)
            case RunStarted():
                self._undecided = set(event.stages)
            case StageStarted():
                self.stages[event.stage] = StageProgress(event.stage)
            case ImagesSelected():
                self._images_selected(event)
            case StageFailed():
                self._undecided.discard(event.stage)
                self.failed += 1
            case StageEnded():
                self._undecided.discard(event.stage)
                self.stages.pop(event.stage, None)
            case _:
                pass

    def bytes_per_second(self, at_s: float) -> float:
        """Tell how fast bytes come from the sources, over the last seconds."""
        return self._speed.per_second(at_s)

    def eta_s(self, at_s: float) -> float | None:
        """Guess the seconds that are left, from the pace of the last half minute.

        None where there is nothing to guess from: no image ended lately, or a stage does not know
        its images yet.
        """
        pace = self._pace.per_second(at_s)
        if not pace or self._undecided:
            return None
        return self.images_left / pace

    def _bytes_read(self, event: BytesRead, at_s: float) -> None:
        self.bytes_read += event.count
        self._speed.add(event.count, at_s)
        blob = self.blobs.get(event.blob.digest)
        if blob is not None:
            blob.read_bytes += event.count

    def _images_selected(self, event: ImagesSelected) -> None:
        self._undecided.discard(event.stage)
        self.images_selected += event.count
        stage = self.stages.get(event.stage)
        if stage is not None:
            stage.selected = (stage.selected or 0) + event.count

    def _image_ended(self, event: ImageEnded, at_s: float) -> None:
        self.images_ended += 1
        self._pace.add(1, at_s)
        self.failed += sum(outcome.status is Status.FAILED for outcome in event.outcomes)
        stage = self.stages.get(event.stage)
        if stage is not None:
            stage.ended += 1
