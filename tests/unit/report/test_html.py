"""A report as a page: complete, in order, and nothing in it but what we wrote."""

from __future__ import annotations

import io
import re
import tracemalloc
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.report.html_shape import parsed
from tests.unit.report.reports import as_html, report_of
from tests.unit.report.script import (
    HUB,
    MASTER,
    STAGING,
    busy_run,
    denied,
    ended,
    failed_stage,
    outcome,
    run_of,
    skipped_stage,
    tagged,
)

from reposync.copy.outcome import Status
from reposync.errors import CopyError, DeniedError, StorageError, UnauthorizedError
from reposync.oci.reference import Reference
from reposync.report.html import images, page
from reposync.report.journal import Journal
from reposync.report.summary import SummaryBuilder
from reposync.sync.events import (
    ImagesSelected,
    ImageStarted,
    NothingSelected,
    RunEnded,
    RunStarted,
    StageStarted,
)

ALL = tuple(ended(outcome(status, str(number))) for number, status in enumerate(Status))


def read(events, error=None):
    return parsed(as_html(events, error))


def texts(elements):
    return [" ".join(each.text.split()) for each in elements]


def rows(root):
    """Return the rows of the table of images."""
    (section,) = [each for each in root.all("section") if each.attributes.get("id") == "images"]
    (body,) = section.all("tbody")
    return body.all("tr")


def section(root, title):
    """Return the section whose heading begins with *title*."""
    (found,) = [each for each in root.all("section") if each.all("h2")[0].text.startswith(title)]
    return found


def test_every_image_at_every_destination_is_a_row_failures_first():
    both = ended(outcome(Status.COPIED, "9"), outcome(Status.UP_TO_DATE, "9", STAGING))
    found = rows(read(run_of(*ALL, both)))
    assert [row.classes[0] for row in found] == [
        "failed",
        "skipped",
        "copied",
        "mounted",
        "copied",
        "up-to-date",
        "up-to-date",
    ]


def test_an_image_is_shown_with_both_references_its_digest_and_its_figures():
    (row,) = rows(read(run_of(ended(outcome(Status.COPIED)))))
    made = outcome(Status.COPIED)
    assert [cell.text for cell in row.all("td")] == [
        "copied",
        "mirror-sleeper",
        f"{made.source}{made.destination}",
        str(made.digest),
        "3.0 MiB",
        "0.5 s",
    ]
    assert [cell.attributes["data-v"] for cell in row.all("td", "number")] == ["3145728", "0.5"]
    assert texts(row.all("b")) == ["1.0.0", "1.0.0"]


def test_a_failure_is_shown_with_kind_sentence_and_hint_in_the_list_and_in_its_row():
    root = read(run_of(ended(outcome(Status.FAILED))))
    listed, (row,) = section(root, "Failures"), rows(root)
    for shown in (listed, row):
        assert "denied" in shown.text
        assert "cannot push blob at the destination: 403 DENIED" in shown.text
        assert texts(shown.all("p", "hint")) == [denied().hint]


def test_failures_that_one_host_caused_are_one_entry():
    error = CopyError("look up", "destination", UnauthorizedError("master:5000 denies", hint="h"))
    images_ = (ended(replace(outcome(Status.FAILED, tag), error=error)) for tag in "123")
    root = read(run_of(*images_))
    assert len(section(root, "Failures").all("li")) == 1
    assert "and 2 more" in section(root, "Failures").text
    assert len(rows(root)) == 3


def test_sections_are_in_order_of_what_somebody_has_to_see_to():
    events = [
        failed_stage(),
        *run_of(*ALL),
        skipped_stage(),
        NothingSelected("s", HUB, STAGING),
        ImageStarted("s", tagged(HUB, "cut")),
    ]
    assert texts(read(events).all("h2")) == [
        "Failures 2 causes",
        "Skipped 2",
        "Nothing selected 1",
        "Cut off 1",
        "Stages 3",
        "Repositories 2",
        "Images 5",
    ]


def test_a_run_without_anything_to_see_to_has_no_section_for_it():
    root = read(run_of(ended(outcome(Status.COPIED))))
    assert [each.text for each in root.all("h1")] == ["Succeeded"]
    assert texts(root.all("h2")) == ["Stages 1", "Repositories 2", "Images 1"]


def test_a_run_without_images_is_a_page_too():
    assert texts(read([RunEnded(0.2, interrupted=False)]).all("h2")) == []


@pytest.mark.parametrize(
    ("events", "error", "said"),
    [
        (run_of(ended(outcome(Status.COPIED))), None, "Succeeded"),
        (run_of(ended(outcome(Status.SKIPPED))), None, "Succeeded"),
        (run_of(ended(outcome(Status.FAILED))), None, "Failed"),
        ([*run_of(), skipped_stage()], None, "Failed"),
        ([RunEnded(1.0, interrupted=True)], None, "Interrupted"),
        (run_of(), StorageError("no such place", hint="make one"), "Ended by an error"),
    ],
)
def test_how_the_run_ended_is_its_title(events, error, said):
    root = read(events, error)
    assert [each.text for each in root.all("h1")] == [said]
    (title,) = root.all("title")
    assert title.text.startswith(f"reposync: {said.lower()}, 2026-01-02T")


def test_what_ended_the_run_is_the_first_failure():
    root = read(
        run_of(ended(outcome(Status.FAILED))), StorageError("no such place", hint="make one")
    )
    first = section(root, "Failures").all("li")[0]
    assert "no such place" in first.text
    assert texts(first.all("p", "hint")) == ["make one"]


