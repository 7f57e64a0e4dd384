from __future__ import annotations

import pytest
from msgspec.structs import replace
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

from reposync.copy.outcome import Status
from reposync.report.cells import cells
from reposync.report.summary import SummaryBuilder
from reposync.report.table import aligned, closing_line, render
from reposync.sync.events import ImagesSelected, NothingSelected, RunEnded


def summary_of(*events):
    builder = SummaryBuilder()
    for event in events:
        builder(event)
    return builder.build()


def test_a_whole_summary_reads_like_this():
    summary = summary_of(
        failed_stage(),
        *run_of(
            ended(outcome(Status.COPIED), outcome(Status.FAILED, to=STAGING)),
            ended(outcome(Status.UP_TO_DATE, "3"), outcome(Status.FAILED, "3", STAGING)),
        ),
    )
    assert render(summary) == (
        "  source                  destination            "
        "        copied  up to date  failed     sent\n"
        "mirror-sleeper: docker.io -> master:5000\n"
        "  itisfoundation/sleeper  simcore/services/comp/s"
        "leeper       1           1       0  3.0 MiB\n"
        "mirror-sleeper: docker.io -> staging:5000\n"
        "  itisfoundation/sleeper  other/name/sleeper     "
        "             0           0       2      0 B\n"
        "\n"
        "failed: stage others, docker.io/library/nowhere: 404 NAME_UNKNOWN\n"
        "  hint: is its name right?\n"
        "failed: docker.io/itisfoundation/sleeper:1.0.0 -> staging:5000/other/name/sleeper:1.0.0: "
        "cannot push blob at the destination: 403 DENIED\n"
        "failed: docker.io/itisfoundation/sleeper:3 -> staging:5000/other/name/sleeper:3: "
        "cannot push blob at the destination: 403 DENIED\n"
        "  hint: ask its owner for the right to push\n"
        "\n"
        "failures by kind: 2 denied, 1 not found\n"
        "1 copied, 1 up to date, 2 failed, 1 stage failed, 3.0 MiB sent in 4.2 s\n"
    )


def test_what_was_skipped_and_what_found_nothing_stand_before_what_failed():
    summary = summary_of(
        *run_of(
            ended(outcome(Status.SKIPPED, "1"), outcome(Status.SKIPPED, "1", STAGING)),
            ended(outcome(Status.SKIPPED, "2"), outcome(Status.FAILED, "2", STAGING)),
        ),
        NothingSelected("other", HUB, MASTER),
    )
    assert render(summary).partition("\n\n")[2] == (
        f"skipped: 2 images, {HUB} -> {MASTER}: it is immutable\n"
        f"skipped: {HUB}:1 -> {STAGING}: it is immutable\n"
        f"empty: stage other, {HUB} -> {MASTER}: nothing was selected\n"
        "\n"
        f"failed: {HUB}:2 -> {STAGING}:2: cannot push blob at the destination: 403 DENIED\n"
        "  hint: ask its owner for the right to push\n"
        "\n"
        "failures by kind: 1 denied\n"
        "3 skipped, 1 failed in 4.2 s\n"
    )


def test_a_skipped_stage_is_named_with_the_reason():
    summary = summary_of(*run_of(ended(outcome(Status.COPIED))), skipped_stage())
    assert render(summary).partition("\n\n")[2] == (
        f"skipped: stage promote, {MASTER} -> {STAGING}: stage mirror-sleeper failed\n"
        "\n"
        "1 copied, 1 stage skipped, 3.0 MiB sent in 4.2 s\n"
    )


@pytest.mark.parametrize(("count", "words"), [(1, "1 referrer"), (2, "2 referrers")])
def test_the_last_line_counts_the_referrers_that_were_sent(count, words):
    made = replace(outcome(Status.COPIED), referrers_sent=count)
    assert closing_line(summary_of(*run_of(ended(made)))) == (
        f"1 copied, {words} sent, 3.0 MiB sent in 4.2 s"
    )


def test_mounted_and_skipped_have_columns_where_there_are_any():
    plain = summary_of(*run_of(ended(outcome(Status.COPIED))))
    rich = summary_of(*run_of(ended(outcome(Status.MOUNTED)), ended(outcome(Status.SKIPPED))))
    assert not {"mounted", "skipped"} & set(cells(plain).headers)
    assert {"mounted", "skipped"} <= set(cells(rich).headers)


def test_a_run_without_images_says_so():
    assert render(summary_of(RunEnded(0.2, interrupted=False))) == "no images in 0.2 s\n"


def test_an_interrupted_run_says_what_is_left():
    summary = summary_of(ImagesSelected("mirror-sleeper", 3), ended(outcome(Status.UP_TO_DATE)))
    assert closing_line(summary) == "interrupted, 2 images left: 1 up to date"


def test_columns_are_as_wide_as_their_widest_cell():
    assert aligned((("a", "figure"), ("name", "1")), left=1) == ["a     figure", "name       1"]
