"""Build caches: indexes that list layers and a configuration instead of manifests."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.errors import DeniedError, RegistryError, UnavailableError, UnreadableError

HUB, MASTER = place("hub", "a"), place("master", "c")
JOB = stage("s", HUB, rule(MASTER, "1"))
CACHE = images.buildkit_cache("cache")


def of_unknown_types(graph):
    """Call all that the index lists by a media type that nobody knows."""
    document = json.loads(graph.root.content)
    for entry in document["manifests"]:
        entry["mediaType"] = "application/vnd.example.part"
    root = images.piece(json.dumps(document).encode(), graph.root.descriptor.media_type)
    return images.Graph(graph.blobs, (*graph.manifests[:-1], root))


def blobs(world):
    return world.source(MASTER).blobs


async def test_what_is_a_layer_by_its_media_type_is_not_asked_for_as_a_manifest(world):
    images.fill(world.source(HUB), CACHE, "1")
    await world.run(JOB)
    assert world.statuses() == {"master/c:1": Status.COPIED}
    assert blobs(world) == {blob.digest for blob in CACHE.blobs}
    assert world.registries["hub"].count("resolve") == 1


async def test_what_is_neither_by_its_media_type_is_asked_for_as_a_manifest(world):
    cache, index = of_unknown_types(CACHE), of_unknown_types(images.multi_platform("m"))
    images.fill(world.source(HUB), cache, "1")
    images.fill(world.source(HUB), index, "2")
    await world.run(stage("s", HUB, rule(MASTER, "1", "2")))
    assert {push.tag for push in world.registries["master"].pushes} >= {"1", "2"}
    there = world.source(MASTER).manifests
    assert there.keys() == {each.digest for graph in (cache, index) for each in graph.manifests}


@pytest.mark.parametrize("error", [UnavailableError("500"), UnreadableError("500")])
async def test_a_registry_that_fails_at_a_layer_as_a_manifest_may_have_it_as_a_blob(world, error):
    images.fill(world.source(HUB), of_unknown_types(CACHE), "1")
    for blob in CACHE.blobs:
        world.registries["hub"].fail(Failure("resolve", error, subject=blob.digest))
    await world.run(JOB)
    assert world.statuses() == {"master/c:1": Status.COPIED}
    assert blobs(world) == {blob.digest for blob in CACHE.blobs}


async def test_any_other_failure_at_such_an_entry_is_the_images(world):
    images.fill(world.source(HUB), of_unknown_types(CACHE), "1")
    layer = CACHE.blobs[0].digest
    world.registries["hub"].fail(Failure("resolve", DeniedError("no"), subject=layer))
    await world.run(JOB)
    assert str(world.outcomes()["master/c:1"].error) == (
        f"cannot look up {layer.short} at the source: no"
    )


async def test_a_registry_that_takes_no_such_index_fails_with_an_advice(world):
    images.fill(world.source(HUB), CACHE, "1")
    refusal = RegistryError("400", codes=("MANIFEST_BLOB_UNKNOWN",))
    world.registries["master"].fail(Failure("push_manifest", refusal, times=None))
    await world.run(JOB)
    assert "image-manifest=true" in world.outcomes()["master/c:1"].error.hint
