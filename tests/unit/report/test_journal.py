from __future__ import annotations

import errno
import io
import json
import tracemalloc

from tests.unit.report.script import HUB, MASTER, STAGING, ended, outcome, run_of, tagged

from reposync.copy.outcome import Status
from reposync.report.journal import Cancelled, Journal, StageState
from reposync.report.summary import SummaryBuilder
from reposync.sync.events import ImageStarted, RunEnded, RunStarted, StageEnded, StageStarted


def heard(*events, spool=None):
    journal = Journal(io.BytesIO() if spool is None else spool)
    for event in events:
        journal(event)
    return journal


def reported(*events):
    return heard(*events).report(SummaryBuilder().build())


def tags(report, stage):
    images = [json.loads(line) for line in report.images(stage)]
    return [image["source"].rpartition(":")[2] for image in images]


def test_images_are_given_stage_by_stage_in_the_order_in_which_they_ended():
    report = reported(
        RunStarted(("a", "b")),
        ended(outcome(Status.COPIED, "1"), stage="b"),
        ended(outcome(Status.COPIED, "2"), stage="a"),
        ended(outcome(Status.COPIED, "3"), stage="b"),
    )
    assert [stage.stage for stage in report.stages] == ["a", "b"]
    assert (tags(report, "a"), tags(report, "b")) == (["2"], ["1", "3"])


def test_images_can_be_read_more_than_once():
    report = reported(*run_of(ended(outcome(Status.COPIED))))
    assert tags(report, "mirror-sleeper") == tags(report, "mirror-sleeper") == ["1.0.0"]


def test_a_stage_tells_how_far_it_came():
    report = reported(
        RunStarted(("a", "b", "c")),
        StageStarted("a", HUB, (MASTER, STAGING)),
        StageStarted("b", HUB, (MASTER,)),
        StageEnded("a", 1.5),
    )
    states = [stage.state for stage in report.stages]
    assert states == [StageState.ENDED, StageState.CUT_OFF, StageState.NOT_STARTED]
    assert report.stages[0].destinations == (str(MASTER), str(STAGING))
    assert report.stages[0].duration_s == 1.5


def test_images_that_were_begun_and_did_not_end_are_known():
    report = reported(
        ImageStarted("s", tagged(HUB, "1.0.0")),
        ImageStarted("s", tagged(HUB, "2")),
        ImageStarted("s", tagged(HUB, "2")),
        ended(outcome(Status.COPIED), stage="s"),
        ended(outcome(Status.COPIED, "2"), stage="s"),
        RunEnded(1.0, interrupted=True),
    )
    assert report.cancelled == (Cancelled("s", f"{HUB}:2"),)


def test_many_images_cost_no_memory_but_for_their_places_in_the_file(tmp_path):
    image = ended(outcome(Status.UP_TO_DATE))
    with (tmp_path / "spool").open("w+b") as spool:
        journal = heard(image, spool=spool)
        tracemalloc.start()
        try:
            for _ in range(2000):
                journal(image)
            held_bytes, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert held_bytes < 64 * 1024


class FullDisk(io.BytesIO):
    def write(self, data):
        del data
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_that_cannot_be_written_does_not_stop_the_run_and_is_known():
    journal = heard(*run_of(ended(outcome(Status.COPIED))), spool=FullDisk())
    assert journal.trouble is not None
    assert journal.trouble.errno == errno.ENOSPC


def test_a_journal_without_a_file_knows_all_but_the_images():
    journal = Journal()
    for event in run_of(ended(outcome(Status.COPIED))):
        journal(event)
    report = journal.report(SummaryBuilder().build())
    assert [stage.state for stage in report.stages] == [StageState.ENDED]
    assert [*report.images("mirror-sleeper")] == []
