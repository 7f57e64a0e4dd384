"""What hangs below a manifest in a layout, and whether all of it is there.

A layout does not say which of its blobs are manifests: their content does. Manifests are hashed,
other blobs compared by their length, which tells one that was cut off.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reposync.errors import ContentError, CorruptContentError
from reposync.layout.layout_reader import WHOLE_AGAIN, blob_name, read_whole
from reposync.oci import manifest as manifests
from reposync.oci import media_type as mt
from reposync.oci.digest import verify

if TYPE_CHECKING:
    from reposync.layout.layout_reader import LayoutReader
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest

_SCHEMA_VERSION = 2


def read_manifest(shelf: LayoutReader, wanted: Descriptor) -> Manifest | None:
    """Read the manifest *wanted*; None where there is no such blob, or it is no manifest.

    It is one by its media type; where that is another or unknown, by what is in it. Its size
    is not compared, since it is hashed.

    Raises:
        CorruptContentError: It is damaged.
        ContentError: It is a manifest that cannot be understood.
    """
    content = read_whole(shelf, wanted.digest, manifests.LIMIT_BYTES)
    if content is None:
        return None
    if wanted.media_type not in mt.MANIFESTS and not _is_manifest(content):
        return None
    try:
        verify(content, wanted.digest)
    except CorruptContentError as error:
        where = shelf.where(blob_name(wanted.digest))
        raise CorruptContentError(f"{where} is damaged: {error}", hint=WHOLE_AGAIN) from error
    return manifests.parse(content, wanted.media_type, wanted.digest)


def is_whole(shelf: LayoutReader, root: Descriptor, may_lack: frozenset[str] = frozenset()) -> bool:
    """Return whether *root* and all below it, but *may_lack*, is in the layout, in full length.

    Layers that are served from elsewhere need not be there; in an index, blobs will do too, as
    build caches list them.
    """
    seen: set[Digest] = set()
    open_parts = [root]
    while open_parts:
        part = open_parts.pop()
        if part.digest in seen or part.digest in may_lack:
            continue
        seen.add(part.digest)
        below = _below(shelf, part)
        if below is None:
            return False
        open_parts += below
    return True


def first_lacking(shelf: LayoutReader, manifest: Manifest) -> Descriptor | None:
    """Find the first part of *manifest* that the layout does not hold as a whole."""
    for child in manifest.manifests:
        if not is_whole(shelf, child):
            return child
    return next((blob for blob in manifest.blobs if not has_blob(shelf, blob)), None)


def left_out(manifest: Manifest) -> frozenset[str]:
    """Find what the bytes of a sparse index list, and its view does not."""
    if not manifest.is_sparse:
        return frozenset()
    listed = manifests.parse(
        manifest.content, manifest.descriptor.media_type, manifest.digest
    ).manifests
    return frozenset(one.digest for one in listed) - {one.digest for one in manifest.manifests}


def has_blob(shelf: LayoutReader, blob: Descriptor) -> bool:
    """Return whether *blob* is there in its full length, or need not."""
    return blob.is_foreign or shelf.size(blob.digest) == blob.size


def _below(shelf: LayoutReader, part: Descriptor) -> tuple[Descriptor, ...] | None:
    """Return the manifests that *part* needs; None where it, or a blob of it, is missing."""
    try:
        manifest = read_manifest(shelf, part)
    except ContentError:
        return None
    if manifest is None:
        is_there = part.media_type not in mt.MANIFESTS and has_blob(shelf, part)
        return () if is_there else None
    if all(has_blob(shelf, blob) for blob in manifest.blobs):
        return manifest.manifests
    return None


def _is_manifest(content: bytes) -> bool:
    """Distinguish a manifest from other JSON: a build cache's configuration, an SBOM, a signature.

    Spec: image-spec v1.1.1, manifest.md and image-index.md, "schemaVersion", "mediaType".
    """
    if content.lstrip()[:1] != b"{":
        return False
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return False
    if document.get("mediaType") in mt.MANIFESTS:
        return True
    has_parts = "manifests" in document or ("config" in document and "layers" in document)
    return document.get("schemaVersion") == _SCHEMA_VERSION and has_parts
