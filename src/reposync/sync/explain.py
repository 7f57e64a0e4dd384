"""Explaining: why a tag of a stage's source goes to a destination, or does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.choose import needs_times, wants_list
from reposync.selection.explain import Explanation, Step
from reposync.selection.explain import explain as explain_selectors
from reposync.sync.discovery import created_times
from reposync.sync.expand import expanded
from reposync.sync.select import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Source
    from reposync.oci.reference import Reference
    from reposync.sync.discovery import Repositories
    from reposync.sync.plan import Rule, Stage

_LEFT_OUT = Step(
    None, "excludes it", "it speaks of a digest, and comes along with that image where it is meant"
)


class Explained(Struct, frozen=True):
    """What one rule does with a tag: ``source`` is the image, ``destination`` a repository."""

    source: Reference
    destination: Reference
    explanation: Explanation


async def explain(
    repositories: Repositories, stage: Stage, repository: str, tag: str
) -> tuple[Explained, ...]:
    """Explain *tag* of *repository* for each rule; none where the stage's pattern leaves it out.

    Asks the source for its tags, and for creation times, where a rule looks at them.

    Raises:
        RepoSyncError: The source does not tell, or the rules make an illegal name.
    """
    explained = []
    for pair in expanded(stage, [repository]):
        source = repositories.source(pair.source)
        wanted = any(wants_list(rule.selectors) for rule in pair.rules)
        tags = [each async for each in source.list_tags()] if wanted else []
        image = source.reference.naming(tag)
        for rule in pair.rules:
            explanation = await _explained(source, rule, tags, tag)
            explained.append(Explained(image, rule.destination.reference, explanation))
    return tuple(explained)


async def _explained(source: Source, rule: Rule, tags: Sequence[str], tag: str) -> Explanation:
    undecided = needs_times(rule.selectors, chosen(rule, tags))
    created = await created_times(source, undecided) if undecided else None
    now = datetime.now(UTC)
    explanation = explain_selectors(rule.selectors, tags, tag, created=created, now=now)
    images = chosen(rule, tags, created, now=now)
    if explanation.taken and not any(tag in {image.name, image.tag} for image in images):
        return Explanation(taken=False, steps=(*explanation.steps, _LEFT_OUT))
    return explanation
