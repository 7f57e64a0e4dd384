"""An explanation as plain text: where a tag goes, and the lines that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.error_code import printable
from reposync.report.table import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.oci.reference import Reference
    from reposync.sync.explain import Explained


class Line(Struct, frozen=True):
    """A line of the file that selects: ``where`` it is, as ``sync.yml:14:17``, and its text."""

    where: str
    text: str


_Row = tuple[Line | None, str]


def render_explanation(explained: Explained, lines: Sequence[Line]) -> str:
    """Write what happens to a tag at one destination.

    *lines* are those of its rule: the selectors, then the template of tags.
    """
    taken = "is selected" if explained.explanation.taken else "is not selected"
    rows = [
        (None if step.index is None else lines[step.index], f"{step.effect}: {step.why}")
        for step in explained.explanation.steps
    ]
    place = explained.destination
    places = ", ".join(str(place.naming(tag)) for tag in explained.tags) or str(place)
    return _block(f"{explained.source} -> {places}: {taken}", rows)


def render_left_out(image: Reference, line: Line, why: str) -> str:
    """Write that *image* is of a repository that the stage does not mean, as *line* says."""
    return _block(f"{image}: is not selected", [(line, why)])


def _block(head: str, rows: Iterable[_Row]) -> str:
    """Write *head* and below it the reasons, those that have no line to the left as they are."""
    written = [(line.where, line.text, why) if line else (why,) for line, why in rows]
    table = iter(aligned([_clean(row) for row in written if len(row) > 1], 3))
    below = [next(table) if len(row) > 1 else printable(row[0]) for row in written]
    return "\n".join([printable(head), *(f"  {row}" for row in below)]) + "\n"


def _clean(row: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(printable, row))
