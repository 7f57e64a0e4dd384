"""Collisions: two images of one source that would get the same tag at a destination. Pure.

Which of them the tag would name in the end would be chance, so nothing is copied to that repository
before the names differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.oci.reference import Reference
    from reposync.sync.select import DestinationRule, Selection


class _Collision(Struct, frozen=True):
    """Two names of the source for one tag of ``destination_rule``; ``more`` counts further ones."""

    first: str
    second: str
    destination_rule: DestinationRule
    more: int = 0

    def failed(self, source: Reference) -> DestinationRule:
        """Return the rule with what is wrong as its error."""
        rule = self.destination_rule
        place = rule.place.reference
        more = f", and {self.more} more like this" if self.more else ""
        error = ConflictError(
            f"{place.naming(rule.tag)} would get two images, {source.naming(self.first)} and "
            f"{source.naming(self.second)}{more}, so nothing is copied to {place}",
            hint="give them different names, or select only one of them",
        )
        return replace(rule, error=error)


def without_collisions(source: Reference, selection: Selection) -> Selection:
    """Drop the destinations at which two images of *source* would get one tag.

    What remains of such a destination is what failed already, and one error that names both images.
    """
    if not _renames(selection):
        return selection
    collisions: dict[Reference, _Collision] = {}
    for found in _collisions(selection):
        place = found.destination_rule.place.reference
        known = collisions.setdefault(place, found)
        if known is not found:
            collisions[place] = replace(known, more=known.more + 1)
    if not collisions:
        return selection
    failed: dict[str, list[DestinationRule]] = {}
    for found in collisions.values():
        failed.setdefault(found.second, []).append(found.failed(source))
    images = {
        name: (*_remaining(rules, collisions), *failed.get(name, ()))
        for name, rules in selection.images.items()
    }
    return replace(selection, images={name: rules for name, rules in images.items() if rules})


def _renames(selection: Selection) -> bool:
    """Return whether any tag is another than its name at the source, which is unique."""
    images = selection.images.items()
    return any(each.tag != name for name, destination_rules in images for each in destination_rules)


def _collisions(selection: Selection) -> Iterator[_Collision]:
    first: dict[tuple[Reference, str], str] = {}
    for name, destination_rules in selection.images.items():
        for each in destination_rules:
            if each.tag:
                other = first.setdefault((each.place.reference, each.tag), name)
                if other != name:
                    yield _Collision(other, name, each)


def _remaining(
    rules: tuple[DestinationRule, ...], collisions: dict[Reference, _Collision]
) -> Iterator[DestinationRule]:
    return (each for each in rules if each.error or each.place.reference not in collisions)
