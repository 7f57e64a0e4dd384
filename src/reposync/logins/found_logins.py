"""Found logins, and a cache of what helpers return: each helper runs once for a server.

A login is kept until its secret is about to expire. A failure is kept for a while, so that not
every image waits again for a helper that waits for user input.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import LoginError
from reposync.logins.expiry import kept_until_s
from reposync.logins.helper import LIMIT_S, ask
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reposync.credentials import Credentials
    from reposync.logins.helper import Question

AGAIN_AFTER_S = 300.0
"""How long a failure is kept before the helper runs again."""


class FoundLogin(Struct, frozen=True):
    """Credentials, None if there are none, and until when that is valid, in Unix seconds."""

    credentials: Credentials | None
    until_s: float


class HelperCache:
    """Runs helpers with the environment *environ*, and keeps their results."""

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
        self._kept: dict[Question, FoundLogin] = {}
        self._failed: dict[Question, tuple[LoginError, float]] = {}
        self._asking: SingleFlight[Question, FoundLogin] = SingleFlight()

    async def answer(self, question: Question) -> FoundLogin:
        """Return the login that the helper has for *question*.

        Raises:
            LoginError: The helper failed, now or a while ago.
        """
        now_s = self._now_s()
        kept = self._kept.get(question)
        if kept is not None and now_s < kept.until_s:
            return kept
        error, until_s = self._failed.get(question, (None, 0.0))
        if error is not None and now_s < until_s:
            raise error.without_stack()
        return await self._asking.run(question, lambda: self._ask(question))

    def forget(self, credentials: Credentials) -> None:
        """Remove the result that holds *credentials*."""
        for question, answer in [*self._kept.items()]:
            if answer.credentials == credentials:
                del self._kept[question]

    async def _ask(self, question: Question) -> FoundLogin:
        try:
            found = await ask(question, self._environ, limit_s=self._limit_s)
        except LoginError as error:
            self._failed[question] = error.without_stack(), self._now_s() + AGAIN_AFTER_S
            raise
        secret = (found.identity_token or found.password) if found else ""
        answer = FoundLogin(found, kept_until_s(secret, self._now_s()))
        self._kept[question] = answer
        return answer
