"""Results that are computed once per key and kept, however many tasks need them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

_Result = TypeVar("_Result")


class Once(Generic[_Result]):
    """Keeps every result; the first task that needs one computes it, and the others wait.

    There are as many results as there are parts of images, so a key is a group, of which there are
    few, and bytes within it. Expected failures are part of a result.
    """

    def __init__(self) -> None:
        self._groups: defaultdict[Hashable, dict[bytes, _Result]] = defaultdict(dict)
        self._computing: SingleFlight[tuple[Hashable, bytes], _Result] = SingleFlight()

    async def get(
        self, group: Hashable, key: bytes, compute: Callable[[], Awaitable[_Result]]
    ) -> _Result:
        """Return the result for *key* in *group*, by *compute* if nobody computed it before."""
        results = self._groups[group]
        if key in results:
            return results[key]

        async def kept() -> _Result:
            results[key] = await compute()
            return results[key]

        return await self._computing.run((group, key), kept)
