"""Images: every image at every destination, a row each, failures first.

A browser cannot show any number of rows: of a run with more images, those that are up to date are
left out, and a sentence says how many.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reposync.copy.outcome import Status
from reposync.report.html import cells
from reposync.report.html.markup import Markup, element, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.report.journal import Report
    from reposync.report.record import Record
    from reposync.report.summary import Summary

MOST_ROWS = 25_000
_ORDER = (
    (Status.FAILED,),
    (Status.SKIPPED,),
    (Status.COPIED, Status.MOUNTED),
    (Status.UP_TO_DATE,),
)
"""What is shown first is what somebody has to see to."""
_HEADINGS = (("status", False), ("stage", False), ("image", False), ("digest", False))
_FIGURES = (("sent", True), ("time", True))


def images(report: Report) -> Iterator[str]:
    """Write the table piece by piece; nothing where there are no images."""
    total = sum(report.summary.count(status) for status in Status)
    if not total:
        return
    title = element("h2", "Images", " ", element("small", str(total)))
    columns = (cells.heading(text, is_number=kind) for text, kind in (*_HEADINGS, *_FIGURES))
    yield f'<section id="images">{title}{_filters(report.summary)}\n<table><thead>'
    yield f"{element('tr', *columns)}</thead><tbody>\n"
    rows = 0
    for image in _in_order(report):
        if rows == MOST_ROWS:
            break
        rows += 1
        yield f"{_row(image)}\n"
    yield "</tbody></table>"
    if rows < total:
        rest = f"{total - rows} more are not shown here; the JSON report has every image."
        yield element("p", rest, class_="rest")
    yield "</section>\n"


def _in_order(report: Report) -> Iterator[Record]:
    """Read the images once for each kind of row that there is, so that none is kept in memory."""
    for statuses in _ORDER:
        if any(report.summary.count(status) for status in statuses):
            for stage in report.stages:
                records = map(json.loads, report.images(stage.stage))
                yield from (each for each in records if each["status"] in statuses)


def _filters(summary: Summary) -> Markup:
    search = element(
        "input",
        type="search",
        placeholder="Filter by name, digest or reason",
        aria_label="Filter images",
    )
    boxes = (_box(status, summary.count(status)) for status in Status if summary.count(status))
    return element("div", search, *boxes, element("output"), class_="filters")


def _box(status: Status, count: int) -> Markup:
    box = element("input", type="checkbox", value=cells.class_of(status), checked="")
    return element("label", box, f" {status} ({count})")


def _row(image: Record) -> Markup:
    return element(
        "tr",
        element("td", cells.word(image["status"])),
        element("td", image["stage"]),
        element(
            "td",
            cells.sides(cells.image, image["source"], [image["destination"]]),
            *_why(image),
        ),
        element("td", image["digest"] or ""),
        cells.size(image["bytes_sent"]),
        cells.span(image["duration_s"]),
        class_=cells.class_of(image["status"]),
    )


def _why(image: Record) -> Iterator[Markup]:
    if image["reason"]:
        yield element("p", image["reason"], class_="why")
    error = image["error"]
    if error:
        yield element(
            "p", joined(element("b", error["kind"]), ": ", error["message"]), class_="why"
        )
        if error["hint"]:
            yield element("p", error["hint"], class_="hint")
