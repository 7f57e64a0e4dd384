"""The overview: what a run did in each repository, by stage and by the registries of both sides.

A heading names the registries once, so that a row has room for the repositories. In a given width
long names lose their middle; without one, as in a file or a pipe, nothing is shortened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.reference import split_name
from reposync.report.cells import cells
from reposync.report.shortening import ELLIPSIS, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reposync.report.summary import Summary

_GAP = "  "
_LEAST_NAME = 8


class Line(Struct, frozen=True):
    """One line: a heading, of the columns or of a group, or a row."""

    text: str
    is_heading: bool = False


class _Row(Struct, frozen=True):
    """The names of both sides, and the figures."""

    names: tuple[str, str]
    figures: tuple[str, ...]


class _Widths(Struct, frozen=True):
    """The widths of the columns."""

    names: tuple[int, int]
    figures: tuple[int, ...]

    @property
    def line(self) -> int:
        """The width of a whole line."""
        return sum(len(_GAP) + width for width in (*self.names, *self.figures))


def overview(summary: Summary, width: int | None = None, ellipsis: str = ELLIPSIS) -> list[Line]:
    """Write the rows of *summary* under their headings, in *width* characters if that is given."""
    groups, headings = _groups(summary), [_heading(summary)]
    if not groups:
        return []
    rows = [row for group in groups.values() for row in group]
    widths = _widths([*headings, *rows])
    if width is not None and widths.line > width:
        headings = _stacked(headings[0])
        widths = _narrowed(_widths([*headings, *rows]), width)
    lines = [Line(_written(each, widths, ellipsis), is_heading=True) for each in headings]
    for title, group in groups.items():
        lines.append(Line(shortened(title, width or len(title), ellipsis), is_heading=True))
        lines += [Line(_written(row, widths, ellipsis)) for row in group]
    return lines


def _groups(summary: Summary) -> dict[str, list[_Row]]:
    """Put the rows of a stage between the same registries together, in their order."""
    groups: dict[str, list[_Row]] = {}
    for tally, row in zip(summary.tallies, cells(summary).rows, strict=True):
        source, destination = split_name(tally.source), split_name(tally.destination)
        title = f"{tally.stage}: {source[0]} -> {destination[0]}"
        groups.setdefault(title, []).append(_Row((source[1], destination[1]), row[2:]))
    return groups


def _heading(summary: Summary) -> _Row:
    source, destination, *figures = cells(summary).headers
    return _Row((source, destination), tuple(figures))


def _stacked(heading: _Row) -> list[_Row]:
    """Break headings of several words into two lines."""
    parted = [figure.rpartition(" ") for figure in heading.figures]
    above = _Row(("", ""), tuple(first for first, _, _ in parted))
    return [above, _Row(heading.names, tuple(last for _, _, last in parted))]


def _widths(rows: Sequence[_Row]) -> _Widths:
    source, destination = (_widest(names) for names in zip(*(r.names for r in rows), strict=True))
    figures = zip(*(row.figures for row in rows), strict=True)
    return _Widths((source, destination), tuple(map(_widest, figures)))


def _widest(texts: Iterable[str]) -> int:
    return max(map(len, texts))


def _narrowed(widths: _Widths, width: int) -> _Widths:
    """Take from the names what the line is too long, from the longer one first."""
    source, destination = widths.names
    room = sum(widths.names) - max(widths.line - width, 0)
    source = min(source, max(room // 2, room - destination, _LEAST_NAME))
    destination = min(destination, max(room - source, _LEAST_NAME))
    return _Widths((source, destination), widths.figures)


def _written(row: _Row, widths: _Widths, ellipsis: str) -> str:
    return "".join(_cells(row, widths, ellipsis)).rstrip()


def _cells(row: _Row, widths: _Widths, ellipsis: str) -> Iterator[str]:
    for name, width in zip(row.names, widths.names, strict=True):
        yield _GAP + shortened(name, width, ellipsis).ljust(width)
    for figure, width in zip(row.figures, widths.figures, strict=True):
        yield _GAP + figure.rjust(width)
