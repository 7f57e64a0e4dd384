"""Setbacks: what came of logging in, told to all who want the same a moment later.

However many images want a token, one of them asks for it as often as that is worth. If that comes
to nothing, the others hear how it ended instead of asking one behind the other, each as often; and
whoever hears it does not try again, since that was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reposync.errors import DeniedError, RepoSyncError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from reposync.retry import Retrier

T = TypeVar("T")
BELIEVED_S = 60.0
_OF_ALL = None
"""The key of a service that fails at the moment, for all requests."""


class LoginFailureCache:
    """Runs what logging in takes, as often as *retrier* has it; *now_s* is a clock that counts."""

    def __init__(self, retrier: Retrier, now_s: Callable[[], float]) -> None:
        self._retrier = retrier
        self._now_s = now_s
        self._known: dict[Hashable, tuple[RepoSyncError, float]] = {}
        self._successes = 0

    async def run(self, operation: Callable[[], Awaitable[T]], key: Hashable, what: str) -> T:
        """Await *operation*, unless what has the same *key* failed a moment ago.

        *what* names it in logs. What is raised is worth no other try.

        Raises:
            RepoSyncError: It failed, now or then.
        """
        self._recall(_OF_ALL)
        self._recall(key)
        before = self._successes
        try:
            result = await self._retrier.run(operation, what)
        except RepoSyncError as error:
            if error.is_transient:
                if self._successes == before:
                    self._remember(_OF_ALL, error)
            elif isinstance(error, DeniedError | UnauthorizedError):
                self._remember(key, error)
            raise
        self._successes += 1
        self._known.pop(_OF_ALL, None)
        return result

    def _remember(self, key: Hashable, error: RepoSyncError) -> None:
        self._known[key] = error.without_stack(), self._now_s() + BELIEVED_S

    def _recall(self, key: Hashable) -> None:
        error, until_s = self._known.get(key, (None, 0.0))
        if error is not None and self._now_s() < until_s:
            raise error.without_stack()
