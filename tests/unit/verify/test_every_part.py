"""Whichever part of an image is damaged, exactly that is found."""

from __future__ import annotations

import pytest
from tests import images
from tests.unit.verify.world import ALL, World, mirror

from reposync.verify.depth import Depth
from reposync.verify.findings import Kind

GRAPHS = {
    "image": images.image("a"),
    "index": images.multi_platform("a"),
    "nested": images.nested_index("a"),
    "artifact": images.artifact("a"),
    "attested": images.attested("a"),
    "cache": images.buildkit_cache("a"),
}
BLOBS = [(name, blob) for name, graph in GRAPHS.items() for blob in graph.blobs]
BELOW = [(name, part) for name, graph in GRAPHS.items() for part in graph.manifests[:-1]]


def world_of(name):
    world = World()
    world.publish(GRAPHS[name], "1", "2")
    return world


async def found(world, depth):
    result = await world.verify(mirror(referrers=ALL), depth=depth)
    assert not result.unchecked
    kinds = [(each.destination.tag, each.kind, each.digest) for each in result.differences]
    assert sorted(kinds) == kinds
    return kinds


def at_both(kind, part):
    return [("1", kind, part.digest), ("2", kind, part.digest)]


@pytest.mark.parametrize(("name", "blob"), BLOBS)
async def test_a_blob_that_is_missing_cut_or_changed_is_found(name, blob):
    world = world_of(name)
    world.registries["master"].corrupt(blob.digest)
    assert await found(world, Depth.BLOBS) == []
    assert await found(world, Depth.BYTES) == at_both(Kind.WRONG_BYTES, blob)
    world.registries["master"].contents[blob.digest] = blob.content[1:]
    assert await found(world, Depth.MANIFESTS) == []
    assert await found(world, Depth.BLOBS) == at_both(Kind.WRONG_LENGTH, blob)
    world.master.blobs.remove(blob.digest)
    assert await found(world, Depth.BLOBS) == at_both(Kind.MISSING_BLOB, blob)


@pytest.mark.parametrize(("name", "part"), BELOW)
async def test_a_manifest_that_is_missing_is_found(name, part):
    world = world_of(name)
    del world.master.manifests[part.digest]
    assert await found(world, Depth.TAGS) == []
    assert await found(world, Depth.MANIFESTS) == at_both(Kind.MISSING_MANIFEST, part)
    assert await found(world, Depth.BYTES) == at_both(Kind.MISSING_MANIFEST, part)
