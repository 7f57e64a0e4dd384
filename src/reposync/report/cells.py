"""What the rows of a summary say, for all that show them as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.outcome import Status
from reposync.report.units import binary_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.report.summary import Summary, Tally

_ALWAYS_SHOWN = (Status.COPIED, Status.UP_TO_DATE, Status.FAILED)


class Cells(Struct, frozen=True):
    """What the table says: names to the left, figures to the right; rows as in ``headers``."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 2
    """How many of the columns are names."""


def cells(summary: Summary) -> Cells:
    """Choose the columns, and write the rows."""
    shown = shown_statuses(summary)
    return Cells(
        headers=("source", "destination", *(str(status) for status in shown), "sent"),
        rows=tuple(_row(tally, shown) for tally in summary.tallies),
    )


def shown_statuses(summary: Summary) -> tuple[Status, ...]:
    """Choose what is counted: ``mounted`` and ``skipped`` only where there are any."""
    return tuple(each for each in Status if each in _ALWAYS_SHOWN or summary.count(each))


def _row(tally: Tally, shown: Iterable[Status]) -> tuple[str, ...]:
    counts = (str(tally.count(status)) for status in shown)
    return (tally.source, tally.destination, *counts, _sent(tally))


def _sent(tally: Tally) -> str:
    """Return how much was sent; another program that copies for us does not tell."""
    is_told = tally.blobs_sent or not tally.count(Status.COPIED)
    return binary_size(tally.bytes_sent) if is_told else "unknown"
