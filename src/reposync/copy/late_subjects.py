"""Where an image that is up to date is looked at for referrers that came later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.referrer_rule import Late
from reposync.oci import media_type

if TYPE_CHECKING:
    from reposync.copy.abilities import Destination
    from reposync.copy.copy_rule import CopyRule
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.decision import Decision
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest


async def late_subjects(
    manifests: ManifestCache, destination: Destination, rule: CopyRule, decision: Decision
) -> list[Digest]:
    """Return the manifests of an image whose referrers are looked for, as far as *rule* says.

    They are read at the destination, where that is no pull. A stripped index is none of them: the
    source never had it.

    Raises:
        RepoSyncError: The destination cannot be read.
    """
    digest = decision.digest
    if rule.referrers is None or digest is None:
        return []
    subjects = [digest] if digest == decision.source_digest else []
    if rule.referrers.late is not Late.ALL:
        return subjects
    root = await manifests.fetch(destination, decision.found_digest or digest)
    shaped = rule.platforms.applied(root) if rule.platforms and root.is_index else root
    return [*subjects, *await _below(manifests, destination, shaped)]


async def _below(
    manifests: ManifestCache, destination: Destination, index: Manifest
) -> list[Digest]:
    found: list[Digest] = []
    for child in index.manifests:
        if child.media_type in media_type.MANIFESTS:
            found.append(child.digest)
        if child.media_type in media_type.INDEXES:
            inner = await manifests.fetch(destination, child.digest)
            found += await _below(manifests, destination, inner)
    return found
