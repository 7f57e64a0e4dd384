"""What was measured, as it is kept in a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
from bench.processes import BenchError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one tool took in one round, and what the source served meanwhile."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    requests: int
    served_bytes: int


@dataclass(frozen=True, slots=True)
class ToolResult:
    """One tool's rounds; none where it was over the limit, or failed, in the first."""

    tool: str
    rounds: tuple[Measurement, ...] = ()
    over_limit_s: float | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What all tools took for one case; ``note`` says what was otherwise than was asked for."""

    workload: str
    summary: str
    images: int
    rtt_ms: float
    loss_pct: float
    tls: bool
    tools: tuple[ToolResult, ...]
    curve: str = ""
    size: int = 0
    note: str = ""

    @property
    def key(self) -> tuple[str, int, float, float, bool, str, int]:
        """Tell it from all others."""
        return (
            self.workload,
            self.images,
            self.rtt_ms,
            self.loss_pct,
            self.tls,
            self.curve,
            self.size,
        )

    @property
    def title(self) -> str:
        """Name it in one line."""
        return f"{self.workload}: {self.summary} · {self.conditions}"

    @property
    def conditions(self) -> str:
        """Say over which link, and by which transport."""
        loss = f", {self.loss_pct:g} % loss" if self.loss_pct else ""
        return f"{self.rtt_ms:g} ms{loss} · {'TLS' if self.tls else 'plain HTTP'}"

    def of(self, tool: str) -> ToolResult | None:
        """Return what *tool* took; None where it had no part."""
        return next((each for each in self.tools if each.tool == tool), None)


@dataclass(frozen=True, slots=True)
class Results:
    """A whole session: where and with what, and all cases in the order in which they were run."""

    machine: dict[str, str]
    versions: dict[str, str]
    rounds: int
    scale: float
    cases: tuple[CaseResult, ...] = ()
    notes: tuple[str, ...] = ()
    taken_at: str = field(
        default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    )

    def with_case(self, case: CaseResult) -> Results:
        """Add a case; one that is there already is replaced."""
        others = {each.key: each for each in self.cases}
        return replace(self, cases=(*(others | {case.key: case}).values(),))


def load(path: Path) -> Results:
    """Read results.

    Raises:
        BenchError: There are none.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Results)
    except (OSError, msgspec.MsgspecError) as error:
        raise BenchError(f"{path} has no results: {error}") from error


def save(results: Results, path: Path) -> None:
    """Write *results*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def merged(several: Sequence[Results]) -> Results:
    """Join sessions on one machine with the same versions; of a case taken twice the last holds.

    Raises:
        BenchError: They cannot be compared.
    """
    first, *others = several
    for other in others:
        if (other.machine, other.scale) != (first.machine, first.scale):
            raise BenchError("results of different machines or scales do not belong in one report")
        for case in other.cases:
            first = first.with_case(case)
        notes = (*dict.fromkeys([*first.notes, *other.notes]),)
        first = replace(first, versions=first.versions | other.versions, notes=notes)
    return first
