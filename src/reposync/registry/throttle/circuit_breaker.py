"""Health: whether a host still answers, and when it is given up for the rest of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import TransportError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

GIVEN_UP_AFTER_S = 30.0
_LEAST_FAILURES = 5


class CircuitBreaker:
    """Counts requests that got no answer; any answer, a refusal too, makes up for all of them.

    A host that never answered is given up by whoever contacted it first, for all who may use the
    same schemes: another scheme is another port.
    """

    def __init__(self, host: str, now_s: Callable[[], float]) -> None:
        self._host = host
        self._now_s = now_s
        self._has_answered = False
        self._never_answered: dict[tuple[str, ...], UnreachableError] = {}
        self._failures = 0
        self._silent_since_s = 0.0
        self._given_up: UnreachableError | None = None

    def check(self) -> None:
        """Let a request begin.

        Raises:
            UnreachableError: The host was given up.
        """
        if self._given_up is not None:
            raise self._given_up.without_stack()

    def answered(self) -> None:
        """Record an answer."""
        self._has_answered = True
        self._failures = 0

    def check_contact(self, schemes: tuple[str, ...]) -> None:
        """Let somebody try to contact the host by one of *schemes*.

        Raises:
            UnreachableError: That was tried often enough.
        """
        known = self._never_answered.get(schemes)
        if known is not None:
            raise known.without_stack()

    def no_contact(self, schemes: tuple[str, ...], error: UnreachableError) -> None:
        """Note that all tries to contact the host by one of *schemes* ended in *error*.

        It counts for others as long as nobody had an answer: a host that has had one may be
        restarting, and is given up by whoever finds it silent for long.
        """
        if not self._has_answered:
            self._never_answered[schemes] = error

    def failed(self, error: TransportError) -> None:
        """Record a request that got none, or but a part of one."""
        if not error.is_transient:
            return
        if not self._failures:
            self._silent_since_s = self._now_s()
        self._failures += 1
        silent_s = self._now_s() - self._silent_since_s
        if self._failures >= _LEAST_FAILURES and silent_s >= GIVEN_UP_AFTER_S:
            self._given_up = UnreachableError(
                f"{self._host} has not answered for {silent_s:.0f} s and is given up: {error}",
                hint="start the run again when it is back; what was copied stays copied",
            )
