"""Progress: whether a body still comes at a rate that is worth waiting for. A pure rule.

A server that sends a byte now and then is never silent, and never done. Only the time in which we
wait for it counts: a slow reader on our side does not make it slow.
"""

from __future__ import annotations

from msgspec import Struct

WINDOW_S = 60.0
LEAST_BYTES_PER_S = 256


class Progress(Struct):
    """How long a body was waited for in the current window, and where the window began."""

    _waited_s: float = 0.0
    _begun_at_byte: int = 0

    def is_too_slow(self, waited_s: float, body_bytes: int, in_s: float = WINDOW_S) -> bool:
        """Count *waited_s* seconds more; return whether too little came in that time.

        *body_bytes* is all that has come of the body, what came while nobody waited included.
        Decided at the end of each window of *in_s* seconds of waiting.
        """
        self._waited_s += waited_s
        if self._waited_s < in_s:
            return False
        is_slow = body_bytes - self._begun_at_byte < LEAST_BYTES_PER_S * in_s
        self._waited_s, self._begun_at_byte = 0.0, body_bytes
        return is_slow


def window_s(stall_timeout_s: float) -> float:
    """Return the window that goes with *stall_timeout_s*: a pause within that is allowed."""
    return max(WINDOW_S, stall_timeout_s)
