"""Explaining: why a tag is selected or not, line by line.

It applies the selectors by ``narrowing``, as ``choose`` does, so that both always agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from reposync.oci.referrers import is_digest_tag
from reposync.selection.choose import named_images, times_of
from reposync.selection.narrowing import (
    included,
    includes,
    includes_all,
    narrowed,
    narrowings,
)
from reposync.selection.reasons import why_included, why_kept
from reposync.selection.selectors import KeepNewer, Matching, Named, Pinned, Selector, Versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reposync.selection.narrowing import Times

Effect = Literal[
    "includes it",
    "does not match",
    "keeps it",
    "excludes it",
    "is not applied yet",
    "names it",
    "cannot name it",
]


class Step(Struct, frozen=True):
    """What one line does to the tag; ``index`` is the line's, None if no line is involved.

    The index after those of the selectors is that of the template of tags.
    """

    index: int | None
    effect: Effect
    why: str


class Explanation(Struct, frozen=True):
    """Whether the tag is selected, and the steps in the order of evaluation."""

    taken: bool
    steps: tuple[Step, ...]


def explain(
    selectors: Sequence[Selector],
    tags: Iterable[str],
    tag: str,
    *,
    created: Mapping[str, datetime | None] | None = None,
    now: datetime | None = None,
) -> Explanation:
    """Return why ``choose`` with these arguments selects *tag*, or a digest, or does not.

    Raises:
        ValueError: *created* is given without *now*.
    """
    times = times_of(created, now)
    if naming := tuple(_naming(selectors, tag)):
        named = named_images(selectors)
        return Explanation(any(tag in (it.name, it.tag) for it in named), naming)
    listed = frozenset(tags)
    included_by = tuple(_including(selectors, listed, tag))
    chosen = included(selectors, listed)
    keeping, taken = _keeping(selectors, chosen, tag, times)
    return Explanation(taken, included_by + keeping)


def _naming(selectors: Sequence[Selector], tag: str) -> Iterator[Step]:
    named = named_images(selectors)
    images = {image.tag or image.name: image for image in named if not image.is_alias}
    for index, selector in enumerate(selectors):
        match selector:
            case Named(tag=name, aliases=aliases) if aliases and name == tag:
                yield Step(index, "includes it", f"it is named, and gets {_listed(aliases)}")
            case Named(tag=name, aliases=()) if name == tag:
                pinned = images[tag].name
                if pinned == tag:
                    yield Step(index, "includes it", "it is named")
                else:
                    yield Step(
                        index, "includes it", f"it is named, and another line gives {pinned}"
                    )
            case Pinned(digest=digest, tag=name) if tag and tag in {digest, name}:
                if images[name or digest].name == digest:
                    yield Step(index, "includes it", "it is named with its digest")
                else:
                    yield Step(index, "does not match", "an earlier line gives another digest")


def _listed(tags: Sequence[str]) -> str:
    *some, last = tags
    return f"the tags {', '.join(some)} and {last}" if some else f"the tag {last}"


def _including(selectors: Sequence[Selector], listed: frozenset[str], tag: str) -> Iterator[Step]:
    if tag not in listed:
        yield Step(None, "does not match", "the source has no such tag, and no line names it")
    elif not selectors:
        yield Step(None, "includes it", "there is no line, so every tag is selected")
    elif is_digest_tag(tag):
        yield Step(None, "does not match", "it is a digest tag, and is copied with its image")
    elif includes_all(selectors):
        yield Step(None, "includes it", "there are only `keep` lines, so every tag is included")
    else:
        yield from _rules(selectors, tag)


def _rules(selectors: Sequence[Selector], tag: str) -> Iterator[Step]:
    rules = [(at, it) for at, it in enumerate(selectors) if isinstance(it, Matching | Versions)]
    for index, rule in rules:
        effect: Effect = "includes it" if includes(rule, tag) else "does not match"
        yield Step(index, effect, why_included(rule, tag))
    if not rules:
        yield Step(None, "does not match", "no line names it")


def _keeping(
    selectors: Sequence[Selector], chosen: frozenset[str], tag: str, times: Times | None
) -> tuple[tuple[Step, ...], bool]:
    steps: list[Step] = []
    for index, selector in narrowings(selectors):
        if tag not in chosen:
            break
        left = narrowed(selector, chosen, times)
        effect: Effect = "keeps it" if tag in left else "excludes it"
        if isinstance(selector, KeepNewer) and times is None:
            effect = "is not applied yet"
        steps.append(Step(index, effect, why_kept(selector, tag, chosen, times)))
        chosen = left
    return tuple(steps), tag in chosen
