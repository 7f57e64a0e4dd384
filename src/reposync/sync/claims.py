"""Claims: which source each tag of a destination is written from, for the length of a run.

A tag belongs to the first source that is to write it; another one is a conflict. What leads back to
where it came from is no conflict, but moves nothing there: two stages that copy to each other would
swap their images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.copy.outcome import Outcome, Status
from reposync.decision import Action, Decision
from reposync.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.errors import RepoSyncError
    from reposync.oci.reference import Reference
    from reposync.sync.select import DestinationRule


class Rejected(Struct, frozen=True):
    """An image that is not written: another one has its tag, or it has none.

    ``action`` says which of the two, as a decision does.
    """

    source: Reference
    destination: Reference
    rule_number: int
    error: RepoSyncError
    action: Action

    @property
    def outcome(self) -> Outcome:
        """How it ends in a run."""
        return Outcome(self.source, self.destination, Status.FAILED, error=self.error)

    def decision(self, stage: str) -> Decision:
        """Return it as a decision of *stage*."""
        return Decision(
            stage=stage,
            rule=self.rule_number,
            action=self.action,
            source=self.source,
            destination=self.destination,
            reason=str(self.error),
        )


class Claims:
    """The tags that are claimed, as texts: one place may be reached by several paths."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    def take(
        self, source: Reference, destination_rules: Sequence[DestinationRule]
    ) -> tuple[list[DestinationRule], list[Rejected]]:
        """Take the destinations' tags for *source*; return what is free, and what is rejected."""
        free, rejected, name = [], [], str(source)
        for destination_rule in destination_rules:
            place, tag = destination_rule.place.reference, destination_rule.tag
            wanted, number = place.naming(tag) if tag else place, destination_rule.number
            if destination_rule.error is not None:
                error = destination_rule.error
                rejected.append(Rejected(source, wanted, number, error, Action.ERROR))
                continue
            if not tag:
                free.append(destination_rule)
                continue
            is_origin = self._is_origin(str(wanted), name)
            owner = self._sources.setdefault(str(wanted), name)
            if owner == name:
                free.append(_only_adding(destination_rule) if is_origin else destination_rule)
            else:
                rejected.append(_conflict(source, wanted, owner, number))
        return free, rejected

    def _is_origin(self, wanted: str, source: str) -> bool:
        """Return whether what *source* names comes from *wanted*, as far as this run writes it."""
        passed: set[str] = set()
        while source in self._sources and source not in passed:
            passed.add(source)
            source = self._sources[source]
            if source == wanted:
                return True
        return False


def _only_adding(destination_rule: DestinationRule) -> DestinationRule:
    overwrite = replace(destination_rule.rule.overwrite, is_origin=True)
    return replace(destination_rule, rule=replace(destination_rule.rule, overwrite=overwrite))


def _conflict(source: Reference, wanted: Reference, owner: str, rule_number: int) -> Rejected:
    error = ConflictError(
        f"this run writes {wanted} from {owner} already",
        hint="let only one stage write this tag",
    )
    return Rejected(source, wanted, rule_number, error, Action.CONFLICT)
