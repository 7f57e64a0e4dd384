from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.unit.report.reports import as_markdown
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
from reposync.errors import CopyError, DeniedError, StorageError, UnauthorizedError
from reposync.oci.reference import Reference
from reposync.sync.events import ImagesSelected, ImageStarted, NothingSelected, RunEnded

GITHUB_LIMIT_BYTES = 1024 * 1024


def failing(tag, error):
    failed = outcome(Status.FAILED, tag)
    return ended(replace(failed, error=CopyError(f"look up tag {tag}", "destination", error)))


def saying(text):
    return as_markdown(run_of(ended(replace(outcome(Status.SKIPPED), reason=text))))


def test_a_whole_report_reads_like_this():
    text = as_markdown(
        [
            failed_stage(),
            *run_of(
                ended(outcome(Status.COPIED), outcome(Status.FAILED, to=STAGING)),
                ended(outcome(Status.SKIPPED, "2"), outcome(Status.SKIPPED, "2", STAGING)),
                ended(outcome(Status.SKIPPED, "3")),
            ),
            NothingSelected("other", HUB, MASTER),
        ]
    )
    assert text == (
        "# reposync\n"
        "\n"
        "**1 copied, 3 skipped, 1 failed, 1 stage failed, 3.0 MiB sent in 4.2 s**\n"
        "\n"
        "failures by kind: 1 not found, 1 denied\n"
        "\n"
        "| source | destination | copied | up to date | skipped | failed | sent |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
        f"| `{HUB}` | `{MASTER}` | 1 | 0 | 2 | 0 | 3.0 MiB |\n"
        f"| `{HUB}` | `{STAGING}` | 0 | 0 | 1 | 1 | 0 B |\n"
        "\n"
        "## Failed\n"
        "\n"
        "- stage `others`, `docker.io/library/nowhere`: **not found**, 404 NAME\\_UNKNOWN  \n"
        "  Hint: is its name right?\n"
        f"- `{HUB}:1.0.0` → `{STAGING}:1.0.0`: **denied**, "
        "cannot push blob at the destination: 403 DENIED  \n"
        "  Hint: ask its owner for the right to push\n"
        "\n"
        "## Skipped\n"
        "\n"
        f"- 2 images, `{HUB}` → `{MASTER}`: it is immutable\n"
        f"- `{HUB}:2` → `{STAGING}`: it is immutable\n"
        "\n"
        "## Empty\n"
        "\n"
        f"- stage `other`, `{HUB}` → `{MASTER}`: nothing was selected\n"
    )


def test_a_skipped_stage_is_named_with_the_reason():
    text = as_markdown([skipped_stage(), *run_of(ended(outcome(Status.SKIPPED)))])
    assert "**1 skipped, 1 stage skipped in 4.2 s**" in text
    assert (
        "\n## Skipped\n\n"
        f"- stage `promote`, `{MASTER}` → `{STAGING}`: stage mirror-sleeper failed\n"
        f"- `{HUB}:1.0.0` → `{MASTER}`: it is immutable\n"
    ) in text


def test_what_one_host_caused_is_one_entry():
    error = UnauthorizedError("master:5000 says no", hint="see to it")
    text = as_markdown(run_of(failing("1", error), failing("2", error)))
    assert f"`{MASTER}:1` and 1 more: **unauthorized**, master:5000 says no" in text


def test_an_interrupted_run_tells_what_was_cut_off():
    text = as_markdown(
        [ImagesSelected("s", 2), ImageStarted("s", HUB), RunEnded(1.0, interrupted=True)]
    )
    assert "**interrupted, 2 images left: no images in 1.0 s**" in text
    assert f"## Cancelled\n\n- stage `s`: `{HUB}`\n" in text


def test_what_ended_the_run_is_told():
    text = as_markdown([], StorageError("no such place", hint="make one"))
    assert "The run ended early: no such place. Hint: make one\n" in text


def test_a_run_of_very_many_failures_is_cut_and_says_so():
    said = "it is _not_ allowed, says its owner; " * 5
    images = (failing(f"{number:0128d}", DeniedError(said)) for number in range(2000))
    text = as_markdown(run_of(*images))
    assert text.endswith("\n1700 more are not shown.\n")
    assert len(text.encode()) < GITHUB_LIMIT_BYTES


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<b>bold</b>", r"\<b\>bold\</b\>"),
        ("[a](b)", r"\[a\](b)"),
        ("*a* _b_ `c`", r"\*a\* \_b\_ \`c\`"),
        ("| a | b |", r"\| a \| b \|"),
        ("&lt;", r"\&lt;"),
        ("#1 of ~~x~~", r"\#1 of \~\~x\~\~"),
        ("see https://evil.example", "see https&#58;//evil.example"),
        ("see WWW.evil.example", "see www&#46;evil.example"),
        ("ask @somebody", "ask &#64;somebody"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_a_registry_says_is_no_markup_link_or_mention(said, shown):
    assert saying(said).endswith(f": {shown}\n")


@pytest.mark.parametrize(
    ("name", "in_list", "in_table"),
    [
        ("a`b", "`` oci:x:a`b ``", "`` oci:x:a`b ``"),
        ("a``b", "``` oci:x:a``b ```", "``` oci:x:a``b ```"),
        ("a|b", "`oci:x:a|b`", r"`oci:x:a\|b`"),
    ],
)
def test_a_name_stands_as_it_is_in_lists_and_in_the_table(name, in_list, in_table):
    place = Reference("oci:x", name)
    image = replace(outcome(Status.SKIPPED), source=place, destination=place)
    text = as_markdown([ended(image), RunEnded(1.0, interrupted=False)])
    assert f"| {in_table} | {in_table} |" in text
    assert f"- {in_list} → {in_list}: it is immutable" in text
