"""Copy states: how far one decision has been carried out at its destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.copy_rule import CopyRule
from reposync.copy.outcome import Outcome, Status
from reposync.errors import CopyError, RepoSyncError, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.copy.abilities import Destination
    from reposync.decision import Decision
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference


class CopyState(Struct):
    """What was done for *decision* at *destination*, by *rule*.

    ``needs_referrers_alone`` says that all else is known to exist, ``is_exact`` that nothing may be
    written where the tag no longer names what the decision found. ``found_digest`` is what the tag
    named when it was looked up last, ``digest`` what it names now, once that is known; then
    ``has_changed`` says whether it, or anything below it, was written, and ``was_tagged`` whether
    the tag was set. ``is_carried`` says that another program copied it, which does not report what
    it sent.
    """

    destination: Destination
    decision: Decision
    rule: CopyRule = field(default_factory=CopyRule)
    needs_referrers_alone: bool = False
    is_exact: bool = False
    found_digest: Digest | None = None
    digest: Digest | None = None
    has_changed: bool = False
    was_tagged: bool = False
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
    def tag(self) -> str:
        """The tag that the image gets; empty where it gets none."""
        return self.decision.destination.tag

    @property
    def is_open(self) -> bool:
        """Whether there may still be something to do."""
        return self.error is None and not self.skipped

    def fail(self, operation: str, side: Side, cause: RepoSyncError) -> None:
        """Give it up; the first failure is the one that is reported."""
        if self.error is None:
            self.error = CopyError(operation, side, cause)

    def follow(self, first: CopyState) -> None:
        """Fail with *first*, which is of the same repository, if that has failed."""
        self.error = self.error or first.error

    def names(self, manifest: Manifest) -> bool:
        """Return whether the tag names *manifest*, as far as it was looked up."""
        return self.found_digest is not None and manifest.has_digest(self.found_digest)


def pending(states: Iterable[CopyState]) -> list[CopyState]:
    """Return those that did not fail and were not skipped."""
    return [state for state in states if state.is_open]


def fail_all(states: Sequence[CopyState], operation: str, error: RepoSyncError) -> None:
    """Give all up, because the source failed at *operation*."""
    for state in states:
        state.fail(operation, "source", error)


def outcome_of(state: CopyState) -> Outcome:
    """Return how a decision ended."""
    decision = state.decision
    return Outcome(
        source=decision.source,
        destination=decision.destination,
        status=_status(state),
        digest=state.digest or decision.source_digest,
        source_digest=decision.source_digest,
        bytes_sent=state.bytes_sent,
        blobs_sent=state.blobs_sent,
        blobs_mounted=state.blobs_mounted,
        referrers_sent=state.referrers_sent,
        error=state.error,
        reason=state.skipped,
    )


def _status(state: CopyState) -> Status:
    if state.error is not None:
        return Status.FAILED
    if state.skipped:
        return Status.SKIPPED
    if not state.has_changed and not state.referrers_sent:
        return Status.UP_TO_DATE
    return Status.COPIED if state.blobs_sent or state.is_carried else Status.MOUNTED
