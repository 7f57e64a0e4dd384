"""Each kind of damage is found at its depth, named, and not before."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.verify.world import ALL, READING, mirror, place, rule, told

from reposync.errors import DeniedError, UnauthorizedError, UnavailableError, UnreachableError
from reposync.sync.stages import Stage
from reposync.verify.depth import Depth
from reposync.verify.findings import Kind

DEPTHS = list(Depth)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(
    "graph",
    [
        images.image("a"),
        images.docker_image("a"),
        images.multi_platform("a"),
        images.nested_index("a"),
        images.artifact("a"),
        images.attested("a"),
        images.buildkit_cache("a"),
        images.foreign_layer_image("a"),
    ],
    ids=["image", "docker", "index", "nested", "artifact", "attested", "cache", "foreign"],
)
async def test_nothing_differs_where_both_sides_hold_the_same(world, graph, depth):
    world.publish(graph, "1", "2")
    result = await world.verify(mirror(referrers=ALL), depth=depth)
    assert (result.differences, result.unchecked) == ((), ())
    assert [tally.counts for tally in result.tallies] == [{"right": 2}]


async def test_a_verification_only_reads(world):
    world.publish(images.multi_platform("a"), "1")
    await world.verify(mirror(referrers=ALL), depth=Depth.BYTES)
    for name in ("hub", "master"):
        assert set(world.operations(name)) <= READING


@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_missing_tag_is_found_at_any_depth(world, depth):
    graph = images.image("a")
    images.fill(world.hub, graph, "1")
    result = await world.verify(depth=depth)
    assert told(result) == [("app:1", "missing_tag")]
    assert result.differences[0].digest == graph.digest


@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_tag_that_names_another_image_is_found_at_any_depth(world, depth):
    graph = images.image("a")
    world.publish(graph, "1")
    images.fill(world.master, images.image("b"), "1")
    result = await world.verify(depth=depth)
    assert told(result) == [("app:1", "other_digest")]
    assert result.differences[0].digest == graph.digest


def damage_child(world, graph):
    child = images.manifest(graph.root).manifests[0]
    del world.master.manifests[child.digest]
    return child.digest


def damage_layer(world, graph):
    layer = graph.blobs[-1]
    world.master.blobs.remove(layer.digest)
    return layer.digest


def shorten_layer(world, graph):
    layer = graph.blobs[-1]
    world.registries["master"].contents[layer.digest] = layer.content[:-1]
    return layer.digest


def flip_layer(world, graph):
    layer = graph.blobs[-1]
    world.registries["master"].corrupt(layer.digest)
    return layer.digest


def flip_child(world, graph):
    child = images.manifest(graph.root).manifests[0]
    stored = world.master.manifests[child.digest]
    object.__setattr__(stored, "content", stored.content.replace(b"{", b"[", 1))
    return child.digest


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(
    ("damage", "kind", "from_depth"),
    [
        (damage_child, Kind.MISSING_MANIFEST, Depth.MANIFESTS),
        (damage_layer, Kind.MISSING_BLOB, Depth.BLOBS),
        (shorten_layer, Kind.WRONG_LENGTH, Depth.BLOBS),
        (flip_layer, Kind.WRONG_BYTES, Depth.BYTES),
        (flip_child, Kind.WRONG_BYTES, Depth.BLOBS),
    ],
    ids=["manifest", "blob", "length", "bytes", "manifest-bytes"],
)
async def test_damage_below_a_tag_is_found_at_its_depth(world, damage, kind, from_depth, depth):
    graph = images.multi_platform("a")
    world.publish(graph, "1")
    digest = damage(world, graph)
    result = await world.verify(depth=depth)
    expected = [(kind, digest)] if depth.includes(from_depth) else []
    assert [(each.kind, each.digest) for each in result.differences] == expected
    assert not result.unchecked


async def test_a_foreign_layer_need_not_be_there(world):
    world.publish(images.foreign_layer_image("a"), "1")
    assert told(await world.verify(depth=Depth.BYTES)) == []


async def test_a_blob_is_expected_in_each_repository_that_needs_it(world):
    graph = images.image("a")
    world.publish(graph, "1")
    other = world.registries["master"].repository("other")
    images.fill(other, graph, "1")
    other.blobs.remove(graph.blobs[0].digest)
    both = Stage("s", place("hub"), (rule(place("master")), rule(place("master", "other"))))
    assert told(await world.verify(both)) == [("other:1", "missing_blob")]


async def test_a_blob_that_many_images_share_is_a_difference_of_each(world):
    graph = images.image("a")
    world.publish(graph, "1", "2")
    world.master.blobs.remove(graph.blobs[0].digest)
    assert told(await world.verify()) == [("app:1", "missing_blob"), ("app:2", "missing_blob")]


async def test_differences_are_in_the_order_of_the_file_then_by_name(world):
    for tag in ("b", "a", "c"):
        images.fill(world.hub, images.image(tag), tag)
    stages = [mirror(to="staging", name="z"), mirror(name="a")]
    assert [
        (each.stage, str(each.destination)) for each in (await world.verify(*stages)).differences
    ] == [
        ("z", "staging/app:a"),
        ("z", "staging/app:b"),
        ("z", "staging/app:c"),
        ("a", "master/app:a"),
        ("a", "master/app:b"),
        ("a", "master/app:c"),
    ]


async def test_a_destination_is_expected_to_hold_what_its_direct_source_holds(world):
    old, new = images.image("old"), images.image("new")
    images.fill(world.hub, new, "1")
    images.fill(world.master, old, "1")
    images.fill(world.registries["staging"].repository("app"), old, "1")
    second = Stage("t", place("master"), (rule(place("staging")),), ("s",))
    assert told(await world.verify(mirror(), second)) == [("app:1", "other_digest")]


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedError("who are you"),
        DeniedError("no"),
        UnavailableError("broken"),
        UnreachableError("no answer"),
    ],
)
@pytest.mark.parametrize("registry", ["hub", "master"])
async def test_what_cannot_be_asked_is_unchecked_and_the_rest_is_checked(world, registry, error):
    world.publish(images.image("a"), "1", "2")
    world.publish(images.image("b"), "3")
    del world.master.tags["2"]
    world.registries[registry].fail(Failure("resolve", error, subject="1"))
    result = await world.verify()
    assert told(result) == [("app:2", "missing_tag")]
    (unchecked,) = result.unchecked
    assert str(unchecked.destination) == "master/app:1"
    assert str(error) in unchecked.reason
    assert [tally.counts for tally in result.tallies] == [
        {"right": 1, "different": 1, "unchecked": 1}
    ]


@pytest.mark.parametrize("operation", ["fetch_manifest", "blob_size"])
async def test_a_part_that_cannot_be_asked_for_is_unchecked(world, operation):
    world.publish(images.image("a"), "1")
    world.registries["master"].fail(Failure(operation, UnavailableError("broken")))
    result = await world.verify()
    assert not result.differences
    assert "broken" in result.unchecked[0].reason


async def test_a_source_that_cannot_be_listed_is_unchecked_at_each_destination(world):
    world.registries["hub"].fail(Failure("list_tags", DeniedError("no")))
    both = Stage("s", place("hub"), (rule(place("master")), rule(place("staging"))))
    result = await world.verify(both)
    assert [str(each.destination) for each in result.unchecked] == ["master/app", "staging/app"]


async def test_a_named_tag_that_the_source_lacks_is_unchecked(world):
    world.publish(images.image("a"), "1")
    result = await world.verify(mirror("1", "2"))
    assert [str(each.destination) for each in result.unchecked] == ["master/app:2"]
    assert "has no hub/app:2" in result.unchecked[0].reason


async def test_a_tag_that_two_sources_want_is_unchecked_for_the_second(world):
    world.publish(images.image("a"), "1")
    other = Stage("t", place("hub", "other"), (rule(place("master")),))
    images.fill(world.registries["hub"].repository("other"), images.image("b"), "1")
    result = await world.verify(mirror(), other)
    assert not result.differences
    assert [each.stage for each in result.unchecked] == ["t"]


@pytest.mark.parametrize("depth", DEPTHS)
async def test_an_image_by_digest_is_expected_under_its_digest(world, depth):
    graph, lacking = images.image("a"), images.image("b")
    world.publish(graph)
    images.fill(world.hub, lacking)
    result = await world.verify(mirror(graph.digest, lacking.digest), depth=depth)
    assert [(each.kind, each.digest) for each in result.differences] == [
        (Kind.MISSING_MANIFEST, lacking.digest)
    ]
