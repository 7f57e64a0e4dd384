"""Rounds: every contender in turn, again and again, so that a noisy moment meets all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.processes import BenchError
from bench.results import ToolResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.results import Measurement

WARM_UP = "warm-up"


class OverLimitError(Exception):
    """A contender was ended at the limit of time; ``limit_s`` is that limit."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"over {limit_s:g} s")
        self.limit_s = limit_s


def compete(
    contenders: Mapping[str, Callable[[], Measurement]],
    rounds: int,
    say: Callable[[str], None],
) -> tuple[ToolResult, ...]:
    """Let *contenders* do the same in turn, once to warm up and then in each of *rounds*.

    One that fails, or is over the limit, is out: it would only make the others wait.
    """
    taken: dict[str, list[Measurement]] = {name: [] for name in contenders}
    out: dict[str, ToolResult] = {}
    for number in range(rounds + 1):
        for name in [name for name in contenders if name not in out]:
            label = f"  {f'round {number}' if number else WARM_UP:8}  {name:12}"
            try:
                measurement = contenders[name]()
            except OverLimitError as error:
                out[name] = ToolResult(name, over_limit_s=error.limit_s)
                say(f"{label}  {error}; it is left out")
            except BenchError as error:
                out[name] = ToolResult(name, failure=str(error))
                say(f"{label}  failed: {error}")
            else:
                say(f"{label}  {measurement.wall_s:7.2f} s")
                taken[name] += [measurement] if number else []
    return tuple(out.get(name) or ToolResult(name, tuple(taken[name])) for name in contenders)
