from __future__ import annotations

import json

import pytest
from tests import images
from tests.contract.pushing import push, push_blob

from reposync.errors import ContentError, NotFoundError, RegistryError
from reposync.oci.digest import Digest
from reposync.oci.manifest import Manifest

GRAPHS = {
    "image": images.image("c"),
    "docker image": images.docker_image("c"),
    "index": images.multi_platform("c"),
    "docker list": images.multi_platform("c", docker=True),
    "nested index": images.nested_index("c"),
    "artifact": images.artifact("c"),
    "foreign layer": images.foreign_layer_image("c"),
    "attested": images.attested("c"),
    "build cache": images.buildkit_cache("c"),
}
IMAGE = GRAPHS["image"]
INDEX = GRAPHS["index"]
NOBODY = Digest.of(b"nobody")


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
async def test_a_graph_of_any_shape_comes_back_as_it_was_pushed(repository, graph):
    await push(repository, graph, "1.0")
    for part in graph.manifests:
        fetched = await repository.fetch_manifest(part.digest)
        assert fetched == images.manifest(part)
        assert fetched.content == part.content
    assert await repository.fetch_manifest("1.0") == graph.root_manifest


async def test_a_tag_and_a_digest_resolve_to_the_same_descriptor(repository):
    await push(repository, INDEX, "1.0")
    for tag_or_digest in ("1.0", INDEX.digest):
        assert await repository.resolve(tag_or_digest) == INDEX.root.descriptor


async def test_what_is_not_there_resolves_to_nothing(repository):
    for known in (False, True):
        if known:
            await push(repository, IMAGE, "1.0")
        for tag_or_digest in ("2.0", NOBODY):
            assert await repository.resolve(tag_or_digest) is None


async def test_what_is_not_there_cannot_be_fetched(repository):
    for known in (False, True):
        if known:
            await push(repository, IMAGE, "1.0")
        for tag_or_digest in ("2.0", NOBODY):
            with pytest.raises(NotFoundError):
                await repository.fetch_manifest(tag_or_digest)


async def test_a_manifest_that_was_pushed_by_digest_has_no_tag(repository):
    await push(repository, IMAGE)
    assert (await repository.fetch_manifest(IMAGE.digest)).content == IMAGE.root.content
    assert await repository.resolve("latest") is None


async def test_a_tag_moves_and_what_it_named_stays(repository):
    other = images.image("other")
    await push(repository, IMAGE, "latest")
    await push(repository, other, "latest")
    assert await repository.resolve("latest") == other.root.descriptor
    assert await repository.resolve(IMAGE.digest) == IMAGE.root.descriptor


async def test_a_manifest_whose_blob_is_missing_is_refused(repository):
    for blob in IMAGE.blobs[1:]:
        await push_blob(repository, blob)
    with pytest.raises(RegistryError):
        await repository.push_manifest(IMAGE.root_manifest, "1.0")
    assert await repository.resolve("1.0") is None


async def test_an_index_whose_child_is_missing_is_refused(repository):
    for blob in INDEX.blobs:
        await push_blob(repository, blob)
    with pytest.raises(RegistryError):
        await repository.push_manifest(INDEX.root_manifest, "1.0")
    assert await repository.resolve("1.0") is None


async def test_a_manifest_that_is_taken_for_another_is_refused(repository):
    await push(repository, IMAGE)
    other = images.image("other").root_manifest
    with pytest.raises(ContentError):
        await repository.push_manifest(Manifest(IMAGE.root.content, other.descriptor), "1.0")


async def test_a_manifest_of_several_mebibytes_passes_unchanged(repository):
    document = json.loads(IMAGE.root.content)
    document["annotations"] = {"long": "x" * 3 * 1024 * 1024}
    content = json.dumps(document).encode()
    manifest = images.manifest(images.piece(content, IMAGE.root.descriptor.media_type))
    await push(repository, IMAGE)
    await repository.push_manifest(manifest, "1.0")
    assert (await repository.fetch_manifest("1.0")).content == content


async def test_a_manifest_that_is_pushed_again_is_harmless(repository):
    for _ in range(2):
        await push(repository, IMAGE, "1.0")
    assert await repository.resolve("1.0") == IMAGE.root.descriptor