def test_a_stage_is_shown_with_how_it_ended():
    events = [
        RunStarted(("good", "bad", "promote", "cut", "waiting")),
        *list(run_of(ended(outcome(Status.FAILED))))[1:-1],
        skipped_stage(),
        StageStarted("cut", HUB, (MASTER,)),
        RunEnded(1.0, interrupted=True),
    ]
    states = {
        row.all("b")[0].text: row.all("span", "pill")[0].text
        for row in section(read(events), "Stages").all("tbody")[0].all("tr")
    }
    assert states == {
        "good": "not started",
        "bad": "not started",
        "promote": "skipped",
        "cut": "cut off",
        "waiting": "not started",
        "mirror-sleeper": "failed",
    }


def test_an_interrupted_run_says_what_is_left():
    root = read([ImagesSelected("s", 3), ImageStarted("s", HUB), RunEnded(1.0, interrupted=True)])
    assert "interrupted, 3 images left" in root.all("header")[0].text


def test_many_repositories_are_folded():
    places = [Reference("docker.io", f"library/r{number}") for number in range(30)]
    events = [
        RunStarted(("s",)),
        StageStarted("s", HUB, tuple(places)),
        RunEnded(1.0, interrupted=False),
    ]
    assert section(read(events), "Repositories").all("details")


def test_a_long_list_of_failures_is_cut_and_the_table_has_them_all():
    root = read(run_of(*(ended(outcome(Status.FAILED, str(number))) for number in range(250))))
    assert len(section(root, "Failures").all("li")) == 200
    assert "50 more are not shown here" in section(root, "Failures").text
    assert len(rows(root)) == 250


def test_of_too_many_images_those_that_are_up_to_date_are_left_out(monkeypatch):
    monkeypatch.setattr(images, "MOST_ROWS", 3)
    some = [ended(outcome(Status.UP_TO_DATE, str(number))) for number in range(4)]
    root = read(run_of(*some, ended(outcome(Status.COPIED)), ended(outcome(Status.FAILED))))
    assert [row.classes[0] for row in rows(root)] == ["failed", "copied", "up-to-date"]
    assert "3 more are not shown here; the JSON report has every image" in root.text


def test_many_images_cost_no_memory(tmp_path):
    summary = SummaryBuilder()
    with (tmp_path / "spool").open("w+b") as spool:
        journal = Journal(spool)
        for event in run_of(*(ended(outcome(Status.UP_TO_DATE, str(n))) for n in range(3000))):
            summary(event)
            journal(event)
        report = journal.report(summary.build())
        list(page.chunks(journal.report(SummaryBuilder().build())))  # what is read once
        tracemalloc.start()
        try:
            size = sum(len(chunk) for chunk in page.chunks(report))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert size > 1_000_000
    assert peak < 400_000


HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table><h1>hacked</h1>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "&lt;b&gt; &amp; <!-- ",
    "]]><![CDATA[ <?php",
    "</style></script><img src=x>",
]


def hostile_run(text):
    """Return a run in which *text* is wherever a text can be."""
    there = Reference(f"host{text}", f"name{text}", f"tag{text}")
    error = CopyError(text, text, DeniedError(text, hint=text))
    stage = f"stage{text}"
    bad = replace(outcome(Status.FAILED), source=there, destination=there, error=error)
    left = replace(outcome(Status.SKIPPED), source=there, destination=there, reason=text)
    yield RunStarted((stage,))
    yield StageStarted(stage, there, (there, there))
    yield ImagesSelected(stage, 3)
    yield ended(bad, left, stage=stage)
    yield ImageStarted(stage, there)
    yield NothingSelected(stage, there, there)
    yield replace(
        skipped_stage(), stage=f"{stage}2", source=there, destinations=(there,), reason=text
    )
    yield RunEnded(1.0, interrupted=True)


def elements(text):
    """Return tags and attributes of the page of a hostile run, without the texts.

    What a tag is in a reference with odd characters, and so is emphasised, is not looked at.
    """
    root = read(hostile_run(text), StorageError(text, hint=text))
    return [(each.tag, sorted(each.attributes)) for each in root.all() if each.tag != "b"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_others_say_never_becomes_markup(text):
    assert elements(text) == elements("harmless")
    assert text in read(hostile_run(text)).text


@settings(deadline=None)
@given(st.text())
def test_no_text_at_all_becomes_markup(text):
    assert elements(f"a{text}a") == elements("aa")


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else():
    text = as_html(busy_run(images=3))
    (policy,) = [
        each.attributes["content"]
        for each in parsed(text).all("meta")
        if each.attributes.get("http-equiv") == "Content-Security-Policy"
    ]

    def digest(tag):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        return b64encode(sha256(content.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest('style')}'; "
        f"script-src 'sha256-{digest('script')}'; base-uri 'none'; form-action 'none'"
    )


def test_the_page_names_no_other_place_and_has_no_code_or_style_in_attributes():
    root = read(busy_run(images=3))
    names = {name for each in root.all() for name in each.attributes}
    assert not {"href", "src", "srcset", "action", "style", "ping", "data"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not {"link", "img", "iframe", "object", "embed", "form", "a"} & {
        each.tag for each in root.all()
    }
    assert "url(" not in root.all("style")[0].text
    assert "@import" not in root.all("style")[0].text


def test_a_name_that_is_no_text_does_not_keep_the_page_from_being_written():
    odd = Reference("oci:odd\udcff", "app", "1")
    report = report_of(run_of(ended(replace(outcome(Status.COPIED), source=odd))))
    whole = io.BytesIO()
    for chunk in page.chunks(report):
        whole.write(chunk.encode(errors="backslashreplace"))
    assert "odd\\udcff" in whole.getvalue().decode()
