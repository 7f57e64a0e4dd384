"""Medians with their spread, and ratios that are taken round by round."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values, and the least and the greatest of them."""

    median: float
    least: float
    greatest: float


def spread(values: Sequence[float]) -> Spread:
    """Summarize *values*, of which there must be one."""
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: Sequence[float], base: Sequence[float]) -> Spread | None:
    """Summarize *values* as multiples of *base*, each by that of the same round.

    So what slows a whole round down, such as a busy machine, counts on both sides. None where
    there is nothing to divide by.
    """
    pairs = [(value, one) for value, one in zip(values, base, strict=False) if one]
    return spread([value / one for value, one in pairs]) if pairs else None
