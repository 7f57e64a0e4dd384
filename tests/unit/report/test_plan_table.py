"""Plans as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.development import ROOT

from reposync.decision import Action, BlobCounts, Decision
from reposync.errors import CopyError, DeniedError, TransportError
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference
from reposync.plan.document import Plan
from reposync.report.plan_table import plan_lines

A, B = Digest.of(b"a"), Digest.of(b"b")
DOWN = CopyError("look up tag 1", "destination", TransportError("mirror:5000 does not answer"))
DENIED = CopyError(
    "look up tag 1", "destination", DeniedError("403 denied", hint="ask for the right to pull")
)


def decision(tag: str, action: Action = Action.COPY, **others: Any) -> Decision:
    there = Reference("mirror:5000", others.pop("repository", "mirror/app"), tag)
    source = Reference("docker.io", "library/app", tag)
    return Decision("mirror", action, source, there, **others)


def plan(*decisions: Decision, **pulls: int) -> Plan:
    return Plan(datetime(2026, 1, 2, tzinfo=UTC), A, decisions, pulls)


def text(made: Plan, *errors: CopyError, width: int | None = 80) -> list[str]:
    return [line.text for line in plan_lines(made, {str(each): each for each in errors}, width)]


def test_images_of_one_repository_are_under_one_heading_and_what_is_up_to_date_is_counted():
    moved = f"moved: was {A.short}, is {B.short}"
    made = plan(
        decision("1.0"),
        decision("1.1", Action.MOVE, reason=moved),
        decision("1.2", Action.UP_TO_DATE),
        decision("1.0", repository="other"),
    )
    assert text(made) == [
        "mirror: docker.io/library/app -> mirror:5000/mirror/app",
        "  copy  1.0",
        f"  move  1.1  {moved}",
        "mirror: docker.io/library/app -> mirror:5000/other",
        "  copy  1.0",
        "",
        "plan: 2 copy, 1 move, 1 up to date",
    ]


def test_sizes_and_pulls_are_totalled():
    sized = decision("1.0", bytes=2048, blobs=BlobCounts(2, 1, 3))
    made = Plan(datetime(2026, 1, 2, tzinfo=UTC), A, (sized,), {"docker.io": 4})
    assert text(made)[1] == "  copy  1.0  2.0 KiB"
    assert text(made)[-2:] == [
        "to send: 2.0 KiB in 2 blobs; 1 to mount, 3 exist already",
        "pulls from docker.io: 4",
    ]


def test_a_cause_that_is_a_hosts_is_told_once():
    made = plan(*(decision(str(n), Action.ERROR, reason=str(DOWN)) for n in range(500)))
    lines = text(made, DOWN)
    assert len(lines) == 1 + 500 + 2 + 2
    assert [line for line in lines if "does not answer" in line] == [
        "500 errors: mirror:5000 does not answer"
    ]
    assert lines[1] == "  error  0"


def test_another_error_is_told_with_its_hint():
    lines = text(plan(decision("1", Action.ERROR, reason=str(DENIED))), DENIED)
    assert lines[1] == "  error  1  cannot look up tag 1 at the destination: 403 denied"
    assert lines[2] == "         hint: ask for the right to pull"


def test_a_repository_that_cannot_be_listed_is_named_without_a_tag():
    assert text(plan(decision("", Action.ERROR)))[1] == "  error  all tags"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int):
    reason = "it has none of linux/amd64, but " + ", ".join(f"linux/arch{n}" for n in range(30))
    made = plan(
        *(decision(f"{n}-{'long' * 10}-{n}", bytes=n * 1000) for n in range(500)),
        decision("1", Action.SKIP, reason=reason),
        decision("2", Action.ERROR, reason=str(DOWN)),
    )
    lines = text(made, DOWN, width=width)
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if line.startswith("  copy")]
    assert len(set(rows)) == len(rows) == 500


def test_a_pipe_gets_whole_names():
    name = "n" * 200
    assert text(plan(decision(name)), width=None)[1] == f"  copy  {name}"


def test_control_characters_of_a_registry_do_not_reach_the_terminal():
    made = plan(decision("1", Action.ERROR, reason="\x1b[31mred"))
    assert not any("\x1b" in line for line in text(made))


def test_the_how_to_shows_what_is_printed():
    page = (ROOT / "docs" / "how-to" / "promote" / "plan.md").read_text(encoding="utf-8")
    shown = page.partition("```text\n")[2].partition("```")[0]
    found = {
        tag: Decision(
            "mirror",
            action,
            Reference("docker.io", "library/alpine", tag),
            Reference("registry.example.com", "hub/alpine", tag),
            reason=reason,
        )
        for tag, action, reason in (
            ("3.21", Action.COPY, "the tag is new"),
            (
                "latest",
                Action.MOVE,
                "moved: was sha256:8a1f59ffb675, is sha256:21dc6063fd67",
            ),
            ("3.20", Action.COMPLETE, "a referrer is missing: sha256:0f5c5ba4b37e"),
            *((f"2.{n}", Action.UP_TO_DATE, "") for n in range(40)),
        )
    }
    made = Plan(datetime(2026, 1, 2, tzinfo=UTC), A, tuple(found.values()), {"docker.io": 3})
    assert "\n".join(text(made)) == shown.strip()
