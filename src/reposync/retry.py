"""Retries: the one rule that decides whether a failed operation is tried again, and when.

An *operation* is one short request, or one transfer of a blob. Whoever owns it counts its tries
here, waits while holding nothing, and marks the error as final when it gives up, so that nobody
above tries the same again. The rule is pure: it knows the policy, what the operation has used up,
and the error. An error says itself whether it is ``retryable``, how long the host was silent before
it, and how long the host asked to wait.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from reposync.errors import (
    CorruptContentError,
    HostPausedError,
    RateLimitedError,
    RepoSyncError,
    TransportError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
_log = logging.getLogger(__name__)

LONGEST_WAIT_S = 300.0
"""What one operation waits at most, all in all, because a registry asks for it."""
_SILENCES = 3
_CORRUPT_TRIES = 2


class RetryPolicy(Struct, frozen=True):
    """How often one operation is tried at most, and how much silence it may meet.

    ``tries`` counts all of them. ``stall_timeout_s`` is the silence that ends one try. By default
    an operation without progress ends after 3 minutes of silence and 30 s between its tries.
    """

    tries: int = 7
    stall_timeout_s: float = 60.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0

    @property
    def silence_limit_s(self) -> float:
        """The seconds of silence after which an operation is given up."""
        return _SILENCES * self.stall_timeout_s


class Spent(Struct, frozen=True):
    """What one operation has used up.

    ``silence_s`` is the silence that ended its tries, ``asked_s`` what it waited because it was
    asked to.
    """

    tries: int = 0
    corrupt_tries: int = 0
    silence_s: float = 0.0
    asked_s: float = 0.0


class Wait(Struct, frozen=True):
    """How long to wait before the next try, and what the operation has used up by then."""

    seconds: float
    spent: Spent


def next_wait(
    policy: RetryPolicy, spent: Spent, error: RepoSyncError, chance: float
) -> Wait | None:
    """Decide what follows a try that ended in *error*; None to give up.

    *spent* is what was used up before this try, *chance* a random number from 0 to 1.
    """
    if isinstance(error, HostPausedError):
        return Wait((error.retry_after_s or 0.0) + chance * policy.first_wait_s, spent)
    is_corrupt = isinstance(error, CorruptContentError)
    tries, corrupt_tries = spent.tries + 1, spent.corrupt_tries + is_corrupt
    asked_s = spent.asked_s + (requested_wait_s(error) or 0.0)
    silence_s = spent.silence_s + _silence_s(error)
    is_final = (
        not error.retryable
        or tries >= policy.tries
        or corrupt_tries >= _CORRUPT_TRIES
        or asked_s > LONGEST_WAIT_S
        or silence_s + policy.stall_timeout_s > policy.silence_limit_s
    )
    if is_final:
        return None
    wait_s = asked_s - spent.asked_s + _backoff_s(policy, tries, chance)
    return Wait(wait_s, Spent(tries, corrupt_tries, silence_s, asked_s))


def requested_wait_s(error: RepoSyncError) -> float | None:
    """Return the seconds that the host asked to wait, if it did."""
    if isinstance(error, RateLimitedError | UnavailableError):
        return error.retry_after_s
    return None


def _silence_s(error: RepoSyncError) -> float:
    return error.silence_s if isinstance(error, TransportError) else 0.0


def _backoff_s(policy: RetryPolicy, tries: int, chance: float) -> float:
    """Double with each try; a random part keeps many tasks from coming back at once."""
    most_s = min(policy.first_wait_s * 2.0 ** (tries - 1), policy.longest_wait_s)
    return most_s * (0.5 + chance / 2)


class Attempts:
    """The tries of one operation, which *name* names in the log."""

    def __init__(
        self,
        policy: RetryPolicy,
        name: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._policy = policy
        self._name = name
        self._sleep = sleep
        self._chance = chance
        self._spent = Spent()

    def next_s(self, error: RepoSyncError) -> float | None:
        """Return how long to wait after a try that ended in *error*; None, and final, if no more.

        A final error is marked so, and nobody above tries the same again.
        """
        wait = next_wait(self._policy, self._spent, error, self._chance())
        if wait is None:
            error.retryable = False
            return None
        self._spent = wait.spent
        _log.info("%s: %s; trying again in %.1f s", self._name, error, wait.seconds)
        return wait.seconds

    async def wait(self, error: RepoSyncError) -> None:
        """Wait until the next try is due after one that ended in *error*.

        Raises:
            RepoSyncError: *error*, which is final now: no other try is due.
        """
        seconds = self.next_s(error)
        if seconds is None:
            raise error
        await self._sleep(seconds)


class Retrier:
    """Starts operations that follow *policy*; sleeping is passed in, so tests wait for nothing."""

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.policy = policy
        self._sleep = sleep
        self._chance = chance

    def attempts(self, name: str) -> Attempts:
        """Begin to count the tries of one operation, which *name* names in the log."""
        return Attempts(self.policy, name, sleep=self._sleep, chance=self._chance)

    async def run(self, operation: Callable[[], Awaitable[T]], name: str) -> T:
        """Await *operation*, again after each failure that is worth it.

        Raises:
            RepoSyncError: The failure of the last try, which is final.
        """
        attempts = self.attempts(name)
        while True:
            try:
                return await operation()
            except RepoSyncError as error:
                await attempts.wait(error)

    async def sleep(self, seconds: float) -> None:
        """Wait for *seconds*, which ``Attempts.next_s`` gave."""
        await self._sleep(seconds)

    async def rest(self, seconds: float) -> None:
        """Wait for *seconds* to twice as long: others wake up at another time."""
        await self._sleep(seconds * (1 + self._chance()))
