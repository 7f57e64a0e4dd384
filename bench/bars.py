"""The plot of all workloads: wall time and processor time of every tool, as bars."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from bench import svg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.results import CaseResult, Measurement, Results, ToolResult

_WIDTH, _LEFT, _RIGHT = 760, 170, 80
_BAR, _GAP, _TOP = 16, 12, 64
_PLOTS: Final[dict[str, tuple[str, Callable[[Measurement], float]]]] = {
    "wall": ("Wall time in seconds, on a logarithmic scale", lambda taken: taken.wall_s),
    "cpu": ("Processor time in seconds, on a logarithmic scale", lambda taken: taken.cpu_s),
}


def draw(results: Results) -> dict[str, svg.Picture]:
    """Draw a plot for each quantity, by its name; none where there are no workloads."""
    cases = [case for case in results.cases if not case.curve]
    if not cases:
        return {}
    return {name: _plot(title, of, cases) for name, (title, of) in _PLOTS.items()}


def _plot(
    title: str, of: Callable[[Measurement], float], cases: Sequence[CaseResult]
) -> svg.Picture:
    values = {
        (number, each.tool): value
        for number, case in enumerate(cases)
        for each in case.tools
        if (value := _value(each, of)) is not None
    }
    scale = svg.log_scale(values.values(), _LEFT, _WIDTH - _RIGHT)
    height = _TOP + sum(len(case.tools) * _BAR + _GAP for case in cases) + 24
    tools = dict.fromkeys(each.tool for case in cases for each in case.tools)
    shapes = [svg.text((0, 16), title, kind="title"), *svg.legend((0, 40), tools)]
    for tick in scale.ticks:
        x = scale(tick)
        shapes.append(svg.grid((x, _TOP - 6), (x, height - 24)))
        shapes.append(svg.text((x, height - 8), svg.short(tick), anchor="middle", kind="faint"))
    y = float(_TOP)
    for number, case in enumerate(cases):
        shapes += _labels(case, y)
        for each in case.tools:
            value = values.get((number, each.tool))
            if value is not None:
                width = scale(value) - _LEFT
                shapes.append(svg.bar((_LEFT, y), (width, _BAR - 3), each.tool))
                words = _figure(value, each)
                shapes.append(svg.text((_LEFT + width + 5, y + 11), words, kind="faint"))
            y += _BAR
        y += _GAP
    return svg.document(title, (_WIDTH, height), shapes)


def _value(result: ToolResult, of: Callable[[Measurement], float]) -> float | None:
    """Return the median; of a tool over the limit that limit, the least that its wall time is."""
    if result.rounds:
        return statistics.median(of(each) for each in result.rounds)
    return result.over_limit_s if of is _PLOTS["wall"][1] else None


def _figure(value: float, result: ToolResult) -> str:
    return f"{value:.2f}" if result.rounds else f"over {value:g}"


def _labels(case: CaseResult, y: float) -> list[str]:
    name = svg.text((0, y + 11), case.workload)
    if len(case.tools) == 1:
        return [name]
    return [name, svg.text((0, y + 11 + _BAR), case.conditions, kind="faint")]
