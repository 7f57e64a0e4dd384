"""What machines are told of an image and of an error, in JSON values: logs and reports alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reposync.copy.outcome import Outcome
    from reposync.sync.events import ImageEnded


def outcome_fields(outcome: Outcome, event: ImageEnded) -> dict[str, Any]:
    """Say how an image ended at one destination, but for why it failed or was skipped.

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
