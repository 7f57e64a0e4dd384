"""Words of users, as sentences show them."""

import pytest

from reposync.words import SHOWN_LIMIT, escaped, nearest, quoted

KNOWN = ("source", "staging", "stage-two")


def test_a_word_is_put_in_backticks():
    assert quoted("team/app") == "`team/app`"


def test_a_long_word_is_cut():
    assert quoted("x" * (SHOWN_LIMIT + 1)) == f"`{'x' * SHOWN_LIMIT}...`"


@pytest.mark.parametrize("sign", ["\x1b", "\n", "\u202e", "\x9b", "\0"])
def test_nothing_steers_a_terminal(sign):
    assert sign not in quoted(f"a{sign}b")
    assert sign not in escaped(f"a{sign}b")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("sourec", "source"), ("sta", "stage-two"), ("stagin", "staging"), ("s", None), ("x", None)],
)
def test_what_was_meant_is_what_the_word_begins_or_is_like(word, meant):
    assert nearest(word, KNOWN) == meant


def test_nothing_is_guessed_for_what_is_very_long_or_among_very_many():
    assert nearest("s" * (SHOWN_LIMIT + 1), ["s" * (SHOWN_LIMIT + 1)]) is None
    assert nearest("name-1", [f"name-{number}" for number in range(301)]) is None
