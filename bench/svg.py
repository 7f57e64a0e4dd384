"""Drawings: a few shapes of SVG, in colours that can be read on light and on dark pages.

Spec: W3C SVG 1.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLOURS: Final = {
    "reposync": "#1f77d0",
    "skopeo": "#e07b00",
    "crane": "#2ca02c",
    "regsync": "#c23b8f",
    "regctl": "#8c6d31",
    "dregsy": "#7f5fc4",
    "image-syncer": "#17a5b5",
    "floor": "#8a8a8a",
}
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#333}.title{font-weight:600}"
    ".faint{fill:#767676}.grid{stroke:#8884;stroke-width:1}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.faint{fill:#999}}"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with the words for those who do not see it."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class LogScale:
    """Places values between ``least`` and ``greatest`` on the pixels from ``start`` to ``end``."""

    least: float
    greatest: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of *value*."""
        share = math.log(value / self.least) / math.log(self.greatest / self.least)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten within."""
        first, last = math.ceil(math.log10(self.least)), math.floor(math.log10(self.greatest))
        return [10.0**power for power in range(first, last + 1)]


def log_scale(values: Iterable[float], start: float, end: float) -> LogScale:
    """Make a scale from the power of ten below all *values* to somewhat above them."""
    found = [value for value in values if value > 0] or [1.0]
    least = 10.0 ** math.floor(math.log10(min(found)))
    return LogScale(least, max(least * 10, max(found) * 1.1), start, end)


def document(title: str, size: tuple[float, float], shapes: Sequence[str]) -> Picture:
    """Put *shapes* into a drawing of *size*, width and height."""
    width, height = size
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">'
    )
    parts = [head, f"<title>{escape(title)}</title>", f"<style>{_STYLE}</style>", *shapes, "</svg>"]
    return Picture(title, "\n".join(parts) + "\n")


def text(at: tuple[float, float], words: str, *, anchor: str = "start", kind: str = "") -> str:
    """Write *words* at a point."""
    style = f'text-anchor="{anchor}"' + (f' class="{kind}"' if kind else "")
    return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" {style}>{escape(words)}</text>'


def bar(at: tuple[float, float], size: tuple[float, float], tool: str) -> str:
    """Draw a bar in the colour of *tool*."""
    x, y = at
    width, height = size
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(1.0, width):.1f}" height="{height:g}" rx="2" '
        f'fill="{colour(tool)}"/>'
    )


def grid(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Draw a faint line."""
    return (
        f'<line class="grid" x1="{start[0]:.1f}" y1="{start[1]:.1f}" '
        f'x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'
    )


def path(points: Sequence[tuple[float, float]], tool: str) -> str:
    """Join *points*, a dot at each, in the colour of *tool*."""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = f'<polyline points="{joined}" fill="none" stroke="{colour(tool)}" stroke-width="2"/>'
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour(tool)}"/>' for x, y in points]
    return "".join([line, *dots])


def legend(at: tuple[float, float], tools: Iterable[str]) -> list[str]:
    """Name *tools* with their colours, side by side."""
    shapes, (x, y) = [], at
    for tool in tools:
        shapes += [bar((x, y - 10), (12, 12), tool), text((x + 17, y), tool)]
        x += 32 + 7.5 * len(tool)
    return shapes


def colour(tool: str) -> str:
    """Return the colour of *tool*; grey for one that has none."""
    return COLOURS.get(tool, COLOURS["floor"])


def short(value: float) -> str:
    """Write a value with as many digits as an axis needs."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
