"""Selection: which images of a repository go where, by all rules of its stage together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.errors import InvalidReferenceError
from reposync.oci.referrers import is_fallback_tag, subject_tag
from reposync.plan.desired import Desired
from reposync.selection.choose import choose
from reposync.selection.naming import destination_tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reposync.copy.copy_rule import CopyRule
    from reposync.errors import RepoSyncError
    from reposync.oci.reference import Reference
    from reposync.selection.choose import Image
    from reposync.sync.stages import Place, Rule


class DestinationRule(Struct, frozen=True, gc=False):
    """One tag that an image gets at a destination, "" for none, and by which rule it goes there.

    ``number`` is the place of the rule in its stage, from 0. With an ``error`` the image is not
    copied there. There is one for every tag, so the garbage collector leaves them alone: they are
    in no circle.
    """

    place: Place
    tag: str
    rule: CopyRule
    number: int = 0
    error: RepoSyncError | None = None

    def desired(self, stage: str, source: Reference) -> Desired:
        """Return what the destination should have of the image *source*, by a *stage*."""
        destination = self.place.reference.naming(self.tag or source.tag_or_digest)
        return Desired(stage, source, destination, self.rule, self.number)


class Selection(Struct, frozen=True):
    """The images of a repository by their names at the source: tags or digests.

    ``counts`` has how many each rule took. A destination gets an image once under each tag, by the
    first of the rules that give it that tag.
    """

    images: Mapping[str, tuple[DestinationRule, ...]]
    counts: tuple[int, ...]


def select(
    rules: Sequence[Rule],
    tags: Sequence[str],
    created: Mapping[str, datetime | None] | None = None,
    *,
    now: datetime | None = None,
) -> Selection:
    """Choose among *tags*, all that the source has, by *rules*.

    Without *created*, the times at which images were made, no rule looks at them. A tag that a
    rule names is chosen whether it is listed or not, so that a missing one is told.
    """
    selected: dict[str, dict[tuple[int, str], DestinationRule]] = {}
    place_numbers: dict[Place, int] = {}  # quicker to compare than places, for many tags
    counts = []
    for number, rule in enumerate(rules):
        images = chosen(rule, tags, created, now=now)
        counts.append(len(images))
        place_number = place_numbers.setdefault(rule.destination, len(place_numbers))
        copies_by = copy_rule(rule)
        for image in images:
            one = _destination_rule(rule, image, copies_by, number)
            selected.setdefault(image.name, {}).setdefault((place_number, one.tag), one)
    images_to = {
        name: tuple(destination_rules.values()) for name, destination_rules in selected.items()
    }
    return Selection(images_to, tuple(counts))


def chosen(
    rule: Rule,
    tags: Sequence[str],
    created: Mapping[str, datetime | None] | None = None,
    *,
    now: datetime | None = None,
) -> tuple[Image, ...]:
    """Choose by one rule.

    Where every tag is wanted, the fallback tags of referrers are left out, which a destination
    keeps for itself, and where not all referrers are wanted, all tags that speak of a digest.
    """
    images = choose(rule.selectors, tags, created=created, now=now)
    if rule.selectors:
        return images
    is_left_out = is_fallback_tag if _takes_all_tags(rule) else subject_tag
    return tuple(image for image in images if not is_left_out(image.tag))


def _destination_rule(
    rule: Rule, image: Image, copies_by: CopyRule, number: int
) -> DestinationRule:
    """Name the image; one for which the template has no name is an error of that image alone."""
    try:
        tag = destination_tag(rule.tag_template, rule.selectors, image)
    except InvalidReferenceError as error:
        error.drop_stack()
        return DestinationRule(rule.destination, "", copies_by, number, error)
    return DestinationRule(rule.destination, tag, copies_by, number)


def copy_rule(rule: Rule) -> CopyRule:
    """Return how *rule* copies: without digest tags where every tag is copied for itself."""
    referrers = rule.copy.referrers
    if referrers is None or not _takes_all_tags(rule):
        return rule.copy
    return replace(rule.copy, referrers=replace(referrers, by_tags=False))


def _takes_all_tags(rule: Rule) -> bool:
    referrers = rule.copy.referrers
    return not rule.selectors and referrers is not None and not referrers.artifact_types
