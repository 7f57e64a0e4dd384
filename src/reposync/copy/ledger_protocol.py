"""What earlier runs know of a destination's tags; where it is kept is decided elsewhere.

It is asked where the registries alone would cost more than one look on either side: for an index
that was made smaller, one that is there only in part, and a tag that never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reposync.oci.reference import Reference
    from reposync.sync_record import SyncRecord


class Ledger(Protocol):
    """Remembers what was put where."""

    def recall(self, place: Reference) -> SyncRecord | None:
        """Return what is known of *place*, a repository with a tag or a digest."""
        ...

    def record(self, place: Reference, sync_record: SyncRecord) -> None:
        """Remember that *sync_record* is true of *place* now."""
        ...


class ReadOnlyLedger:
    """Another ledger, in which nothing is recorded."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def recall(self, place: Reference) -> SyncRecord | None:
        """See ``Ledger``."""
        return self._ledger.recall(place)

    def record(self, place: Reference, sync_record: SyncRecord) -> None:
        """Record nothing."""


class MemoryLedger:
    """A ledger for the length of a run; ``sync_records`` has what it knows."""

    def __init__(self) -> None:
        self.sync_records: dict[Reference, SyncRecord] = {}

    def recall(self, place: Reference) -> SyncRecord | None:
        """See ``Ledger``."""
        return self.sync_records.get(place)

    def record(self, place: Reference, sync_record: SyncRecord) -> None:
        """See ``Ledger``."""
        self.sync_records[place] = sync_record
