"""Signatures and other referrers, by every way in which they are found."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.verify.world import ALL, mirror, place, rule, told

from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.referrer_rule import Late, ReferrerRule
from reposync.errors import UnavailableError
from reposync.oci.referrers import cosign_tags
from reposync.sync.stages import Stage
from reposync.verify.depth import Depth

BELOW = [Depth.MANIFESTS, Depth.BLOBS, Depth.BYTES]


@pytest.fixture(params=[True, False], ids=["api", "fallback"])
def signed(request, world):
    """Publish an index with a signature of a child, an SBOM, and a signature of the SBOM."""
    for registry in world.registries.values():
        registry.referrers_api = request.param
    index = images.multi_platform("a")
    child = images.manifest(index.root).manifests[0]
    signature = images.artifact("sig", subject=child)
    sbom = images.artifact("sbom", subject=index.root.descriptor)
    on_sbom = images.artifact("sig-sbom", subject=sbom.root.descriptor)
    world.publish(index, "1")
    for graph in (signature, sbom, on_sbom):
        world.publish(graph)
        if not request.param:
            for repository in (world.hub, world.master):
                repository.list_behind_the_tag(images.manifest(graph.root))
    return signature, sbom, on_sbom


def forget(repository, graph):
    """Remove a referrer, and where no API makes the list, the list that names it."""
    del repository.manifests[graph.digest]


STAGE = mirror("1", referrers=ALL)


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize("depth", BELOW)
async def test_referrers_that_are_all_there_are_no_difference(world, depth):
    assert told(await world.verify(STAGE, depth=depth)) == []


@pytest.mark.parametrize("depth", BELOW)
@pytest.mark.parametrize("number", [0, 1, 2], ids=["of-a-child", "of-the-index", "of-a-referrer"])
async def test_a_missing_referrer_is_found_at_any_distance(world, signed, number, depth):
    forget(world.master, signed[number])
    result = await world.verify(STAGE, depth=depth)
    assert told(result) == [("app:1", "missing_referrer")]
    assert result.differences[0].digest == signed[number].digest


async def test_referrers_are_not_looked_for_at_the_depth_of_tags(world, signed):
    forget(world.master, signed[0])
    assert told(await world.verify(STAGE, depth=Depth.TAGS)) == []
    assert set(world.operations("master")) == {"resolve"}


async def test_referrers_are_not_expected_where_the_rule_does_not_want_them(world, signed):
    forget(world.master, signed[0])
    assert told(await world.verify(mirror("1"))) == []
    signatures = ReferrerRule(("application/vnd.example.other",))
    assert told(await world.verify(mirror("1", referrers=signatures))) == []


async def test_a_referrer_is_expected_also_where_no_run_looks_for_late_ones(world, signed):
    forget(world.master, signed[1])
    stage = mirror("1", referrers=ReferrerRule(late=Late.NONE))
    assert told(await world.verify(stage)) == [("app:1", "missing_referrer")]


async def test_a_blob_of_a_referrer_is_checked(world, signed):
    world.master.blobs.remove(signed[0].blobs[-1].digest)
    assert told(await world.verify(STAGE)) == [("app:1", "missing_blob")]


@pytest.mark.usefixtures("signed")
async def test_a_list_that_cannot_be_had_is_unchecked(world):
    for name in ("hub", "master"):
        failure = Failure("list_referrers", UnavailableError("broken"))
        world.registries[name].fail(failure)
        result = await world.verify(STAGE)
        assert "list the referrers" in result.unchecked[0].reason
        world.registries[name].heal()


async def test_what_the_source_lists_by_mistake_is_not_expected(world):
    for registry in world.registries.values():
        registry.referrers_api = False
    image, other = images.image("a"), images.image("b")
    world.publish(image, "1")
    world.publish(other, "2")
    wrong = images.artifact("w", subject=other.root.descriptor)
    images.fill(world.hub, wrong)
    tag = images.manifest(wrong.root)
    world.hub.list_behind_the_tag(tag)
    fallback = next(name for name in world.hub.tags if name.startswith("sha256-"))
    moved = "sha256-" + image.digest.encoded
    world.hub.tags[moved] = world.hub.tags.pop(fallback)
    assert told(await world.verify(mirror("1", referrers=ALL))) == []


def cosign(image, *repositories):
    signature = images.image("signature")
    tag = cosign_tags(image.digest)[0]
    for repository in repositories:
        images.fill(repository, signature, tag)
    return signature, tag


@pytest.mark.parametrize("depth", BELOW)
async def test_a_missing_cosign_tag_is_a_missing_referrer_under_its_tag(world, depth):
    image = images.image("a")
    world.publish(image, "1")
    signature, tag = cosign(image, world.hub)
    result = await world.verify(STAGE, depth=depth)
    assert told(result) == [(f"app:{tag}", "missing_referrer")]
    assert result.differences[0].digest == signature.digest


async def test_a_cosign_tag_that_has_moved_is_another_digest(world):
    image = images.image("a")
    world.publish(image, "1")
    _, tag = cosign(image, world.hub)
    images.fill(world.master, images.image("older signature"), tag)
    assert told(await world.verify(STAGE)) == [(f"app:{tag}", "other_digest")]
    keeping = mirror("1", referrers=ALL, overwrite=OverwriteRule(Overwrite.NEVER))
    assert told(await world.verify(keeping)) == []


async def test_where_every_tag_is_copied_a_cosign_tag_is_a_tag_like_others(world):
    image = images.image("a")
    world.publish(image, "1")
    _, tag = cosign(image, world.hub)
    everything = Stage("s", place("hub"), (rule(place("master"), referrers=ALL),))
    assert told(await world.verify(everything)) == [(f"app:{tag}", "missing_tag")]
