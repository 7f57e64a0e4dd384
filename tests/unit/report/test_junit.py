from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.report.junit_shape import cases, parsed
from tests.unit.report.reports import as_junit
from tests.unit.report.script import (
    HUB,
    MASTER,
    STAGING,
    busy_run,
    ended,
    failed_stage,
    outcome,
    run_of,
    skipped_stage,
)

from reposync.copy.outcome import Status
from reposync.errors import StorageError
from reposync.sync.events import (
    ImagesSelected,
    ImageStarted,
    NothingSelected,
    RunEnded,
    RunStarted,
    StageStarted,
)

ALL = tuple(ended(outcome(status, str(number))) for number, status in enumerate(Status))


def told(events, error=None):
    return [*cases(parsed(as_junit(events, error)))]


def test_a_busy_run_has_the_shape_that_build_servers_read():
    root = parsed(as_junit(busy_run(images=40)))
    assert [suite.attrib["name"] for suite in root] == [
        *(f"stage-{number}" for number in range(6)),
        "others",
    ]
    assert root.attrib["tests"] == str(2 * 6 * 40 + 1)
    assert root.attrib["failures"] == str(6 * 2)


def test_a_stage_is_a_suite_and_an_image_at_a_destination_a_case():
    both = ended(outcome(Status.COPIED), outcome(Status.UP_TO_DATE, to=STAGING))
    assert told(run_of(both)) == [
        ("mirror-sleeper", f"{HUB}:1.0.0 -> {MASTER}:1.0.0", None),
        ("mirror-sleeper", f"{HUB}:1.0.0 -> {STAGING}:1.0.0", None),
    ]


def test_an_image_that_failed_is_a_failure_of_its_kind_with_its_advice():
    ((_, _, failure),) = told(run_of(ended(outcome(Status.FAILED))))
    assert failure.tag == "failure"
    assert failure.attrib == {
        "type": "denied",
        "message": "cannot push blob at the destination: 403 DENIED",
    }
    assert failure.text.endswith("403 DENIED\nask its owner for the right to push")


def test_an_image_that_was_skipped_bears_the_reason():
    ((_, _, skipped),) = told(run_of(ended(outcome(Status.SKIPPED))))
    assert (skipped.tag, skipped.attrib["message"]) == ("skipped", "it is immutable")


def test_a_stage_that_did_not_know_its_images_is_an_error():
    ((suite, name, error),) = told([failed_stage(), RunEnded(1.0, interrupted=False)])
    assert (suite, name) == ("others", "docker.io/library/nowhere")
    assert (error.tag, error.attrib["type"]) == ("error", "not found")


def test_a_skipped_stage_is_a_skipped_case_with_the_reason():
    root = parsed(as_junit([*run_of(), skipped_stage()]))
    ((suite, name, skipped),) = cases(root)
    assert (suite, name) == ("promote", str(MASTER))
    assert skipped is not None
    assert (skipped.tag, skipped.attrib["message"]) == ("skipped", "stage mirror-sleeper failed")
    assert (root[-1].attrib["tests"], root[-1].attrib["skipped"]) == ("1", "1")


def test_a_destination_for_which_nothing_was_selected_is_a_skipped_case():
    events = [*run_of(), NothingSelected("mirror-sleeper", HUB, STAGING)]
    ((_, name, skipped),) = told(events)
    assert name == f"{HUB} -> {STAGING}"
    assert skipped.attrib["message"] == "nothing was selected"


def test_an_interrupted_run_has_an_error_for_itself_and_each_image_that_was_cut_off():
    run, image = told(
        [
            RunStarted(("s", "later")),
            StageStarted("s", HUB, (MASTER,)),
            ImagesSelected("s", 2),
            ImageStarted("s", HUB),
            RunEnded(1.0, interrupted=True),
        ]
    )
    assert (run[0], run[1], run[2].attrib["type"]) == ("run-reposync", "run", "cancelled")
    assert (image[0], image[1], image[2].attrib["type"]) == ("s", str(HUB), "cancelled")


def test_what_ended_the_run_is_an_error():
    ((_, name, error),) = told([], StorageError("no such place"))
    assert (name, error.attrib["type"], error.text) == ("run", "storage", "no such place")


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_whatever_a_registry_says_the_document_can_be_read(text):
    hostile = replace(outcome(Status.SKIPPED), reason=f"<&\"'>]]>{text}")
    ((_, _, skipped),) = told(run_of(ended(hostile)))
    assert skipped.attrib["message"].startswith("<&\"'>]]>")
    as_junit(run_of(ended(hostile))).encode()


def test_every_way_an_image_can_end_is_counted():
    root = parsed(as_junit(run_of(*ALL)))
    assert {name: root[0].attrib[name] for name in ("tests", "failures", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "skipped": "1",
    }
    assert root[0].attrib["timestamp"] == "2026-01-02T03:04:06"
