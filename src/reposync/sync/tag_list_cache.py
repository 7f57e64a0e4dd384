"""A glance at a destination: which tags it lacks, as its list says.

A tag that is not listed need not be looked for. The list is worth its one request where the first
tags were not found and many are still to come; a destination that is up to date is never
asked for it. A list may be old: then a tag that is there is written once more, which changes
nothing, and one that must not be written is looked for in any case.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reposync.copy.abilities import Destination
    from reposync.oci.reference import Reference
    from reposync.plan.planner import Planned
    from reposync.sync.select import DestinationRule, Selection
    from reposync.sync.stages import Place

_NOT_FOUND = 8
_MANY = 16


class _DestinationTags(Struct):
    """What is known of one destination: tags still to come, those not found, its list."""

    left: int = 0
    not_found: int = 0
    is_asked: bool = False
    tags: frozenset[str] | None = None

    @property
    def is_worth_a_list(self) -> bool:
        return self.not_found >= _NOT_FOUND and self.left >= _MANY and not self.is_asked


class TagListCache:
    """What is known of the tags at all destinations of one *selection*."""

    def __init__(self, selection: Selection, opened: Callable[[Place], Destination]) -> None:
        self._opened = opened
        self._tags_by_place: defaultdict[Reference, _DestinationTags] = defaultdict(
            _DestinationTags
        )
        for destination_rules in selection.images.values():
            for destination_rule in destination_rules:
                self._tags_by_place[destination_rule.place.reference].left += 1

    async def lacking(self, destination_rules: Sequence[DestinationRule]) -> list[DestinationRule]:
        """Return those of *destination_rules* whose tags are known not to be there.

        It lists the tags of a destination where that is due; nobody else waits for it meanwhile.
        """
        lacking = []
        for destination_rule in destination_rules:
            place, tag = destination_rule.place, destination_rule.tag
            known = self._tags_by_place[place.reference]
            if known.is_worth_a_list:
                known.is_asked = True
                known.tags = await _listed(self._opened(place))
            known.left -= 1
            is_free = destination_rule.rule.overwrite.is_free(tag)
            if known.tags is not None and tag and tag not in known.tags and is_free:
                lacking.append(destination_rule)
        return lacking

    def learn(self, decisions: Iterable[Planned]) -> None:
        """Record tags that were looked up."""
        for one in decisions:
            known = self._tags_by_place[one.target.place]
            if one.decision.found_digest is not None or one.error is not None:
                known.not_found = 0
            elif one.target.tag:
                known.not_found += 1


async def _listed(destination: Destination) -> frozenset[str] | None:
    try:
        return await destination.list_few_tags()
    except RepoSyncError:
        return None  # who copies to it will tell what is wrong there
