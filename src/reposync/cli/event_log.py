"""Events as log lines: which are told, at which level, in which words.

A line is one sentence for people, and the same in fields for machines. What changed nothing, such
as an image that is up to date, is told to those who look for it: a log says what happened.
"""

from __future__ import annotations

import logging
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reposync.copy.outcome import Outcome, Status
from reposync.report.failure_kind import kind_of
from reposync.report.record import outcome_fields
from reposync.report.units import binary_size, count, duration
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
    from collections.abc import Iterator, Mapping

    from reposync.errors import RepoSyncError
    from reposync.sync.events import Event

_log = logging.getLogger("reposync.run")


_DETAILS = frozenset(
    {
        RepositoriesSelected,
        ImageStarted,
        ImageRead,
        BlobNeeded,
        BlobFound,
        BlobStarted,
        BytesSent,
        BlobEnded,
        BlobFailed,
    }
)


class Line(Struct, frozen=True):
    """One line of the log; ``fields`` are JSON values."""

    level: int
    event: str
    message: str
    fields: Mapping[str, Any]


def log(event: Event) -> None:
    """Write what there is to say of *event*: a listener."""
    if _is_detail(event) and not _log.isEnabledFor(logging.DEBUG):
        return
    for line in lines(event):
        _log.log(line.level, line.message, extra={"event": line.event, "fields": line.fields})


@singledispatch
def lines(event: object) -> tuple[Line, ...]:
    """Put *event* into lines; none for what only progress needs to know."""
    del event
    return ()


@lines.register(RunStarted)
def _run_started(event: RunStarted) -> tuple[Line, ...]:
    message = f"run started: {count(len(event.stages), 'stage')}"
    return (Line(logging.INFO, "run_started", message, {"stages": list(event.stages)}),)


@lines.register(StageStarted)
def _stage_started(event: StageStarted) -> tuple[Line, ...]:
    destinations = [str(destination) for destination in event.destinations]
    message = f"stage {event.stage} started: {event.source} -> {', '.join(destinations)}"
    fields = {"stage": event.stage, "source": str(event.source), "destinations": destinations}
    return (Line(logging.INFO, "stage_started", message, fields),)


@lines.register(StageSkipped)
def _stage_skipped(event: StageSkipped) -> tuple[Line, ...]:
    message = f"stage {event.stage} skipped: {event.reason}"
    fields = {"stage": event.stage, "source": str(event.source), "reason": event.reason}
    return (Line(logging.WARNING, "stage_skipped", message, fields),)


@lines.register(ImagesSelected)
def _images_selected(event: ImagesSelected) -> tuple[Line, ...]:
    message = f"stage {event.stage}: {count(event.count, 'image')} selected"
    fields = {"stage": event.stage, "count": event.count}
    return (Line(logging.INFO, "images_selected", message, fields),)


@lines.register(NothingSelected)
def _nothing_selected(event: NothingSelected) -> tuple[Line, ...]:
    source, destination = str(event.source), str(event.destination)
    message = f"stage {event.stage}: nothing of {source} is selected for {destination}"
    fields = {"stage": event.stage, "source": source, "destination": destination}
    return (Line(logging.WARNING, "nothing_selected", message, fields),)


@lines.register(StageFailed)
def _stage_failed(event: StageFailed) -> tuple[Line, ...]:
    message = f"stage {event.stage} failed, {event.source}: {_reason(event.error)}"
    fields = {"stage": event.stage, "source": str(event.source), **_error(event.error)}
    return (Line(logging.ERROR, "stage_failed", message, fields),)


@lines.register(ImageStarted)
def _image_started(event: ImageStarted) -> tuple[Line, ...]:
    fields = {"stage": event.stage, "source": str(event.source)}
    return (Line(logging.DEBUG, "image_started", f"{event.source}: started", fields),)


