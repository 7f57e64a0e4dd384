"""The logins of the user as the credential source of one registry."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from reposync.logins.found_logins import AGAIN_AFTER_S, FoundLogin

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
        self._looking = asyncio.Lock()

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
        async with self._looking:
            current = await self.credentials(repository)
            if current != credentials:
                return True
            if self._now_s() < self._looked_at_s.get(credentials, 0.0) + AGAIN_AFTER_S:
                return False
            self._logins.forget(credentials)
            self._found.clear()
            current = await self._find(repository)
            for each in (credentials, current):
                if each is not None:
                    self._looked_at_s[each] = self._now_s()
            return current != credentials

    async def _find(self, repository: str) -> Credentials | None:
        found = await self._logins.find(self._host, repository)
        self._found[repository] = found
        if found.credentials is not None:
            self._given[found.credentials] = repository
        return found.credentials
