"""Notes: what failed, with what helps, and what was not done for another reason."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from reposync.report.causes import causes
from reposync.report.html import cells
from reposync.report.html.markup import Markup, element, joined
from reposync.report.units import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reposync.report.causes import Cause
    from reposync.report.journal import Cancelled, Report
    from reposync.report.record import Record
    from reposync.report.summary import Empty, Failure, Skip, SkippedStage

_MOST = 200
"""How many entries a list has; every image that failed is also in the table of images."""


def failures(report: Report) -> Markup:
    """Return what failed, each cause once, and what ended the run as a whole first."""
    entries = [_failure(cause) for cause in causes(report.summary.failures)]
    if report.error is not None:
        entries.insert(0, _run_error(report.error))
    return _section("Failures", entries, noun="cause", class_="bad")


def notes(report: Report) -> Markup:
    """Return what was skipped, for which destinations nothing was selected, what was cut off."""
    summary = report.summary
    skipped = [*map(_skipped_stage, summary.skipped_stages), *map(_skip, summary.skips)]
    return joined(
        _section("Skipped", skipped),
        _section("Nothing selected", [*map(_empty, summary.empty)]),
        _section("Cut off", [*map(_cancelled, report.cancelled)]),
    )


def _section(title: str, entries: Collection[Markup], noun: str = "", **attributes: str) -> Markup:
    if not entries:
        return Markup()
    rest = len(entries) - _MOST
    more = element("p", f"{rest} more are not shown here.", class_="rest") if rest > 0 else ""
    heading = element(
        "h2", title, " ", element("small", count(len(entries), noun) if noun else str(len(entries)))
    )
    listed = element("ul", *(element("li", entry) for entry in islice(entries, _MOST)))
    return element("section", heading, listed, more, **attributes)


def _run_error(error: Record) -> Markup:
    return joined(
        element(
            "p",
            element("span", error["kind"], class_="pill failed"),
            " the run ended early",
            class_="subject",
        ),
        *_reason(error["message"], error["hint"]),
    )


def _failure(cause: Cause) -> Markup:
    first = cause.first
    more = f" and {cause.more} more" if cause.more else ""
    kind = element("span", str(first.kind), class_="pill failed")
    return joined(
        element("p", kind, " ", _subject(first), more, class_="subject"),
        *_reason(cause.sentence, first.hint),
    )


def _reason(sentence: str, hint: str | None) -> Iterator[Markup]:
    yield element("p", sentence, class_="why")
    if hint:
        yield element("p", hint, class_="hint")


def _subject(failure: Failure) -> Markup:
    if failure.destination:
        return _way(cells.image(failure.source), cells.image(failure.destination))
    return joined("stage ", element("b", failure.stage), ", ", cells.repository(failure.source))


def _way(source: Markup, *destinations: Markup) -> Markup:
    there = (joined(", " if at else "", each) for at, each in enumerate(destinations))
    return joined(source, " → ", *there)


def _way_of(source: str, *destinations: str) -> Markup:
    return _way(cells.repository(source), *map(cells.repository, destinations))


def _skipped_stage(skipped: SkippedStage) -> Markup:
    way = _way_of(skipped.source, *skipped.destinations)
    return _note(joined("stage ", element("b", skipped.stage), ", ", way), skipped.reason)


def _skip(skip: Skip) -> Markup:
    if skip.count == 1:
        way = _way(cells.image(skip.first), cells.repository(skip.destination))
        return _note(way, skip.reason)
    many = f"{count(skip.count, 'image')}, "
    return _note(joined(many, _way_of(skip.source, skip.destination)), skip.reason)


def _empty(empty: Empty) -> Markup:
    way = _way_of(empty.source, empty.destination)
    return _note(joined("stage ", element("b", empty.stage), ", ", way), "nothing was selected")


def _cancelled(cancelled: Cancelled) -> Markup:
    image = joined("stage ", element("b", cancelled.stage), ", ", cells.image(cancelled.source))
    return _note(image, "the run was stopped before this image had ended")


def _note(subject: Markup, reason: str) -> Markup:
    return joined(element("p", subject, class_="subject"), element("p", reason, class_="why"))
