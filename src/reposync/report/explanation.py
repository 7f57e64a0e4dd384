"""An explanation as plain text: where a tag goes, and the lines that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reposync.oci.error_code import printable
from reposync.report.table import aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.sync.explain import Explained


@dataclass(frozen=True, slots=True)
class Line:
    """A selector in the file: ``where`` it stands, as ``sync.yml:14:17``, and its text."""

    where: str
    text: str


def render_explanation(explained: Explained, lines: Sequence[Line]) -> str:
    """Write what happens to a tag at one destination; *lines* are the selectors of its rule."""
    taken = "is copied" if explained.explanation.taken else "is not copied"
    head = printable(f"{explained.source} -> {explained.destination}: {taken}")
    rows = []
    for step in explained.explanation.steps:
        line = lines[step.index] if step.index is not None else Line("-", "")
        rows.append((line.where, printable(line.text), f"{step.effect}: {printable(step.why)}"))
    return "\n".join([head, *(f"  {row}" for row in (aligned(rows, 3) if rows else []))]) + "\n"
