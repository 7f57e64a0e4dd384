"""What a destination's tag names, compared with what it should name.

Digests and the ledger decide wherever they can: that is pure. The destination is read only where
they cannot: for an index of which platforms were dropped, and for digests of two algorithms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.run_all import results
from reposync.oci import media_type
from reposync.oci.annotations import LACKING

if TYPE_CHECKING:
    from reposync.copy.abilities import Destination
    from reposync.copy.copy_rule import CopyRule
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.sync_record import SyncRecord

_CHILDREN_AT_ONCE = 64


def judge(
    rule: CopyRule, root: Descriptor, found: Descriptor | None, record: SyncRecord | None
) -> bool | None:
    """Return whether the tag names what *rule* makes of *root*; None where it must be read."""
    if found is None:
        return False
    there = found.digest
    is_comparable = there.algorithm == root.digest.algorithm
    is_image = root.media_type in media_type.IMAGES
    if record is not None and record.there == there:
        if record.source.algorithm == root.digest.algorithm:
            return record.source == root.digest and rule.makes(record.form)
    elif is_comparable and (rule.platforms is None or is_image):
        if there != root.digest or LACKING in found.annotations:
            return False
        if is_image or not rule.may_be_sparse:
            return True
    return None


async def is_made(
    manifests: ManifestCache,
    destination: Destination,
    rule: CopyRule,
    digests: tuple[Digest, Digest],
) -> bool:
    """Read what a tag names; return whether it is what *rule* makes of the source's image.

    *digests* are what the tag names, and what the source's name means.

    Raises:
        RepoSyncError: The destination cannot be read.
    """
    there, source = digests
    manifest = await manifests.fetch(destination, there)
    platforms = rule.platforms if manifest.is_index else None
    is_same = manifest.has_digest(source)
    if not (platforms.made(manifest, source) if platforms else is_same):
        return False
    if platforms:
        return not is_same or await _has_children(destination, platforms.applied(manifest))
    return not rule.may_be_sparse or await _has_children(destination, manifest)


async def _has_children(destination: Destination, index: Manifest) -> bool:
    """Return whether the manifests that *index* lists exist, at one HEAD for each."""
    children = [each for each in index.manifests if each.media_type in media_type.MANIFESTS]
    for start in range(0, len(children), _CHILDREN_AT_ONCE):
        portion = children[start : start + _CHILDREN_AT_ONCE]
        found = await results([destination.resolve(each.digest) for each in portion])
        if not all(found):
            return False
    return True
