"""The digest tags that planned writes bring: signatures and attestations of images and children.

One list of tags for each repository that is copied from. An index is read only where the list has
digest tags that belong to none of the images themselves.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from reposync.errors import NotFoundError
from reposync.oci import media_type
from reposync.oci.referrers import fallback_tag, subject_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Source
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.plan.overlay import PlannedWrite, WritesToRepository


async def planned_digest_tags(writes: WritesToRepository) -> dict[str, PlannedWrite]:
    """Return the digest tags that *writes* bring, each with the write that brings it.

    Raises:
        RepoSyncError: A source cannot be read.
    """
    by_source: dict[str, list[PlannedWrite]] = {}
    for write in (each for known in writes.with_referrers.values() for each in known):
        if write.rule.referrers is not None and write.rule.referrers.by_tags:
            by_source.setdefault(write.source.reference.name, []).append(write)
    found: dict[str, PlannedWrite] = {}
    for group in by_source.values():
        found.update(await _brought(group[0].source, group))
    return found


async def _brought(source: Source, writes: Sequence[PlannedWrite]) -> dict[str, PlannedWrite]:
    """Return which digest tags of *source* come with *writes*."""
    tags: dict[str, list[str]] = {}
    with suppress(NotFoundError):
        async for tag in source.list_tags():
            subject = subject_tag(tag)
            if subject is not None and subject != tag:  # the fallback tag is a registry's own
                tags.setdefault(subject, []).append(tag)
    found: dict[str, PlannedWrite] = {}
    for write in writes:
        _take(tags, write.digest, write, found)
    for write in writes:
        if tags and write.root is not None and write.root.media_type in media_type.INDEXES:
            for digest in await _below(source, write.made or write.digest):
                _take(tags, digest, write, found)
    return found


def _take(
    tags: dict[str, list[str]], subject: Digest, write: PlannedWrite, found: dict[str, PlannedWrite]
) -> None:
    """Move those tags of *subject* that *write* brings to what is *found*."""
    for tag in tags.get(fallback_tag(subject), ()):
        if write.wants_tag(tag):
            found[tag] = write
    if all(tag in found for tag in tags.get(fallback_tag(subject), ())):
        tags.pop(fallback_tag(subject), None)


async def _below(source: Source, index: Manifest | Digest) -> list[Digest]:
    """Return the digests of the manifests that an index lists, and those below them."""
    manifest = await source.fetch_manifest(index) if isinstance(index, str) else index
    found: list[Digest] = []
    for child in manifest.manifests:
        if child.media_type in media_type.MANIFESTS:
            found.append(child.digest)
        if child.media_type in media_type.INDEXES:
            found += await _below(source, child.digest)
    return found
