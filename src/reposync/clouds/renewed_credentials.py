"""Renewed credentials: those that a cloud issues for some hours.

They are requested on first use, again after four fifths of their lifetime, and once after the
registry refused them. One task requests them for all that wait. A failure that is not retryable is
kept for the rest of the run.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import RepoSyncError
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reposync.credentials import Credentials

_log = logging.getLogger(__name__)

_RENEWED_AT = 0.8
_SHORTEST_LIFE_S = 60.0
"""The minimum: credentials that have already expired, or a wrong clock, must not cause a request
for each use."""
_ANSWER_TO_REFUSAL_S = 60.0


class Granted(Struct, frozen=True):
    """Credentials that a cloud issued, and for how many seconds they are valid."""

    credentials: Credentials
    life_s: float


class RenewedCredentials:
    """A ``CredentialSource`` over *grant*, which asks the cloud; *now_s* returns the time."""

    def __init__(
        self, grant: Callable[[], Awaitable[Granted]], *, now_s: Callable[[], float]
    ) -> None:
        self._grant = grant
        self._now_s = now_s
        self._asking: SingleFlight[None, Credentials] = SingleFlight()
        self._current: Credentials | None = None
        self._given: set[Credentials] = set()
        self._renew_at_s = self._ends_at_s = 0.0
        self._failure: RepoSyncError | None = None
        self._refused_at_s: float | None = None
        self._given_up: Credentials | None = None

    async def credentials(self, repository: str) -> Credentials:  # noqa: ARG002 -- the same for all
        """Return them; see ``CredentialSource``.

        Raises:
            RepoSyncError: The cloud issues none.
        """
        if self._current is not None and self._now_s() < self._renew_at_s:
            return self._current
        if self._failure is not None:
            raise self._failure.without_stack()
        return await self._asking.run(None, self._ask)

    async def refused(self, credentials: Credentials) -> bool:
        """Forget *credentials*; see ``CredentialSource``.

        Credentials that replaced refused ones, and are refused as well, are not replaced again.
        """
        if credentials == self._given_up or credentials not in self._given:
            return False
        if credentials != self._current:
            return True  # another task has renewed them
        last, self._refused_at_s = self._refused_at_s, self._now_s()
        if last is None or self._refused_at_s - last > _ANSWER_TO_REFUSAL_S:
            self._current = None
            return True
        self._given_up = credentials
        return False

    async def _ask(self) -> Credentials:
        try:
            granted = await self._grant()
        except RepoSyncError as error:
            current = self._current
            if current is None or self._ends_at_s <= self._now_s():
                self._failure = None if error.retryable else error.without_stack()
                raise
            _log.debug("cannot renew credentials, so the current ones stay in use: %s", error)
            self._renew_at_s = min(self._now_s() + _SHORTEST_LIFE_S, self._ends_at_s)
            return current
        life_s = max(granted.life_s, _SHORTEST_LIFE_S)
        self._current = granted.credentials
        self._given.add(granted.credentials)
        self._renew_at_s = self._now_s() + _RENEWED_AT * life_s
        self._ends_at_s = self._now_s() + life_s
        return granted.credentials
