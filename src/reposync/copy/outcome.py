"""Outcomes: how an image ended at one destination. Expected failures are values."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reposync.errors import RepoSyncError  # noqa: TC001 -- msgspec reads the types
from reposync.oci.digest import Digest  # noqa: TC001 -- the same
from reposync.oci.reference import Reference  # noqa: TC001 -- the same


class Status(StrEnum):
    """How it ended."""

    COPIED = "copied"
    """It is new or moved, or new artifacts point to it, and at least one blob was sent."""
    MOUNTED = "mounted"
    """The same, and every blob was at that registry already."""
    UP_TO_DATE = "up to date"
    SKIPPED = "skipped"
    FAILED = "failed"


class Outcome(Struct, frozen=True):
    """One image at one destination.

    ``digest`` is what is there, ``source_digest`` what it was made from: they differ where
    platforms were left out. ``bytes_sent`` counts blobs sent to this destination; ``error`` is set
    when it failed, and ``reason`` when it was skipped.
    """

    source: Reference
    destination: Reference
    status: Status
    digest: Digest | None = None
    source_digest: Digest | None = None
    bytes_sent: int = 0
    blobs_sent: int = 0
    blobs_mounted: int = 0
    referrers_sent: int = 0
    error: RepoSyncError | None = None
    reason: str = ""
