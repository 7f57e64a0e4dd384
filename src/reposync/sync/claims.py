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

    from reposync.oci.reference import Reference
    from reposync.selection.choose import Image
    from reposync.sync.select import DestinationRule


class Conflict(Struct, frozen=True):
    """An image that another source was to be written in the place of."""

    source: Reference
    destination: Reference
    rule_number: int
    error: ConflictError

    @property
    def outcome(self) -> Outcome:
        """How it ends in a run."""
        return Outcome(self.source, self.destination, Status.FAILED, error=self.error)

    def decision(self, stage: str) -> Decision:
        """Return it as a decision of *stage*."""
        return Decision(
            stage=stage,
            rule=self.rule_number,
            action=Action.CONFLICT,
            source=self.source,
            destination=self.destination,
            reason=str(self.error),
        )


class Claims:
    """The tags that are claimed, as texts: one place may be reached by several paths."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    def take(
        self, source: Reference, image: Image, destination_rules: Sequence[DestinationRule]
    ) -> tuple[list[DestinationRule], list[Conflict]]:
        """Take the destinations' tags for *source*; return those that are free, and conflicts."""
        free, conflicts, name = [], [], str(source)
        for destination_rule in destination_rules:
            wanted = destination_rule.place.reference.naming(image.tag or image.name)
            if not image.tag:
                free.append(destination_rule)
                continue
            is_origin = self._is_origin(str(wanted), name)
            owner = self._sources.setdefault(str(wanted), name)
            if owner == name:
                free.append(_only_adding(destination_rule) if is_origin else destination_rule)
            else:
                conflicts.append(_conflict(source, wanted, owner, destination_rule.number))
        return free, conflicts

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


def _conflict(source: Reference, wanted: Reference, owner: str, rule_number: int) -> Conflict:
    error = ConflictError(
        f"this run writes {wanted} from {owner} already",
        hint="let only one stage write this tag",
    )
    return Conflict(source, wanted, rule_number, error)
