"""A glance at destinations: which tags they lack, as their lists say.

A tag that is not listed need not be looked for. That is worth a request for the list where many
images go to one repository, and no more than one: a destination with more tags than it lists at
once lacks few of them. A list may be old; then a tag that is there is written once more, which
changes nothing, and one that must not be written is looked for in any case.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.together import results
from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reposync.copy.abilities import Destination
    from reposync.sync.plan import Place
    from reposync.sync.select import Parcel, Selection

_WORTH_A_LIST = 16


class Glance(Struct, frozen=True):
    """The tags of some destinations."""

    tags: Mapping[Place, frozenset[str]]

    def finds_no(self, tag: str, parcel: Parcel) -> bool:
        """Tell whether *tag* need not be looked for where *parcel* goes."""
        tags = self.tags.get(parcel.place)
        return tags is not None and tag not in tags and parcel.rule.overwrite.is_free(tag)


async def glance(selection: Selection, opened: Callable[[Place], Destination]) -> Glance:
    """Ask the destinations of many images for their tags; one that does not tell is left out."""
    counts = Counter(
        parcel.place
        for image, parcels in selection.images.items()
        if image.tag
        for parcel in parcels
    )
    places = [place for place, count in counts.items() if count >= _WORTH_A_LIST]
    lists = await results([_listed(opened(place)) for place in places])
    return Glance(
        {place: tags for place, tags in zip(places, lists, strict=True) if tags is not None}
    )


async def _listed(destination: Destination) -> frozenset[str] | None:
    try:
        return await destination.list_few_tags()
    except RepoSyncError:
        return None  # who copies to it will tell what is wrong there
