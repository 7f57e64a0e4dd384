"""Images of very many parts: all arrives, and few parts are under way at a time."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.store import MemoryRegistry
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.parts import Kind, Parts
from reposync.copy.referrer_rule import ReferrerRule

HUB, MASTER = place("hub", "a"), place("master", "c")
AT_ONCE, IMAGES, PARTS = 8, 4, 100


class CountingRegistry(MemoryRegistry):
    """Knows how many tasks there were at most while it was asked for something."""

    most_tasks = 0

    def perform(self, call):
        self.most_tasks = max(self.most_tasks, len(asyncio.all_tasks()))
        return super().perform(call)


@pytest.fixture
def crowded(world):
    """Let few parts of each level be under way at a time."""
    world.parts = Parts(dict.fromkeys(Kind, AT_ONCE))
    world.registries["master"] = CountingRegistry("master")
    return world


def layers(seed):
    return [images.image(seed, layers=PARTS, layer_bytes=16)]


def children(seed):
    return [images.index(*[images.image(f"{seed}/{n}", layers=1) for n in range(PARTS)])]


def nested(seed):
    inner = [
        images.index(*[images.image(f"{seed}/{n}/{k}", layers=1) for k in range(12)])
        for n in range(12)
    ]
    return [images.index(*inner)]


def referrers(seed):
    image = images.image(seed)
    descriptor = image.root.descriptor
    return [image, *(images.artifact(f"{seed}/{n}", subject=descriptor) for n in range(PARTS))]


@pytest.mark.parametrize("shape", [layers, children, nested, referrers])
async def test_of_images_with_many_parts_few_are_under_way_at_a_time(crowded, shape):
    made = [shape(f"{shape.__name__}/{number}") for number in range(IMAGES)]
    for number, graphs in enumerate(made):
        for graph in graphs:
            images.fill(crowded.source(HUB), graph, *[str(number)] * (graph is graphs[0]))
    await crowded.run(stage("s", HUB, rule(MASTER, referrers=ReferrerRule())))
    assert set(crowded.statuses().values()) == {Status.COPIED}
    there = crowded.source(MASTER)
    for graph in (graph for graphs in made for graph in graphs):
        assert {part.digest for part in graph.manifests} <= there.manifests.keys()
        assert {part.digest for part in graph.blobs} <= there.blobs
    levels = 4  # what points to an image, two levels of manifests, blobs
    around = 3 + 3 * IMAGES  # the test, the run, its stage; an image, and what it waits for
    assert crowded.registries["master"].most_tasks <= levels * AT_ONCE + around


async def test_images_come_through_where_there_is_room_for_one_part_alone(world):
    world.parts = Parts(dict.fromkeys(Kind, 1), limit_bytes=1)
    index = images.nested_index("n")
    on_index = images.artifact("on index", subject=index.root.descriptor)
    graphs = [
        index,
        on_index,
        images.artifact("on that", subject=on_index.root.descriptor),
        images.artifact("on child", subject=images.manifest(index.root).manifests[0]),
    ]
    for number, graph in enumerate(graphs):
        images.fill(world.source(HUB), graph, *[str(tag) for tag in range(5) if not number])
    targets = [rule(place(key, "c"), referrers=ReferrerRule()) for key in ("master", "staging")]
    await world.run(stage("s", HUB, *targets))
    for key in ("master", "staging"):
        assert {graph.digest for graph in graphs} <= world.source(place(key, "c")).manifests.keys()
