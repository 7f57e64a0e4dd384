"""Renewed: credentials that a cloud lends for some hours.

Asked for when they are first needed, again when four fifths of their life are over, and once when
the registry refused them. However many tasks want them, one asks, and all others hear the same. A
failure that is not worth another try is the answer for good.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reposync.credentials import Credentials

_log = logging.getLogger(__name__)

_RENEWED_AT = 0.8
_SHORTEST_LIFE_S = 60.0
"""Less is not believed: an answer that expired long ago, or a clock that is wrong, is no reason
to ask again and again."""
_ANSWER_TO_REFUSAL_S = 60.0


class Granted(Struct, frozen=True):
    """What a cloud gave, and for how many seconds it says that it is good."""

    credentials: Credentials
    life_s: float


class Renewed:
    """A ``CredentialSource`` over *grant*, which asks the cloud; *now_s* is a clock that counts."""

    def __init__(
        self, grant: Callable[[], Awaitable[Granted]], *, now_s: Callable[[], float]
    ) -> None:
        self._grant = grant
        self._now_s = now_s
        self._asking = asyncio.Lock()
        self._current: Credentials | None = None
        self._given: set[Credentials] = set()
        self._renew_at_s = self._ends_at_s = 0.0
        self._asked = 0
        self._failure: RepoSyncError | None = None
        self._refused_at_s: float | None = None
        self._given_up: Credentials | None = None

    async def credentials(self, repository: str) -> Credentials:  # noqa: ARG002 -- alike for all
        """Return them; see ``CredentialSource``.

        Raises:
            RepoSyncError: The cloud gives none.
        """
        if self._current is not None and self._now_s() < self._renew_at_s:
            return self._current
        asked_before = self._asked
        async with self._asking:
            if self._failure is not None and (
                self._asked != asked_before or not self._failure.retryable
            ):
                # Not the traceback of all who got it before: it would hold what they were at.
                raise self._failure.with_traceback(None)
            if self._current is None or self._renew_at_s <= self._now_s():
                await self._ask()
            assert self._current is not None  # noqa: S101 -- it was granted, or asking has raised
            return self._current

    async def refused(self, credentials: Credentials) -> bool:
        """Forget *credentials*; see ``CredentialSource``.

        Those that were lent as the answer to a refusal, and are refused as well, are the last.
        """
        if credentials == self._given_up or credentials not in self._given:
            return False
        if credentials != self._current:
            return True  # another task has renewed them meanwhile
        last, self._refused_at_s = self._refused_at_s, self._now_s()
        if last is None or self._refused_at_s - last > _ANSWER_TO_REFUSAL_S:
            self._current = None
            return True
        self._given_up = credentials
        return False

    async def _ask(self) -> None:
        try:
            granted = await self._grant()
        except RepoSyncError as error:
            if self._current is None or self._ends_at_s <= self._now_s():
                self._asked, self._failure = self._asked + 1, error
                raise
            _log.debug("old credentials are used a little longer: %s", error)
            self._renew_at_s = min(self._now_s() + _SHORTEST_LIFE_S, self._ends_at_s)
            return
        self._asked, self._failure = self._asked + 1, None
        life_s = max(granted.life_s, _SHORTEST_LIFE_S)
        self._current = granted.credentials
        self._given.add(granted.credentials)
        self._renew_at_s = self._now_s() + _RENEWED_AT * life_s
        self._ends_at_s = self._now_s() + life_s
