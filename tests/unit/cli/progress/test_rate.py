from __future__ import annotations

import pytest

from reposync.cli.progress.rate import Rate


def steady(rate, seconds, since_s=0.0):
    for tenth in range(seconds * 10):
        rate.add(10, since_s + tenth / 10)


def test_a_rate_is_the_mean_of_its_window():
    rate = Rate(window_s=5.0)
    steady(rate, 10)
    assert rate.per_second(9.9) == pytest.approx(100, rel=0.1)
    assert rate.per_second(60.0) == 0.0


def test_a_rate_does_not_leap_in_the_first_moments():
    rate = Rate(window_s=5.0)
    rate.add(1000, 0.0)
    assert rate.per_second(0.001) == 1000


def test_a_rate_is_zero_before_anything_came():
    assert Rate(window_s=5.0).per_second(1.0) == 0.0


def test_a_rate_begins_anew_after_a_pause():
    rate = Rate(window_s=5.0)
    steady(rate, 10)
    assert rate.known_for_s(9.9) == pytest.approx(9.9)
    steady(rate, 2, since_s=60.0)
    assert rate.known_for_s(62.0) == pytest.approx(2.0)
    assert rate.per_second(62.0) == pytest.approx(100, rel=0.1)


def test_a_rate_keeps_few_figures_however_many_came():
    rate = Rate(window_s=5.0)
    for event in range(100_000):
        rate.add(1, event / 10_000)
    assert len(rate._buckets) <= 21
