"""Results that are computed once per key and kept, however many tasks need them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

_Key = TypeVar("_Key", bound="Hashable")
_Result = TypeVar("_Result")


class Once(Generic[_Key, _Result]):
    """Keeps every result; the first task that needs one computes it, and the others wait.

    Expected failures are part of a result. What else ends a computation, cancellation or a bug,
    ends the waiting tasks too, which belong to the same run.
    """

    def __init__(self) -> None:
        self._results: dict[_Key, asyncio.Future[_Result] | tuple[_Result]] = {}

    async def get(self, key: _Key, compute: Callable[[], Awaitable[_Result]]) -> _Result:
        """Return the result for *key*, by *compute* if nobody computed it before."""
        known = self._results.get(key)
        if isinstance(known, tuple):
            return known[0]
        if known is not None:
            return await asyncio.shield(known)
        pending = self._results[key] = asyncio.get_running_loop().create_future()
        try:
            result = await compute()
        except BaseException:
            pending.cancel()
            raise
        pending.set_result(result)
        self._results[key] = (result,)
        return result
