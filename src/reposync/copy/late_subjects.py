"""Where an image that is up to date is looked at for referrers that came later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from reposync.copy.referrer_rule import Late
from reposync.copy.referrer_walk import Receiver
from reposync.errors import RepoSyncError
from reposync.oci import media_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.copy.abilities import Destination
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.decision import Decision
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest


class Holder(Receiver, Protocol):
    """A destination at which an image is up to date."""

    @property
    def decision(self) -> Decision:
        """What was decided about the image."""
        ...


async def late_subjects(manifests: ManifestCache, holders: Iterable[Holder]) -> list[Digest]:
    """Return the manifests of an image whose referrers are looked for, as far as the rule says.

    All *holders* have the same image and the same rule. The manifests are read at the first of them
    that can be read, where that is no pull; those that cannot be read are failed. A stripped index
    is none of them: the source never had it.
    """
    for one in holders:
        try:
            return await _subjects(manifests, one)
        except RepoSyncError as error:
            one.fail("read the image", "destination", error)
    return []


async def _subjects(manifests: ManifestCache, holder: Holder) -> list[Digest]:
    rule, decision, destination = holder.rule, holder.decision, holder.destination
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
