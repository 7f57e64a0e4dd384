"""Optional credentials: those of a cloud, for a registry whose file does not ask for them.

The registry may be public, and the machine may have no identity at that cloud. So a failure or a
timeout is only logged at debug level, and is not tried again in this run.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from reposync.credentials import Credentials, CredentialSource

_log = logging.getLogger("reposync.login")
LIMIT_S = 12.0
"""google-auth waits nine seconds for a metadata server in a network that drops its packets."""


class OptionalCredentials:
    """A ``CredentialSource`` that uses *source* if its first request works, else no credentials."""

    def __init__(self, source: CredentialSource, host: str, *, limit_s: float = LIMIT_S) -> None:
        self._source = source
        self._host = host
        self._limit_s = limit_s
        self._trying: SingleFlight[None, bool] = SingleFlight()
        self._works: bool | None = None

    async def credentials(self, repository: str) -> Credentials | None:
        """See ``CredentialSource``; a failure after the first success is raised."""
        works = self._works
        if works is None:
            works = await self._trying.run(None, lambda: self._try(repository))
        return await self._source.credentials(repository) if works else None

    async def refused(self, credentials: Credentials) -> bool:
        """See ``CredentialSource``."""
        return await self._source.refused(credentials)

    async def _try(self, repository: str) -> bool:
        self._works = await self._answers(repository)
        return self._works

    async def _answers(self, repository: str) -> bool:
        try:
            async with asyncio.timeout(self._limit_s):
                await self._source.credentials(repository)
        except RepoSyncError as error:
            why = str(error)
        except TimeoutError:
            why = f"no response within {self._limit_s:g} seconds"
        else:
            return True
        fields = {"registry": self._host, "why": why}
        _log.debug(
            "%s: not using cloud credentials: %s",
            self._host,
            why,
            extra={"event": "no_cloud", "fields": fields},
        )
        return False
