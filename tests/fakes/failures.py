"""Failures of the memory store: which call goes wrong, how, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from reposync.errors import RepoSyncError

Operation = Literal[
    "resolve",
    "fetch_manifest",
    "open_blob",
    "list_tags",
    "list_few_tags",
    "list_referrers",
    "list_repositories",
    "has_blob",
    "blob_size",
    "mount_blob",
    "push_blob",
    "push_manifest",
]


@dataclass(frozen=True, slots=True)
class Call:
    """An operation that was asked for; ``subject`` is a digest, a tag or, for lists, empty."""

    operation: Operation
    repository: str
    subject: str

    def matches(self, operation: Operation, subject: str = "", repository: str = "") -> bool:
        """Return whether it is one of *operation*; what is empty matches everything."""
        return (
            self.operation == operation
            and subject in {"", self.subject}
            and repository in {"", self.repository}
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """One rule: the next ``times`` calls, or all, wait for ``released`` and then raise ``error``.

    Either may be left out. ``repository`` and ``subject``, a tag or a digest, narrow it down. With
    ``after_bytes``, reading or pushing a blob fails when more than that have passed; with
    ``after_effect`` the call is carried out, and only its answer is lost.
    """

    operation: Operation
    error: RepoSyncError | None = None
    released: asyncio.Event | None = None
    repository: str = ""
    subject: str = ""
    after_bytes: int = 0
    after_effect: bool = False
    times: int | None = 1

    def matches(self, call: Call) -> bool:
        """Return whether the call is one that the rule is about."""
        return call.matches(self.operation, self.subject, self.repository)

    async def strike(self) -> None:
        """Do what the rule says."""
        if self.released is not None:
            await self.released.wait()
        if self.error is not None:
            raise self.error


class FailurePlan:
    """Rules with a memory of how often each one struck; a call takes the first that is left.

    Where none is, ``chance`` decides.
    """

    def __init__(self) -> None:
        self.chance: Callable[[Call], Failure | None] = _never
        self._failures: list[Failure] = []
        self._struck: list[int] = []

    def add(self, failure: Failure) -> None:
        """Add a rule behind the others."""
        self._failures.append(failure)
        self._struck.append(0)

    def strike(self, call: Call) -> Failure | None:
        """Decide how this call fails, and remember that it did."""
        for index, failure in enumerate(self._failures):
            used_up = failure.times is not None and self._struck[index] >= failure.times
            if failure.matches(call) and not used_up:
                self._struck[index] += 1
                return failure
        return self.chance(call)


def _never(_call: Call) -> None:
    """Let nothing go wrong by chance."""
