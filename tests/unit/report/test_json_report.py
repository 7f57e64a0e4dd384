from __future__ import annotations

import json

from msgspec.structs import replace
from tests.unit.report.reports import as_json, report_of
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
)

from reposync.copy.outcome import Status
from reposync.errors import StorageError
from reposync.oci.digest import Digest
from reposync.report import json_report
from reposync.sync.events import ImagesSelected, ImageStarted, NothingSelected, RunEnded

ALL = tuple(ended(outcome(status, str(number))) for number, status in enumerate(Status))
KEYS = [
    "stage",
    "source",
    "destination",
    "status",
    "digest",
    "source_digest",
    "bytes_sent",
    "blobs_sent",
    "blobs_mounted",
    "referrers_sent",
    "duration_s",
    "reason",
    "error",
]


def test_every_image_at_every_destination_is_told_with_the_same_keys():
    images = as_json(
        run_of(*ALL, ended(outcome(Status.COPIED), outcome(Status.COPIED, to=STAGING)))
    )
    told = images["images"]
    assert [image["status"] for image in told] == [*map(str, Status), "copied", "copied"]
    assert all(list(image) == KEYS for image in told)


def test_a_copied_image_is_told_with_what_was_sent():
    (image,) = as_json(run_of(ended(outcome(Status.COPIED))))["images"]
    assert image == {
        "stage": "mirror-sleeper",
        "source": f"{HUB}:1.0.0",
        "destination": f"{MASTER}:1.0.0",
        "status": "copied",
        "digest": str(Digest.of(b"1.0.0")),
        "source_digest": None,
        "bytes_sent": 3 * MIB,
        "blobs_sent": 2,
        "blobs_mounted": 0,
        "referrers_sent": 0,
        "duration_s": 0.5,
        "reason": None,
        "error": None,
    }


def test_a_failed_image_is_told_with_kind_sentence_and_advice():
    (image,) = as_json(run_of(ended(outcome(Status.FAILED))))["images"]
    assert image["error"] == {
        "kind": "denied",
        "message": "cannot push blob at the destination: 403 DENIED",
        "hint": "ask its owner for the right to push",
    }


def test_the_figures_stand_before_the_images():
    document = as_json([failed_stage(), *run_of(*ALL), NothingSelected("s", HUB, STAGING)])
    assert list(document) == [
        "version",
        "started_at",
        "ended_at",
        "duration_s",
        "interrupted",
        "error",
        "counts",
        "failures",
        "stages",
        "repositories",
        "stage_failures",
        "skips",
        "empty",
        "cancelled",
        "images",
    ]
    assert document["version"] == 1
    assert document["started_at"] == "2026-01-02T03:04:06.678Z"
    assert document["duration_s"] == 4.2
    assert document["counts"]["copied"] == document["counts"]["stages_failed"] == 1
    assert document["failures"] == {"not found": 1, "denied": 1}
    assert document["stages"][0]["state"] == "ended"
    assert [each["destination"] for each in document["repositories"]] == [str(MASTER), str(STAGING)]
    assert document["repositories"][0]["counts"]["up to date"] == 1
    assert document["stage_failures"][0]["error"]["kind"] == "not found"
    assert document["skips"][0]["reason"] == "it is immutable"
    assert document["empty"] == [{"stage": "s", "source": str(HUB), "destination": str(STAGING)}]


def test_a_skipped_stage_has_its_repositories_and_the_reason():
    document = as_json([skipped_stage()])
    assert document["counts"]["stages_skipped"] == 1
    assert document["stages"] == [
        {
            "stage": "promote",
            "source": str(MASTER),
            "destinations": [str(STAGING)],
            "state": "skipped",
            "duration_s": None,
            "reason": "stage mirror-sleeper failed",
        }
    ]


def test_an_image_is_a_line():
    text = "".join(json_report.chunks(report_of(run_of(*ALL))))
    lines = [line.strip().removesuffix(",") for line in text.splitlines()]
    assert [json.loads(line)["status"] for line in lines if line.startswith('{"stage"')] == [
        *Status
    ]


def test_a_run_without_images_has_an_empty_list():
    document = as_json([RunEnded(0.2, interrupted=False)])
    assert document["images"] == []
    assert not document["interrupted"]


def test_an_interrupted_run_tells_what_is_left():
    document = as_json(
        [ImagesSelected("s", 3), ImageStarted("s", HUB), RunEnded(1.0, interrupted=True)]
    )
    assert document["interrupted"]
    assert document["counts"]["images_left"] == 3
    assert document["cancelled"] == [{"stage": "s", "source": str(HUB)}]


def test_a_run_that_was_not_waited_for_has_lasted_until_the_report():
    document = as_json([ImagesSelected("s", 3)])
    assert (document["interrupted"], document["duration_s"]) == (True, 1.0)


def test_what_ended_the_run_is_told_and_of_a_bug_the_name_alone():
    error = as_json([], StorageError("no such place", hint="make one"))["error"]
    assert error == {"kind": "storage", "message": "no such place", "hint": "make one"}
    error = as_json([], ZeroDivisionError("a secret"))["error"]
    assert error == {"kind": "bug", "message": "ZeroDivisionError", "hint": None}


def test_what_a_registry_says_cannot_steer_a_terminal():
    hostile = replace(outcome(Status.SKIPPED), reason="\x1b[2Jred\n\u202eb")
    text = "".join(json_report.chunks(report_of(run_of(ended(hostile)))))
    assert json.loads(text)["images"][0]["reason"] == "[2Jred b"
    assert "u001b" not in text


def test_a_name_that_is_no_text_is_told_as_json_can():
    odd = replace(outcome(Status.SKIPPED), reason="oci:\udcff")
    text = "".join(json_report.chunks(report_of(run_of(ended(odd)))))
    written = text.encode("utf-8", "backslashreplace")
    assert json.loads(written)["images"][0]["reason"] == "oci:\udcff"
