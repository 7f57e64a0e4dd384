"""Referrers without the API: the tags that replace it, and the index behind the fallback tag.

Decides what these tags are called and what the index says after a push; leaves reading, writing
and racing with other writers to those who hold a repository.

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

_ENCODED_LIMIT = 64
_TAG = (
    rf"(?P<algorithm>sha256|sha512)-(?P<encoded>[a-f0-9]{{{_ENCODED_LIMIT}}})"
    rf"(?P<suffix>{'|'.join(re.escape(suffix) for suffix in COSIGN_SUFFIXES)})?"
)


def fallback_tag(digest: Digest) -> str:
    """Name the tag whose index lists the referrers of *digest*; a sha512 is cut to 64 digits.

    Spec: distribution-spec v1.1.1, "Referrers Tag Schema".
    """
    return f"{digest.algorithm}-{digest.encoded[:_ENCODED_LIMIT]}"


def cosign_tags(digest: Digest) -> tuple[str, ...]:
    """Name cosign's tags for *digest*; none for a sha512, with which they were no legal tags."""
    if len(digest.encoded) > _ENCODED_LIMIT:
        return ()
    return tuple(fallback_tag(digest) + suffix for suffix in COSIGN_SUFFIXES)


def subject_tag(tag: str) -> str | None:
    """Return the fallback tag of the digest that a fallback or companion tag speaks of.

    None for other tags. The digest itself is not told: of a sha512 the tag has only half.
    """
    match = re.fullmatch(_TAG, tag)
    if match is None or (match["suffix"] and match["algorithm"] != "sha256"):
        return None
    return f"{match['algorithm']}-{match['encoded']}"


def is_fallback_tag(tag: str) -> bool:
    """Return whether *tag* names a list of referrers."""
    return subject_tag(tag) == tag


def described(manifest: Manifest) -> Descriptor:
    """Describe *manifest* as a list of referrers does, with its artifact type and annotations.

    Spec: distribution-spec v1.1.1, "Listing Referrers".
    """
    return replace(
        manifest.descriptor,
        artifact_type=manifest.artifact_type,
        annotations=manifest.annotations,
    )


def read_index(content: bytes, content_type: str = "") -> Manifest:
    """Read a list of referrers.

    Raises:
        ContentError: It is no OCI image index.
    """
    index = manifests.parse(content, content_type)
    if index.descriptor.media_type != mt.OCI_INDEX:
        raise ContentError(
            f"a list of referrers must be an image index, and this is {index.descriptor.media_type}"
        )
    return index


def added(index: bytes | None, manifest: Manifest) -> bytes:
    """Write the fallback index *index*, None where there is none, with *manifest* listed.

    What else stands in it stays, fields that nobody knows among it; where *manifest* is listed
    already it is given back as it is.

    Raises:
        ContentError: *index* is no OCI image index.

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
