"""What one registry is known to be able to do with referrers, and who may write in its stead.

Learned from its first answers and kept for the life of a client: one task asks first, the others
wait for what it learns instead of asking the same.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_log = logging.getLogger(__name__)


class ReferrersSupport:
    """One registry's referrers API, as far as it is known.

    ``has_api`` is None as long as no answer told.
    """

    def __init__(self, host: str) -> None:
        self.has_api: bool | None = None
        self._host = host
        self._is_asked = False
        self._is_denied = False
        self._first = asyncio.Lock()
        self._writers: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @property
    def lacks_api(self) -> bool:
        """Whether there is no point in asking."""
        return self.has_api is False

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Let one task ask, and all others at once when its answer is there."""
        if not self._is_asked:
            async with self._first:
                if not self._is_asked:
                    try:
                        yield
                    finally:
                        self._is_asked = True
                    return
        yield

    def learn(self, *, has_api: bool) -> None:
        """Remember what an answer told, the first time it does."""
        if self.has_api is None:
            self.has_api = has_api
            means = "its referrers API" if has_api else "fallback tags, as it has no referrers API"
            _log.info("referrers at %s are listed by %s", self._host, means)

    def learn_denied(self, status: int) -> None:
        """Tell people, once, that the API is not for us."""
        if not self._is_denied:
            self._is_denied = True
            _log.warning(
                "%s answers %d where its referrers API would be; fallback tags are read instead",
                self._host,
                status,
            )

    @asynccontextmanager
    async def writing(self, repository: str, tag: str) -> AsyncIterator[None]:
        """Be the only one in this process who writes the fallback index *tag*."""
        lock = self._writers.setdefault((repository, tag), asyncio.Lock())
        async with lock:
            yield
