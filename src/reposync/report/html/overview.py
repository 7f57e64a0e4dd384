"""The overview: how the run ended, its figures, and what each stage and repository contributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.outcome import Status
from reposync.report.cells import shown_statuses
from reposync.report.html import cells
from reposync.report.html.markup import Markup, element, joined
from reposync.report.journal import StageState
from reposync.report.units import binary_size, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reposync.report.journal import Report, StageProgress
    from reposync.report.summary import Summary, Tally

_NAMES = 2
_MOST_OPEN = 25
"""How many repositories are shown before somebody asks for them."""


def headline(report: Report) -> tuple[str, bool]:
    """Return how the run ended, in a word or two, and whether that is good."""
    if report.error is not None:
        return "Ended by an error", False
    if report.summary.interrupted:
        return "Interrupted", False
    if report.summary.failed:
        return "Failed", False
    return "Succeeded", True


def figures(report: Report) -> Markup:
    """Return the figures of the whole run."""
    summary = report.summary
    counts = ((str(status), summary.count(status)) for status in shown_statuses(summary))
    shown = (
        *(_figure(name, str(count), is_zero=not count) for name, count in counts),
        _figure("sent", binary_size(summary.bytes_sent), is_zero=not summary.bytes_sent),
        _figure("duration", duration(report.duration_s)),
    )
    return element("dl", *shown, class_="figures")


def _figure(name: str, value: str, *, is_zero: bool = False) -> Markup:
    class_ = cells.class_of(name) + (" zero" if is_zero else "")
    content = joined(element("dt", name.capitalize()), element("dd", value))
    return element("div", content, class_=class_)


def bar(summary: Summary) -> Markup:
    """Return how the images ended, as parts of a line; nothing where there are none."""
    counts = {status: summary.count(status) for status in Status}
    whole = sum(counts.values())
    if not whole:
        return Markup()
    parts, at = [], 0.0
    for status, count in counts.items():
        width = 100 * count / whole
        parts.append(_part(status, at, width))
        at += width
    return element(
        "svg",
        *parts,
        class_="bar",
        viewBox="0 0 100 1",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _part(status: Status, at: float, width: float) -> Markup:
    place = {"x": f"{at:.3f}", "width": f"{width:.3f}", "height": "1"}
    return element("rect", class_=cells.class_of(status), **place) if width else Markup()


def stages(report: Report) -> Markup:
    """Return the stages in the order of the file, with what they did."""
    if not report.stages:
        return Markup()
    summary = report.summary
    by_stage: dict[str, list[Tally]] = {}
    for tally in summary.tallies:
        by_stage.setdefault(tally.stage, []).append(tally)
    failed = {failure.stage for failure in summary.failures}
    rows = (
        element(
            "tr",
            _stage(each),
            element("td", cells.word(_state(each, is_failed=each.stage in failed))),
            *_counts(by_stage.get(each.stage, ()), summary),
            cells.span(each.duration_s, "time"),
        )
        for each in report.stages
    )
    headings = ("stage", "state", *_count_headings(summary), "time")
    return element("section", _title("Stages", len(report.stages)), _table(headings, rows))


def _stage(stage: StageProgress) -> Markup:
    places: Markup | str = ""
    if stage.source:
        places = cells.sides(cells.repository, stage.source, stage.destinations)
    reason = element("p", stage.reason, class_="why") if stage.reason else ""
    return element("td", element("b", stage.stage), places, reason)


def _state(stage: StageProgress, *, is_failed: bool) -> str:
    if stage.state is not StageState.ENDED:
        return str(stage.state)
    return "failed" if is_failed else "succeeded"


def repositories(report: Report) -> Markup:
    """Return what was done for each source and destination repository."""
    summary = report.summary
    if not summary.tallies:
        return Markup()
    rows = (
        element("tr", _repositories(tally), element("td", tally.stage), *_counts([tally], summary))
        for tally in summary.tallies
    )
    table = _table(("repositories", "stage", *_count_headings(summary)), rows)
    count = len(summary.tallies)
    label = element("summary", f"{count} pairs of source and destination")
    content = table if count <= _MOST_OPEN else element("details", label, table)
    return element("section", _title("Repositories", count), content)


def _repositories(tally: Tally) -> Markup:
    return element("td", cells.sides(cells.repository, tally.source, [tally.destination]))


def _count_headings(summary: Summary) -> tuple[str, ...]:
    return (*map(str, shown_statuses(summary)), "sent")


def _counts(tallies: Sequence[Tally], summary: Summary) -> Iterator[Markup]:
    for status in shown_statuses(summary):
        yield cells.amount(sum(tally.count(status) for tally in tallies), str(status))
    yield cells.size(sum(tally.bytes_sent for tally in tallies), "sent")


def _title(text: str, count: int) -> Markup:
    return element("h2", text, " ", element("small", str(count)))


def _table(headings: Iterable[str], rows: Iterable[Markup]) -> Markup:
    """Return a table whose first two columns are names."""
    columns = (
        cells.heading(text, is_number=number >= _NAMES) for number, text in enumerate(headings)
    )
    head = element("thead", element("tr", *columns))
    table = element("table", head, element("tbody", *rows), class_="cards")
    return element("div", table, class_="scroll")
