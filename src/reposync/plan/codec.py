"""Plans as JSON: written without loss, and read back only if nobody changed them.

The document carries a digest over its decisions, so that a plan that was edited or cut off is not
taken for one that was made.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from reposync.decision import Action, BlobCounts, Decision
from reposync.errors import RepoSyncError
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference, parse_reference
from reposync.plan.document import Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FORMAT = "reposync-plan/1"
_DIGEST_KEY = "decisions_digest"
_EDITED = "it was edited after it was made"
_NOT_MADE = "make a new one: run-reposync plan -c FILE --out PLAN.json"


class PlanError(RepoSyncError):
    """A plan cannot be used: it was edited, is cut off, or is of another format."""


class WrittenDecision(msgspec.Struct, forbid_unknown_fields=True):
    """A decision as the document has it; what is unknown is null."""

    stage: str
    action: Action
    source: str
    source_digest: str | None
    destination: str
    found_digest: str | None
    digest: str | None
    reason: str
    bytes: int | None
    blobs: BlobCounts | None
    rule: int


class WrittenPlan(msgspec.Struct):
    """A plan as the document has it."""

    made_at: datetime
    config_digest: str
    counts: dict[str, int]
    pulls: dict[str, int]
    decisions: list[WrittenDecision]
    decisions_digest: str


def encode(plan: Plan) -> bytes:
    """Return *plan* as JSON; two plans of the same state differ only in ``made_at``."""
    decisions = [decision_fields(decision) for decision in plan.decisions]
    document = {
        "format": FORMAT,
        "made_at": plan.made_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "config_digest": plan.config_digest,
        "counts": plan.counts,
        "pulls": dict(sorted(plan.pulls.items())),
        "decisions": decisions,
        _DIGEST_KEY: _digest_of(decisions),
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def decode(
    content: bytes, registries: Collection[str], config_digest: Digest | None = None
) -> Plan:
    """Read a plan; *registries* are the names of the file's registries, as in references.

    With *config_digest*, it must have been made of a file of that digest.

    Raises:
        PlanError: It was edited, is cut off, is of another format, or was made of another file.
    """
    document = _document(content)
    found = document.get("format")
    if found != FORMAT:
        shown = f"of the format {found!r}" if isinstance(found, str) else "not a plan"
        raise PlanError(f"it is {shown}, and this program reads {FORMAT!r}", hint=_NOT_MADE)
    if document.get(_DIGEST_KEY) != _digest_of(document.get("decisions")):
        raise PlanError(_EDITED, hint=_NOT_MADE)
    if config_digest is not None and document.get("config_digest") != config_digest:
        raise PlanError("it was made of another file, or the file changed since", hint=_NOT_MADE)
    try:
        written = msgspec.convert(document, WrittenPlan)
        decisions = tuple(_decision(each, registries) for each in written.decisions)
        config_digest = Digest(written.config_digest)
    except (msgspec.ValidationError, RepoSyncError) as error:
        raise PlanError(f"it is damaged: {error}", hint=_NOT_MADE) from error
    plan = Plan(written.made_at, config_digest, decisions, written.pulls)
    if plan.counts != written.counts:
        raise PlanError(_EDITED, hint=_NOT_MADE)
    return plan


def decision_fields(decision: Decision) -> dict[str, Any]:
    """Return *decision* as JSON values; every decision has the same keys."""
    blobs = decision.blobs
    return {
        "stage": decision.stage,
        "action": decision.action.value,
        "source": str(decision.source),
        "source_digest": decision.source_digest,
        "destination": str(decision.destination),
        "found_digest": decision.found_digest,
        "digest": decision.digest,
        "reason": decision.reason,
        "bytes": decision.bytes,
        "blobs": None if blobs is None else msgspec.structs.asdict(blobs),
        "rule": decision.rule,
    }


def _document(content: bytes) -> Mapping[str, Any]:
    try:
        document = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise PlanError(f"it is cut off, or not JSON: {error}", hint=_NOT_MADE) from error
    if not isinstance(document, dict):
        raise PlanError("it is not a plan", hint=_NOT_MADE)
    return document


def _digest_of(decisions: Sequence[Any] | None) -> Digest:
    """Hash decisions as JSON values, independent of how they are laid out."""
    canonical = json.dumps(decisions, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return Digest.of(canonical.encode())


def _decision(written: WrittenDecision, registries: Collection[str]) -> Decision:
    return Decision(
        stage=written.stage,
        rule=written.rule,
        action=written.action,
        source=_reference(written.source, registries),
        destination=_reference(written.destination, registries),
        source_digest=_digest(written.source_digest),
        found_digest=_digest(written.found_digest),
        digest=_digest(written.digest),
        reason=written.reason,
        bytes=written.bytes,
        blobs=written.blobs,
    )


def _reference(text: str, registries: Collection[str]) -> Reference:
    return parse_reference(text, registries)


def _digest(text: str | None) -> Digest | None:
    return None if text is None else Digest(text)
