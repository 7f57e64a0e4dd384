"""Deliveries: an image on its way to one destination, by which rules, and how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.outcome import Outcome, Status
from reposync.copy.overwrite import OverwriteRule
from reposync.errors import CopyError, RepoSyncError, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.copy.abilities import Destination
    from reposync.copy.platforms import PlatformRule
    from reposync.copy.referrer_rule import ReferrerRule
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.sync_record import SyncRecord


class CopyRule(Struct, frozen=True):
    """What a destination gets of an image; by default its whole graph, without its referrers.

    With ``may_be_sparse`` an index that is there already, and that the ledger does not know, may
    lack images that an earlier rule left out.
    """

    platforms: PlatformRule | None = None
    referrers: ReferrerRule | None = None
    overwrite: OverwriteRule = field(default_factory=OverwriteRule)
    may_be_sparse: bool = False

    @property
    def form(self) -> str:
        """Name what is made of an index; empty where it stays whole."""
        return self.platforms.form if self.platforms else ""

    def makes(self, form: str) -> bool:
        """Return whether an index of *form*, as the ledger recorded it, is what is wanted."""
        return self.platforms.makes(form) if self.platforms else not form


class CopyState(Struct):
    """An image on its way to one destination, where it gets *tag*, or none.

    ``is_new`` says that the tag is known not to be there, and need not be looked for; ``known`` is
    what the ledger says of it; ``digest_there`` is what it named before, and ``is_sparse_there``
    says that the destination knows of images that were left out of that; ``delivered`` is what the
    tag names now, once that is known, and ``made_from`` the source's digest, which is another where
    platforms are left out; ``is_late`` says that the tag did not name it yet, ``is_carried`` that
    another program brought it, which does not tell what it sent.
    """

    destination: Destination
    tag: str
    rule: CopyRule = field(default_factory=CopyRule)
    is_new: bool = False
    known: SyncRecord | None = None
    digest_there: Digest | None = None
    is_sparse_there: bool = False
    delivered: Digest | None = None
    made_from: Digest | None = None
    is_late: bool = False
    is_carried: bool = False
    bytes_sent: int = 0
    blobs_sent: int = 0
    blobs_mounted: int = 0
    referrers_sent: int = 0
    error: CopyError | None = None
    skipped: str = ""

    @property
    def place(self) -> Reference:
        """The destination's repository."""
        return self.destination.reference

    @property
    def is_open(self) -> bool:
        """Whether there may still be something to do."""
        return self.error is None and not self.skipped

    def fail(self, operation: str, side: Side, cause: RepoSyncError) -> None:
        """Return it up; the first failure is the one that is told."""
        if self.error is None:
            self.error = CopyError(operation, side, cause)


def pending(states: Iterable[CopyState]) -> list[CopyState]:
    """Return those that did not fail and were not skipped."""
    return [state for state in states if state.is_open]


def fail_all(states: Sequence[CopyState], operation: str, error: RepoSyncError) -> None:
    """Return all up, because the source failed at *operation*."""
    for state in states:
        state.fail(operation, "source", error)


def outcome_of(source: Reference, state: CopyState, name: str) -> Outcome:
    """Return how the image *name* of *source* ended at one destination."""
    return Outcome(
        source=source,
        destination=target_of(state, name),
        status=_status(state),
        digest=state.delivered or state.made_from,
        source_digest=state.made_from,
        bytes_sent=state.bytes_sent,
        blobs_sent=state.blobs_sent,
        blobs_mounted=state.blobs_mounted,
        referrers_sent=state.referrers_sent,
        error=state.error,
        reason=state.skipped,
    )


def target_of(state: CopyState, name: str) -> Reference:
    """Return what the image *name* is at its destination."""
    return state.place.naming(state.tag or name)


def _status(state: CopyState) -> Status:
    if state.error is not None:
        return Status.FAILED
    if state.skipped:
        return Status.SKIPPED
    if not state.is_late and not state.referrers_sent:
        return Status.UP_TO_DATE
    return Status.COPIED if state.blobs_sent or state.is_carried else Status.MOUNTED
