"""What a source lists as referrers of a manifest, and a rule wants: one request at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import ContentError, NotFoundError

if TYPE_CHECKING:
    from reposync.copy.abilities import Source
    from reposync.copy.referrer_rule import ReferrerRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest

DEPTH_LIMIT = 8
"""How far referrers may point to one another."""
_COUNT_LIMIT = 10_000


async def new_referrers(
    source: Source, rule: ReferrerRule, subject: Digest, seen: set[bytes], *, is_tagged: bool
) -> tuple[Descriptor, ...]:
    """List the referrers of *subject* that *rule* wants and that no list named before.

    *seen* has the raw digests of all that any list of one search named, and gets those of this one:
    so circles in wrong lists end. *is_tagged* says whether there is a fallback tag. One whose list
    does not tell its artifact type may still be unwanted.

    Raises:
        ContentError: There is no end to them.
        RepoSyncError: As ``ReferrerLister.list_referrers``.
    """
    listed = await _listed(source, rule, subject, is_tagged=is_tagged)
    found = {each.digest.raw: each for each in listed}
    new = {raw: each for raw, each in found.items() if raw not in seen}
    seen.update(new)
    if len(seen) > _COUNT_LIMIT:
        raise ContentError(f"there are more than {_COUNT_LIMIT} of them")
    return tuple(
        each for each in new.values() if not each.artifact_type or rule.wants(each.artifact_type)
    )


async def _listed(
    source: Source, rule: ReferrerRule, subject: Digest, *, is_tagged: bool
) -> tuple[Descriptor, ...]:
    """Ask the source, but not one that has no list for what no tag tells of."""
    artifact_type = rule.artifact_types[0] if len(rule.artifact_types) == 1 else ""
    if source.has_referrers_api is False and not is_tagged:
        return ()
    try:
        return await source.list_referrers(subject, artifact_type, is_tagged=is_tagged)
    except NotFoundError:
        return ()
