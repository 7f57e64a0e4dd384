"""Pace: how many short requests one host bears at a time, learned from its answers.

A pure rule, moved by answers and the time at which they came. More are let out as long as all that
are allowed are used and answers come as quickly as they did with fewer; fewer when the host pushes
back or its answers take much longer, for then they only wait in its queue instead of in ours.
"""

from __future__ import annotations

from msgspec import Struct

FIRST = 64
LEAST = 2
MOST = 256
_HALVED_AGAIN_S = 1.0
_QUICK = 1.5
_SLOW = 4.0
_SLACK_S = 0.05
"""Answers that are this near to one another do not tell a queue from chance."""
_FORGOTTEN = 1.01


class AdaptiveConcurrency(Struct):
    """The limit of one host; ``limit`` counts requests in flight, and is never above ``most``.

    ``best_s`` is how long an answer takes when the host has nothing else to do.
    """

    limit: float = FIRST
    most: int = MOST
    best_s: float = float("inf")
    _usual_s: float = 0.0
    _reduced_at_s: float = float("-inf")

    def answered(self, took_s: float, *, in_flight: int, at_s: float) -> None:
        """Learn from an answer that came *took_s* after its request, with *in_flight* others."""
        self.best_s = min(self.best_s * _FORGOTTEN, took_s)
        self._usual_s += (took_s - self._usual_s) / 8 if self._usual_s else took_s
        if in_flight < int(self.limit):
            return  # what is not used up tells nothing
        if self._usual_s <= _QUICK * self.best_s + _SLACK_S:
            self.limit = min(self.most, self.limit + 1 / self.limit)
        elif self._usual_s > _SLOW * self.best_s + _SLACK_S:
            self._reduce(0.9, at_s)

    def pushed_back(self, at_s: float) -> None:
        """Learn from an answer that asks for fewer requests."""
        self._reduce(0.5, at_s)

    def _reduce(self, factor: float, at_s: float) -> None:
        """Take less, once for all answers to what was sent before it could take effect."""
        if at_s - self._reduced_at_s >= _HALVED_AGAIN_S:
            self._reduced_at_s = at_s
            self.limit = max(min(LEAST, self.most), self.limit * factor)
