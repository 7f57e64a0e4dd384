"""What belongs to an image at its source, and must be at a destination where it was told to be.

Read from snapshots: what a registry lists as pointing to the image, and cosign's tags for it. What
points to its children comes with a new image alone, and is not looked for here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.soak.scenario import Character, Scenario
    from tests.soak.snapshot import Snapshot, Stored

    from reposync.config import model
    from reposync.copy.outcome import Outcome

_SUFFIXES = (".sig", ".att", ".sbom")


def left_out(
    scenario: Scenario, stage: model.Stage, one: Outcome, found: Snapshot
) -> Iterator[str]:
    """Return what belongs to the image of *one* at its source, and its destination lacks."""
    if one.digest is None or one.digest != one.source_digest:
        return  # what points to an index does not point to a smaller one
    here = found[stage.source.source, one.source.repository]
    for rule in stage.rules:
        repository = rule.repository.replace("{repository}", one.source.repository)
        there = found.get((rule.destination, repository))
        if there is None or rule.referrers is False or repository != one.destination.repository:
            continue
        lacking = _listed(scenario.characters[stage.source.source], here, one.digest) - _listed(
            scenario.characters[rule.destination], there, one.digest
        )
        yield from (f"{one.destination} lacks the referrer {each}" for each in sorted(lacking))
        yield from _tags_left_out(here, there, one, moves=not rule.overwrite)


def _tags_left_out(here: Stored, there: Stored, one: Outcome, *, moves: bool) -> Iterator[str]:
    for suffix in _SUFFIXES:
        tag = f"{one.digest}".replace(":", "-") + suffix
        if tag not in here.tags:
            continue
        if tag not in there.tags or (moves and there.tags[tag] != here.tags[tag]):
            yield f"{one.destination} lacks the tag {tag} as it is at {one.source}"


def _listed(character: Character, stored: Stored, digest: str) -> frozenset[str]:
    """Return the referrers of *digest* that a registry lists, by its API or fallback tag."""
    if not character.referrers_api or character.layout:
        tag = digest.replace(":", "-")
        return stored.listed(tag) if tag in stored.tags else frozenset()
    return frozenset(
        referrer
        for referrer, content in stored.manifests.items()
        if (json.loads(content).get("subject") or {}).get("digest") == digest
    )
