"""The state of a run: moved by events, read as a frozen ``Progress``.

Pure: times are handed in, in seconds of any clock that only moves forward.

The time left is the larger of two: the bytes that are known to be left, by the speed of the last
ten seconds; and the images that wait for their turn, by the number that ended in the last half
minute. It is a lower bound as long as the progress is not final.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.cli.progress.bytes_left import BytesLeft
from reposync.cli.progress.rate import Rate
from reposync.cli.progress.values import Progress, Stage, Transfer
from reposync.copy.outcome import Status
from reposync.sync.events import (
    BlobEnded,
    BlobFailed,
    BlobFound,
    BlobNeeded,
    BlobStarted,
    BytesSent,
    ImageEnded,
    ImageRead,
    ImagesSelected,
    ImageStarted,
    NothingSelected,
    RepositoriesSelected,
    RunEnded,
    RunStarted,
    StageEnded,
    StageFailed,
    StageSkipped,
    StageStarted,
)

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.sync.events import Event

_SPEED_WINDOW_S = 10.0
_PACE_WINDOW_S = 30.0
_SETTLED_S = 3.0
"""A speed that is known for less says nothing of the time that is left."""


_StageEvent = (
    RunStarted
    | StageStarted
    | StageSkipped
    | RepositoriesSelected
    | ImagesSelected
    | StageFailed
    | StageEnded
)


class _Moving(Struct):
    """A blob on its way."""

    image: Reference
    blob: Descriptor
    places: tuple[Reference, ...]
    sent_bytes: int = 0
    speed: Rate = field(default_factory=lambda: Rate(_SPEED_WINDOW_S))

    def at(self, at_s: float) -> Transfer:
        return Transfer(
            image=self.image,
            digest=self.blob.digest,
            places=len(self.places),
            sent_bytes=self.sent_bytes,
            total_bytes=self.blob.size * len(self.places),
            bytes_per_second=self.speed.per_second(at_s),
        )


class ProgressState:
    """All that a display of progress is made from; *verb* says what is done with the bytes."""

    def __init__(self, verb: str = "sent") -> None:
        self._verb = verb
        self._bytes = BytesLeft()
        self._stages: dict[str, Stage] = {}
        self._stage_count = 0
        self._undecided: dict[str, int | None] = {}
        """Repositories whose images are not known, by stage; None where their number is not."""
        self._selected = self._started = self._ended = self._failed = 0
        self._unread: set[Reference] = set()
        self._moving: dict[tuple[Digest, Reference], _Moving] = {}
        self._speed = Rate(_SPEED_WINDOW_S)
        self._concurrency = Rate(_PACE_WINDOW_S)
        self._moved_s: float | None = None

    def take(self, event: Event, at_s: float) -> None:
        """Move on by *event*, which happened at *at_s*."""
        match event:
            case ImageStarted() | ImageEnded() | ImageRead():
                self._take_image(event, at_s)
                return
            case BytesSent() | BlobStarted() | BlobEnded():
                self._take_transfer(event, at_s)
            case BlobNeeded() | BlobFound() | BlobFailed() | NothingSelected() | RunEnded():
                pass
            case _:
                self._take_stage(event, at_s)
        self._bytes.take(event)

    def at(self, at_s: float) -> Progress:
        """Return what there is to show at *at_s*."""
        is_final = not self._undecided and not self._unread and self._started == self._selected
        moving = {id(each): each for each in self._moving.values()}
        return Progress(
            images_ended=self._ended,
            images_selected=self._selected,
            failed=self._failed,
            stages_undecided=len(self._undecided),
            stage_count=self._stage_count,
            sent_bytes=self._bytes.sent_bytes,
            total_bytes=self._bytes.sent_bytes + self._bytes.left_bytes,
            found_bytes=self._bytes.found_bytes,
            is_final=is_final,
            bytes_per_second=self._speed.per_second(at_s),
            eta_s=self._eta_s(at_s),
            idle_s=at_s - self._moved_s if self._moved_s is not None else 0.0,
            stages=tuple(self._stages.values()),
            transfers=tuple(each.at(at_s) for each in moving.values()),
            verb=self._verb,
        )

    def _eta_s(self, at_s: float) -> float | None:
        speed, concurrency = self._speed.per_second(at_s), self._concurrency.per_second(at_s)
        left_bytes, waiting = self._bytes.left_bytes, self._selected - self._started
        if left_bytes and self._speed.known_for_s(at_s) < _SETTLED_S:
            return None
        bytes_s = left_bytes / speed if left_bytes else 0.0
        return max(bytes_s, waiting / concurrency if waiting and concurrency else 0.0) or None

    def _take_transfer(self, event: BytesSent | BlobStarted | BlobEnded, at_s: float) -> None:
        self._moved_s = at_s
        match event:
            case BytesSent():
                self._speed.add(event.count, at_s)
                moving = self._moving.get((event.blob.digest, event.place))
                if moving is not None:
                    moving.sent_bytes += event.count
                    moving.speed.add(event.count, at_s)
            case BlobStarted():
                image = self._bytes.image_of(event.blob, event.places[0])
                moving = _Moving(image, event.blob, event.places)
                self._moving |= {(event.blob.digest, place): moving for place in event.places}
            case BlobEnded():
                for place in event.places:
                    self._moving.pop((event.blob.digest, place), None)

    def _take_image(self, event: ImageStarted | ImageRead | ImageEnded, at_s: float) -> None:
        match event:
            case ImageStarted():
                self._started += 1
                self._unread.add(event.source)
            case ImageRead():
                self._unread.discard(event.image)
            case ImageEnded():
                self._unread.discard(event.source)
                self._moved_s = at_s
                self._ended += 1
                self._concurrency.add(1, at_s)
                self._failed += sum(one.status is Status.FAILED for one in event.outcomes)
                stage = self._stages.get(event.stage)
                if stage is not None:
                    self._stages[event.stage] = replace(stage, ended=stage.ended + 1)

    def _take_stage(self, event: _StageEvent, at_s: float) -> None:
        self._moved_s = at_s
        match event:
            case RunStarted():
                self._undecided = dict.fromkeys(event.stages)
                self._stage_count = len(event.stages)
            case StageStarted():
                self._stages[event.stage] = Stage(event.stage)
            case RepositoriesSelected():
                self._undecided[event.stage] = event.count + 1
                self._decide(event.stage)
            case ImagesSelected():
                self._selected += event.count
                stage = self._stages.get(event.stage)
                if stage is not None:
                    selected = stage.selected + event.count
                    self._stages[event.stage] = replace(stage, selected=selected)
                self._decide(event.stage)
            case StageFailed():
                self._failed += 1
                self._decide(event.stage)
            case StageEnded() | StageSkipped():
                self._undecided.pop(event.stage, None)
                self._stages.pop(event.stage, None)

    def _decide(self, name: str) -> None:
        """Note that one more repository of a stage has its images known, or never will."""
        undecided = (self._undecided.pop(name, None) or 1) - 1
        stage = self._stages.get(name)
        if undecided:
            self._undecided[name] = undecided
        elif stage is not None:
            self._stages[name] = replace(stage, is_decided=True)
