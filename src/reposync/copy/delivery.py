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
    from reposync.copy.referrers import ReferrerRule
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.standing import Standing


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


class Delivery(Struct):
    """An image on its way to one destination, where it shall bear *tag*, or none.

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
    known: Standing | None = None
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
        """Give it up; the first failure is the one that is told."""
        if self.error is None:
            self.error = CopyError(operation, side, cause)


def alive(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Give those that did not fail and were not skipped."""
    return [delivery for delivery in deliveries if delivery.is_open]


def fail_all(deliveries: Sequence[Delivery], operation: str, error: RepoSyncError) -> None:
    """Give all up, because the source failed at *operation*."""
    for delivery in deliveries:
        delivery.fail(operation, "source", error)


def outcome_of(source: Reference, delivery: Delivery, name: str) -> Outcome:
    """Tell how the image *name* of *source* ended at one destination."""
    return Outcome(
        source=source,
        destination=target_of(delivery, name),
        status=_status(delivery),
        digest=delivery.delivered or delivery.made_from,
        source_digest=delivery.made_from,
        bytes_sent=delivery.bytes_sent,
        blobs_sent=delivery.blobs_sent,
        blobs_mounted=delivery.blobs_mounted,
        referrers_sent=delivery.referrers_sent,
        error=delivery.error,
        reason=delivery.skipped,
    )


def target_of(delivery: Delivery, name: str) -> Reference:
    """Give what the image *name* is at its destination."""
    return delivery.place.naming(delivery.tag or name)


def _status(delivery: Delivery) -> Status:
    if delivery.error is not None:
        return Status.FAILED
    if delivery.skipped:
        return Status.SKIPPED
    if not delivery.is_late and not delivery.referrers_sent:
        return Status.UP_TO_DATE
    return Status.COPIED if delivery.blobs_sent or delivery.is_carried else Status.MOUNTED
