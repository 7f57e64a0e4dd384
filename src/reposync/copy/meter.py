"""Meters: the bytes that writers take, reported a few times a second.

A report for each chunk would cost every listener a share of what the transfer itself costs.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.events import BlobEnded, BlobStarted, BytesSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reposync.copy.events import Event
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.reference import Reference

PERIOD_S = 0.25


class Meter:
    """Adds bytes up and gives *report* their number, at most once in ``PERIOD_S``."""

    def __init__(
        self, report: Callable[[int], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._report = report
        self._clock = clock
        self._count = 0
        self._due_s = clock() + PERIOD_S

    def add(self, count: int) -> None:
        """Count bytes that were taken."""
        self._count += count
        if self._clock() >= self._due_s:
            self.flush()

    def flush(self) -> None:
        """Report what was not reported yet."""
        if self._count:
            self._report(self._count)
            self._count = 0
        self._due_s = self._clock() + PERIOD_S


class Transfer(Struct):
    """A blob on its way; ``arrived`` are the places that have it in the end."""

    meters: list[Meter]
    arrived: tuple[Reference, ...] = ()


@contextmanager
def metered(
    blob: Descriptor, places: tuple[Reference, ...], emit: Callable[[Event], None]
) -> Iterator[Transfer]:
    """Report that *blob* moves to *places*, with a meter for each, and then where it arrived."""

    def meter(place: Reference) -> Meter:
        return Meter(lambda count: emit(BytesSent(blob, place, count)))

    transfer = Transfer([meter(place) for place in places])
    emit(BlobStarted(blob, places))
    try:
        yield transfer
    finally:
        for each in transfer.meters:
            each.flush()
        emit(BlobEnded(blob, places, transfer.arrived))
