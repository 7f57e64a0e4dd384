"""Explaining: why a tag of a stage's source goes to a destination, or does not."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.errors import InvalidReferenceError
from reposync.selection.choose import needs_times, wants_list
from reposync.selection.explain import Explanation, Step
from reposync.selection.explain import explain as explain_selectors
from reposync.selection.naming import destination_tag, is_kept
from reposync.sync.discovery import created_times
from reposync.sync.expand import expanded
from reposync.sync.select import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Source
    from reposync.oci.reference import Reference
    from reposync.selection.choose import Image
    from reposync.sync.discovery import Repositories
    from reposync.sync.stages import Rule, Stage

_LEFT_OUT = Step(
    None, "excludes it", "it speaks of a digest, and comes along with that image where it is meant"
)


class Explained(Struct, frozen=True):
    """What one rule does with a tag: ``source`` is the image, ``destination`` a repository.

    ``tags`` are those that the image gets there, where they are not its own.
    """

    source: Reference
    destination: Reference
    explanation: Explanation
    tags: tuple[str, ...] = ()


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
            explanation, selected = await _explained(source, rule, tags, tag)
            names = _names(rule, selected)
            steps = (*explanation.steps, *(_naming(rule, each) for each in selected))
            found = replace(explanation, steps=tuple(each for each in steps if each is not None))
            explained.append(Explained(image, rule.destination.reference, found, names))
    return tuple(explained)


def _names(rule: Rule, images: Sequence[Image]) -> tuple[str, ...]:
    """Return the tags of *images* at the destination; none if each keeps its own."""
    names: list[str] = []
    for image in images:
        with suppress(InvalidReferenceError):
            names.append(destination_tag(rule.tag_template, rule.selectors, image))
    is_same = names == [image.tag for image in images if not image.is_alias]
    return () if is_same else tuple(names)


def _naming(rule: Rule, image: Image) -> Step | None:
    """Return what the template of tags does to *image*; None without one, or if `as` names it."""
    if rule.tag_template is None or rule.tag_template.keeps_names or image.is_alias:
        return None
    index = len(rule.selectors)
    try:
        tag = destination_tag(rule.tag_template, rule.selectors, image)
    except InvalidReferenceError as error:
        return Step(index, "cannot name it", str(error))
    if not tag:
        return None
    if is_kept(image):
        return Step(index, "names it", "it is a digest tag, and keeps its name")
    return Step(index, "names it", f"its tag there is {tag}")


def _is_asked_for(image: Image, name: str) -> bool:
    """Return whether *name* is the tag or digest of *image*, and not only a name by ``as``."""
    return name == image.name or (name == image.tag and not image.is_alias)


async def _explained(
    source: Source, rule: Rule, tags: Sequence[str], tag: str
) -> tuple[Explanation, list[Image]]:
    """Explain *tag*, and return the images that it is selected as."""
    undecided = needs_times(rule.selectors, chosen(rule, tags))
    created = await created_times(source, undecided) if undecided else None
    now = datetime.now(UTC)
    explanation = explain_selectors(rule.selectors, tags, tag, created=created, now=now)
    images = [it for it in chosen(rule, tags, created, now=now) if _is_asked_for(it, tag)]
    if explanation.taken and not images:
        return Explanation(taken=False, steps=(*explanation.steps, _LEFT_OUT)), []
    return explanation, images if explanation.taken else []
