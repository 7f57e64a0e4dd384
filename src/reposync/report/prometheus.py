"""A report as metrics: a file for the textfile collector of Prometheus' node_exporter.

All figures are those of one run. Two values outlive it, since alerts depend on them: when a stage
last succeeded, and whether it failed when it last ran. They are read from the previous file, for
stages that failed and for stages of the file that this run is not for.
"""

from __future__ import annotations

import platform
from collections import Counter
from typing import TYPE_CHECKING

from reposync import __version__
from reposync.copy.outcome import Status
from reposync.oci.error_code import printable
from reposync.report.exposition import Family, Sample, read, written
from reposync.report.journal import StageState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from reposync.report.host_figures import HostFigures
    from reposync.report.journal import Report
    from reposync.report.run_facts import RunFacts
    from reposync.report.summary import Summary

_LAST_SUCCESS = "reposync_last_success_timestamp_seconds"
_RUN_FAILED = "reposync_run_failed"
RESULTS: Mapping[str, tuple[Status, ...]] = {
    "copied": (Status.COPIED, Status.MOUNTED),
    "up_to_date": (Status.UP_TO_DATE,),
    "skipped": (Status.SKIPPED,),
    "failed": (Status.FAILED,),
    "deleted": (),
}
"""The values of the label ``result``, and how images ended that they count."""


def chunks(report: Report, facts: RunFacts, previous: str = "") -> Iterator[str]:
    """Write *report* metric by metric; *previous* is what the file holds, if there is one."""
    stages = _names(facts.run_stages)
    families = (
        _images(report.summary, stages),
        _deleted(stages),
        *_of_hosts(facts.hosts()),
        _duration(report),
        *_states(report, facts, previous),
        _build(),
    )
    yield from map(written, families)


def _names(stages: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(printable, stages)))


def _images(summary: Summary, stages: Sequence[str]) -> Family:
    counts: Counter[tuple[str, Status]] = Counter()
    for tally in summary.tallies:
        counts.update({(tally.stage, status): count for status, count in tally.counts.items()})
    samples = (
        Sample(
            sum(counts[stage, status] for status in statuses), {"stage": stage, "result": result}
        )
        for stage in stages
        for result, statuses in RESULTS.items()
    )
    about = "Images by how they ended in the run, each once for every destination."
    return Family("reposync_images_total", "counter", about, tuple(samples))


def _deleted(stages: Sequence[str]) -> Family:
    samples = tuple(Sample(0, {"stage": stage}) for stage in stages)
    about = "Tags that the run deleted at destinations."
    return Family("reposync_deleted_total", "counter", about, samples)


def _duration(report: Report) -> Family:
    samples = (Sample(round(report.duration_s, 3)),)
    return Family("reposync_run_duration_seconds", "gauge", "How long the run took.", samples)


def _build() -> Family:
    labels = {"version": __version__, "python": platform.python_version()}
    about = "Always 1; the version of reposync and of Python."
    return Family("reposync_build_info", "gauge", about, (Sample(1, labels),))


def _of_hosts(hosts: Sequence[HostFigures]) -> Iterator[Family]:
    yield Family(
        "reposync_requests_total",
        "counter",
        "Requests of the run that were answered, by method and status.",
        tuple(
            Sample(count, {"host": each.host, "method": method, "code": str(code)})
            for each in hosts
            for (method, code), count in sorted(each.answers.items())
        ),
    )
    directions = (("read", "read_bytes"), ("write", "written_bytes"))
    yield Family(
        "reposync_bytes_total",
        "counter",
        "Bytes of bodies that the run read from a host or wrote to it.",
        tuple(
            Sample(getattr(each, figure), {"host": each.host, "direction": direction})
            for each in hosts
            for direction, figure in directions
        ),
    )
    yield Family(
        "reposync_ratelimit_remaining",
        "gauge",
        "Pulls that a host still allows, as its last answer told.",
        tuple(
            Sample(each.pulls_left, {"host": each.host})
            for each in hosts
            if each.pulls_left is not None
        ),
    )


def _states(report: Report, facts: RunFacts, previous: str) -> Iterator[Family]:
    """Return how each stage ended; what this run does not know is taken from *previous*."""
    now = round(report.ended_at.timestamp(), 3)
    before = read(previous, _LAST_SUCCESS, "stage")
    last_success = {stage: min(at, now) for stage, at in before.items()}
    is_failed = read(previous, _RUN_FAILED, "stage")
    succeeded = _succeeded(report)
    for stage in _names(facts.run_stages):
        is_failed[stage] = stage not in succeeded
        if stage in succeeded and not facts.is_partial:
            last_success[stage] = now
        last_success.setdefault(stage, 0)
    about = "When the whole stage last succeeded; 0 if it never did."
    yield _by_stage(_LAST_SUCCESS, about, last_success, facts)
    about = "Whether the stage failed when it last ran: 1 or 0."
    yield _by_stage(_RUN_FAILED, about, is_failed, facts)


def _by_stage(name: str, about: str, values: Mapping[str, float], facts: RunFacts) -> Family:
    known = (stage for stage in _names(facts.file_stages) if stage in values)
    samples = tuple(Sample(values[stage], {"stage": stage}) for stage in known)
    return Family(name, "gauge", about, samples)


def _succeeded(report: Report) -> AbstractSet[str]:
    """Return the stages that ended without a failure; none if an error ended the run."""
    if report.error is not None:
        return frozenset()
    ended = {each.stage for each in report.stages if each.state is StageState.ENDED}
    return ended - {failure.stage for failure in report.summary.failures}
