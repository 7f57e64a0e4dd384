"""Explaining: why a tag is meant or not, line by line.

Looks on while the selectors are applied by ``narrowing``, so that it cannot say anything else than
what ``choose`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from reposync.oci.referrers import is_digest_tag
from reposync.selection.choose import named_images, times_of
from reposync.selection.narrowing import (
    narrowed,
    narrowings,
    taken_in,
    takes,
    takes_all,
)
from reposync.selection.reasons import why_kept, why_taken
from reposync.selection.selectors import KeepNewer, Matching, Named, Pinned, Selector, Versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reposync.selection.narrowing import Times

Effect = Literal["includes it", "does not match", "keeps it", "excludes it", "is not applied yet"]


class Step(Struct, frozen=True):
    """What one line does to the tag; ``index`` is the line's, None for a rule without a line."""

    index: int | None
    effect: Effect
    why: str


class Explanation(Struct, frozen=True):
    """Whether the tag is meant, and the steps to it in the order they are taken."""

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
    """Return why ``choose`` with these arguments takes *tag*, or a digest, or does not.

    Raises:
        ValueError: There are times, and *now* is missing.
    """
    times = times_of(created, now)
    if naming := tuple(_naming(selectors, tag)):
        named = named_images(selectors)
        return Explanation(any(tag in (it.name, it.tag) for it in named), naming)
    listed = frozenset(tags)
    taking = tuple(_taking(selectors, listed, tag))
    chosen = taken_in(selectors, listed)
    keeping, taken = _keeping(selectors, chosen, tag, times)
    return Explanation(taken, taking + keeping)


def _naming(selectors: Sequence[Selector], tag: str) -> Iterator[Step]:
    images = {image.tag or image.name: image for image in named_images(selectors)}
    for index, selector in enumerate(selectors):
        match selector:
            case Named(tag=name) if name == tag:
                pinned = images[tag].name
                if pinned == tag:
                    yield Step(index, "includes it", "it is named")
                else:
                    yield Step(index, "includes it", f"it is named, and another line says {pinned}")
            case Pinned(digest=digest, tag=name) if tag and tag in {digest, name}:
                if images[name or digest].name == digest:
                    yield Step(index, "includes it", "it is named with its digest")
                else:
                    yield Step(index, "does not match", "an earlier line gives another digest")


def _taking(selectors: Sequence[Selector], listed: frozenset[str], tag: str) -> Iterator[Step]:
    if tag not in listed:
        yield Step(None, "does not match", "the source has no such tag, and no line names it")
    elif not selectors:
        yield Step(None, "includes it", "there is no line, so every tag is meant")
    elif is_digest_tag(tag):
        yield Step(None, "does not match", "it speaks of another image, and comes along with that")
    elif takes_all(selectors):
        yield Step(None, "includes it", "there are `keep` lines alone, so every tag is taken in")
    else:
        yield from _rules(selectors, tag)


def _rules(selectors: Sequence[Selector], tag: str) -> Iterator[Step]:
    rules = [(at, it) for at, it in enumerate(selectors) if isinstance(it, Matching | Versions)]
    for index, rule in rules:
        effect: Effect = "includes it" if takes(rule, tag) else "does not match"
        yield Step(index, effect, why_taken(rule, tag))
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
