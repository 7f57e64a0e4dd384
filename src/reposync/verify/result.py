"""The result of a verification: what is right is counted, all else is named. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.verify.findings import Difference, Flaw, Gap, Unchecked
from reposync.verify.sampling import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

_Checked = tuple[str, "Verdict"]


def completed(
    empty: Verification,
    stages: Sequence[str],
    checked: Iterable[_Checked],
    undiscovered: Sequence[Unchecked],
) -> Verification:
    """Return *empty* with the verdicts about images, each with its stage."""
    place = {name: number for number, name in enumerate(stages)}
    ordered = sorted(checked, key=lambda one: (place[one[0]], str(one[1].destination)))
    unchecked = [*undiscovered, *(gap for one in ordered for gap in _gaps(*one))]
    unchecked.sort(key=lambda one: (place[one.stage], str(one.destination)))
    return replace(
        empty,
        differences=tuple(flaw for one in ordered for flaw in _flaws(*one)),
        unchecked=tuple(dict.fromkeys(unchecked)),
        kept=tuple(
            Kept(stage, str(verdict.destination), verdict.kept or verdict.left_out)
            for stage, verdict in ordered
            if verdict.kept or verdict.left_out
        ),
        tallies=_tallies(ordered),
    )


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


def _tallies(checked: Iterable[_Checked]) -> tuple[Tally, ...]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for stage, verdict in checked:
        of_place = counts.setdefault((stage, verdict.destination.name), Counter())
        of_place[_column(verdict)] += 1
    return tuple(Tally(stage, name, counted) for (stage, name), counted in counts.items())


def _column(verdict: Verdict) -> str:
    if any(isinstance(each, Gap) for each in verdict.findings):
        return UNCHECKED
    if verdict.findings:
        return DIFFERENT
    if verdict.left_out:
        return LEFT_OUT
    return KEPT if verdict.kept else RIGHT
