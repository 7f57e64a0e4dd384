"""When a body is too slow to wait for."""

from __future__ import annotations

import itertools

import pytest

from reposync.http.progress import LEAST_BYTES_PER_S, WINDOW_S, Progress, window_s

ENOUGH = int(WINDOW_S * LEAST_BYTES_PER_S)


def verdicts(*pieces):
    progress, body_bytes = Progress(), itertools.accumulate(count for _, count in pieces)
    waits = (waited_s for waited_s, _ in pieces)
    return [progress.is_too_slow(*each) for each in zip(waits, body_bytes, strict=True)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([(2.0, 1)] * 30, [False] * 29 + [True]),
        ([(WINDOW_S, ENOUGH)], [False]),
        ([(WINDOW_S, ENOUGH - 1)], [True]),
        ([(0.0, 1)] * 100, [False] * 100),
        ([(59.0, ENOUGH), (59.0, ENOUGH), (59.0, ENOUGH)], [False] * 3),
        ([(30.0, ENOUGH), (30.0, 0), (30.0, 0), (30.0, 0)], [False, False, False, True]),
    ],
)
def test_only_the_time_of_waiting_counts_and_each_window_for_itself(pieces, expected):
    assert verdicts(*pieces) == expected


def test_a_pause_that_the_stall_timeout_allows_is_not_slow():
    assert window_s(5.0) == WINDOW_S
    assert not Progress().is_too_slow(299.0, 1, window_s(300.0))
