"""A glance at a destination: which tags it lacks, as its list says.

A tag that is not listed need not be looked for. The list is worth its one request where the first
tags were looked for in vain and many are still to come; a destination that is up to date is never
asked for it. A list may be old: then a tag that is there is written once more, which changes
nothing, and one that must not be written is looked for in any case.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reposync.copy.abilities import Destination
    from reposync.copy.delivery import Delivery
    from reposync.oci.reference import Reference
    from reposync.sync.plan import Place
    from reposync.sync.select import Parcel, Selection

_IN_VAIN = 8
_MANY = 16


class Glance:
    """What is known of the tags at all destinations of one *selection*."""

    def __init__(self, selection: Selection, opened: Callable[[Place], Destination]) -> None:
        self._opened = opened
        self._left = Counter(parcel.place for each in selection.images.values() for parcel in each)
        self._in_vain: Counter[Reference] = Counter()
        self._tags: dict[Place, frozenset[str] | None] = {}

    async def lacking(self, tag: str, parcels: Sequence[Parcel]) -> list[Place]:
        """Tell which of the places of *parcels* are known to lack *tag*; ask for lists if due.

        Nobody else waits for a list meanwhile.
        """
        lacking = []
        for place, rule in ((parcel.place, parcel.rule) for parcel in parcels):
            if self._is_worth_a_list(place):
                self._tags[place] = None
                self._tags[place] = await _listed(self._opened(place))
            self._left[place] -= 1
            tags = self._tags.get(place)
            if tags is not None and tag and tag not in tags and rule.overwrite.is_free(tag):
                lacking.append(place)
        return lacking

    def learn(self, deliveries: Iterable[Delivery]) -> None:
        """Take note of tags that were looked for."""
        for one in deliveries:
            if one.digest_there is not None or one.error is not None:
                self._in_vain[one.place] = 0
            elif one.tag:
                self._in_vain[one.place] += 1

    def _is_worth_a_list(self, place: Place) -> bool:
        if place in self._tags or self._in_vain[place.reference] < _IN_VAIN:
            return False
        return self._left[place] >= _MANY


async def _listed(destination: Destination) -> frozenset[str] | None:
    try:
        return await destination.list_few_tags()
    except RepoSyncError:
        return None  # who copies to it will tell what is wrong there
