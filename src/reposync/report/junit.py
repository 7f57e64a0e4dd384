"""A report as JUnit XML, for build servers: a suite for each stage, a case for each image.

The form is the one that Jenkins' schema, GitLab and most others read. What failed is a failure;
what kept a whole stage, or the run, from its work is an error; the kind of either is its type.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.outcome import Status
from reposync.report.failure_kind import FailureKind
from reposync.report.journal import StageState
from reposync.report.record import Record, error_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reposync.report.journal import Report, StageProgress
    from reposync.report.summary import Failure, Summary

# XML 1.0, section 2.2: what a document cannot hold, not even as a reference.
_NO_CHARACTER = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RUN = "run-reposync"
_CUT_OFF = error_fields(FailureKind.CANCELLED, "the run was stopped before this image had ended")
_UNFINISHED = error_fields(FailureKind.CANCELLED, "the run was stopped before it had ended")


class _Counts(Struct):
    """What the start of a suite says; a suite is written as it comes, so it is counted before."""

    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0


def chunks(report: Report) -> Iterator[str]:
    """Write *report* piece by piece: one case at a time is in memory."""
    counts = _counted(report)
    run = _run_error(report)
    total = _Counts(
        tests=sum(each.tests for each in counts.values()) + bool(run),
        failures=sum(each.failures for each in counts.values()),
        errors=sum(each.errors for each in counts.values()) + bool(run),
    )
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield (
        f'<testsuites{_named("name", _RUN)} tests="{total.tests}" failures="{total.failures}"'
        f' errors="{total.errors}" time="{report.duration_s:.3f}">\n'
    )
    if run is not None:
        yield _suite_start(_RUN, _Counts(tests=1, errors=1), report.duration_s, report)
        yield _case(_RUN, "run", report.duration_s, _trouble("error", run))
        yield "  </testsuite>\n"
    for stage in report.stages:
        yield _suite_start(stage.stage, counts[stage.stage], stage.duration_s or 0.0, report)
        yield from _cases(stage, report)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _run_error(report: Report) -> Record | None:
    """Return what kept the run from its end, which no case of a stage would tell."""
    if report.error is not None:
        return report.error
    return _UNFINISHED if report.summary.interrupted else None


def _counted(report: Report) -> dict[str, _Counts]:
    summary = report.summary
    counts: dict[str, _Counts] = defaultdict(_Counts)
    for tally in summary.tallies:
        suite = counts[tally.stage]
        suite.tests += sum(tally.counts.values())
        suite.failures += tally.count(Status.FAILED)
        suite.skipped += tally.count(Status.SKIPPED)
    for failure in _stage_failures(summary):
        counts[failure.stage].tests += 1
        counts[failure.stage].errors += 1
    for image in report.cancelled:
        counts[image.stage].tests += 1
        counts[image.stage].errors += 1
    for skipped in summary.skipped_stages:
        counts[skipped.stage].tests += 1
        counts[skipped.stage].skipped += 1
    for empty in summary.empty:
        counts[empty.stage].tests += 1
        counts[empty.stage].skipped += 1
    return counts


def _cases(stage: StageProgress, report: Report) -> Iterator[str]:
    name = stage.stage
    if stage.state is StageState.SKIPPED:
        yield _case(name, stage.source, 0.0, _skipped(stage.reason))
    for failure in _stage_failures(report.summary):
        if failure.stage == name:
            error = error_fields(failure.kind, failure.sentence, failure.hint)
            yield _case(name, failure.source, 0.0, _trouble("error", error))
    for line in report.images(name):
        yield _image(name, json.loads(line))
    for image in report.cancelled:
        if image.stage == name:
            yield _case(name, image.source, 0.0, _trouble("error", _CUT_OFF))
    for empty in report.summary.empty:
        if empty.stage == name:
            why = _skipped("nothing was selected")
            yield _case(name, f"{empty.source} -> {empty.destination}", 0.0, why)


def _stage_failures(summary: Summary) -> Iterable[Failure]:
    return (failure for failure in summary.failures if not failure.destination)


def _image(stage: str, image: Record) -> str:
    name = f"{image['source']} -> {image['destination']}"
    content = ""
    if image["status"] == Status.FAILED:
        unknown = error_fields(FailureKind.OTHER, "no reason was given")
        content = _trouble("failure", image["error"] or unknown)
    elif image["status"] == Status.SKIPPED:
        content = _skipped(image["reason"] or "")
    return _case(stage, name, image["duration_s"], content)


def _suite_start(name: str, counts: _Counts, time_s: float, report: Report) -> str:
    started_at = report.started_at.isoformat(timespec="seconds").removesuffix("+00:00")
    return (
        f'  <testsuite{_named("name", name)} tests="{counts.tests}" failures="{counts.failures}"'
        f' errors="{counts.errors}" skipped="{counts.skipped}" time="{time_s:.3f}"'
        f' timestamp="{started_at}">\n'
    )


def _case(stage: str, name: str, time_s: float, content: str) -> str:
    head = f'    <testcase{_named("classname", stage)}{_named("name", name)} time="{time_s:.3f}"'
    return f"{head}>\n{content}    </testcase>\n" if content else f"{head}/>\n"


def _trouble(element: str, error: Record) -> str:
    text = "\n".join(part for part in (error["message"], error["hint"]) if part)
    head = f"      <{element}{_named('type', error['kind'])}{_named('message', error['message'])}>"
    return f"{head}{_clean(text)}</{element}>\n"


def _skipped(reason: str) -> str:
    return f"      <skipped{_named('message', reason)}/>\n"


def _named(attribute: str, text: str) -> str:
    return f' {attribute}="{_clean(text)}"'


def _clean(text: str) -> str:
    """Escape what has a meaning in XML, and replace what it cannot hold."""
    return escape(_NO_CHARACTER.sub("\ufffd", text))
