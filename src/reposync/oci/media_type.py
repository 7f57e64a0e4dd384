"""Media types of manifests, and the Accept header for them.

Spec: image-spec v1.1.1, media-types.md; Docker image manifest version 2, schema 2.
"""

from __future__ import annotations

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
IMAGES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST, OCI_ARTIFACT})
SCHEMA1 = frozenset({DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED})
MANIFESTS = INDEXES | IMAGES | SCHEMA1

_BLOB_PREFIXES = (
    "application/vnd.oci.image.config.",
    "application/vnd.oci.image.layer.",
    "application/vnd.oci.empty.",
    "application/vnd.docker.container.image.",
    "application/vnd.docker.image.rootfs.",
    "application/vnd.docker.plugin.",
    "application/vnd.buildkit.cacheconfig.",
    "application/vnd.in-toto",
    "application/vnd.cncf.helm.",
)

# One header, joined by commas: without it registries convert the manifest or send schema 1, which
# changes the digest.
_ACCEPTED = (
    OCI_INDEX,
    OCI_MANIFEST,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_ARTIFACT,
    DOCKER_SCHEMA1_SIGNED,
    DOCKER_SCHEMA1,
)
ACCEPT_MANIFESTS = ", ".join(_ACCEPTED)


def is_blob(media_type: str) -> bool:
    """Return whether *media_type* is known as that of a layer or config."""
    return media_type.startswith(_BLOB_PREFIXES)


def bare(content_type: str) -> str:
    """Remove the parameters of a Content-Type: ``a/b; charset=utf-8`` becomes ``a/b``."""
    return content_type.partition(";")[0].strip().lower()
