"""Claims: which source each tag of a destination is written from, for the length of a run.

A tag belongs to the first source that is to write it; another one is a conflict. What leads back to
where it came from is no conflict, but moves nothing there: two stages that copy to each other would
swap their images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.copy.outcome import Outcome, Status
from reposync.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.oci.reference import Reference
    from reposync.selection.choose import Image
    from reposync.sync.select import DestinationRule


class Claims:
    """The tags that are claimed, as texts: one place may be reached by several paths."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    def take(
        self, source: Reference, image: Image, destination_rules: Sequence[DestinationRule]
    ) -> tuple[list[DestinationRule], list[Outcome]]:
        """Take the destinations' tags for *source*; give those that are free, and conflicts."""
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
                conflicts.append(_conflict(source, wanted, owner))
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


def _conflict(source: Reference, wanted: Reference, owner: str) -> Outcome:
    error = ConflictError(
        f"this run writes {wanted} from {owner} already",
        hint="let only one stage write this tag",
    )
    return Outcome(source, wanted, Status.FAILED, error=error)
