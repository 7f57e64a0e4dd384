"""The images of a plan, as a run finds images: nothing is asked of a registry for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.decision import Action
from reposync.plan.codec import PlanError
from reposync.sync.expand import Pair
from reposync.sync.select import DestinationRule, Selection, copy_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reposync.decision import Decision
    from reposync.oci.reference import Reference
    from reposync.sync.discovery import Only, Repositories
    from reposync.sync.stages import Place, Stage

_Images = dict[str, tuple[DestinationRule, ...]]


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
            name, found = decision.source.tag_or_digest, images.setdefault(place, {})
            found[name] = (*found.get(name, ()), _destination_rule(stage, decision))
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
    place, tag = _at(rule.destination, decision.destination), decision.destination.tag
    error = PlanError(f"not decided: {decision.reason}") if _has_no_name(decision) else None
    return DestinationRule(place, tag, copy_rule(rule), decision.rule, error)


def _has_no_name(decision: Decision) -> bool:
    """Return whether the image could not be named at its destination."""
    return decision.action is Action.ERROR and not decision.destination.tag_or_digest


def _at(place: Place, image: Reference) -> Place:
    return replace(place, reference=replace(image, tag="", digest=None))


def _counts(
    stage: Stage, destination_rules: Iterable[Sequence[DestinationRule]]
) -> tuple[int, ...]:
    numbers = [each.number for rules in destination_rules for each in rules]
    return tuple(numbers.count(number) for number in range(len(stage.rules)))
