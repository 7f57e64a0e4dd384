from __future__ import annotations

import tracemalloc

import pytest
from msgspec.structs import replace
from tests.unit.report.script import (
    HUB,
    MASTER,
    MIB,
    STAGING,
    ended,
    failed_stage,
    outcome,
    run_of,
    skipped_stage,
    tagged,
)

from reposync.copy.outcome import Status
from reposync.oci.reference import Reference
from reposync.report.failure_kind import FailureKind
from reposync.report.summary import Empty, Failure, SkippedStage, Summary, SummaryBuilder
from reposync.sync.events import (
    ImagesSelected,
    NothingSelected,
    RunEnded,
    RunStarted,
    StageFailed,
    StageSkipped,
    StageStarted,
)


def summary_of(*events) -> Summary:
    builder = SummaryBuilder()
    for event in events:
        builder(event)
    return builder.build()


def skipped(tag, reason):
    return replace(outcome(Status.SKIPPED, tag), reason=reason)


def with_referrers(made, count):
    return replace(made, referrers_sent=count)


def test_outcomes_are_counted_for_each_destination_apart():
    summary = summary_of(
        *run_of(
            ended(outcome(Status.COPIED), outcome(Status.MOUNTED, to=STAGING)),
            ended(outcome(Status.COPIED, "2.0.1"), outcome(Status.UP_TO_DATE, "2.0.1", STAGING)),
        )
    )
    master, staging = summary.tallies
    assert (master.source, master.destination) == (str(HUB), str(MASTER))
    assert (master.count(Status.COPIED), master.count(Status.MOUNTED)) == (2, 0)
    assert (master.bytes_sent, master.blobs_sent, master.blobs_mounted) == (6 * MIB, 4, 0)
    assert staging.destination == str(STAGING)
    assert (staging.count(Status.MOUNTED), staging.count(Status.UP_TO_DATE)) == (1, 1)
    assert (staging.bytes_sent, staging.blobs_sent, staging.blobs_mounted) == (0, 0, 2)
    assert summary.count(Status.COPIED) == 2
    assert summary.bytes_sent == 6 * MIB


def test_a_destination_that_got_nothing_is_there_with_zeros():
    assert [tally.counts for tally in summary_of(*run_of()).tallies] == [{}, {}]


def test_a_run_in_which_all_went_well_has_not_failed():
    summary = summary_of(*run_of(ended(outcome(Status.COPIED))))
    assert not summary.failed
    assert not summary.interrupted
    assert summary.duration_s == 4.2


def test_a_failed_image_is_kept_with_its_sentence_and_its_advice():
    summary = summary_of(*run_of(ended(outcome(Status.FAILED, to=STAGING))))
    assert summary.failed
    assert summary.failures == (
        Failure(
            stage="mirror-sleeper",
            source="docker.io/itisfoundation/sleeper:1.0.0",
            destination="staging:5000/other/name/sleeper:1.0.0",
            sentence="cannot push blob at the destination: 403 DENIED",
            hint="ask its owner for the right to push",
            kind=FailureKind.DENIED,
        ),
    )


def test_a_stage_that_did_not_know_its_images_has_failed():
    summary = summary_of(failed_stage(), RunEnded(1.0, interrupted=False))
    assert summary.failed
    assert summary.stages_failed == 1
    assert summary.count(Status.FAILED) == 0
    assert summary.failures[0].source == "docker.io/library/nowhere"


def test_a_skipped_image_is_no_failure():
    assert not summary_of(*run_of(ended(outcome(Status.SKIPPED)))).failed


def test_skipped_images_are_counted_by_their_reasons_with_one_of_them_named():
    summary = summary_of(
        *run_of(
            ended(outcome(Status.SKIPPED, "1"), outcome(Status.SKIPPED, "1", STAGING)),
            ended(outcome(Status.SKIPPED, "2")),
            ended(skipped("3", "it is for linux/amd64")),
        )
    )
    assert [(skip.destination, skip.reason, skip.first, skip.count) for skip in summary.skips] == [
        (str(MASTER), "it is immutable", f"{HUB}:1", 2),
        (str(STAGING), "it is immutable", f"{HUB}:1", 1),
        (str(MASTER), "it is for linux/amd64", f"{HUB}:3", 1),
    ]


def test_many_images_that_are_skipped_for_one_reason_cost_no_memory():
    builder = SummaryBuilder()
    builder(ended(outcome(Status.SKIPPED, "first")))
    tracemalloc.start()
    try:
        for number in range(500):
            builder(ended(outcome(Status.SKIPPED, str(number))))
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < 16 * 1024
    assert builder.build().skips[0].count == 501


