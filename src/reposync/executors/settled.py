"""Outcomes of decisions that leave nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.outcome import Outcome, Status
from reposync.decision import Action

if TYPE_CHECKING:
    from reposync.plan.planner import Planned

_STATUSES = {Action.UP_TO_DATE: Status.UP_TO_DATE, Action.SKIP: Status.SKIPPED}


def settled(planned: Planned) -> Outcome:
    """Return the outcome of a decision that leaves nothing to do."""
    decision = planned.decision
    status = _STATUSES.get(decision.action, Status.FAILED)
    return Outcome(
        source=decision.source,
        destination=decision.destination,
        status=status,
        digest=decision.digest or decision.source_digest,
        source_digest=decision.source_digest,
        error=planned.error,
        reason=decision.reason if status is Status.SKIPPED else "",
    )
