"""The plots of growth: wall time, processor time and memory against how much there is to do."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from bench import svg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.results import CaseResult, Measurement, Results

_WIDTH, _HEIGHT = 760, 280
_TOP, _BOTTOM, _PANEL, _PANEL_GAP = 76, 40, 200, 66
_TITLES: Final = {
    "tags": "Tags that are up to date: what finding out takes, against their number",
    "repositories": "Repositories of four images: what copying takes, against their number",
}
_PANELS: Final[dict[str, Callable[[Measurement], float]]] = {
    "wall, s": lambda taken: taken.wall_s,
    "CPU, s": lambda taken: taken.cpu_s,
    "peak, MiB": lambda taken: taken.peak_bytes / 2**20,
}


def draw(results: Results) -> dict[str, svg.Picture]:
    """Draw a plot for each curve that was measured, by its name."""
    pictures = {}
    for name, title in _TITLES.items():
        cases = sorted((c for c in results.cases if c.curve == name), key=lambda case: case.size)
        if len(cases) > 1:
            pictures[name] = _plot(title, cases)
    return pictures


def _plot(title: str, cases: Sequence[CaseResult]) -> svg.Picture:
    tools = list(dict.fromkeys(each.tool for case in cases for each in case.tools))
    shapes = [svg.text((0, 16), title, kind="title"), *svg.legend((0, 40), tools)]
    for number, (name, of) in enumerate(_PANELS.items()):
        left = 44 + number * (_PANEL + _PANEL_GAP - 22)
        shapes += [svg.text((left, _TOP - 12), name), *_panel(left, of, cases, tools)]
    return svg.document(title, (_WIDTH, _HEIGHT), shapes)


def _panel(
    left: float,
    of: Callable[[Measurement], float],
    cases: Sequence[CaseResult],
    tools: Sequence[str],
) -> list[str]:
    lines = {tool: _points(tool, of, cases) for tool in tools}
    right, bottom = left + _PANEL, _HEIGHT - _BOTTOM
    sizes = [case.size for case in cases]
    across = svg.LogScale(min(sizes), max(sizes), left + 8, right - 8)
    up = svg.log_scale((value for line in lines.values() for _, value in line), bottom, _TOP)
    shapes = []
    for tick in up.ticks:
        shapes.append(svg.grid((left, up(tick)), (right, up(tick))))
        at = (left - 6, up(tick) + 4)
        shapes.append(svg.text(at, svg.short(tick), anchor="end", kind="faint"))
    for size in sizes:
        at = (across(size), bottom + 18)
        shapes.append(svg.text(at, f"{size:,}", anchor="middle", kind="faint"))
    for tool, line in lines.items():
        if line:
            shapes.append(svg.path([(across(size), up(value)) for size, value in line], tool))
    return shapes


def _points(
    tool: str, of: Callable[[Measurement], float], cases: Sequence[CaseResult]
) -> list[tuple[float, float]]:
    return [
        (case.size, statistics.median(of(each) for each in result.rounds))
        for case in cases
        if (result := case.of(tool)) and result.rounds
    ]
