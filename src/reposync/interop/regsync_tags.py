"""regsync's filters: of repositories, and of tags by ``semverRange``, then allow, then deny.

A list that is empty lets everything pass. Sets add up, and each becomes a destination of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.interop import lines
from reposync.interop.draft import Line
from reposync.interop.expressions import Sieve, keep_line, one_of, takes_digest_tags
from reposync.interop.losses import gathered
from reposync.interop.refusals import refusal
from reposync.interop.versions import regclient
from reposync.selection.errors import InvalidSelectorError

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor

_KEYS = ("allow", "deny", "semverRange")


def sets(entry: NodeCursor, job: Import) -> list[list[Line]]:
    """Read the filters of tags of an entry: the lines of each set; one without lines is all tags.

    Raises:
        RefusalError: One of them cannot be kept.
    """
    several = entry.get("tagSets").items()
    one = entry.get("tags")
    for at in (*several, one):
        job.losses.left_out(at, _KEYS, {})
    if several and _is_set(one):
        job.losses.note(
            one.path, "is one more set beside `tagSets`: what it lets pass is added to theirs"
        )
    known = [*several, *([one] if _is_set(one) or not several else [])]
    return gathered(known, lambda at: _lines(at, job))


def repositories(repos: NodeCursor) -> tuple[str, tuple[str, ...]]:
    """Read the filter of repositories: a pattern, and patterns of those to leave out.

    Raises:
        RefusalError: One of them cannot be kept.
    """
    allow = gathered(repos.get("allow").items(), _whole)
    deny = gathered(repos.get("deny").items(), _whole)
    pattern = f"regex: {_union(repos.get('allow'), allow)}" if allow else "**"
    return pattern, tuple(f"regex: {each}" for each in deny)


def _lines(at: NodeCursor, job: Import) -> list[Line]:
    ranges, allow, deny = (at.get(key).items() for key in ("semverRange", "allow", "deny"))
    versions = gathered(ranges, lambda each: lines.ranges(each, each.text(), regclient, job))
    allowed, denied = gathered(allow, _whole), gathered(deny, _whole)
    found = [line for some in versions for line in some]
    if allowed and ranges:
        found.append(Line(keep_line(_union(at.get("allow"), allowed))))
    else:
        found += [Line(f"regex: {each}") for each in allowed]
    found += [Line(keep_line(each, inverted=True)) for each in denied]
    rules = [Sieve(each) for each in allowed] if allowed else None
    if (
        found
        and not ranges
        and takes_digest_tags(rules, [Sieve(it, inverted=True) for it in denied])
    ):
        lines.report_digest_tags(at.path, job)
    return found


def _is_set(at: NodeCursor) -> bool:
    return any(at.get(key).items() for key in _KEYS)


def _whole(at: NodeCursor) -> str:
    return lines.expression(at, f"^{at.text()}$")


def _union(at: NodeCursor, expressions: list[str]) -> str:
    try:
        return one_of(expressions)
    except InvalidSelectorError as error:
        raise refusal(at.path, str(error), error.hint or "") from None
