from __future__ import annotations

import pytest
from tests import images

from reposync.oci import media_type as mt
from reposync.oci.digest import Digest

BUILDERS = {
    "image": images.image,
    "docker image": images.docker_image,
    "foreign layer": images.foreign_layer_image,
    "index": images.multi_platform,
    "nested index": images.nested_index,
    "artifact": images.artifact,
    "attested": images.attested,
    "build cache": images.buildkit_cache,
}
ALL = pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)


@ALL
def test_a_graph_is_the_same_for_the_same_seed_and_another_for_another(build):
    assert build("a") == build("a")
    assert build("a").digest != build("b").digest


@ALL
def test_a_graph_holds_all_that_it_points_to_and_leaves_come_first(build):
    graph = build("a")
    blobs = {blob.digest for blob in graph.blobs}
    seen: set[Digest] = set()
    for part in graph.manifests:
        manifest = images.manifest(part)
        for child in manifest.manifests:
            assert child.digest in seen | blobs
        for blob in manifest.blobs:
            assert blob.is_foreign or blob.digest in blobs
        seen.add(part.digest)


@ALL
def test_every_piece_has_the_digest_and_size_of_its_content(build):
    for part in (*build("a").blobs, *build("a").manifests):
        assert (part.digest, part.size) == (Digest.of(part.content), len(part.content))


def test_an_image_has_the_layers_that_were_asked_for_above_those_of_its_base():
    base = (images.blob("base"),)
    graph = images.image("a", layers=3, layer_bytes=10, base=base)
    config, *layers = graph.blobs
    assert config.descriptor.media_type == images.OCI_CONFIG
    assert layers[0] == base[0]
    assert [layer.size for layer in layers[1:]] == [10, 10, 10]


@pytest.mark.parametrize(("docker", "media_type"), [(True, mt.DOCKER_LIST), (False, mt.OCI_INDEX)])
def test_an_index_names_the_platforms_of_its_images_which_share_a_layer(docker, media_type):
    graph = images.multi_platform("a", docker=docker)
    root = graph.root_manifest
    assert root.descriptor.media_type == media_type
    assert [child.platform for child in root.manifests] == [images.AMD64, images.ARM64]
    assert len(graph.blobs) == 5


def test_a_foreign_layer_is_no_blob_of_its_graph():
    graph = images.foreign_layer_image("a", "https://layers.example/one")
    (foreign,) = [blob for blob in graph.root_manifest.blobs if blob.is_foreign]
    assert foreign.urls == ("https://layers.example/one",)
    assert foreign.digest not in {blob.digest for blob in graph.blobs}


def test_an_artifact_can_have_a_subject():
    subject = images.image("a").root.descriptor
    assert images.artifact("b", subject=subject).root_manifest.subject == subject
