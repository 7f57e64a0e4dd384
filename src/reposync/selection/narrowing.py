"""Narrowing: what each selector takes in of the source's tags, and what it leaves of them.

The one place that applies selectors: ``choose`` gives the result, ``explain`` looks on, so that
they cannot differ.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.referrers import is_digest_tag
from reposync.selection.selectors import (
    Keep,
    KeepLatest,
    KeepNewer,
    Matching,
    Named,
    Narrowing,
    Pinned,
    Selector,
    Taking,
    Versions,
)
from reposync.selection.version import order, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Builders that want equal images from equal sources write a date long ago, or none.
_PLAUSIBLE_FROM = datetime(2013, 1, 1, tzinfo=UTC)


class Times(Struct, frozen=True):
    """When images were created, by their tags; a tag that is missing has an unknown time."""

    created: Mapping[str, datetime | None]
    now: datetime

    def age_s(self, tag: str) -> float | None:
        """Return how old *tag* is; None where it does not tell, or tells no time it can be true."""
        created = self.created.get(tag)
        if created is None or created < _PLAUSIBLE_FROM:
            return None
        return (self.now - created).total_seconds()


def named_tags(selectors: Iterable[Selector]) -> frozenset[str]:
    """Return the tags that lines name: no rule touches them."""
    return frozenset(it.tag for it in selectors if isinstance(it, Named | Pinned))


def takes_all(selectors: Sequence[Selector]) -> bool:
    """Return whether no line takes anything in, so that all tags are meant."""
    return not any(isinstance(it, Named | Pinned | Matching | Versions) for it in selectors)


def takes(selector: Taking, tag: str) -> bool:
    """Return whether *selector* takes *tag* in."""
    if isinstance(selector, Matching):
        return selector.pattern.matches(tag)
    version = parse_version(tag)
    return version is not None and selector.range.takes(version)


def taken_in(selectors: Sequence[Selector], tags: Iterable[str]) -> frozenset[str]:
    """Return those of *tags* that are taken in by rules, before any ``keep`` line."""
    if not selectors:
        return frozenset(tags)
    named = named_tags(selectors)
    candidates = (tag for tag in tags if tag not in named and not is_digest_tag(tag))
    if takes_all(selectors):
        return frozenset(candidates)
    rules = [it for it in selectors if isinstance(it, Matching | Versions)]
    return frozenset(tag for tag in candidates if any(takes(rule, tag) for rule in rules))


def narrowings(selectors: Sequence[Selector]) -> Iterator[tuple[int, Narrowing]]:
    """Return the ``keep`` lines in the order they are applied, each with its place."""
    for kind in (Keep, KeepLatest, KeepNewer):
        for index, selector in enumerate(selectors):
            if isinstance(selector, kind):
                yield index, selector


def narrowed(selector: Narrowing, tags: frozenset[str], times: Times | None) -> frozenset[str]:
    """Return what *selector* leaves of *tags*; without *times* an age narrows nothing."""
    match selector:
        case Keep(pattern=pattern):
            return frozenset(tag for tag in tags if pattern.matches(tag))
        case KeepLatest(count=count):
            groups = grouped(selector, tags).values()
            return frozenset(tag for group in groups for tag in group[:count])
        case KeepNewer(age_s=limit_s):
            return tags if times is None else _newer(tags, times, limit_s)


def grouped(selector: KeepLatest, tags: Iterable[str]) -> dict[str | None, list[str]]:
    """Return what *selector* counts apart: the tags of each variant, or all, the newest first.

    What is no version is a group of its own, None, where variants are counted apart.
    """
    groups: dict[str | None, list[str]] = {}
    for tag in sorted(tags, key=order, reverse=True):
        groups.setdefault(variant(tag) if selector.per_variant else "", []).append(tag)
    return groups


def variant(tag: str) -> str | None:
    """Return the variant of *tag*, "" for plain; None for no version."""
    version = parse_version(tag)
    return None if version is None else version.variant


def _newer(tags: frozenset[str], times: Times, limit_s: int) -> frozenset[str]:
    ages = {tag: times.age_s(tag) for tag in tags}
    return frozenset(tag for tag, age_s in ages.items() if age_s is None or age_s <= limit_s)
