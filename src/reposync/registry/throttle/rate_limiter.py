"""Spacing: how far apart requests to one host begin, learned from those that it refused.

A pure rule. A limit of rate is not kept by having fewer requests in flight, where answers come at
once: so after a refusal they begin at a rate, lower with each second that brings another refusal,
and slowly higher as long as none comes, until it has no effect.
"""

from __future__ import annotations

from msgspec import Struct

FIRST_PER_S = 50.0
LEAST_PER_S = 2.0
MOST_PER_S = 500.0
_LOWERED = 0.7
_RAISED_IN_A_SECOND = 1.15
_LOWERED_AGAIN_S = 1.0


class RateLimiter(Struct):
    """The rate of one host; ``least_s`` is what the user wants between two requests."""

    least_s: float = 0.0
    _per_s: float = 0.0
    _since_s: float = 0.0

    def refused(self, at_s: float) -> None:
        """Learn from a refusal; many of one second count once."""
        per_s = self._rate(at_s)
        if not per_s:
            self._per_s = FIRST_PER_S
        elif at_s - self._since_s < _LOWERED_AGAIN_S:
            return
        else:
            self._per_s = max(LEAST_PER_S, per_s * _LOWERED)
        self._since_s = at_s

    def apart_s(self, at_s: float) -> float:
        """Return the seconds between two requests; 0 where they may begin at once."""
        if not self._per_s:
            return self.least_s
        per_s = self._rate(at_s)
        return max(self.least_s, 1 / per_s) if per_s else self.least_s

    def _rate(self, at_s: float) -> float:
        """Return the requests in a second; 0 where they are not bounded any more."""
        if self._per_s:
            quiet_s = min(at_s - self._since_s, 3600.0)
            per_s: float = self._per_s * _RAISED_IN_A_SECOND**quiet_s
            if per_s < MOST_PER_S:
                return per_s
            self._per_s = 0.0
        return 0.0
