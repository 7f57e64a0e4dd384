"""Attempt: a cloud's credentials where nobody asked for them by name.

A registry of a cloud may well be open to everybody, and the machine belong to nobody there. So what
does not work, or takes long, is told in debugging alone, and is not tried again in this run.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from reposync.credentials import Credentials, CredentialSource

_log = logging.getLogger("reposync.login")
LIMIT_S = 12.0
"""Google looks for a machine's account for nine seconds where a network swallows its questions."""


class Attempt:
    """A ``CredentialSource`` that is *source* where that works at all, and nobody elsewhere."""

    def __init__(self, source: CredentialSource, host: str, *, limit_s: float = LIMIT_S) -> None:
        self._source = source
        self._host = host
        self._limit_s = limit_s
        self._trying = asyncio.Lock()
        self._works: bool | None = None

    async def credentials(self, repository: str) -> Credentials | None:
        """See ``CredentialSource``; once they were had, a failure is one."""
        if self._works is None:
            async with self._trying:
                if self._works is None:
                    self._works = await self._try(repository)
        return await self._source.credentials(repository) if self._works else None

    async def refused(self, credentials: Credentials) -> bool:
        """See ``CredentialSource``."""
        return await self._source.refused(credentials)

    async def _try(self, repository: str) -> bool:
        try:
            async with asyncio.timeout(self._limit_s):
                await self._source.credentials(repository)
        except RepoSyncError as error:
            why = str(error)
        except TimeoutError:
            why = f"there was no answer in {self._limit_s:g} seconds"
        else:
            return True
        fields = {"registry": self._host, "why": why}
        _log.debug(
            "%s: goes without its cloud's credentials: %s",
            self._host,
            why,
            extra={"event": "no_cloud", "fields": fields},
        )
        return False
