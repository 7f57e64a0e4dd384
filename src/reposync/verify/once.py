"""Results that are computed once per key and kept, however many tasks need them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

_Result = TypeVar("_Result")


class Once(Generic[_Result]):
    """Keeps every result; the first task that needs one computes it, and the others wait.

    There are as many results as there are parts of images, so a key is a group, of which there are
    few, and bytes within it. Expected failures are part of a result. What else ends a computation,
    cancellation or a bug, ends the waiting tasks too, which belong to the same run.
    """

    def __init__(self) -> None:
        self._groups: defaultdict[Hashable, dict[bytes, asyncio.Future[_Result] | _Result]] = (
            defaultdict(dict)
        )

    async def get(
        self, group: Hashable, key: bytes, compute: Callable[[], Awaitable[_Result]]
    ) -> _Result:
        """Return the result for *key* in *group*, by *compute* if nobody computed it before."""
        results = self._groups[group]
        if key not in results:
            return await _computed(results, key, compute)
        known = results[key]
        if not isinstance(known, asyncio.Future):
            return known
        return await asyncio.shield(known)


async def _computed(
    results: dict[bytes, asyncio.Future[_Result] | _Result],
    key: bytes,
    compute: Callable[[], Awaitable[_Result]],
) -> _Result:
    pending: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
    results[key] = pending
    try:
        result = await compute()
    except BaseException:
        pending.cancel()
        raise
    pending.set_result(result)
    results[key] = result
    return result
