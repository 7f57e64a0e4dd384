"""Reports of runs that never were: what listeners heard, as each kind of report tells it."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reposync.report import json_report, junit, markdown
from reposync.report.html import page
from reposync.report.journal import Journal, Report
from reposync.report.summary import SummaryBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.sync.events import Event

STARTED_AT = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)


class Times:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self._looks = 0

    def __call__(self) -> datetime:
        moment = STARTED_AT + timedelta(seconds=self._looks)
        self._looks += 1
        return moment


def report_of(events: Iterable[Event], error: BaseException | None = None) -> Report:
    """Return the report of a run in which *events* were heard."""
    summary, journal = SummaryBuilder(), Journal(io.BytesIO(), now=Times())
    for event in events:
        summary(event)
        journal(event)
    return journal.report(summary.build(), error)


def as_json(events: Iterable[Event], error: BaseException | None = None) -> dict[str, Any]:
    """Return the JSON report, read."""
    document: dict[str, Any] = json.loads("".join(json_report.chunks(report_of(events, error))))
    return document


def as_junit(events: Iterable[Event], error: BaseException | None = None) -> str:
    """Return the JUnit report."""
    return "".join(junit.chunks(report_of(events, error)))


def as_markdown(events: Iterable[Event], error: BaseException | None = None) -> str:
    """Return the Markdown report."""
    return "".join(markdown.chunks(report_of(events, error)))


def as_html(events: Iterable[Event], error: BaseException | None = None) -> str:
    """Return the report as a page."""
    return "".join(page.chunks(report_of(events, error)))
