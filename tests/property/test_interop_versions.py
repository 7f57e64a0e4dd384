"""A range of another tool takes in the same tags here, whatever they look like."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.interop import semver

from reposync.interop.versions import blang, masterminds, regclient
from reposync.interop.versions.tags import RangeError, expressions
from reposync.selection.regex import compile_expression

NUMBERS = ["0", "1", "2", "3", "9", "10", "11", "19", "20", "99", "100", "104"]
PRE = [
    *("rc1", "rc.1", "rc.10", "alpha", "alpine", "alpine3.19", "beta", "0", "1", "10", "1a", "-x"),
    *("a", "Z", "alpha.beta", "01", "rc", "slim_2"),
]
NAMED_PRE = ["rc1", "rc.1", "alpha", "beta", "0", "10", "Zed", "alpha.1"]
ODD = ["latest", "v", "1.", "1..2", "1.2.3-", "1.2.3.4.5", "1.2.3-a..b", "20240101", "1_2", "v1.x"]


def some_tags(count):
    """Of all shapes: one to four numbers, zeros in front, with and without ``v`` and the rest."""
    chance = random.Random(1)
    for _ in range(count):
        row = ".".join(chance.choices([*NUMBERS, "00", "04"], k=chance.choice([1, 2, 3, 3, 3, 4])))
        pre = f"-{chance.choice(PRE)}" if chance.random() < 0.5 else ""
        yield chance.choice(["", "v", "", "V"]) + row + pre


TAGS = [*ODD, *some_tags(250)]


@st.composite
def ranges(draw, tool):
    """Terms with an operator each, versions of one to three numbers, perhaps a pre-release."""
    operators, is_short, pre, between, bars = TOOLS[tool]

    def term():
        count = draw(st.integers(1, 3)) if is_short else 3
        written = ".".join(draw(st.lists(st.sampled_from(NUMBERS), min_size=count, max_size=count)))
        if count == 3 and draw(st.integers(0, 3)) == 0:
            written += f"-{draw(st.sampled_from(pre))}"
        return draw(st.sampled_from(operators)) + written

    groups = [
        between.join(term() for _ in range(draw(st.integers(1, 3))))
        for _ in range(draw(st.integers(1, bars)))
    ]
    return " || ".join(groups)


TOOLS = {
    "dregsy": (["", "<", "<=", "=", "!=", ">=", ">"], False, NAMED_PRE, " ", 2),
    "regsync": (["", "<", "<=", "=", ">=", ">", "^", "~"], True, ["0"], " ", 1),
    "skopeo": (["", "<", "<=", "=", "!=", ">=", ">", "^", "~"], True, NAMED_PRE, ", ", 2),
}


@pytest.mark.parametrize(
    ("tool", "language", "takes"),
    [
        ("dregsy", blang, semver.blang_takes),
        ("regsync", regclient, semver.regclient_takes),
        ("skopeo", masterminds, semver.masterminds_takes),
    ],
    ids=list(TOOLS),
)
def test_a_range_takes_in_what_the_tool_takes_in_or_is_refused(tool, language, takes):
    kept = 0

    @settings(deadline=None, max_examples=50)
    @given(ranges(tool))
    def same(text):
        nonlocal kept
        try:
            written = expressions(language.groups(text), language.DIALECT)
        except RangeError:
            return
        kept += 1
        compiled = [compile_expression(each) for each in written]
        mine = [tag for tag in TAGS if any(each.matches(tag) for each in compiled)]
        assert mine == [tag for tag in TAGS if takes(text, tag)]

    same()
    assert kept > 20


@pytest.mark.parametrize(
    ("language", "text", "why"),
    [
        (blang, ">=1.0.0-rc1 <1.0.0-rc3", "two pre-releases of one version"),
        (blang, ">=1.0.0--x", "compares with the pre-release -x"),
        (blang, "newest", "has a version that is none"),
        (blang, "", "is no range"),
        (regclient, ">=1.0-rc1", "compares with the pre-release rc1"),
        (regclient, ">= 1.0", "has a part that is none"),
        (masterminds, ">=1.0.0-0, <2.0.0", "which releases of skopeo take apart"),
        (masterminds, "^*", "has a version that is not whole"),
        (masterminds, "1.0 and 2.0", "is no range"),
    ],
)
def test_a_range_whose_meaning_is_unsure_is_refused(language, text, why):
    with pytest.raises(RangeError, match=why):
        expressions(language.groups(text), language.DIALECT)
