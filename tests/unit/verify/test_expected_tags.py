"""What a tag is expected to name: platforms, tags that stay, digests of two algorithms."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests import images
from tests.images import AMD64, ARM64
from tests.unit.verify.world import mirror, place, rule, told

from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.platforms import PlatformMode, PlatformRule
from reposync.oci.digest import Digest
from reposync.oci.platform import Platform
from reposync.selection.pattern import parse_tag_pattern
from reposync.sync.stages import Stage
from reposync.verify.depth import Depth
from reposync.verify.judging import Expected, is_made_alike

STRIP = PlatformRule((AMD64,))
SPARSE = PlatformRule((AMD64,), PlatformMode.SPARSE)
S390X = PlatformRule((Platform("linux", "s390x"),))


def fill_stripped(world, graph, tag, platforms=STRIP):
    """Put at the destination what a run makes of *graph*."""
    made = platforms.applied(images.manifest(graph.root))
    kept = {entry.digest for entry in made.manifests}
    for blob in graph.blobs:
        world.master.add_blob(blob.content)
    for part in graph.manifests:
        if part.digest in kept:
            world.master.add_manifest(part.content, part.descriptor.media_type)
    world.master.add_manifest(made.content, made.descriptor.media_type, *([tag] if tag else []))
    return made


@pytest.mark.parametrize("depth", Depth)
async def test_a_stripped_index_has_the_digest_that_the_source_s_index_makes(world, depth):
    graph = images.multi_platform("a")
    images.fill(world.hub, graph, "1")
    fill_stripped(world, graph, "1")
    assert told(await world.verify(mirror(platforms=STRIP), depth=depth)) == []


async def test_an_index_that_is_not_stripped_is_another_digest(world):
    world.publish(images.multi_platform("a"), "1")
    result = await world.verify(mirror(platforms=STRIP), depth=Depth.TAGS)
    assert told(result) == [("app:1", "other_digest")]
    expected = STRIP.applied(images.manifest(images.multi_platform("a").root)).digest
    assert result.differences[0].digest == expected


async def test_an_index_of_which_nothing_is_left_out_keeps_its_digest(world):
    world.publish(images.multi_platform("a"), "1")
    everything = PlatformRule((AMD64, ARM64))
    assert told(await world.verify(mirror(platforms=everything))) == []
    assert "fetch_manifest" not in world.operations("hub")


async def test_a_stripped_index_by_digest_is_expected_under_its_own_digest(world):
    graph = images.multi_platform("a")
    images.fill(world.hub, graph)
    stage = mirror(graph.digest, platforms=STRIP)
    assert told(await world.verify(stage)) == [(f"app@{graph.digest}", "missing_manifest")]
    fill_stripped(world, graph, "")
    assert told(await world.verify(stage)) == []


async def test_images_that_a_sparse_index_leaves_out_are_not_expected(world):
    graph = images.multi_platform("a")
    world.publish(graph, "1")
    wanted, other = images.manifest(graph.root).manifests
    del world.master.manifests[other.digest]
    assert told(await world.verify(mirror(platforms=SPARSE))) == []
    assert told(await world.verify(mirror())) == [("app:1", "missing_manifest")]
    del world.master.manifests[wanted.digest]
    assert told(await world.verify(mirror(platforms=SPARSE))) == [("app:1", "missing_manifest")]


@pytest.mark.parametrize("graph", [images.image("a"), images.multi_platform("a")])
async def test_an_image_that_the_platforms_leave_out_is_not_expected(world, graph):
    images.fill(world.hub, graph, "1")
    result = await world.verify(mirror(platforms=S390X))
    assert (result.differences, result.unchecked) == ((), ())
    assert [tally.counts for tally in result.tallies] == [{"left out": 1}]
    assert "linux/s390x" in result.kept[0].reason


async def test_a_missing_image_that_the_platforms_want_is_missing(world):
    images.fill(world.hub, images.image("a"), "1")
    assert told(await world.verify(mirror(platforms=STRIP))) == [("app:1", "missing_tag")]


def test_what_an_older_release_spelled_otherwise_is_alike_only_with_the_same_manifests():
    index = images.manifest(images.multi_platform("a").root)
    made = STRIP.applied(index)
    expected = Expected(index.digest, made.digest, made)
    assert is_made_alike(STRIP, expected, made)
    assert not is_made_alike(STRIP, expected, replace(made, manifests=()))
    assert not is_made_alike(STRIP, expected, replace(made, annotations={}))
    assert not is_made_alike(SPARSE, expected, made)


KEEPING = [
    OverwriteRule(Overwrite.NEVER),
    OverwriteRule(immutable=(parse_tag_pattern("1"),)),
    OverwriteRule(Overwrite.IF_MUTABLE, (parse_tag_pattern("1"),)),
]


@pytest.mark.parametrize("overwrite", KEEPING)
async def test_a_tag_that_a_run_keeps_is_no_difference_and_is_counted(world, overwrite):
    images.fill(world.hub, images.image("new"), "1")
    images.fill(world.master, images.image("old"), "1")
    result = await world.verify(mirror(overwrite=overwrite))
    assert told(result) == []
    assert [tally.counts for tally in result.tallies] == [{"kept": 1}]
    assert "the tag names another image there" in result.kept[0].reason


async def test_a_tag_that_is_kept_still_names_a_whole_image(world):
    images.fill(world.hub, images.image("new"), "1")
    old = images.image("old")
    images.fill(world.master, old, "1")
    world.master.blobs.remove(old.blobs[0].digest)
    stage = mirror(overwrite=KEEPING[0])
    assert told(await world.verify(stage)) == [("app:1", "missing_blob")]


async def test_a_tag_that_must_stay_and_is_missing_is_a_difference(world):
    images.fill(world.hub, images.image("new"), "1")
    assert told(await world.verify(mirror(overwrite=KEEPING[1]))) == [("app:1", "missing_tag")]


async def test_a_tag_that_comes_back_to_where_it_is_from_is_kept(world):
    images.fill(world.hub, images.image("new"), "1")
    images.fill(world.master, images.image("old"), "1")
    back = Stage("back", place("master"), (rule(place("hub")),))
    result = await world.verify(mirror(), back)
    assert [str(each.destination) for each in result.differences] == ["master/app:1"]
    assert [each.stage for each in result.kept] == ["back"]


async def test_an_image_by_its_sha512_is_found_under_a_sha256(world):
    graph = images.image("a")
    sha512 = Digest.of(graph.root.content, "sha512")
    world.publish(graph, "1")
    media_type = graph.root.descriptor.media_type
    world.hub.add_manifest(graph.root.content, media_type, algorithm="sha512")
    assert told(await world.verify(mirror(f"1@{sha512}"))) == []
    images.fill(world.master, images.image("b"), "1")
    assert told(await world.verify(mirror(f"1@{sha512}"))) == [("app:1", "other_digest")]