def test_a_destination_for_which_nothing_was_selected_is_kept():
    summary = summary_of(*run_of(), NothingSelected("mirror-sleeper", HUB, STAGING))
    assert not summary.failed
    assert summary.empty == (Empty("mirror-sleeper", str(HUB), str(STAGING)),)


def test_referrers_that_were_sent_are_counted():
    summary = summary_of(
        *run_of(
            ended(with_referrers(outcome(Status.COPIED), 2)),
            ended(with_referrers(outcome(Status.MOUNTED, to=STAGING), 1)),
        )
    )
    assert [tally.referrers_sent for tally in summary.tallies] == [2, 1]
    assert summary.referrers_sent == 3


def test_the_repositories_of_a_pattern_have_rows_once_something_was_done_there():
    pattern = Reference("docker.io", "team/*")
    summary = summary_of(
        RunStarted(("all",)), StageStarted("all", pattern, (MASTER,), is_pattern=True)
    )
    assert summary.tallies == ()


def test_rows_stand_in_the_order_of_the_file_and_those_of_a_pattern_by_name():
    names = ["team/web", "team/app", "team/lib"]
    found = [
        ended(replace(outcome(Status.COPIED), source=Reference("docker.io", name)), stage="all")
        for name in names
    ]
    summary = summary_of(
        RunStarted(("all", "mirror-sleeper")),
        StageStarted("mirror-sleeper", HUB, (STAGING, MASTER)),
        StageStarted("all", Reference("docker.io", "team/*"), (MASTER,), is_pattern=True),
        *found,
    )
    assert [(tally.source, tally.destination) for tally in summary.tallies] == [
        *((f"docker.io/{name}", str(MASTER)) for name in sorted(names)),
        (str(HUB), str(STAGING)),
        (str(HUB), str(MASTER)),
    ]


def test_what_an_interrupted_run_left_undone_is_counted():
    summary = summary_of(
        ImagesSelected("mirror-sleeper", 3),
        ended(outcome(Status.COPIED)),
        RunEnded(1.5, interrupted=True),
    )
    assert summary.interrupted
    assert summary.images_left == 2
    assert summary.duration_s == 1.5


def test_a_run_whose_end_was_not_heard_of_counts_as_interrupted():
    summary = summary_of(ImagesSelected("mirror-sleeper", 3))
    assert summary.interrupted
    assert summary.duration_s is None


def test_a_summary_does_not_change_when_the_run_goes_on():
    builder = SummaryBuilder()
    builder(ended(outcome(Status.COPIED)))
    before = builder.build()
    builder(ended(outcome(Status.COPIED)))
    assert before.count(Status.COPIED) == 1


def test_a_skipped_stage_counts_as_failed():
    summary = summary_of(skipped_stage())
    assert summary.failed
    assert summary.skipped_stages == (
        SkippedStage("promote", str(MASTER), (str(STAGING),), "stage mirror-sleeper failed"),
    )


def test_skipped_stages_are_in_the_order_of_the_file():
    skips = [StageSkipped(name, HUB, (MASTER,), "stage z failed") for name in "ba"]
    summary = summary_of(RunStarted(("a", "b")), *skips)
    assert [each.stage for each in summary.skipped_stages] == ["a", "b"]


def test_tags_that_are_up_to_date_cost_no_memory():
    builder = SummaryBuilder()
    builder(ended(outcome(Status.UP_TO_DATE, "first")))
    tracemalloc.start()
    try:
        for number in range(500):
            builder(ended(outcome(Status.UP_TO_DATE, str(number))))
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < 16 * 1024


@pytest.mark.parametrize("text", ["\x1b[31mred", "two\nlines", "a\u202eb"])
def test_nothing_from_outside_can_steer_a_terminal(text):
    stranger = Reference("hub\x1b[2J", "a", text)
    error = failed_stage().error.__class__(text, hint=text)
    summary = summary_of(
        StageStarted(text, stranger, (stranger,)),
        StageFailed(text, stranger, error),
        ended(outcome(Status.FAILED, text), skipped(text, text)),
        NothingSelected(text, stranger, stranger),
    )
    names = [(tally.stage, tally.source, tally.destination) for tally in summary.tallies]
    told = repr([names, summary.failures, summary.skips, summary.empty])
    assert not any(bad in told for bad in (r"\x1b", r"\n", r"\u202e"))


def test_rows_are_repositories_not_tags():
    summary = summary_of(
        *(ended(outcome(Status.COPIED, str(number))) for number in range(3)),
    )
    assert [tally.source for tally in summary.tallies] == [str(HUB)]
    assert str(tagged(HUB, "1")) not in {tally.source for tally in summary.tallies}
