"""A report as Markdown, for people: figures in a table, what failed and what was left as it is.

The form is that of GitHub, which shows no more than 1 MiB of it: long lists are cut, and say so.
What comes from elsewhere is shown as it stands; it can neither become markup nor call on anybody.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from reposync.report.causes import causes
from reposync.report.cells import cells
from reposync.report.table import closing_line, kind_lines
from reposync.report.units import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reposync.report.causes import Cause
    from reposync.report.journal import Report
    from reposync.report.summary import Empty, Failure, Skip, SkippedStage, Summary

_MOST = 300
"""How many entries a list has; the longest that a registry may say fit a page then."""
_MARKUP = re.compile(r"([\\`*_\[\]<>|~#&!$])")
_RUN_OF_TICKS = re.compile(r"`+")
_LINKS = {"://": "&#58;//", "www.": "www&#46;", "@": "&#64;"}
"""What GitHub would make links and mentions of."""


def chunks(report: Report) -> Iterator[str]:
    """Write *report* piece by piece."""
    summary = report.summary
    yield "# reposync\n\n"
    yield f"{_verdict(report)}\n"
    if report.error is not None:
        hint = f" Hint: {_prose(report.error['hint'])}" if report.error["hint"] else ""
        yield f"\nThe run ended early: {_prose(report.error['message'])}.{hint}\n"
    yield from _table(summary)
    yield from _section("Failed", [_failure(each) for each in causes(summary.failures)])
    stages = map(_skipped_stage, summary.skipped_stages)
    yield from _section("Skipped", [*stages, *map(_skip, summary.skips)])
    yield from _section("Empty", [_empty(each) for each in summary.empty])
    stopped = [f"- stage {_code(each.stage)}: {_code(each.source)}" for each in report.cancelled]
    yield from _section("Cancelled", stopped)


def _verdict(report: Report) -> str:
    lines = [
        f"**{_prose(closing_line(report.summary))}**",
        *map(_prose, kind_lines(report.summary)),
    ]
    return "\n\n".join(lines)


def _table(summary: Summary) -> Iterator[str]:
    content = cells(summary)
    if not content.rows:
        return
    sides = ["---"] * content.names + ["---:"] * (len(content.headers) - content.names)
    yield f"\n{_row(content.headers)}{_row(sides)}"
    for row in islice(content.rows, _MOST):
        names = (_code(cell).replace("|", r"\|") for cell in row[: content.names])
        yield _row([*names, *row[content.names :]])
    yield from _rest(content.rows)


def _row(row: Collection[str]) -> str:
    return f"| {' | '.join(row)} |\n"


def _section(title: str, entries: Collection[str]) -> Iterator[str]:
    if not entries:
        return
    yield f"\n## {title}\n\n"
    for entry in islice(entries, _MOST):
        yield f"{entry}\n"
    yield from _rest(entries)


def _rest(entries: Collection[object]) -> Iterator[str]:
    if len(entries) > _MOST:
        yield f"\n{len(entries) - _MOST} more are not shown.\n"


def _failure(cause: Cause) -> str:
    first = cause.first
    more = f" and {cause.more} more" if cause.more else ""
    hint = f"  \n  Hint: {_prose(first.hint)}" if first.hint else ""
    return f"- {_subject(first)}{more}: **{first.kind}**, {_prose(cause.sentence)}{hint}"


def _subject(failure: Failure) -> str:
    if not failure.destination:
        return f"stage {_code(failure.stage)}, {_code(failure.source)}"
    return f"{_code(failure.source)} → {_code(failure.destination)}"


def _skipped_stage(skipped: SkippedStage) -> str:
    destinations = ", ".join(map(_code, skipped.destinations))
    sides = f"{_code(skipped.source)} → {destinations}"
    return f"- stage {_code(skipped.stage)}, {sides}: {_prose(skipped.reason)}"


def _skip(skip: Skip) -> str:
    source = skip.first if skip.count == 1 else skip.source
    images = "" if skip.count == 1 else f"{count(skip.count, 'image')}, "
    return f"- {images}{_code(source)} → {_code(skip.destination)}: {_prose(skip.reason)}"


def _empty(empty: Empty) -> str:
    sides = f"{_code(empty.source)} → {_code(empty.destination)}"
    return f"- stage {_code(empty.stage)}, {sides}: nothing was selected"


def _prose(text: str) -> str:
    """Show *text* as it is."""
    shown = _MARKUP.sub(r"\\\1", text)
    for link, harmless in _LINKS.items():
        shown = re.sub(re.escape(link), harmless, shown, flags=re.IGNORECASE)
    return shown


def _code(text: str) -> str:
    """Show *text* as code.

    Spec: CommonMark 0.31, "Code spans".
    """
    longest = max(map(len, _RUN_OF_TICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    room = " " if longest else ""
    return f"{fence}{room}{text}{room}{fence}"
