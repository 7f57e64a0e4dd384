from __future__ import annotations

import json
import logging

import pytest
from msgspec.structs import replace
from tests.unit.report.script import (
    BOTH,
    HUB,
    MASTER,
    MIB,
    STAGING,
    blob,
    busy_run,
    denied,
    ended,
    failed_stage,
    outcome,
    tagged,
)

from reposync.cli import event_log
from reposync.cli.event_log import lines
from reposync.copy.outcome import Status
from reposync.oci.digest import Digest
from reposync.sync.events import (
    BlobEnded,
    BlobFound,
    BlobNeeded,
    BlobStarted,
    BytesSent,
    ImagesSelected,
    ImageStarted,
    NothingSelected,
    RunEnded,
    RunStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
)

LAYER = blob("layer", 3 * MIB)


@pytest.mark.parametrize(
    ("event", "level", "message"),
    [
        (RunStarted(("a", "b")), logging.INFO, "run started: 2 stages"),
        (
            StageStarted("s", HUB, (MASTER, STAGING)),
            logging.INFO,
            f"stage s started: {HUB} -> {MASTER}, {STAGING}",
        ),
        (ImagesSelected("s", 1), logging.INFO, "stage s: 1 image selected"),
        (
            NothingSelected("s", HUB, MASTER),
            logging.WARNING,
            f"stage s: nothing of {HUB} is selected for {MASTER}",
        ),
        (
            failed_stage(),
            logging.ERROR,
            "stage others failed, docker.io/library/nowhere: 404 NAME_UNKNOWN; is its name right?",
        ),
        (
            StageSkipped("s", HUB, (MASTER,), "stage a failed"),
            logging.WARNING,
            "stage s skipped: stage a failed",
        ),
        (ImageStarted("s", tagged(HUB, "1")), logging.DEBUG, f"{HUB}:1: started"),
        (
            BlobStarted(LAYER, BOTH),
            logging.DEBUG,
            f"blob {LAYER.digest.short}: started, 3.0 MiB to 2 destinations",
        ),
        (BlobEnded(LAYER, BOTH, BOTH), logging.DEBUG, f"blob {LAYER.digest.short}: complete"),
        (BlobEnded(LAYER, BOTH, (HUB,)), logging.DEBUG, f"blob {LAYER.digest.short}: given up"),
        (
            BlobFound(LAYER, MASTER),
            logging.DEBUG,
            f"blob {LAYER.digest.short}: {MASTER} has it",
        ),
        (StageEnded("s", 4.2), logging.INFO, "stage s ended in 4.2 s"),
        (RunEnded(72.0, interrupted=False), logging.INFO, "run ended in 1 min 12 s"),
        (RunEnded(1.0, interrupted=True), logging.INFO, "run was interrupted after 1.0 s"),
    ],
)
def test_an_event_is_told_in_one_line(event, level, message):
    (line,) = lines(event)
    assert (line.level, line.message) == (level, message)


@pytest.mark.parametrize(
    ("status", "level", "ending"),
    [
        (Status.COPIED, logging.INFO, f"copied: {Digest.of(b'1.0.0')}, 3.0 MiB sent"),
        (Status.MOUNTED, logging.INFO, f"mounted: {Digest.of(b'1.0.0')}"),
        (Status.UP_TO_DATE, logging.DEBUG, f"up to date: {Digest.of(b'1.0.0')}"),
        (Status.SKIPPED, logging.INFO, "skipped: it is immutable"),
        (
            Status.FAILED,
            logging.ERROR,
            f"failed: {denied()}; {denied().hint}",
        ),
    ],
)
def test_an_image_is_told_with_how_it_ended(status, level, ending):
    (line,) = lines(ended(outcome(status)))
    assert (line.level, line.message) == (level, f"{HUB}:1.0.0 -> {MASTER}:1.0.0: {ending}")


def test_an_image_is_told_once_for_every_destination():
    told = lines(ended(outcome(Status.COPIED), outcome(Status.FAILED, to=STAGING)))
    assert [line.fields["destination"] for line in told] == [f"{MASTER}:1.0.0", f"{STAGING}:1.0.0"]
    assert [line.fields["status"] for line in told] == ["copied", "failed"]


@pytest.mark.parametrize(
    ("status", "sent", "ending"),
    [
        (Status.COPIED, 1, "with 1 referrer, 3.0 MiB sent"),
        (Status.MOUNTED, 2, "with 2 referrers"),
    ],
)
def test_an_image_is_told_with_the_referrers_that_came_along(status, sent, ending):
    (line,) = lines(ended(replace(outcome(status), referrers_sent=sent)))
    assert line.message.endswith(f": {status}: {Digest.of(b'1.0.0')}, {ending}")
    assert line.fields["referrers_sent"] == sent


def test_the_fields_of_a_skipped_image_bear_its_reason():
    (line,) = lines(ended(outcome(Status.SKIPPED)))
    assert (line.fields["status"], line.fields["reason"]) == ("skipped", "it is immutable")
    assert "error" not in line.fields


def test_the_fields_of_a_destination_without_images_name_both_sides():
    (line,) = lines(NothingSelected("s", HUB, MASTER))
    assert line.event == "nothing_selected"
    assert line.fields == {"stage": "s", "source": str(HUB), "destination": str(MASTER)}


def test_what_only_progress_needs_to_know_is_no_line():
    assert lines(BytesSent(LAYER, MASTER, MIB)) == ()
    assert lines(BlobNeeded(HUB, LAYER, BOTH)) == ()


def test_the_fields_of_every_event_are_json():
    for event in busy_run(images=2, stages=1):
        for line in lines(event):
            assert json.loads(json.dumps(line.fields)) == line.fields


def test_the_fields_of_a_failure_bear_its_sentence_and_its_advice():
    (line,) = lines(ended(outcome(Status.FAILED)))
    assert line.fields["error"].endswith("at the destination: 403 DENIED")
    assert line.fields["kind"] == "denied"
    assert line.fields["hint"] == "ask its owner for the right to push"


def test_events_reach_the_log(caplog):
    with caplog.at_level(logging.INFO, "reposync"):
        event_log.log(ImageStarted("s", HUB))
        event_log.log(ImagesSelected("s", 4))
    (record,) = caplog.records
    assert record.getMessage() == "stage s: 4 images selected"
    assert (record.event, record.fields) == ("images_selected", {"stage": "s", "count": 4})
