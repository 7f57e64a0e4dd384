"""Tables of results: for a terminal, and for a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.stats import ratios, spread
from bench.tools.reposync import NAME as BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.results import CaseResult, Measurement, ToolResult

_MIB: Final = 1024 * 1024
_TWO_FIGURES: Final = 10
HEAD: Final = (
    "tool",
    "wall, s",
    "ratio",
    "CPU, s",
    "ratio",
    "peak, MiB",
    "requests",
    "ratio",
    "served, MiB",
    "ratio",
)


@dataclass(frozen=True, slots=True)
class _Column:
    value: Callable[[Measurement], float]
    digits: int
    has_spread: bool
    has_ratio: bool


_COLUMNS: Final = (
    _Column(lambda taken: taken.wall_s, 2, has_spread=True, has_ratio=True),
    _Column(lambda taken: taken.cpu_s, 2, has_spread=True, has_ratio=True),
    _Column(lambda taken: taken.peak_bytes / _MIB, 0, has_spread=False, has_ratio=False),
    _Column(lambda taken: taken.requests, 0, has_spread=False, has_ratio=True),
    _Column(lambda taken: taken.served_bytes / _MIB, 1, has_spread=False, has_ratio=True),
)


def rows(case: CaseResult) -> list[tuple[str, ...]]:
    """Return one row for each tool; ratios are to reposync in the same round."""
    base = case.of(BASE)
    return [_row(each, base) for each in case.tools]


def text(case: CaseResult) -> str:
    """Write a case as lines for a terminal."""
    table = [HEAD, *rows(case)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in table
    ]
    failures = [f"{each.tool} failed: {each.failure}" for each in case.tools if each.failure]
    notes = [case.note] if case.note else []
    return "\n".join([case.title, *(f"  {line}" for line in (*lines, *failures, *notes)), ""])


def markdown(cases: Iterable[CaseResult]) -> str:
    """Write cases as one table of a page, with a row for each tool of each case."""
    lines = [_line(("workload", "link", *HEAD)), _line(("---",) * 2 + ("---:",) * len(HEAD))]
    lines[1] = lines[1].replace("---:", "---", 1)
    for case in cases:
        first = (f"`{case.workload}`", case.conditions)
        for row in rows(case):
            lines.append(_line((*first, *row)))
            first = ("", "")
    return "\n".join(lines)


def _row(result: ToolResult, base: ToolResult | None) -> tuple[str, ...]:
    if not result.rounds:
        return (result.tool, *_absent(result, base))
    cells = [result.tool]
    for column in _COLUMNS:
        values = _values(result, column)
        cells.append(_value(values, column))
        if column.has_ratio:
            is_base = base is not None and result.tool == base.tool
            cells.append("1" if is_base else _ratio(values, _values(base, column)))
    return tuple(cells)


def _absent(result: ToolResult, base: ToolResult | None) -> Sequence[str]:
    """Return the cells of a tool that has no figures: of one over the limit, what it is over."""
    blank = [""] * (len(HEAD) - 1)
    if result.over_limit_s is None:
        return ["failed", *blank[1:]]
    wall = [f"> {result.over_limit_s:g}", ""]
    if base is not None and base.rounds:
        median = spread([each.wall_s for each in base.rounds]).median
        wall[1] = f"> {_rounded(result.over_limit_s / median)}"
    return [*wall, *blank[2:]]


def _values(result: ToolResult | None, column: _Column) -> list[float]:
    return [column.value(each) for each in result.rounds] if result else []


def _value(values: Sequence[float], column: _Column) -> str:
    found = spread(values)
    median, least, greatest = (
        f"{each:,.{column.digits}f}" for each in (found.median, found.least, found.greatest)
    )
    return f"{median} ({least}-{greatest})" if column.has_spread else median


def _ratio(values: Sequence[float], base: Sequence[float]) -> str:
    found = ratios(values, base)
    if found is None or not found.greatest:
        return ""
    median, least, greatest = map(_rounded, (found.median, found.least, found.greatest))
    return median if least == greatest else f"{median} ({least}-{greatest})"


def _rounded(ratio: float) -> str:
    digits = 0 if ratio >= _TWO_FIGURES else 1 if ratio >= 1 else 2
    return f"{ratio:,.{digits}f}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
