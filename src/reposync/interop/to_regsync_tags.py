"""To regsync's filters: sets of ranges, of what is allowed and of what is denied.

Within a set all three must let a tag pass; sets add up. So what our rules take in becomes sets, and
what our ``keep`` lines narrow is put into each of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reposync.interop import our_ranges
from reposync.interop.expressions import Sieve, has_alternatives, takes_digest_tags
from reposync.interop.refusals import refusal
from reposync.oci.referrers import DIGEST_TAG
from reposync.selection.narrowing import includes_all
from reposync.selection.selectors import (
    Keep,
    KeepLatest,
    KeepNewer,
    Matching,
    Named,
    Pinned,
    Versions,
)

if TYPE_CHECKING:
    from reposync.config.finding import Path
    from reposync.interop.routes import Export, Route
    from reposync.interop.tree import Tree

_EVERY = ">=0"


def rule_sets(route: Route, job: Export) -> list[dict[str, Tree]] | None:
    """Write what the rules of *route* take in as sets; None where it has names alone.

    Raises:
        RefusalError: It cannot be said by sets.
    """
    selectors = route.selectors()
    kept, denied = _keeps(route)
    if includes_all([selector for _, selector in selectors]):
        return [_set([], kept, denied)] if selectors else [{}]
    ranges = [
        each
        for path, it in selectors
        if isinstance(it, Versions)
        for each in _ranges(path, it, job)
    ]
    patterns = [it.pattern for _, it in selectors if isinstance(it, Matching)]
    allowed = [guarded(it.expression.text) for it in patterns if not it.inverted]
    if kept and allowed:
        raise refusal(route.said("tags"), "has a `keep` line beside rules, which regsync cannot")
    sets = [_set(ranges, kept, denied, versions=True)] if ranges else []
    sets += [_set([], allowed, denied)] if allowed else []
    for pattern in patterns:
        if pattern.inverted:
            sets.append(_set([], kept, [*denied, guarded(pattern.expression.text)]))
    return sets or None


def named_set(route: Route, named: list[Named | Pinned], job: Export) -> list[dict[str, Tree]]:
    """Write names as a set, for a pattern of repositories.

    Raises:
        RefusalError: There is a digest among them.
    """
    tags = []
    for selector in named:
        if isinstance(selector, Pinned):
            raise refusal(route.said("tags"), "names a digest for many repositories")
        tags.append(re.escape(selector.tag).replace("\\-", "-"))
    if tags:
        told = "is a filter at regsync: a tag that is named and missing is no failure there"
        job.losses.lose(route.said("tags"), told)
    return [{"allow": [*tags]}] if tags else []


def guarded(expression: str) -> str:
    """Write *expression* so that regsync, which puts ``^`` and ``$`` around it, keeps it whole."""
    return f"(?:{expression})" if has_alternatives(expression) else expression


def _keeps(route: Route) -> tuple[list[str], list[str]]:
    kept: list[str] = []
    denied: list[str] = []
    for path, selector in route.selectors():
        match selector:
            case Keep(pattern=pattern):
                written = guarded(pattern.expression.text)
                (denied if pattern.inverted else kept).append(written)
                if len(kept) > 1:
                    raise refusal(path, "is a second `keep` line, and regsync has room for one")
            case KeepLatest() | KeepNewer():
                raise refusal(path, "is nothing that regsync can do")
    return kept, denied


def _set(
    ranges: list[str], allow: list[str], deny: list[str], *, versions: bool = False
) -> dict[str, Tree]:
    sieves = [Sieve(each, inverted=True) for each in deny]
    rules = [Sieve(each) for each in allow] if allow else None
    if not versions and takes_digest_tags(rules, sieves):
        deny = [*deny, DIGEST_TAG]
    found: dict[str, Tree] = {"semverRange": ranges, "allow": allow, "deny": deny}
    return {key: value for key, value in found.items() if value}


def _ranges(path: Path, selector: Versions, job: Export) -> list[str]:
    job.losses.lose(path, "is read by regsync in another way", our_ranges.OTHERWISE)
    return our_ranges.alternatives(selector, path, our_ranges.regclient, _EVERY)
