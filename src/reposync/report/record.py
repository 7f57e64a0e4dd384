"""What machines are given of an image and of an error, in JSON values: logs and reports alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reposync.errors import RepoSyncError
from reposync.oci.error_code import printable
from reposync.report.failure_kind import FailureKind, kind_of

if TYPE_CHECKING:
    from reposync.copy.outcome import Outcome
    from reposync.sync.events import ImageEnded

Record = dict[str, Any]
"""A JSON object."""


def outcome_fields(outcome: Outcome, event: ImageEnded) -> Record:
    """Return how an image ended at one destination, but for why it failed or was skipped.

    ``duration_s`` is that of the image, at all its destinations together.
    """
    return {
        "stage": event.stage,
        "source": str(outcome.source),
        "destination": str(outcome.destination),
        "status": str(outcome.status),
        "digest": str(outcome.digest) if outcome.digest else None,
        "source_digest": str(outcome.source_digest) if outcome.source_digest else None,
        "bytes_sent": outcome.bytes_sent,
        "blobs_sent": outcome.blobs_sent,
        "blobs_mounted": outcome.blobs_mounted,
        "referrers_sent": outcome.referrers_sent,
        "duration_s": round(event.duration_s, 3),
    }


def image_record(outcome: Outcome, event: ImageEnded) -> Record:
    """Describe an image at one destination; every record has the same keys."""
    fields = outcome_fields(outcome, event)
    fields |= {
        "reason": outcome.reason or None,
        "error": error_record(outcome.error) if outcome.error else None,
    }
    return {key: printable(each) if isinstance(each, str) else each for key, each in fields.items()}


def error_record(error: BaseException) -> Record:
    """Return what kind of failure *error* is, in a sentence.

    Of a bug not what it says, but its name.

    An error that is not ours may say anything, a secret among it.
    """
    if not isinstance(error, RepoSyncError):
        return error_fields(kind_of(error), type(error).__name__)
    return error_fields(kind_of(error), str(error), error.hint or "")


def error_fields(kind: FailureKind, message: str, hint: str = "") -> Record:
    """Put a failure that is known in words into the form of every error."""
    return {
        "kind": str(kind),
        "message": printable(message),
        "hint": printable(hint) or None,
    }
