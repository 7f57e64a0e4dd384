"""The page: its head with what may run on it, then the report section by section.

No more of the images than one is in memory. The page asks no host for anything: its style and its
script are in it, and its content security policy allows these two, by their digests, and no other.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from reposync import __version__
from reposync.report.html.images import images
from reposync.report.html.markup import Markup, element, joined
from reposync.report.html.notes import failures, notes
from reposync.report.html.overview import bar, figures, headline, repositories, stages
from reposync.report.json_report import utc
from reposync.report.table import kind_lines
from reposync.report.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.report.journal import Report

_POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
    "base-uri 'none'; form-action 'none'"
)
_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
{title}
<style>{style}</style>
</head>
<body>
"""


def chunks(report: Report) -> Iterator[str]:
    """Write *report* piece by piece."""
    script = _asset("page.js")
    yield _head(report, script)
    yield _header(report)
    yield "<main>\n"
    for section in (failures(report), notes(report), stages(report), repositories(report)):
        if section:
            yield f"{section}\n"
    yield from images(report)
    yield "</main>\n"
    written = f"Written by run-reposync {__version__}, {utc(report.ended_at)}"
    yield element("footer", element("p", written))
    yield f"\n<script>{script}</script>\n</body>\n</html>\n"


def _head(report: Report, script: str) -> str:
    style = _asset("page.css")
    return _HEAD.format(
        policy=_POLICY.format(style=_digest(style), script=_digest(script)),
        title=element(
            "title", f"reposync: {headline(report)[0].lower()}, {utc(report.started_at)}"
        ),
        style=style,
    )


def _header(report: Report) -> Markup:
    verdict, is_good = headline(report)
    summary = report.summary
    started_at = report.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    when = joined(
        "Started ",
        element("time", started_at, datetime=utc(report.started_at)),
        f", took {duration(report.duration_s)}. {'; '.join(_remarks(report))}",
    )
    return element(
        "header",
        element("p", "reposync", class_="brand"),
        element("h1", verdict, class_="verdict" if is_good else "verdict bad"),
        element("p", when, class_="when"),
        figures(report),
        bar(summary),
    )


def _remarks(report: Report) -> Iterator[str]:
    """Return what no figure says."""
    summary = report.summary
    yield count(len(report.stages), "stage")
    if summary.interrupted:
        yield f"interrupted, {count(summary.images_left, 'image')} left"
    if summary.stages_failed:
        yield f"{count(summary.stages_failed, 'stage')} could not be listed"
    if summary.skipped_stages:
        yield f"{count(len(summary.skipped_stages), 'stage')} skipped"
    if summary.referrers_sent:
        yield f"{count(summary.referrers_sent, 'referrer')} sent"
    yield from kind_lines(summary)


@cache
def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    """Return what the policy says of *content*: CSP Level 3, section 2.3.1, "hash-source"."""
    return b64encode(sha256(content.encode()).digest()).decode()
