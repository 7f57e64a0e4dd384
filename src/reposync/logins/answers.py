"""Answers of helpers, kept: each helper is asked once for a server, however many wait for it.

An answer is kept until its secret is about to expire, a failure for a while, so that what waits for
a person is not waited for again by every image.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import LoginError
from reposync.logins.expiry import kept_until_s
from reposync.logins.helper import LIMIT_S, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reposync.credentials import Credentials
    from reposync.logins.helper import Question

AGAIN_AFTER_S = 300.0
"""How long a failure is believed before the same is tried again."""


class BufferedResponse(Struct, frozen=True):
    """What a helper gave, if anything, and until when that holds, in seconds of Unix time."""

    credentials: Credentials | None
    until_s: float


class HelperAnswers:
    """Asks helpers, with the environment that they are given."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        limit_s: float = LIMIT_S,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._environ = environ
        self._limit_s = limit_s
        self._now_s = now_s
        self._kept: dict[Question, BufferedResponse] = {}
        self._failed: dict[Question, tuple[LoginError, float]] = {}
        self._locks: dict[Question, asyncio.Lock] = {}

    async def answer(self, question: Question) -> BufferedResponse:
        """Return the helper's answer to *question*.

        Raises:
            LoginError: It failed, now or a while ago.
        """
        async with self._locks.setdefault(question, asyncio.Lock()):
            now_s = self._now_s()
            kept = self._kept.get(question)
            if kept is not None and now_s < kept.until_s:
                return kept
            error, until_s = self._failed.get(question, (None, 0.0))
            if error is not None and now_s < until_s:
                raise error.with_traceback(None)
            return await self._ask(question)

    def forget(self, credentials: Credentials) -> None:
        """Keep the answer no longer that gave *credentials*."""
        for question, answer in [*self._kept.items()]:
            if answer.credentials == credentials:
                del self._kept[question]

    async def _ask(self, question: Question) -> BufferedResponse:
        try:
            found = await ask(question, self._environ, limit_s=self._limit_s)
        except LoginError as error:
            self._failed[question] = error, self._now_s() + AGAIN_AFTER_S
            raise
        secret = (found.identity_token or found.password) if found else ""
        answer = BufferedResponse(found, kept_until_s(secret, self._now_s()))
        self._kept[question] = answer
        return answer
