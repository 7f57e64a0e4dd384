"""The difference between the desired and the observed state of an image: a decision. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.decision import Action, Decision

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.plan.desired import Desired
    from reposync.plan.observed import Observed


def decide(desired: Desired, observed: Observed) -> Decision:
    """Return what should happen to an image, and why."""
    action, reason = _verdict(desired, observed)
    return Decision(
        stage=desired.stage,
        rule=desired.rule_number,
        action=action,
        source=desired.source,
        destination=desired.destination,
        source_digest=observed.source_digest,
        found_digest=observed.found_digest,
        digest=observed.digest,
        reason=reason,
    )


def _verdict(desired: Desired, observed: Observed) -> tuple[Action, str]:
    if observed.error:
        return Action.ERROR, observed.error
    found, source = observed.found_digest, observed.source_digest
    if observed.is_made:
        return (Action.COMPLETE, observed.lacks) if observed.lacks else (Action.UP_TO_DATE, "")
    if found is None:
        return Action.COPY, "the tag is new" if desired.destination.tag else "it is new"
    if found == source and not desired.rule.strips:
        return Action.COMPLETE, observed.lacks or "parts of it are missing"
    kept = desired.rule.overwrite.reason_to_keep(desired.destination.tag)
    if kept:
        return Action.SKIP, kept
    return _moved(desired, observed, found)


def _moved(desired: Desired, observed: Observed, found: Digest) -> tuple[Action, str]:
    name, record, source = desired.destination.tag, observed.record, observed.source_digest
    shown = f"was {found.short}"
    wanted = f", is {source.short}" if source else ""
    if record is not None and record.put_at is not None and record.there != found:
        mine, now = record.there.short, source.short if source else "nothing"
        reason = f"somebody else moved {name}: it was set to {mine}, is {found.short}"
        return Action.CONFLICT, f"{reason}; the source has {now}"
    if record is not None and record.source == source:
        return Action.MOVE, f"the rule makes another image of it: {shown}"
    since = " since the last run" if record is not None else ""
    return Action.MOVE, f"moved: {shown}{wanted}{since}"
