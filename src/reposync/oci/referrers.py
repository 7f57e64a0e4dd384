"""Referrers without the API: digest tags, and the index that the fallback tag names.

A digest tag names a digest: the fallback tag of referrers, and the tags that cosign sets. Decides
how these tags are spelled and what the index holds after a push; reading, writing and concurrent
writers are left to the registry client and the image layout.

Spec: distribution-spec v1.1.1, "Referrers Tag Schema", "Pushing Manifests with Subject"; cosign's
"Signature Specification", "Tag-based Discovery".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reposync.errors import ContentError
from reposync.oci import manifest as manifests
from reposync.oci import media_type as mt

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest

COSIGN_SUFFIXES = (".sig", ".att", ".sbom")
"""What cosign appends to a digest to name its signatures, attestations and SBOMs."""

DIGEST_TAG = "sha(?:256|512)-[0-9a-f]{64}(?:[^0-9a-zA-Z].*)?"
"""The expression for all digest tags, of any tool; Python and RE2 read it the same way."""

_ENCODED_LIMIT = 64
_FALLBACK_TAG_LENGTH = len("sha256-") + _ENCODED_LIMIT


def fallback_tag(digest: Digest) -> str:
    """Return the tag whose index lists the referrers of *digest*; a sha512 is cut to 64 digits.

    Spec: distribution-spec v1.1.1, "Referrers Tag Schema".
    """
    return f"{digest.algorithm}-{digest.encoded[:_ENCODED_LIMIT]}"


def cosign_tags(digest: Digest) -> tuple[str, ...]:
    """Return cosign's tags for *digest*; none for a sha512, which is too long for a tag."""
    if len(digest.encoded) > _ENCODED_LIMIT:
        return ()
    return tuple(fallback_tag(digest) + suffix for suffix in COSIGN_SUFFIXES)


def is_digest_tag(tag: str) -> bool:
    """Return whether *tag* names a digest, as signatures and lists of referrers do."""
    return re.fullmatch(DIGEST_TAG, tag) is not None


def subject_tag(tag: str) -> str | None:
    """Return the fallback tag of the digest that *tag* names.

    None unless *tag* is a fallback tag or one of cosign's. The digest itself cannot be returned:
    the tag holds only half of a sha512.
    """
    if not is_digest_tag(tag):
        return None
    suffix = tag[_FALLBACK_TAG_LENGTH:]
    is_cosign = suffix in COSIGN_SUFFIXES and tag.startswith("sha256-")
    return tag.removesuffix(suffix) if is_cosign or not suffix else None


def is_fallback_tag(tag: str) -> bool:
    """Return whether *tag* names a list of referrers."""
    return subject_tag(tag) == tag


def described(manifest: Manifest) -> Descriptor:
    """Return the descriptor of *manifest* with its artifact type and annotations, as in a list.

    Spec: distribution-spec v1.1.1, "Listing Referrers".
    """
    return replace(
        manifest.descriptor,
        artifact_type=manifest.artifact_type,
        annotations=manifest.annotations,
    )


def read_index(content: bytes, content_type: str = "") -> Manifest:
    """Parse a list of referrers.

    Raises:
        ContentError: It is not an OCI image index.
    """
    index = manifests.parse(content, content_type)
    if index.descriptor.media_type != mt.OCI_INDEX:
        raise ContentError(
            f"a list of referrers must be an image index, and this is {index.descriptor.media_type}"
        )
    return index


def added(index: bytes | None, manifest: Manifest) -> bytes:
    """Return the fallback index *index*, None if there is none, with *manifest* listed.

    Other entries and unknown fields are kept. If *manifest* is listed, *index* is returned
    unchanged.

    Raises:
        ContentError: *index* is not an OCI image index.

    Spec: distribution-spec v1.1.1, "Pushing Manifests with Subject".
    """
    if index is None:
        return _written(_empty(), manifest)
    listed = read_index(index).manifests
    if any(entry.digest == manifest.digest for entry in listed):
        return index
    return _written(json.loads(index), manifest)


def _empty() -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": mt.OCI_INDEX, "manifests": []}


def _written(document: dict[str, Any], manifest: Manifest) -> bytes:
    entries = [*(document.get("manifests") or ()), _entry(described(manifest))]
    document["manifests"] = entries
    return json.dumps(document, separators=(",", ":")).encode()


def _entry(descriptor: Descriptor) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }
    if descriptor.artifact_type:
        entry["artifactType"] = descriptor.artifact_type
    if descriptor.annotations:
        entry["annotations"] = dict(descriptor.annotations)
    return entry
