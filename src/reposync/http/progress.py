"""Progress: whether a body still comes at a rate that is worth waiting for. A pure rule.

A server that sends a byte now and then is never silent, and never done. Only the time in which we
wait for it counts: a slow reader on our side does not make it slow.
"""

from __future__ import annotations

from msgspec import Struct

WINDOW_S = 60.0
LEAST_BYTES_PER_S = 256


class Progress(Struct):
    """What came in the current window of waiting."""

    _waited_s: float = 0.0
    _come_bytes: int = 0

    def is_too_slow(self, waited_s: float, come_bytes: int, in_s: float = WINDOW_S) -> bool:
        """Count *come_bytes* that came after *waited_s* seconds; return whether that is too little.

        Decided at the end of each window of *in_s* seconds of waiting.
        """
        self._waited_s += waited_s
        self._come_bytes += come_bytes
        if self._waited_s < in_s:
            return False
        is_slow = self._come_bytes < LEAST_BYTES_PER_S * in_s
        self._waited_s, self._come_bytes = 0.0, 0
        return is_slow


def window_s(stall_timeout_s: float) -> float:
    """Return the window that goes with *stall_timeout_s*: a pause within that is allowed."""
    return max(WINDOW_S, stall_timeout_s)
