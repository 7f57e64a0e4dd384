"""The logins of the user as the credential source of one registry."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from reposync.logins.found_logins import AGAIN_AFTER_S, FoundLogin
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.credentials import Credentials
    from reposync.logins.logins import Logins


class LoginSource:
    """Finds logins for one host; searches again after a refusal, but not again for a while."""

    def __init__(
        self, logins: Logins, host: str, *, now_s: Callable[[], float] = time.time
    ) -> None:
        self._logins = logins
        self._host = host
        self._now_s = now_s
        self._found: dict[str, FoundLogin] = {}
        self._given: dict[Credentials, str] = {}
        self._looked_at_s: dict[Credentials, float] = {}
        self._searching: SingleFlight[Credentials, bool] = SingleFlight()

    async def credentials(self, repository: str) -> Credentials | None:
        """See ``CredentialSource``."""
        found = self._found.get(repository)
        if found is not None and self._now_s() < found.until_s:
            return found.credentials
        return await self._find(repository)

    async def refused(self, credentials: Credentials) -> bool:
        """See ``CredentialSource``."""
        repository = self._given.get(credentials)
        if repository is None:
            return False
        return await self._searching.run(credentials, lambda: self._differ(credentials, repository))

    async def _differ(self, refused: Credentials, repository: str) -> bool:
        """Return whether there are others than *refused* by now; search again if that is due."""
        current = await self.credentials(repository)
        if current != refused:
            return True
        if self._now_s() < self._looked_at_s.get(refused, 0.0) + AGAIN_AFTER_S:
            return False
        self._logins.forget(refused)
        self._found.clear()
        current = await self._find(repository)
        for each in (refused, current):
            if each is not None:
                self._looked_at_s[each] = self._now_s()
        return current != refused

    async def _find(self, repository: str) -> Credentials | None:
        found = await self._logins.find(self._host, repository)
        self._found[repository] = found
        if found.credentials is not None:
            self._given[found.credentials] = repository
        return found.credentials
