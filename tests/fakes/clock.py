"""A clock that stands still until a test moves it."""

from __future__ import annotations


class ManualClock:
    """Return seconds since an arbitrary moment; call it in the place of ``time.monotonic``."""

    def __init__(self, start_s: float = 1000.0) -> None:
        self._now_s = start_s

    def __call__(self) -> float:
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self._now_s += seconds
