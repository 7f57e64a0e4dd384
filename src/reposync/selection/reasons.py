"""Reasons: texts that explain the effect of a selector on a tag; decides nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.selection.narrowing import grouped, variant
from reposync.selection.selectors import Including, Keep, KeepLatest, KeepNewer, Matching, Narrowing
from reposync.selection.version import parse_version
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.selection.narrowing import Times
    from reposync.selection.pattern import Pattern
    from reposync.selection.ranges import Range
    from reposync.selection.version import Version

_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S


def why_included(selector: Including, tag: str) -> str:
    """Return why *selector* includes *tag*, or does not."""
    if isinstance(selector, Matching):
        return _of_pattern(selector.pattern, tag)
    version = parse_version(tag)
    return "it is not a version" if version is None else _of_range(selector.range, version)


def why_kept(selector: Narrowing, tag: str, tags: frozenset[str], times: Times | None) -> str:
    """Return why *selector* keeps *tag* of *tags*, or excludes it."""
    match selector:
        case Keep(pattern=pattern):
            return _of_pattern(pattern, tag)
        case KeepLatest():
            return _of_rank(selector, tag, tags)
        case KeepNewer():
            return _of_age(tag, times)


def _of_pattern(pattern: Pattern, tag: str) -> str:
    if pattern.expression.matches(tag):
        fits = "the whole tag matches"
    elif pattern.expression.matches_part(tag):
        fits = "only a part of the tag matches"
    else:
        fits = "the tag does not match"
    return f"{fits}, and `!` inverts the line" if pattern.inverted else fits


def _of_range(wanted: Range, version: Version) -> str:
    if wanted.includes(version):
        return f"{_described(version)} is in the range"
    if version.is_serial and not any(it.names_serial for it in wanted.alternatives):
        return f"{_described(version)} is a date or build number, and the range names none"
    if version.pre and not any(it.names_pre_release for it in wanted.alternatives):
        return f"{_described(version)} is a pre-release, and the range names none"
    return f"{_described(version)} is not in the range"


def _described(version: Version) -> str:
    numbers = ".".join(map(str, version.release))
    variant_named = f", variant {quoted(version.variant)}," if version.variant else ""
    return f"version {numbers}{variant_named}"


def _of_rank(selector: KeepLatest, tag: str, tags: frozenset[str]) -> str:
    name = variant(tag) if selector.per_variant else ""
    group = grouped(selector, tags)[name]
    which = ""
    if name is None:
        which = " of the tags that are not versions"
    elif selector.per_variant:
        which = f" of variant {quoted(name)}" if name else " of those without a variant"
    place = group.index(tag) + 1
    return f"it is number {place} of {len(group)}{which}, and {selector.count} are kept"


def _of_age(tag: str, times: Times | None) -> str:
    if times is None:
        return "its creation time is not known yet"
    age_s = times.age_s(tag)
    if age_s is None:
        return "it has no plausible creation time"
    if age_s < 2 * _DAY_S:
        return f"it is {age_s / _HOUR_S:.0f} hours old"
    return f"it is {age_s / _DAY_S:.0f} days old"
