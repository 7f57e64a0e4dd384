"""Rates: how much comes in a second, smoothed over a window."""

from __future__ import annotations

from collections import deque

_BUCKETS = 20
_LEAST_SPAN_S = 1.0
"""The first moments are too short to divide by."""


class Rate:
    """The mean of the last *window_s* seconds, in bounded memory.

    Times are in seconds of any clock that only moves forward. After a pause that is longer than the
    window it begins anew.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._began_s = 0.0
        self._buckets: deque[tuple[float, int]] = deque()

    def add(self, amount: int, at_s: float) -> None:
        """Count *amount* at *at_s*."""
        self._forget(at_s)
        if not self._buckets:
            self._began_s = at_s
        if self._buckets and at_s - self._buckets[-1][0] < self._window_s / _BUCKETS:
            began_s, before = self._buckets.pop()
            self._buckets.append((began_s, before + amount))
        else:
            self._buckets.append((at_s, amount))

    def per_second(self, at_s: float) -> float:
        """Return the rate at *at_s*; 0 when nothing was counted within the window."""
        self._forget(at_s)
        if not self._buckets:
            return 0.0
        span_s = max(min(at_s - self._began_s, self._window_s), _LEAST_SPAN_S)
        return sum(amount for _, amount in self._buckets) / span_s

    def known_for_s(self, at_s: float) -> float:
        """Return for how long there was something to count, without a pause."""
        self._forget(at_s)
        return at_s - self._began_s if self._buckets else 0.0

    def _forget(self, at_s: float) -> None:
        while self._buckets and at_s - self._buckets[0][0] > self._window_s:
            self._buckets.popleft()
