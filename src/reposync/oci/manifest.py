"""Manifests: the original bytes, and a parsed view of what they point to.

Parses manifests, never writes them. Pushing sends ``content``, so unknown fields, spaces and order
are kept and the digest stays the same.

Spec: image-spec v1.1.1, manifest.md and image-index.md.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from msgspec import field

from reposync.errors import ContentError, InvalidReferenceError
from reposync.oci import media_type as mt
from reposync.oci.descriptor import NO_ANNOTATIONS, Descriptor, is_size
from reposync.oci.digest import Digest
from reposync.oci.platform import Platform
from reposync.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT_BYTES = 8 * 1024 * 1024
"""The maximum size of a manifest: twice what registries must accept (distribution-spec)."""
_SHOWN_LIMIT = 80


class Manifest(Redacted, frozen=True):
    """An image manifest or an index.

    ``manifests`` are the entries of an index, ``blobs`` the config and layers of an image, in the
    order of the manifest and each digest once. ``artifact_type`` is its type in a list of
    referrers: its own type, or else the media type of its config. A view that ``is_sparse`` omits
    some entries of the index. Two manifests with the same ``descriptor`` are equal, as everything
    else follows from the bytes.
    """

    redacted = frozenset({"content", "annotations"})

    content: bytes
    descriptor: Descriptor
    manifests: tuple[Descriptor, ...] = ()
    blobs: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    is_sparse: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Manifest) and self.descriptor == other.descriptor

    def __hash__(self) -> int:
        return hash(self.descriptor)

    @property
    def digest(self) -> Digest:
        """The digest of ``content``."""
        return self.descriptor.digest

    @property
    def is_index(self) -> bool:
        """Whether it lists other manifests instead of blobs."""
        return self.descriptor.media_type in mt.INDEXES

    def has_digest(self, digest: Digest) -> bool:
        """Return whether *digest*, of any algorithm, is a digest of ``content``."""
        if digest.algorithm == self.digest.algorithm:
            return digest == self.digest
        return digest == Digest.of(self.content, digest.algorithm)


def parse(content: bytes, content_type: str, digest: Digest | None = None) -> Manifest:
    """Parse *content* as a manifest; *content_type* is the Content-Type of the response.

    *digest* is its digest if known, and already verified; else it is computed as sha256.

    Raises:
        ContentError: It is not a JSON object, has an entry without a valid digest or size, or has a
            media type that reposync does not copy.
    """
    digest = digest or Digest.of(content)
    document = _load(content, digest)
    media_type = _media_type(document, content_type)
    if media_type in mt.SCHEMA1:
        raise ContentError(
            f"{digest.short} is a Docker image manifest of schema 1, which reposync does not copy",
            hint="pull the image and push it again with a current tool, which converts it",
        )
    if media_type not in mt.MANIFESTS:
        shown = f"{media_type[:_SHOWN_LIMIT]!r}"
        raise ContentError(f"{digest.short} is not a manifest: its media type is {shown}")
    try:
        return _view(content, document, Descriptor(media_type, digest, len(content)))
    except (InvalidReferenceError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ContentError(f"the manifest {digest.short} is malformed: {error}") from error


def _load(content: bytes, digest: Digest) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ContentError(f"the manifest {digest.short} is not JSON") from error
    if not isinstance(document, dict):
        raise ContentError(f"the manifest {digest.short} is not a JSON object")
    return document


def _media_type(document: dict[str, Any], content_type: str) -> str:
    """Return the media type by the document, then the header, then the structure.

    Headers are often wrong.
    """
    inside = document.get("mediaType")
    if isinstance(inside, str) and inside in mt.MANIFESTS:
        return inside
    header = mt.bare(content_type)
    if header in mt.MANIFESTS:
        return header
    if "fsLayers" in document:
        return mt.DOCKER_SCHEMA1
    if "manifests" in document:
        return mt.OCI_INDEX
    if "layers" in document and "config" in document:
        return mt.OCI_MANIFEST
    return header or "unknown"


def _view(content: bytes, document: dict[str, Any], descriptor: Descriptor) -> Manifest:
    config = [document["config"]] if "config" in document else []
    blobs = config + list(document.get("layers") or ()) + list(document.get("blobs") or ())
    subject = document.get("subject")
    is_index = descriptor.media_type in mt.INDEXES
    return Manifest(
        content=content,
        descriptor=descriptor,
        manifests=_unique(document.get("manifests") or ()) if is_index else (),
        blobs=() if is_index else _unique(blobs),
        subject=_descriptor(subject) if subject else None,
        artifact_type=_artifact_type(document),
        annotations=_annotations(document),
    )


def _artifact_type(document: dict[str, Any]) -> str:
    """Spec: distribution-spec v1.1.1, "Listing Referrers"."""
    own = document.get("artifactType")
    config = document.get("config")
    return sys.intern(str(own or (config.get("mediaType", "") if config else "")))


def _annotations(entry: dict[str, Any]) -> Mapping[str, str]:
    annotations = entry.get("annotations")
    if not annotations:
        return NO_ANNOTATIONS
    return {sys.intern(str(key)): str(value) for key, value in annotations.items()}


def _unique(entries: Any) -> tuple[Descriptor, ...]:  # noqa: ANN401 -- foreign JSON
    descriptors = [_descriptor(entry) for entry in entries]
    return tuple({descriptor.digest: descriptor for descriptor in descriptors}.values())


def _descriptor(entry: dict[str, Any]) -> Descriptor:
    size = entry["size"]
    if not is_size(size):
        raise TypeError("an entry has no valid size")
    platform = entry.get("platform")
    return Descriptor(
        media_type=sys.intern(str(entry.get("mediaType", ""))),
        digest=Digest(str(entry["digest"])),
        size=size,
        platform=_platform(platform) if platform else None,
        urls=tuple(str(url) for url in entry.get("urls") or ()),
        artifact_type=sys.intern(str(entry.get("artifactType") or "")),
        annotations=_annotations(entry),
    )


def _platform(entry: dict[str, Any]) -> Platform:
    return Platform(
        os=str(entry.get("os", "")),
        architecture=str(entry.get("architecture", "")),
        variant=str(entry.get("variant") or ""),
    )
