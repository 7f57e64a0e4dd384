"""Faults: what goes wrong, at which request, and how often.

A plan is a list of rules; each request takes the first rule that matches it and has not been used
up, and at most one. Where none does, ``chance`` decides; see ``chance.RandomFaults``. Nothing here
is random by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer this at once; neither credentials nor body are looked at, and nothing is done."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class CutAnswer:
    """Read the request, then break the line instead of answering it.

    With ``after_effect`` the request is carried out and only its answer is lost.
    """

    after_effect: bool = False


@dataclass(frozen=True, slots=True)
class CutRequest:
    """Break the line when ``after_bytes`` of the request's body have come."""

    after_bytes: int


@dataclass(frozen=True, slots=True)
class CutResponse:
    """Close the line when ``after_bytes`` of the response's body have gone."""

    after_bytes: int


@dataclass(frozen=True, slots=True)
class Stall:
    """Read nothing and answer nothing until ``released`` is set; then all goes its usual way."""

    released: asyncio.Event


@dataclass(frozen=True, slots=True)
class StallResponse:
    """Send ``after_bytes`` of the response's body, and the rest when ``released`` is set."""

    after_bytes: int
    released: asyncio.Event


@dataclass(frozen=True, slots=True)
class CorruptRequest:
    """Turn over one bit of the request's body before it is used."""

    at_byte: int = 0


@dataclass(frozen=True, slots=True)
class CorruptResponse:
    """Turn over one bit of the response's body."""

    at_byte: int = 0


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Run ``happens`` before the request is looked at: another client was quicker."""

    happens: Callable[[], object]


@dataclass(frozen=True, slots=True)
class DropUpload:
    """Forget the upload that the request names before looking at it."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Look at the request ``seconds`` later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Interims:
    """Send ``count`` interim answers (103), ``pause_s`` apart, before looking at the request."""

    count: int
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AlterHeaders:
    """Answer with other headers: each of ``headers`` in the place of its own, None for without."""

    headers: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class WrongLength:
    """Announce a body that is ``by_bytes`` longer than what comes, or cut one by as much."""

    by_bytes: int


Action = (
    Answer
    | CutAnswer
    | CutRequest
    | CutResponse
    | Stall
    | StallResponse
    | CorruptRequest
    | CorruptResponse
    | DropUpload
    | Meanwhile
    | Delay
    | Interims
    | AlterHeaders
    | WrongLength
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule: requests of ``method`` (empty for any) whose path ``path_regex`` is found in.

    It lets ``skip`` of them pass, then strikes ``times`` times; None for always.
    """

    method: str
    path_regex: str
    action: Action
    times: int | None = 1
    skip: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Return whether the request is one that the rule is about."""
        return self.method in {"", method} and re.search(self.path_regex, path) is not None


class FaultPlan:
    """Rules with a memory of how often each one was met."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self.chance: Callable[[str, str], Action | None] = _never
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Add a rule behind the others."""
        self._faults.append(fault)
        self._seen.append(0)

    def clear(self) -> None:
        """Behave well from now on."""
        self._faults.clear()
        self._seen.clear()
        self.chance = _never

    def strike(self, method: str, path: str) -> Action | None:
        """Decide what goes wrong with this request, and remember that it did."""
        for index, fault in enumerate(self._faults):
            if not fault.matches(method, path):
                continue
            visited = self._seen[index]
            if fault.times is not None and visited >= fault.skip + fault.times:
                continue
            self._seen[index] += 1
            if visited >= fault.skip:
                return fault.action
        return self.chance(method, path)


def _never(_method: str, _path: str) -> None:
    """Let nothing go wrong by chance."""
