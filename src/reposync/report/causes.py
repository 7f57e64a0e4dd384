"""Failures that have one cause, put together: a wrong password is one thing to see to.

Only a cause that is a host's is put together; each other failure is told by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from reposync.report.summary import Failure


class Cause(Struct, frozen=True):
    """Why something failed: ``first`` is what failed first, ``more`` how much else by the same."""

    first: Failure
    more: int = 0

    @property
    def sentence(self) -> str:
        """What is said of it; of several, what is true of them all."""
        return self.first.host_cause if self.more else self.first.sentence


def causes(failures: Iterable[Failure]) -> list[Cause]:
    """Put *failures* together by their causes, in the order in which these came up."""
    run_all: dict[Hashable, list[Failure]] = {}
    for number, failure in enumerate(failures):
        key: Hashable = number
        if failure.host_cause:
            key = (failure.kind, failure.host_cause, failure.hint)
        run_all.setdefault(key, []).append(failure)
    return [Cause(group[0], len(group) - 1) for group in run_all.values()]
