from __future__ import annotations

import pytest
from tests.unit.report.script import HUB, MASTER, tagged

from reposync.report.explanation import Line, render_explanation, render_left_out
from reposync.selection.explain import Explanation, Step
from reposync.sync.explain import Explained

LINES = (Line("sync.yml:4:9", "semver: 1.x"), Line("sync.yml:14:10", "keep: latest 3"))
IMAGE = tagged(HUB, "1.0.0")


def explained(*steps, taken=True):
    return Explained(IMAGE, MASTER, Explanation(taken, steps))


def test_lines_stand_below_the_verdict_in_columns():
    steps = (Step(0, "includes it", "it is in range"), Step(1, "excludes it", "it is too old"))
    assert render_explanation(explained(*steps, taken=False), LINES) == (
        f"{IMAGE} -> {MASTER}: is not selected\n"
        "  sync.yml:4:9    semver: 1.x     includes it: it is in range\n"
        "  sync.yml:14:10  keep: latest 3  excludes it: it is too old\n"
    )


def test_a_reason_that_has_no_line_is_not_put_in_columns():
    steps = (Step(0, "includes it", "it is in range"), Step(None, "excludes it", "it comes along"))
    assert render_explanation(explained(*steps, taken=False), LINES).splitlines()[1:] == [
        "  sync.yml:4:9  semver: 1.x  includes it: it is in range",
        "  excludes it: it comes along",
    ]


def test_a_verdict_without_reasons_stands_alone():
    assert render_explanation(explained(), LINES) == f"{IMAGE} -> {MASTER}: is selected\n"


def test_a_repository_that_is_left_out_is_told_with_the_line_that_does_so():
    assert render_left_out(IMAGE, LINES[0], "excludes it: it matches") == (
        f"{IMAGE}: is not selected\n  sync.yml:4:9  semver: 1.x  excludes it: it matches\n"
    )


@pytest.mark.parametrize("text", ["\x1b[31mred", "two\nlines", "a\u202eb"])
def test_nothing_of_the_file_can_steer_a_terminal_or_begin_a_line(text):
    line = Line(text, text)
    written = render_explanation(explained(Step(0, "includes it", text)), [line])
    assert written.count("\n") == 2
    assert not set(written) & set("\x1b\u202e")
