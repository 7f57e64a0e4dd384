"""A report as metrics: the figures of the run, and what alerts need of earlier runs."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.report.reports import STARTED_AT, report_of
from tests.unit.report.script import (
    HUB,
    MASTER,
    STAGING,
    ended,
    failed_stage,
    outcome,
    run_of,
    skipped_stage,
)

from reposync import __version__
from reposync.copy.outcome import Status
from reposync.errors import StorageError
from reposync.report.host_figures import HostFigures
from reposync.report.prometheus import RESULTS, chunks
from reposync.report.run_facts import RunFacts
from reposync.sync.events import RunEnded, RunStarted, StageEnded, StageStarted

STAGE = "mirror-sleeper"
GOOD = tuple(run_of(ended(outcome(Status.COPIED))))
BAD = tuple(run_of(ended(outcome(Status.FAILED))))
HOSTS = (
    HostFigures("docker.io", {("HEAD", 200): 7, ("GET", 429): 1}, 3000, 0, pulls_left=76),
    HostFigures("master:5000", {("PUT", 201): 2}, 0, 2900),
)
SUCCESS, FAILED = "reposync_last_success_timestamp_seconds", "reposync_run_failed"


def facts(*stages, chosen=None, is_partial=False, hosts=()):
    stages = stages or (STAGE,)
    return RunFacts(stages, chosen or stages, is_partial, lambda: hosts)


def written(events, of=None, previous="", error=None):
    return "".join(chunks(report_of(events, error), of or facts(), previous))


def values(text):
    """Return every value by the metric and its labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text, name, *labels):
    return values(text).get((name, *sorted(labels)))


def test_a_whole_report_reads_like_this():
    events = run_of(
        ended(outcome(Status.COPIED), outcome(Status.MOUNTED, to=STAGING)),
        ended(outcome(Status.UP_TO_DATE, "2"), outcome(Status.SKIPPED, "2", STAGING)),
    )
    text = written(events, facts(hosts=HOSTS))
    lines = [line for line in text.splitlines() if not line.startswith("# HELP")]
    assert lines[:-2] == [
        "# TYPE reposync_images_total counter",
        'reposync_images_total{stage="mirror-sleeper",result="copied"} 2',
        'reposync_images_total{stage="mirror-sleeper",result="up_to_date"} 1',
        'reposync_images_total{stage="mirror-sleeper",result="skipped"} 1',
        'reposync_images_total{stage="mirror-sleeper",result="failed"} 0',
        'reposync_images_total{stage="mirror-sleeper",result="deleted"} 0',
        "# TYPE reposync_deleted_total counter",
        'reposync_deleted_total{stage="mirror-sleeper"} 0',
        "# TYPE reposync_requests_total counter",
        'reposync_requests_total{host="docker.io",method="GET",code="429"} 1',
        'reposync_requests_total{host="docker.io",method="HEAD",code="200"} 7',
        'reposync_requests_total{host="master:5000",method="PUT",code="201"} 2',
        "# TYPE reposync_bytes_total counter",
        'reposync_bytes_total{host="docker.io",direction="read"} 3000',
        'reposync_bytes_total{host="docker.io",direction="write"} 0',
        'reposync_bytes_total{host="master:5000",direction="read"} 0',
        'reposync_bytes_total{host="master:5000",direction="write"} 2900',
        "# TYPE reposync_ratelimit_remaining gauge",
        'reposync_ratelimit_remaining{host="docker.io"} 76',
        "# TYPE reposync_run_duration_seconds gauge",
        "reposync_run_duration_seconds 4.2",
        "# TYPE reposync_last_success_timestamp_seconds gauge",
        'reposync_last_success_timestamp_seconds{stage="mirror-sleeper"} 1767323047.678',
        "# TYPE reposync_run_failed gauge",
        'reposync_run_failed{stage="mirror-sleeper"} 0',
    ]
    assert lines[-1].startswith(f'reposync_build_info{{version="{__version__}",python="3.')
    assert text.count("# HELP") == text.count("# TYPE") == 9


