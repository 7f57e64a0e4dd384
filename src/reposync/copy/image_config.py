"""What an image says of itself: its platform, and when it was made.

Read from its manifest where that tells, else from its configuration.

Spec: image-spec v1.1.1, config.md; annotations.md.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reposync.errors import ContentError
from reposync.oci.platform import Platform

if TYPE_CHECKING:
    from reposync.copy.abilities import Source
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest

_CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
_LIMIT_BYTES = 4 * 1024 * 1024
_CREATED = "org.opencontainers.image.created"


async def platform_of(source: Source, image: Manifest) -> Platform | None:
    """Determine what *image* was built for; None for what is no image, or does not say.

    Raises:
        RepoSyncError: As ``BlobFetcher.open_blob``; ``ContentError`` for a configuration that
            cannot be understood.
    """
    config = await _config(source, image)
    os, architecture = config.get("os"), config.get("architecture")
    if not os or not architecture:
        return None
    return Platform(str(os), str(architecture), str(config.get("variant") or ""))


async def created_at(source: Source, name: str) -> datetime | None:
    """Determine when the image *name* was made, for an index the last one of its images.

    None where it does not say. Costs the manifest, and the configuration where the manifest has no
    annotation that tells; for an index, those of its first level.

    Raises:
        RepoSyncError: As ``ManifestFetcher.fetch_manifest`` and ``BlobFetcher.open_blob``.
    """
    manifest = await source.fetch_manifest(name)
    annotated = _moment(manifest.annotations.get(_CREATED))
    if annotated is not None:
        return annotated
    if not manifest.is_index:
        return _moment((await _config(source, manifest)).get("created"))
    times = [
        _moment(entry.annotations.get(_CREATED)) or await created_at(source, entry.digest)
        for entry in manifest.manifests
        if entry.platform is not None and not entry.platform.is_unknown
    ]
    return max((time for time in times if time is not None), default=None)


async def _config(source: Source, image: Manifest) -> dict[str, Any]:
    described = next((blob for blob in image.blobs if blob.media_type in _CONFIGS), None)
    if described is None:
        return {}
    try:
        config = json.loads(await _read(source, described))
    except (ValueError, RecursionError) as error:
        raise ContentError(f"the configuration {described.digest.short} is not JSON") from error
    return config if isinstance(config, dict) else {}


async def _read(source: Source, blob: Descriptor) -> bytes:
    if blob.size > _LIMIT_BYTES:
        raise ContentError(
            f"the configuration {blob.digest.short} is larger than {_LIMIT_BYTES} bytes"
        )
    async with source.open_blob(blob) as chunks:
        return b"".join([chunk async for chunk in chunks])


def _moment(text: object) -> datetime | None:
    """Read a time of RFC 3339; one without a zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
