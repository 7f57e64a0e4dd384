"""A plan as text: what would be done, grouped by stage and registries; the rest is counted.

In a given width long names lose their middle; without one, as in a file or a pipe, nothing is
shortened.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.decision import Action
from reposync.oci.error_code import printable
from reposync.oci.reference import split_name
from reposync.report.shortening import ELLIPSIS, shortened
from reposync.report.units import binary_size, count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reposync.decision import Decision
    from reposync.oci.reference import Reference
    from reposync.plan.document import Plan

_NAMES = {Action.UP_TO_DATE: "up to date"}
_STYLES = {
    Action.COPY: "green",
    Action.MOVE: "yellow",
    Action.DELETE: "red",
    Action.CONFLICT: "bold red",
    Action.ERROR: "bold red",
}
_INDENT = "  "
_LEAST_NAME = 12


class Line(Struct, frozen=True):
    """One line, and how it looks on a terminal."""

    text: str
    style: str = ""


def plan_lines(
    plan: Plan,
    hints: Mapping[str, str],
    width: int | None = None,
    ellipsis: str = ELLIPSIS,
) -> list[Line]:
    """Write *plan*, in *width* characters if that is given: groups of rows, then the totals.

    *hints* has advice for the reasons of errors.
    """
    lines: list[Line] = []
    shown = [each for each in plan.decisions if each.action is not Action.UP_TO_DATE]
    for title, group in groupby(shown, key=_title):
        lines.append(Line(_cut(title, width, ellipsis), "bold"))
        lines += _rows(list(group), hints, width, ellipsis)
    if lines:
        lines.append(Line(""))
    return [*lines, *(Line(text, "bold") for text in totals(plan))]


def totals(plan: Plan) -> list[str]:
    """Count the decisions, the bytes where they are known, and the pulls."""
    counts = [f"{number} {_shown(Action(name))}" for name, number in plan.counts.items()]
    lines = ["plan: " + (", ".join(counts) or "no images")]
    sized = [each for each in plan.decisions if each.bytes is not None and each.blobs is not None]
    if sized:
        to_send = sum(each.bytes or 0 for each in sized)
        blobs = [each.blobs for each in sized if each.blobs]
        sent, mounted, there = (
            sum(getattr(each, name) for each in blobs) for name in ("send", "mount", "exists")
        )
        lines.append(
            f"to send: {binary_size(to_send)} in {count(sent, 'blob')}; {mounted} to mount, "
            f"{there} exist already"
        )
    lines += [f"pulls from {printable(host)}: {number}" for host, number in plan.pulls.items()]
    return lines


def _title(decision: Decision) -> str:
    source, destination = split_name(decision.source.name), split_name(decision.destination.name)
    return printable(f"{decision.stage}: {source[0]} -> {destination[0]}")


def _rows(
    decisions: Sequence[Decision], hints: Mapping[str, str], width: int | None, ellipsis: str
) -> Iterator[Line]:
    actions = [_shown(each.action) for each in decisions]
    names = [_names(each) for each in decisions]
    sizes = ["" if each.bytes is None else binary_size(each.bytes) for each in decisions]
    wide = max(map(len, names))
    action_width, size_width = max(map(len, actions)), max(map(len, sizes))
    fixed = len(_INDENT) + action_width + 2 + (size_width + 2 if size_width else 0)
    if width is not None:
        wide = min(wide, max(width - fixed, _LEAST_NAME))
    told = ""
    for decision, action, name, size in zip(decisions, actions, names, sizes, strict=True):
        figures = f"  {size.rjust(size_width)}" if size_width else ""
        row = f"{_INDENT}{action.ljust(action_width)}  {_cut(name, wide, ellipsis).ljust(wide)}"
        yield Line(f"{row}{figures}".rstrip(), _STYLES.get(decision.action, ""))
        if not decision.reason or decision.action is Action.COPY or decision.reason == told:
            continue
        told, indent = decision.reason, len(_INDENT) + action_width + 2
        yield from map(Line, _wrapped(told, indent, width))
        if told in hints:
            yield from map(Line, _wrapped(f"hint: {hints[told]}", indent, width))


def _wrapped(text: str, indent: int, width: int | None) -> Iterator[str]:
    """Write *text* below a row, broken between words where it is too long."""
    room = None if width is None else max(width - indent, _LEAST_NAME)
    line = ""
    for word in printable(text).split():
        if room is not None and line and len(line) + 1 + len(word) > room:
            yield " " * indent + line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield " " * indent + line


def _names(decision: Decision) -> str:
    """Name the image on both sides; the tag alone where the other side has the same names."""
    source, destination = _short(decision.source), _short(decision.destination)
    return printable(source if source == destination else f"{source} -> {destination}")


def _short(reference: Reference) -> str:
    """Return a reference without its registry, which the heading names."""
    registry = split_name(reference.name)[0]
    return str(reference).removeprefix(registry).lstrip("/:") or registry


def _shown(action: Action) -> str:
    return _NAMES.get(action, action.value)


def _cut(text: str, width: int | None, ellipsis: str) -> str:
    return text if width is None else shortened(text, width, ellipsis)
