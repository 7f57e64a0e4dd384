from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.unit.report.script import HUB, MASTER, STAGING, ended, failed_stage, outcome, run_of

from reposync.copy.outcome import Status
from reposync.errors import CopyError, NotFoundError, UnauthorizedError, UnreachableError
from reposync.report.summary import SummaryBuilder
from reposync.report.table import failure_lines, kind_lines


def summary_of(*events):
    builder = SummaryBuilder()
    for event in events:
        builder(event)
    return builder.build()


def failing(tag, error, to=MASTER):
    failed = outcome(Status.FAILED, tag, to)
    return ended(
        replace(failed, error=CopyError(f"look up tag {tag}", "destination", error)),
    )


@pytest.mark.parametrize("kind", [UnauthorizedError, UnreachableError])
def test_what_one_host_caused_is_one_error_that_counts_the_rest(kind):
    error = kind("master:5000 says no", hint="see to it")
    summary = summary_of(*run_of(*(failing(str(number), error) for number in range(100))))
    assert failure_lines(summary.failures) == [
        f"failed: {HUB}:0 -> {MASTER}:0 and 99 more: master:5000 says no",
        "  hint: see to it",
    ]
    assert len(summary.failures) == 100


def test_a_cause_that_struck_once_is_told_with_what_was_being_done():
    summary = summary_of(*run_of(failing("1", UnauthorizedError("master:5000 says no"))))
    (line,) = failure_lines(summary.failures)
    assert line == (
        f"failed: {HUB}:1 -> {MASTER}:1: "
        "cannot look up tag 1 at the destination: master:5000 says no"
    )


def test_the_causes_of_two_hosts_are_told_apart():
    summary = summary_of(
        *run_of(
            failing("1", UnauthorizedError("master:5000 says no")),
            failing("1", UnauthorizedError("staging:5000 says no"), STAGING),
            failing("2", UnauthorizedError("master:5000 says no")),
        )
    )
    first, second = failure_lines(summary.failures)
    assert first.endswith(" and 1 more: master:5000 says no")
    assert second.endswith("at the destination: staging:5000 says no")


def test_what_is_no_hosts_cause_is_told_for_each_image():
    error = NotFoundError("it is not there")
    summary = summary_of(*run_of(failing("1", error), failing("2", error)))
    assert len(failure_lines(summary.failures)) == 2


def test_failures_are_counted_by_their_kinds_the_most_frequent_first():
    missing, down = NotFoundError("no"), UnreachableError("no answer")
    images = [failing("1", down), failing("2", down), failing("3", missing)]
    (line,) = kind_lines(summary_of(*run_of(*images), failed_stage(), failing("4", down)))
    assert line == "failures by kind: 3 unreachable, 2 not found"


def test_a_run_in_which_nothing_failed_counts_no_kinds():
    assert kind_lines(summary_of(*run_of())) == []


def test_failures_that_name_what_their_host_causes_are_one_in_these_words():
    errors = []
    for name in ("app", "web"):
        errors.append(UnauthorizedError(f"master:5000 requires credentials for team/{name}"))
        errors[-1].host_cause = "master:5000 requires credentials"
    summary = summary_of(*run_of(*(failing(str(at), error) for at, error in enumerate(errors))))
    (line,) = failure_lines(summary.failures)
    assert line.endswith(" and 1 more: master:5000 requires credentials")
