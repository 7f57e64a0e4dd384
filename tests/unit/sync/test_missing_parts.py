"""Manifests that a destination has without their parts: no tag is set before these are there."""

from __future__ import annotations

import pytest
from tests import images
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status

HUB, MASTER = place("hub", "a"), place("master", "c")
JOB = stage("s", HUB, rule(MASTER, "1", "2"))
GRAPHS = {
    "image of few blobs": images.image("few"),
    "image of many blobs": images.image("many", layers=6),
    "index": images.multi_platform("index"),
    "nested index": images.nested_index("nested"),
}


@pytest.fixture
def careless(world):
    """Let the destination take manifests whose parts are missing."""
    world.registries["master"].checks_parts = False
    return world


def parts(graph):
    return {each.digest for each in graph.blobs}, {each.digest for each in graph.manifests}


def have_manifests(world, graph):
    """Let the destination have all manifests of *graph* and none of its blobs."""
    for each in graph.manifests:
        world.source(MASTER).add_manifest(each.content, each.descriptor.media_type)


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
async def test_a_manifest_that_is_there_without_its_blobs_gets_them_before_a_tag_names_it(
    careless, graph
):
    images.fill(careless.source(HUB), graph, "1", "2")
    have_manifests(careless, graph)
    await careless.run(JOB)
    there = careless.source(MASTER)
    assert there.tags == {"1": graph.digest, "2": graph.digest}
    assert (there.blobs, there.manifests.keys()) == parts(graph)
    pushes = careless.registries["master"].pushes
    tagged = next(at for at, push in enumerate(pushes) if push.tag)
    assert all(push.kind == "manifest" for push in pushes[tagged:])


async def test_an_index_that_is_there_without_its_children_gets_them_before_a_tag_names_it(
    careless,
):
    graph = GRAPHS["nested index"]
    images.fill(careless.source(HUB), graph, "1", "2")
    for each in (graph.root, graph.manifests[2]):
        careless.source(MASTER).add_manifest(each.content, each.descriptor.media_type)
    await careless.run(JOB)
    there = careless.source(MASTER)
    assert (there.blobs, there.manifests.keys()) == parts(graph)


async def test_a_blob_that_cannot_be_brought_keeps_the_tag_from_being_set(careless):
    graph = GRAPHS["index"]
    images.fill(careless.source(HUB), graph, "1", "2")
    have_manifests(careless, graph)
    careless.source(HUB).blobs.discard(graph.blobs[0].digest)
    await careless.run(JOB)
    assert careless.source(MASTER).tags == {}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
async def test_what_is_found_whole_is_looked_at_once_in_a_run_and_not_sent_again(world, graph):
    images.fill(world.source(HUB), graph, "1", "2")
    images.fill(world.source(MASTER), graph)
    await world.run(JOB, images_at_once=1)
    master = world.registries["master"]
    assert all(master.count("has_blob", each.digest) == 1 for each in graph.blobs)
    assert all(master.count("resolve", each.digest) <= 1 for each in graph.manifests)
    assert [push.tag for push in master.pushes] == ["1", "2"]


async def test_what_is_there_is_read_there_which_is_no_pull_at_the_source(world):
    graph = GRAPHS["index"]
    images.fill(world.source(HUB), graph, "1", "2")
    images.fill(world.source(MASTER), graph)
    await world.run(JOB, images_at_once=1)
    fetched = [c.subject for c in world.registries["hub"].calls if c.operation == "fetch_manifest"]
    assert fetched == [graph.digest]


async def test_a_child_that_the_source_has_lost_is_no_loss_where_it_is_there(world):
    graph = GRAPHS["index"]
    images.fill(world.source(HUB), graph, "1", "2")
    images.fill(world.source(MASTER), graph)
    del world.source(HUB).manifests[graph.manifests[0].digest]
    await world.run(JOB)
    assert set(world.statuses().values()) == {Status.MOUNTED}