@lines.register(BlobStarted)
def _blob_started(event: BlobStarted) -> tuple[Line, ...]:
    blob, destinations = event.blob, len(event.places)
    to = count(destinations, "destination")
    message = f"blob {blob.digest.short}: started, {binary_size(blob.size)} to {to}"
    fields = {"digest": str(blob.digest), "size_bytes": blob.size, "destinations": destinations}
    return (Line(logging.DEBUG, "blob_started", message, fields),)


@lines.register(BlobFound)
def _blob_found(event: BlobFound) -> tuple[Line, ...]:
    message = f"blob {event.blob.digest.short}: {event.place} has it"
    fields = {"digest": str(event.blob.digest), "destination": str(event.place)}
    return (Line(logging.DEBUG, "blob_found", message, fields),)


@lines.register(BlobEnded)
def _blob_ended(event: BlobEnded) -> tuple[Line, ...]:
    is_complete = event.arrived == event.places
    message = f"blob {event.blob.digest.short}: {'complete' if is_complete else 'given up'}"
    fields = {"digest": str(event.blob.digest), "complete": is_complete}
    return (Line(logging.DEBUG, "blob_ended", message, fields),)


@lines.register(ImageEnded)
def _image_ended(event: ImageEnded) -> tuple[Line, ...]:
    return tuple(_outcome(outcome, event) for outcome in event.outcomes)


@lines.register(StageEnded)
def _stage_ended(event: StageEnded) -> tuple[Line, ...]:
    message = f"stage {event.stage} ended in {duration(event.duration_s)}"
    fields = {"stage": event.stage, "duration_s": round(event.duration_s, 3)}
    return (Line(logging.INFO, "stage_ended", message, fields),)


@lines.register(RunEnded)
def _run_ended(event: RunEnded) -> tuple[Line, ...]:
    how = "was interrupted after" if event.interrupted else "ended in"
    fields = {"duration_s": round(event.duration_s, 3), "interrupted": event.interrupted}
    message = f"run {how} {duration(event.duration_s)}"
    return (Line(logging.INFO, "run_ended", message, fields),)


def _is_detail(event: Event) -> bool:
    """Return cheaply whether all lines of *event* are for debugging."""
    if isinstance(event, ImageEnded):
        return all(outcome.status is Status.UP_TO_DATE for outcome in event.outcomes)
    return type(event) in _DETAILS


def _outcome(outcome: Outcome, event: ImageEnded) -> Line:
    fields = outcome_fields(outcome, event)
    if outcome.reason:
        fields["reason"] = outcome.reason
    if outcome.error:
        fields |= _error(outcome.error)
    message = f"{outcome.source} -> {outcome.destination}: {_how_it_ended(outcome)}"
    return Line(_level(outcome.status), "image_ended", message, fields)


def _level(status: Status) -> int:
    match status:
        case Status.FAILED:
            return logging.ERROR
        case Status.UP_TO_DATE:
            return logging.DEBUG
        case _:
            return logging.INFO


def _how_it_ended(outcome: Outcome) -> str:
    match outcome.status:
        case Status.FAILED:
            why = _reason(outcome.error)
        case Status.SKIPPED:
            why = outcome.reason
        case _:
            why = ", ".join(_what_was_done(outcome))
    return f"{outcome.status}: {why}" if why else str(outcome.status)


def _what_was_done(outcome: Outcome) -> Iterator[str]:
    if outcome.digest:
        yield str(outcome.digest)
    if outcome.referrers_sent:
        yield f"with {count(outcome.referrers_sent, 'referrer')}"
    if outcome.status is Status.COPIED and outcome.blobs_sent:  # else a relay, which tells nothing
        yield f"{binary_size(outcome.bytes_sent)} sent"


def _reason(error: RepoSyncError | None) -> str:
    if error is None:
        return "no reason was given"
    return f"{error}; {error.hint}" if error.hint else str(error)


def _error(error: RepoSyncError) -> dict[str, Any]:
    fields: dict[str, Any] = {"kind": str(kind_of(error)), "error": str(error)}
    if error.hint:
        fields["hint"] = error.hint
    return fields
