"""Expansion: from a stage with a pattern to one repository of the source at a time. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.errors import ConflictError, InvalidReferenceError
from reposync.oci.reference import canonical_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reposync.oci.reference import Reference
    from reposync.sync.stages import Place, Rule, Stage

_TOLD = 3


class Pair(Struct, frozen=True):
    """One repository of the source, and where it goes."""

    source: Place
    rules: tuple[Rule, ...]


def expanded(stage: Stage, repositories: Iterable[str]) -> tuple[Pair, ...]:
    """Pair each of *repositories* that the stage's pattern means with its destinations.

    Raises:
        InvalidReferenceError: A template makes a name of them that is not legal; names the first
            few.
    """
    if stage.pattern is None:
        return (Pair(stage.source, stage.rules),)
    pairs, illegal = [], []
    for name in repositories:
        groups = stage.pattern.match(name)
        if groups is None:
            continue
        source = _at(stage.source, name)
        try:
            rules = tuple(_filled(rule, name, groups) for rule in stage.rules)
        except InvalidReferenceError as error:
            illegal.append(f"{source.reference}: {error}")
        else:
            pairs.append(Pair(source, rules))
    if illegal:
        raise InvalidReferenceError(
            f"the stage would write to illegal names: {_told(illegal)}",
            hint="change `to.repository`, or leave these repositories out by `exclude`",
        )
    return tuple(pairs)


def meeting(pairs: Sequence[Pair]) -> list[Pair]:
    """Find the pairs that share a destination repository with another source."""
    sources: dict[Reference, set[Reference]] = {}
    for pair in pairs:
        for rule in pair.rules:
            sources.setdefault(rule.destination.reference, set()).add(pair.source.reference)
    return [
        pair
        for pair in pairs
        if any(len(sources[rule.destination.reference]) > 1 for rule in pair.rules)
    ]


def check_tags(written: Iterable[tuple[Reference, Reference]]) -> None:
    """Make sure that no tag is written from two sources; pairs of source and destination tag.

    Raises:
        ConflictError: One is; names the first few.
    """
    first: dict[Reference, Reference] = {}
    conflicts = []
    for source, destination in written:
        other = first.setdefault(destination, source)
        if other != source:
            conflicts.append(f"{destination} from {other} and {source}")
    if conflicts:
        raise ConflictError(
            f"the stage would write one tag from two sources: {_told(conflicts)}",
            hint="use {repository} in `to.repository`, or leave one out by `exclude`",
        )


def _filled(rule: Rule, repository: str, groups: Mapping[str, str]) -> Rule:
    if rule.template is None:
        return rule
    destination = _at(rule.destination, rule.template.fill(repository, groups))
    return replace(rule, destination=destination, template=None)


def _at(place: Place, repository: str) -> Place:
    host = place.reference.registry
    reference = replace(place.reference, repository=canonical_repository(host, repository))
    return replace(place, reference=reference)


def _told(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - _TOLD} more" if len(cases) > _TOLD else ""
    return "; ".join(cases[:_TOLD]) + more
