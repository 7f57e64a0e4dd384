from __future__ import annotations

import pytest
from bench.processes import BenchError
from bench.results import Measurement
from bench.rounds import OverLimitError, compete
from bench.stats import Spread, ratios, spread


def test_a_spread_is_the_median_with_the_least_and_the_greatest():
    assert spread([3.0, 1.0, 8.0]) == Spread(3.0, 1.0, 8.0)
    assert spread([1.0, 2.0]) == Spread(1.5, 1.0, 2.0)


def test_ratios_are_taken_round_by_round_so_that_a_slow_round_counts_on_both_sides():
    assert ratios([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == Spread(2.0, 2.0, 2.0)


def test_there_is_no_ratio_to_nothing():
    assert ratios([1.0], []) is None
    assert ratios([1.0], [0.0]) is None


def measurement(wall_s):
    return Measurement(wall_s, 0.0, 0, 0, 0)


def test_contenders_take_turns_and_the_first_round_only_warms_up():
    turns = []

    def contender(name):
        def once():
            turns.append(name)
            return measurement(float(len(turns)))

        return once

    found = compete({"a": contender("a"), "b": contender("b")}, 2, lambda _: None)
    assert turns == ["a", "b"] * 3
    assert [[each.wall_s for each in result.rounds] for result in found] == [[3.0, 5.0], [4.0, 6.0]]


@pytest.mark.parametrize("error", [OverLimitError(60), BenchError("it broke")])
def test_a_contender_that_fails_or_is_over_the_limit_is_out_and_the_others_go_on(error):
    calls = []

    def out():
        calls.append("out")
        raise error

    found = compete({"out": out, "in": lambda: measurement(1.0)}, 3, lambda _: None)
    assert calls == ["out"]
    assert found[0].rounds == ()
    assert found[0].over_limit_s == (60 if isinstance(error, OverLimitError) else None)
    assert found[0].failure == ("it broke" if isinstance(error, BenchError) else "")
    assert len(found[1].rounds) == 3
