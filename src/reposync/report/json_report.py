"""A report as JSON, for programs: the figures first, then every image at every destination.

``version`` becomes another when a key changes its meaning or goes away; a new key changes nothing.
docs/how-to/operate/reports.md describes them all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from reposync.copy.outcome import Status
from reposync.report.record import Record, error_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from reposync.report.journal import Report, StageProgress
    from reposync.report.summary import Failure, Summary, Tally

VERSION = 1
_INDENT = "  "


def chunks(report: Report) -> Iterator[str]:
    """Write *report* piece by piece: an image a line, so that no more than one is in memory."""
    head = json.dumps(_head(report), ensure_ascii=False, indent=len(_INDENT))
    yield f'{head.removesuffix("}").rstrip()},\n{_INDENT}"images": ['
    separator = "\n"
    for stage in report.stages:
        for image in report.images(stage.stage):
            yield f"{separator}{_INDENT * 2}{image}"
            separator = ",\n"
    yield f"\n{_INDENT}]\n}}\n" if separator == ",\n" else "]\n}\n"


def utc(moment: datetime) -> str:
    """Write a moment as RFC 3339 does, in UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _head(report: Report) -> Record:
    summary = report.summary
    return {
        "version": VERSION,
        "started_at": utc(report.started_at),
        "ended_at": utc(report.ended_at),
        "duration_s": round(report.duration_s, 3),
        "interrupted": summary.interrupted,
        "error": report.error,
        "counts": _counts(summary),
        "failures": {str(kind): number for kind, number in summary.kinds.items()},
        "stages": [_stage(stage) for stage in report.stages],
        "repositories": [_repository(tally) for tally in summary.tallies],
        "stage_failures": [_failure(each) for each in summary.failures if not each.destination],
        "skips": _objects(summary.skips),
        "empty": _objects(summary.empty),
        "cancelled": _objects(report.cancelled),
    }


def _counts(summary: Summary) -> Record:
    return {
        **{str(status): summary.count(status) for status in Status},
        "stages_failed": summary.stages_failed,
        "stages_skipped": len(summary.skipped_stages),
        "images_left": summary.images_left,
        "bytes_sent": summary.bytes_sent,
        "blobs_sent": sum(tally.blobs_sent for tally in summary.tallies),
        "blobs_mounted": sum(tally.blobs_mounted for tally in summary.tallies),
        "referrers_sent": summary.referrers_sent,
    }


def _stage(stage: StageProgress) -> Record:
    return {
        "stage": stage.stage,
        "source": stage.source or None,
        "destinations": list(stage.destinations),
        "state": str(stage.state),
        "duration_s": None if stage.duration_s is None else round(stage.duration_s, 3),
        "reason": stage.reason or None,
    }


def _repository(tally: Tally) -> Record:
    counts = {str(status): tally.count(status) for status in Status}
    return asdict(tally) | {"counts": counts}


def _failure(failure: Failure) -> Record:
    return {
        "stage": failure.stage,
        "source": failure.source,
        "error": error_fields(failure.kind, failure.sentence, failure.hint),
    }


def _objects(values: Iterable[Any]) -> list[Record]:
    return [asdict(value) for value in values]
