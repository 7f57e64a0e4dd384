"""Losses: what of a file cannot be kept in another tool's language, told with its place.

A loss is told and the rest goes on; a refusal ends the entry that it is in, since what would be
copied without it is something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field

from reposync.config.finding import Finding
from reposync.interop.refusals import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from reposync.config.finding import Path
    from reposync.diagnostic import Diagnostic
    from reposync.interop.node_cursor import NodeCursor

_LISTED_LIMIT = 50
_T = TypeVar("_T")
_R = TypeVar("_R")


class Losses(Struct):
    """All that is reported of one file, each once: what is lost, left to do, and refused."""

    lost: dict[Finding, None] = field(default_factory=dict)
    notes: dict[Finding, None] = field(default_factory=dict)
    refused: dict[Finding, None] = field(default_factory=dict)

    def lose(self, path: Path, message: str, hint: str = "") -> None:
        """Report that what is at *path* is not kept, or means something else."""
        self.lost[Finding(path, message, hint)] = None

    def note(self, path: Path, message: str, hint: str = "") -> None:
        """Return what is to be done."""
        self.notes[Finding(path, message, hint)] = None

    def refuse(self, error: RefusalError) -> None:
        """Return why an entry is left out."""
        self.refused |= dict.fromkeys(error.findings)

    def left_out(self, at: NodeCursor, known: Collection[str], reasons: Mapping[str, str]) -> None:
        """Report the keys of *at* that are not *known*; *reasons* say what becomes of some."""
        for key, _ in at.entries():
            if key not in known:
                reason = reasons.get(key, "")
                message = "has no equal here" if key in reasons else "is not a key that is known"
                self.lost[Finding((*at.path, key), message, reason, at_key=True)] = None


def gathered(items: Iterable[_T], work: Callable[[_T], _R]) -> list[_R]:
    """Do *work* with each of *items*, and refuse them all where one is refused.

    Raises:
        RefusalError: Some are; holds what is wrong with each.
    """
    done: list[_R] = []
    findings: list[Finding] = []
    for item in items:
        try:
            done.append(work(item))
        except RefusalError as error:
            findings += error.findings
    if findings:
        raise RefusalError(*findings)
    return done


def run_all(first: Callable[[], _T], second: Callable[[], _R]) -> tuple[_T, _R]:
    """Do both, and refuse what is wrong in either.

    Raises:
        RefusalError: One of them is refused, or both.
    """
    findings: list[Finding] = []
    try:
        one = first()
    except RefusalError as error:
        findings += error.findings
    try:
        other = second()
    except RefusalError as error:
        findings += error.findings
    if findings:
        raise RefusalError(*findings)
    return one, other


def listing(lost: Sequence[Diagnostic]) -> list[str]:
    """Write what is *lost* as comments for the head of the new file."""
    if not lost:
        return []
    lines = ["", "Not kept, by line and column there:"]
    for problem in lost[:_LISTED_LIMIT]:
        key = f"{problem.key}: " if problem.key else ""
        lines.append(f"- {problem.line}:{problem.column} {key}{problem.message}")
    more = len(lost) - _LISTED_LIMIT
    return [*lines, f"- and {more} more"] if more > 0 else lines
