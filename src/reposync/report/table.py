"""A summary as plain text: aligned lines for logs, mails and pipes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from reposync.copy.outcome import Status
from reposync.report.causes import causes
from reposync.report.overview import overview
from reposync.report.units import binary_size, count, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.report.causes import Cause
    from reposync.report.summary import Failure, Skip, Summary


def render(summary: Summary) -> str:
    """Write the whole summary, each failure and each row on one line, with a newline at the end."""
    blocks = (
        [line.text for line in overview(summary)],
        note_lines(summary),
        failure_lines(summary.failures),
        [*kind_lines(summary), closing_line(summary)],
    )
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def aligned(rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Pad cells to columns two spaces apart, the first *left* of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths, left)).rstrip() for row in rows]


def failure_lines(failures: Iterable[Failure]) -> list[str]:
    """Return what failed and why.

    A hint that holds for several in a row is shown once, after them.
    """
    lines: list[str] = []
    for hint, group in groupby(causes(failures), key=lambda cause: cause.first.hint):
        lines += [f"failed: {_failed(cause)}: {cause.sentence}" for cause in group]
        if hint:
            lines.append(f"  hint: {hint}")
    return lines


def note_lines(summary: Summary) -> list[str]:
    """Return what was not run or left as it is, and destinations without a selected image."""
    stages = [
        f"skipped: stage {each.stage}, {each.source} -> {', '.join(each.destinations)}: "
        f"{each.reason}"
        for each in summary.skipped_stages
    ]
    skipped = [f"skipped: {_skipped(skip)}: {skip.reason}" for skip in summary.skips]
    empty = [
        f"empty: stage {each.stage}, {each.source} -> {each.destination}: nothing was selected"
        for each in summary.empty
    ]
    return stages + skipped + empty


def _skipped(skip: Skip) -> str:
    if skip.count == 1:
        return f"{skip.first} -> {skip.destination}"
    return f"{skip.count} images, {skip.source} -> {skip.destination}"


def kind_lines(summary: Summary) -> list[str]:
    """Count the failures by their kinds in one line, where there are any."""
    counts = ", ".join(f"{number} {kind}" for kind, number in summary.kinds.items())
    return [f"failures by kind: {counts}"] if counts else []


def _failed(cause: Cause) -> str:
    more = f" and {cause.more} more" if cause.more else ""
    return subject(cause.first) + more


def subject(failure: Failure) -> str:
    """Name what failed: an image on its way, or a stage."""
    if failure.destination:
        return f"{failure.source} -> {failure.destination}"
    return f"stage {failure.stage}, {failure.source}"


def closing_line(summary: Summary) -> str:
    """Describe it all in one line: ``12 copied, 3 up to date, 1 failed, 1.5 MiB sent in 4.2 s``."""
    parts = [f"{summary.count(status)} {status}" for status in Status if summary.count(status)]
    if summary.stages_failed:
        parts.append(f"{count(summary.stages_failed, 'stage')} failed")
    if summary.skipped_stages:
        parts.append(f"{count(len(summary.skipped_stages), 'stage')} skipped")
    if summary.referrers_sent:
        parts.append(f"{count(summary.referrers_sent, 'referrer')} sent")
    if summary.bytes_sent:
        parts.append(f"{binary_size(summary.bytes_sent)} sent")
    line = ", ".join(parts) or "no images"
    if summary.duration_s is not None:
        line += f" in {duration(summary.duration_s)}"
    if summary.interrupted:
        line = f"interrupted, {count(summary.images_left, 'image')} left: {line}"
    return line


def _padded(row: Sequence[str], widths: Sequence[int], left: int) -> Iterable[str]:
    for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.ljust(width) if column < left else cell.rjust(width)