def test_every_way_an_image_can_end_is_one_result():
    counted = [status for statuses in RESULTS.values() for status in statuses]
    assert sorted(counted) == sorted(Status)


def test_a_stage_that_failed_keeps_the_moment_of_its_last_success():
    first = written(GOOD)
    second = written(BAD, previous=first)
    third = written(BAD, previous=second)
    for text in (second, third):
        assert value(text, SUCCESS, STAGE) == value(first, SUCCESS, STAGE) > 1.7e9
        assert value(text, FAILED, STAGE) == 1
    assert value(written(GOOD, previous=third), FAILED, STAGE) == 0


@pytest.mark.parametrize(
    "events",
    [
        BAD,
        (RunStarted((STAGE,)), RunEnded(1.0, interrupted=True)),
        (
            RunStarted((STAGE,)),
            StageStarted(STAGE, HUB, (MASTER,)),
            RunEnded(1.0, interrupted=True),
        ),
        (),
    ],
    ids=["an image failed", "not started", "cut off", "no run"],
)
def test_a_stage_that_did_not_end_well_has_failed_and_never_succeeded(events):
    text = written(events)
    assert (value(text, FAILED, STAGE), value(text, SUCCESS, STAGE)) == (1, 0)


def test_a_stage_that_could_not_list_its_source_has_failed():
    text = written(
        [RunStarted(("others",)), failed_stage(), StageEnded("others", 1.0)], facts("others")
    )
    assert (value(text, FAILED, "others"), value(text, SUCCESS, "others")) == (1, 0)


def test_a_skipped_stage_has_failed():
    text = written([*GOOD, skipped_stage()], facts(STAGE, "promote"))
    assert (value(text, FAILED, STAGE), value(text, FAILED, "promote")) == (0, 1)


def test_an_error_that_ended_the_run_is_a_failure_of_every_stage():
    text = written(GOOD, error=StorageError("the archive cannot be written"))
    assert value(text, FAILED, STAGE) == 1


def test_stages_of_the_file_that_were_not_run_keep_what_is_known_of_them():
    known = written(BAD, previous=written(GOOD))
    other = written(
        [RunStarted(("other",)), StageStarted("other", HUB, (MASTER,)), StageEnded("other", 1.0)],
        facts(STAGE, "other", chosen=("other",)),
        known,
    )
    assert value(other, SUCCESS, STAGE) == value(known, SUCCESS, STAGE)
    assert (value(other, FAILED, STAGE), value(other, FAILED, "other")) == (1, 0)
    assert value(other, "reposync_images_total", STAGE, "copied") is None


def test_a_stage_that_the_file_has_no_more_is_forgotten():
    text = written([], facts("other"), written(GOOD))
    assert value(text, SUCCESS, STAGE) is None


def test_a_run_of_some_images_is_no_success_of_the_stage():
    first = written(GOOD)
    second = written(GOOD, facts(is_partial=True), first)
    assert value(second, SUCCESS, STAGE) == value(first, SUCCESS, STAGE)
    assert value(written(GOOD, facts(is_partial=True)), SUCCESS, STAGE) == 0


def test_a_success_in_the_future_is_one_of_now():
    ahead = f'{SUCCESS}{{stage="{STAGE}"}} 9999999999'
    assert value(written(BAD, previous=ahead), SUCCESS, STAGE) < STARTED_AT.timestamp() + 60


def test_a_file_that_is_not_ours_changes_nothing():
    assert written(GOOD, previous="\x00 # not metrics {") == written(GOOD)


def test_what_a_name_holds_cannot_become_a_line_or_a_label():
    name = 'a"} 1\nreposync_x 2 \\'
    text = written([], facts(name))
    assert {
        found for (_, *labels) in values(text) for found in labels if "reposync_x" in found
    } == {'a"} 1 reposync_x 2 \\'}
