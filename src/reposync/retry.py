"""Trying again: what is worth it, how often, and how long to wait.

Decides from the error's ``retryable`` and the number of tries; the waits double, and a random part
keeps many tasks from coming back at once. Sleeping is handed in, so tests wait for nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from reposync.errors import RateLimitedError, RepoSyncError, TransportError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
_log = logging.getLogger(__name__)


class RetryPolicy(Struct, frozen=True):
    """How stubborn to be: tries in all, the first and the longest wait in seconds.

    A server that asks for a longer wait than ``obeyed_s`` is given up instead. What got no answer,
    or but a part of one, is worth ``tries_unanswered``, if that is more.
    """

    tries: int = 5
    tries_unanswered: int = 0
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    obeyed_s: float = 300.0


def wait_s(policy: RetryPolicy, tried: int, error: RepoSyncError, chance: float) -> float | None:
    """Tell how many seconds to wait after the *tried*-th try ended in *error*; None to give up.

    *chance* is a random number from 0 to 1. What the server asked for is a floor, never shortened.
    """
    is_unanswered = isinstance(error, TransportError)
    tries = max(policy.tries, policy.tries_unanswered) if is_unanswered else policy.tries
    if not error.retryable or tried >= tries:
        return None
    asked_s = wish_s(error) or 0.0
    if asked_s > policy.obeyed_s:
        return None
    most_s = min(policy.first_wait_s * 2.0 ** (tried - 1), policy.longest_wait_s)
    return asked_s + most_s * (0.5 + chance / 2)


def wish_s(error: RepoSyncError) -> float | None:
    """Give the seconds that the server asked to be left alone, if it did."""
    if isinstance(error, RateLimitedError | UnavailableError):
        return error.retry_after_s
    return None


class Retrier:
    """Runs operations until they succeed or are not worth another try."""

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._policy = policy
        self._sleep = sleep
        self._chance = chance

    async def run(self, operation: Callable[[], Awaitable[T]], what: str) -> T:
        """Await *operation*, anew after each failure that is worth it; *what* names it in logs.

        Raises:
            RepoSyncError: The failure of the last try.
        """
        tried = 0
        while True:
            try:
                return await operation()
            except RepoSyncError as error:
                tried += 1
                if not await self.pause(tried, error, what):
                    raise

    def gives_up(self, tried: int, error: RepoSyncError) -> bool:
        """Tell whether *error* of the *tried*-th try is final."""
        return wait_s(self._policy, tried, error, 0.0) is None

    async def rest(self, seconds: float) -> None:
        """Wait for *seconds* to twice as long: who rests beside us wakes at another time."""
        await self._sleep(seconds * (1 + self._chance()))

    async def pause(self, tried: int, error: RepoSyncError, what: str) -> bool:
        """Wait as is due after the *tried*-th try; False, at once, when that was the last."""
        seconds = wait_s(self._policy, tried, error, self._chance())
        if seconds is None:
            return False
        _log.info("%s: %s; trying again in %.1f s", what, error, seconds)
        await self._sleep(seconds)
        return True
