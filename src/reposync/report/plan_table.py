"""A plan as text: what would be done, grouped by stage and repositories; the rest is counted.

In a given width long names lose their middle; without one, as in a file or a pipe, nothing is
shortened.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.decision import Action
from reposync.oci.error_code import printable
from reposync.report.failure_kind import host_cause
from reposync.report.shortening import ELLIPSIS, shortened
from reposync.report.units import binary_size, count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reposync.decision import Decision
    from reposync.errors import RepoSyncError
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
    errors: Mapping[str, RepoSyncError],
    width: int | None = None,
    ellipsis: str = ELLIPSIS,
) -> list[Line]:
    """Write *plan*, in *width* characters if that is given: groups of rows, then the totals.

    *errors* are those of which its reasons speak.
    """
    lines: list[Line] = []
    shown = [each for each in plan.decisions if each.action is not Action.UP_TO_DATE]
    layout = _Layout(width, ellipsis, {text: host_cause(each) for text, each in errors.items()})
    for title, group in groupby(shown, key=_title):
        lines.append(Line(layout.cut(title), "bold"))
        lines += _rows(list(group), errors, layout)
    lines += _causes(shown, errors, layout)
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


class _Layout(Struct, frozen=True):
    """How wide a line may be, and why hosts fail, by the reasons of decisions."""

    width: int | None
    ellipsis: str
    causes: Mapping[str, str]

    def cut(self, text: str, width: int | None = None) -> str:
        limit = self.width if width is None else width
        return text if limit is None else shortened(text, limit, self.ellipsis)


def _title(decision: Decision) -> str:
    return printable(f"{decision.stage}: {decision.source.name} -> {decision.destination.name}")


def _rows(
    decisions: Sequence[Decision], errors: Mapping[str, RepoSyncError], layout: _Layout
) -> Iterator[Line]:
    actions = [_shown(each.action) for each in decisions]
    names = [_names(each) for each in decisions]
    sizes = ["" if each.bytes is None else binary_size(each.bytes) for each in decisions]
    action_width, size_width = max(map(len, actions)), max(map(len, sizes))
    wide = max(map(len, names))
    fixed = len(_INDENT) + action_width + 2 + (size_width + 2 if size_width else 0)
    if layout.width is not None:
        wide = min(wide, max(layout.width - fixed, _LEAST_NAME))
    last = ""
    for decision, action, name, size in zip(decisions, actions, names, sizes, strict=True):
        figures = f"  {size.rjust(size_width)}" if size_width else ""
        cut = layout.cut(name, wide) if layout.width is not None else name
        row = f"{_INDENT}{action.ljust(action_width)}  {cut.ljust(wide)}{figures}"
        style = _STYLES.get(decision.action, "")
        reason = _reason(decision, layout)
        if not reason or reason == last:
            yield Line(row.rstrip(), style)
            continue
        last, together = reason, f"{row}  {printable(reason)}"
        if layout.width is None or len(together) <= layout.width:
            yield Line(together, style)
        else:
            yield Line(row.rstrip(), style)
            yield from _below(reason, len(_INDENT) + action_width + 2, layout)
        hint = errors[reason].hint if reason in errors else ""
        if hint:
            yield from _below(f"hint: {hint}", len(_INDENT) + action_width + 2, layout)


def _reason(decision: Decision, layout: _Layout) -> str:
    """Return what is said of a decision itself; why a host fails is said once, below."""
    if decision.action is Action.COPY or layout.causes.get(decision.reason):
        return ""
    return decision.reason


def _causes(
    decisions: Sequence[Decision], errors: Mapping[str, RepoSyncError], layout: _Layout
) -> Iterator[Line]:
    """Say once why all that needs a host cannot be planned."""
    counted: dict[tuple[str, str], int] = {}
    for decision in decisions:
        cause = layout.causes.get(decision.reason)
        if cause:
            key = cause, errors[decision.reason].hint or ""
            counted[key] = counted.get(key, 0) + 1
    for (cause, hint), number in counted.items():
        yield Line("")
        yield from _below(f"{count(number, 'error')}: {cause}", 0, layout, _STYLES[Action.ERROR])
        if hint:
            yield from _below(f"hint: {hint}", len(_INDENT), layout)


def _below(text: str, indent: int, layout: _Layout, style: str = "") -> Iterator[Line]:
    """Write *text* below a row, broken between words where it is too long."""
    room = None if layout.width is None else max(layout.width - indent, _LEAST_NAME)
    line = ""
    for word in printable(text).split():
        if room is not None and line and len(line) + 1 + len(word) > room:
            yield Line(" " * indent + line, style)
            line = word
        else:
            line = f"{line} {word}".strip()
    yield Line(" " * indent + line, style)


def _names(decision: Decision) -> str:
    """Name the image in its repositories; once where both have the same name for it."""
    source, destination = _short(decision.source), _short(decision.destination)
    return printable(source if source == destination else f"{source} -> {destination}")


def _short(reference: Reference) -> str:
    """Return a reference without its repository, which the heading names."""
    return str(reference).removeprefix(reference.name).lstrip(":@") or "all tags"


def _shown(action: Action) -> str:
    return _NAMES.get(action, action.value)
