"""One per place: what several tags of a repository share is brought there once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from reposync.copy.abilities import Destination
    from reposync.oci.reference import Reference


class AtDestination(Protocol):
    """What is done for one tag of a repository."""

    @property
    def destination(self) -> Destination:
        """The repository."""
        ...

    def follow(self, first: Self) -> None:
        """Let what happened for *first*, another tag of the repository, hold for this one."""
        ...


_T = TypeVar("_T", bound=AtDestination)


@contextmanager
def one_per_place(tags: Sequence[_T]) -> Iterator[list[_T]]:
    """Provide the first of *tags* at each repository; in the end the others follow it."""
    first: dict[Reference, _T] = {}
    for one in tags:
        first.setdefault(one.destination.reference, one)
    yield list(first.values())
    for one in tags:
        one.follow(first[one.destination.reference])
