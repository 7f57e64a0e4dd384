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
    from reposync.sync.select import Parcel


class Claims:
    """The tags that are claimed, as texts: one place may be reached by several paths."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    def take(
        self, source: Reference, image: Image, parcels: Sequence[Parcel]
    ) -> tuple[list[Parcel], list[Outcome]]:
        """Take the destinations' tags for *source*; give those that are free, and conflicts."""
        free, conflicts, name = [], [], str(source)
        for parcel in parcels:
            wanted = parcel.place.reference.naming(image.tag or image.name)
            if not image.tag:
                free.append(parcel)
                continue
            is_origin = self._is_origin(str(wanted), name)
            owner = self._sources.setdefault(str(wanted), name)
            if owner == name:
                free.append(_only_adding(parcel) if is_origin else parcel)
            else:
                conflicts.append(_conflict(source, wanted, owner))
        return free, conflicts

    def _is_origin(self, wanted: str, source: str) -> bool:
        """Tell whether what *source* names comes from *wanted*, as far as this run writes it."""
        passed: set[str] = set()
        while source in self._sources and source not in passed:
            passed.add(source)
            source = self._sources[source]
            if source == wanted:
                return True
        return False


def _only_adding(parcel: Parcel) -> Parcel:
    overwrite = replace(parcel.rule.overwrite, is_origin=True)
    return replace(parcel, rule=replace(parcel.rule, overwrite=overwrite))


def _conflict(source: Reference, wanted: Reference, owner: str) -> Outcome:
    error = ConflictError(
        f"this run writes {wanted} from {owner} already",
        hint="let only one stage write this tag",
    )
    return Outcome(source, wanted, Status.FAILED, error=error)
