"""Narrowing: which of the source's tags each selector includes, and which it keeps.

The one place that applies selectors, used by ``choose`` and by ``explain``, so that they agree.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.referrers import is_digest_tag
from reposync.selection.selectors import (
    Including,
    Keep,
    KeepLatest,
    KeepNewer,
    Matching,
    Named,
    Narrowing,
    Pinned,
    Selector,
    Versions,
)
from reposync.selection.version import order, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Reproducible builds write a date long ago, or none.
_PLAUSIBLE_FROM = datetime(2013, 1, 1, tzinfo=UTC)


class Times(Struct, frozen=True):
    """When images were created, by their tags; a tag that is missing has an unknown time."""

    created: Mapping[str, datetime | None]
    now: datetime

    def age_s(self, tag: str) -> float | None:
        """Return the age of *tag*; None if its time is missing or not plausible."""
        created = self.created.get(tag)
        if created is None or created < _PLAUSIBLE_FROM:
            return None
        return (self.now - created).total_seconds()


def named_tags(selectors: Iterable[Selector]) -> frozenset[str]:
    """Return the tags that lines name, which no rule affects."""
    return frozenset(it.tag for it in selectors if isinstance(it, Named | Pinned))


def includes_all(selectors: Sequence[Selector]) -> bool:
    """Return whether no line includes tags, so that all tags are included."""
    return not any(isinstance(it, Named | Pinned | Matching | Versions) for it in selectors)


def includes(selector: Including, tag: str) -> bool:
    """Return whether *selector* includes *tag*."""
    if isinstance(selector, Matching):
        return selector.pattern.matches(tag)
    version = parse_version(tag)
    return version is not None and selector.range.includes(version)


def included(selectors: Sequence[Selector], tags: Iterable[str]) -> frozenset[str]:
    """Return those of *tags* that rules include, before any ``keep`` line."""
    if not selectors:
        return frozenset(tags)
    named = named_tags(selectors)
    candidates = (tag for tag in tags if tag not in named and not is_digest_tag(tag))
    if includes_all(selectors):
        return frozenset(candidates)
    rules = [it for it in selectors if isinstance(it, Matching | Versions)]
    return frozenset(tag for tag in candidates if any(includes(rule, tag) for rule in rules))


def narrowings(selectors: Sequence[Selector]) -> Iterator[tuple[int, Narrowing]]:
    """Return the ``keep`` lines in the order of evaluation, each with its index."""
    for kind in (Keep, KeepLatest, KeepNewer):
        for index, selector in enumerate(selectors):
            if isinstance(selector, kind):
                yield index, selector


def narrowed(selector: Narrowing, tags: frozenset[str], times: Times | None) -> frozenset[str]:
    """Return those of *tags* that *selector* keeps; without *times* an age keeps all."""
    match selector:
        case Keep(pattern=pattern):
            return frozenset(tag for tag in tags if pattern.matches(tag))
        case KeepLatest(count=count):
            groups = grouped(selector, tags).values()
            return frozenset(tag for group in groups for tag in group[:count])
        case KeepNewer(age_s=limit_s):
            return tags if times is None else _newer(tags, times, limit_s)


def grouped(selector: KeepLatest, tags: Iterable[str]) -> dict[str | None, list[str]]:
    """Return the groups that *selector* counts separately: each variant, or all; newest first.

    With a group for each variant, tags that are not versions are the group None.
    """
    groups: dict[str | None, list[str]] = {}
    for tag in sorted(tags, key=order, reverse=True):
        groups.setdefault(variant(tag) if selector.per_variant else "", []).append(tag)
    return groups


def variant(tag: str) -> str | None:
    """Return the variant of *tag*, "" without one; None if *tag* is not a version."""
    version = parse_version(tag)
    return None if version is None else version.variant


def _newer(tags: frozenset[str], times: Times, limit_s: int) -> frozenset[str]:
    ages = {tag: times.age_s(tag) for tag in tags}
    return frozenset(tag for tag, age_s in ages.items() if age_s is None or age_s <= limit_s)
