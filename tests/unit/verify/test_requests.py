"""What a verification costs."""

from __future__ import annotations

import pytest
from tests import images
from tests.unit.verify.world import ALL, mirror, place, rule, told

from reposync.sync.stages import Stage
from reposync.verify.depth import Depth

BASE = (images.blob("base", 5000),)


@pytest.fixture
def hundred(world):
    """Publish a hundred images that share a layer."""
    for number in range(100):
        world.publish(images.image(f"{number}", layers=1, base=BASE), f"{number:03}")


@pytest.mark.usefixtures("hundred")
async def test_at_the_depth_of_tags_a_tag_costs_one_head_on_either_side(world):
    await world.verify(depth=Depth.TAGS)
    assert world.operations("hub") == ["list_tags", *["resolve"] * 100]
    assert world.operations("master") == ["resolve"] * 100


@pytest.mark.usefixtures("hundred")
async def test_manifests_of_images_are_not_read_to_know_that_they_exist(world):
    await world.verify(depth=Depth.MANIFESTS)
    assert world.operations("master") == ["resolve"] * 100


@pytest.mark.usefixtures("hundred")
async def test_a_shared_blob_costs_one_head_however_many_images_share_it(world):
    await world.verify()
    operations = world.operations("master")
    assert operations.count("blob_size") == 100 * 2 + 1  # configuration and layer, and the base
    assert world.registries["master"].count("blob_size", BASE[0].digest) == 1
    assert operations.count("fetch_manifest") == operations.count("resolve") == 100
    assert set(world.operations("hub")) == {"list_tags", "resolve"}


async def test_a_blob_is_read_once_per_registry_and_looked_up_once_per_repository(world):
    graph = images.image("a", base=BASE)
    world.publish(graph, "1", "2")
    images.fill(world.registries["master"].repository("other"), graph, "1", "2")
    both = Stage("s", place("hub"), (rule(place("master")), rule(place("master", "other"))))
    await world.verify(both, depth=Depth.BYTES)
    registry = world.registries["master"]
    assert registry.count("blob_size", BASE[0].digest) == 2
    assert registry.count("open_blob", BASE[0].digest) == 1
    assert registry.count("fetch_manifest", graph.digest) <= 2  # one for each repository at most


async def test_tags_of_one_image_are_looked_into_once(world):
    world.publish(images.multi_platform("a"), "1", "2", "3")
    world.publish(images.artifact("s", subject=images.multi_platform("a").root.descriptor))
    await world.verify(mirror(referrers=ALL))
    assert world.operations("hub").count("list_referrers") == 4  # index, two children, the artifact


async def test_no_manifest_is_read_at_a_source_that_counts_pulls(world):
    for number in range(5):
        world.publish(images.multi_platform(f"{number}"), f"{number}")
    for depth in Depth:
        await world.verify(mirror(referrers=ALL), depth=depth)
        assert "fetch_manifest" not in world.operations("hub")


async def test_many_parts_of_one_image_end(world):
    world.publish(images.index(*(images.image(f"{n}") for n in range(400))), "1")
    assert told(await world.verify(depth=Depth.BYTES)) == []
