"""Single flight: tasks that want the same thing wait for the one that fetches it.

Decides who makes the call and what the others get. Keeping results, and for how long, is the
owner's: an outcome goes to the tasks that waited for it, and to nobody after them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

Key = TypeVar("Key", bound="Hashable")
Result = TypeVar("Result")


class _Call(Generic[Result]):
    """A call under way; ``outcome`` is its result in a tuple, its error, or None without either."""

    __slots__ = ("ended", "outcome")

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.outcome: tuple[Result] | RepoSyncError | None = None


class SingleFlight(Generic[Key, Result]):
    """Makes one call at a time per key, and shares how it ends with all who wait for it.

    The first task that wants a key, the leader, makes the call itself, so no task is created and
    none outlives its caller. The tasks that come while the call is under way get

    - its result, the same object;
    - its error, if that is a ``RepoSyncError``: each a copy of its own without a stack.

    A call that ends in any other way, because the leader is cancelled or by a bug, is the leader's
    alone: one of the others makes its own call, and the rest wait for that. A task that is
    cancelled while it waits disturbs nobody.

    Keys are kept only while a call is under way. An owner that keeps results looks for one before
    ``run``, and stores it within the call, so that nobody finds neither.
    """

    def __init__(self) -> None:
        self._calls: dict[Key, _Call[Result]] = {}

    async def run(self, key: Key, call: Callable[[], Awaitable[Result]]) -> Result:
        """Return what *call* returns, or what the call under way for *key* does.

        *call* must not run the same key again: it would wait for itself.

        Raises:
            RepoSyncError: The call failed, of this task or of the one that it waited for.
        """
        while (other := self._calls.get(key)) is not None:
            await other.ended.wait()
            if isinstance(other.outcome, RepoSyncError):
                raise other.outcome.without_stack()
            if other.outcome is not None:
                return other.outcome[0]
        return await self._lead(key, call)

    async def _lead(self, key: Key, call: Callable[[], Awaitable[Result]]) -> Result:
        mine = self._calls[key] = _Call[Result]()
        try:
            result = await call()
            mine.outcome = (result,)
            return result
        except RepoSyncError as error:
            mine.outcome = error.without_stack()
            raise
        finally:
            del self._calls[key]
            mine.ended.set()
