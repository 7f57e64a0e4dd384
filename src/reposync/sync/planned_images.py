"""The images of a plan, as a run finds images: nothing is asked of a registry for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.plan.codec import PlanError
from reposync.selection.choose import Image
from reposync.sync.expand import Pair
from reposync.sync.select import DestinationRule, Selection, copy_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reposync.decision import Decision
    from reposync.oci.reference import Reference
    from reposync.sync.discovery import Only, Repositories
    from reposync.sync.plan import Place, Stage

_Images = dict[Image, tuple[DestinationRule, ...]]


class PlannedImages(Struct, frozen=True):
    """Finds the images of *decisions*; see ``StageDiscovery``."""

    repositories: Repositories
    decisions: Sequence[Decision]
    only: Only | None = None

    async def pairs(self, stage: Stage) -> tuple[tuple[Pair, ...], Mapping[Reference, Selection]]:
        """See ``StageDiscovery``; a repository that could not be listed has no selection."""
        images: dict[Place, _Images] = {}
        unlisted: dict[Place, None] = {}
        for decision in self.decisions:
            if decision.stage != stage.name:
                continue
            place = _at(stage.source, decision.source)
            if not decision.source.tag_or_digest:
                unlisted[place] = None
                continue
            image = Image(decision.source.tag_or_digest, decision.destination.tag)
            found = images.setdefault(place, {})
            found[image] = (*found.get(image, ()), _destination_rule(stage, decision))
        pairs = tuple(Pair(place, ()) for place in (*images, *unlisted))
        return pairs, {
            place.reference: Selection(found, _counts(stage, found.values()))
            for place, found in images.items()
        }

    async def selection(self, pair: Pair) -> Selection:
        """Say why the plan has no images of a repository.

        Raises:
            PlanError: In any case.
        """
        repository = pair.source.reference
        reasons = (each.reason for each in self.decisions if each.source.name == repository.name)
        raise PlanError(f"not planned: {next(reasons, 'it could not be listed')}")


def _destination_rule(stage: Stage, decision: Decision) -> DestinationRule:
    rule = stage.rules[decision.rule]
    place = _at(rule.destination, decision.destination)
    return DestinationRule(place, copy_rule(rule), decision.rule)


def _at(place: Place, image: Reference) -> Place:
    return replace(place, reference=replace(image, tag="", digest=None))


def _counts(
    stage: Stage, destination_rules: Iterable[Sequence[DestinationRule]]
) -> tuple[int, ...]:
    numbers = [each.number for rules in destination_rules for each in rules]
    return tuple(numbers.count(number) for number in range(len(stage.rules)))
