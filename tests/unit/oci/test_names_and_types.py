"""Names that are one, and manifests whatever their server calls them."""

from __future__ import annotations

import pytest
from tests import images

from reposync.errors import ContentError
from reposync.oci import manifest
from reposync.oci import media_type as mt
from reposync.oci.reference import canonical_host, canonical_repository

OCI = images.image("x").root.content
INDEX = images.multi_platform("x").root.content
BARE = b'{"schemaVersion": 2, "config": {"digest": "sha256:%s", "size": 1}, "layers": []}' % (
    b"0" * 64
)


@pytest.mark.parametrize(
    "name", ["docker.io", "index.docker.io", "registry-1.docker.io", "Registry.Hub.Docker.com"]
)
def test_docker_hub_is_one_registry_by_all_its_names(name):
    assert canonical_host(name) == "docker.io"


def test_a_name_of_one_word_is_in_the_library_of_docker_hub_and_nowhere_else():
    assert canonical_repository("docker.io", "alpine") == "library/alpine"
    assert canonical_repository("docker.io", "library/alpine") == "library/alpine"
    assert canonical_repository("r.example", "alpine") == "alpine"


@pytest.mark.parametrize(
    ("content", "told", "media_type"),
    [
        (OCI, "text/plain", mt.OCI_MANIFEST),
        (OCI, "", mt.OCI_MANIFEST),
        (OCI, mt.OCI_INDEX, mt.OCI_MANIFEST),
        (INDEX, "application/octet-stream", mt.OCI_INDEX),
        (BARE, f"{mt.DOCKER_MANIFEST}; charset=utf-8", mt.DOCKER_MANIFEST),
        (BARE, "application/json", mt.OCI_MANIFEST),
        (b'{"schemaVersion": 2, "manifests": []}', "text/plain", mt.OCI_INDEX),
    ],
)
def test_a_manifest_is_known_by_what_it_says_then_by_its_header_then_by_its_shape(
    content, told, media_type
):
    assert manifest.parse(content, told).descriptor.media_type == media_type


def test_an_old_manifest_of_docker_is_refused_with_an_advice():
    with pytest.raises(ContentError, match="schema 1") as caught:
        manifest.parse(b'{"schemaVersion": 1, "fsLayers": []}', "application/json")
    assert "converts it" in (caught.value.hint or "")
