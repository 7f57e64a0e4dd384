"""Taking turns about referrers at one host: who asks for its API first, who writes in its stead.

One task asks first, the others wait for what it learns instead of asking the same.
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
    """The turns of all who read or write lists of referrers at one host."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._is_asked = False
        self._is_denied = False
        self._first = asyncio.Lock()
        self._writers: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

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

    def learn_denied(self, status: int) -> None:
        """Log once that the API is not for us."""
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
