"""The result of a verification: what is right is counted, all else is named. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.verify.findings import Difference, Flaw, Gap, Unchecked
from reposync.verify.sampling import Share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.verify.depth import Depth
    from reposync.verify.findings import Verdict


class Tally(Struct, frozen=True):
    """How many images of a stage are as they should be at one destination's repository."""

    stage: str
    destination: str
    counts: Counter[str]


class Kept(Struct, frozen=True):
    """An image under whose tag there is another one that stays; or that is not expected."""

    stage: str
    destination: str
    reason: str


class Verification(Struct, frozen=True):
    """All that was found, in the order of the file, then by name.

    ``images`` counts those that the file selects, in all shares.
    """

    depth: Depth
    share: Share = Share()
    images: int = 0
    differences: tuple[Difference, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    kept: tuple[Kept, ...] = ()
    tallies: tuple[Tally, ...] = ()


RIGHT, KEPT, LEFT_OUT, DIFFERENT, UNCHECKED = "right", "kept", "left out", "different", "unchecked"
"""The columns of a tally, of which an image counts in one."""

_Noted = tuple[str, "Verdict"]


class Results:
    """Verdicts as they come, each with its stage; those about what is right are only counted."""

    def __init__(self, stages: Iterable[str]) -> None:
        self._place = {name: number for number, name in enumerate(stages)}
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        self._noted: list[_Noted] = []
        self._unchecked: list[Unchecked] = []

    def add(self, stage: str, verdict: Verdict) -> None:
        """Take a verdict over."""
        column = _column(verdict)
        self._counts.setdefault((stage, verdict.destination.name), Counter())[column] += 1
        if column != RIGHT:
            self._noted.append((stage, verdict))

    def add_unchecked(self, unchecked: Iterable[Unchecked]) -> None:
        """Take over what is no verdict about an image that is in the share."""
        self._unchecked += unchecked

    def built(self, depth: Depth, share: Share, images: int) -> Verification:
        """Return all that was found, independent of the order in which it came."""
        noted = sorted(self._noted, key=lambda one: self._order(one[0], str(one[1].destination)))
        unchecked = [*self._unchecked, *(gap for one in noted for gap in _gaps(*one))]
        unchecked.sort(key=lambda one: self._order(one.stage, str(one.destination)))
        return Verification(
            depth=depth,
            share=share,
            images=images,
            differences=tuple(flaw for one in noted for flaw in _flaws(*one)),
            unchecked=tuple(dict.fromkeys(unchecked)),
            kept=tuple(kept for one in noted for kept in _kept(*one)),
            tallies=tuple(
                Tally(stage, name, counts)
                for (stage, name), counts in sorted(
                    self._counts.items(), key=lambda item: self._order(*item[0])
                )
            ),
        )

    def _order(self, stage: str, name: str) -> tuple[int, str]:
        return self._place[stage], name


def _flaws(stage: str, verdict: Verdict) -> list[Difference]:
    place = verdict.destination
    return [
        Difference(stage, place.naming(each.tag) if each.tag else place, each.kind, each.digest)
        for each in verdict.findings
        if isinstance(each, Flaw)
    ]


def _gaps(stage: str, verdict: Verdict) -> list[Unchecked]:
    return [
        Unchecked(stage, verdict.destination, each.reason)
        for each in verdict.findings
        if isinstance(each, Gap)
    ]


def _kept(stage: str, verdict: Verdict) -> list[Kept]:
    reason = verdict.kept or verdict.left_out
    return [Kept(stage, str(verdict.destination), reason)] if reason else []


def _column(verdict: Verdict) -> str:
    if any(isinstance(each, Gap) for each in verdict.findings):
        return UNCHECKED
    if verdict.findings:
        return DIFFERENT
    if verdict.left_out:
        return LEFT_OUT
    return KEPT if verdict.kept else RIGHT
