"""Images that are named by a sha512 digest, at registries that name the same bytes by a sha256."""

from __future__ import annotations

import pytest
from tests import images
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.platforms import PlatformRule
from reposync.copy.referrer_rule import Late, ReferrerRule
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest

HUB, MASTER = place("hub", "a"), place("master", "c")
GRAPH = images.multi_platform("m")
CONTENT, MEDIA_TYPE = GRAPH.root.content, GRAPH.root.descriptor.media_type
SHA512 = Digest.of(CONTENT, "sha512")


@pytest.fixture
def filled(world):
    images.fill(world.source(HUB), GRAPH)
    world.source(HUB).add_manifest(CONTENT, MEDIA_TYPE, algorithm="sha512")
    return world


def job(digest=SHA512, **rules):
    return stage("s", HUB, rule(MASTER, f"1@{digest}", **rules))


def forget(world):
    for registry in world.registries.values():
        registry.calls.clear()


def calls(world, name):
    return [call.operation for call in world.registries[name].calls]


async def test_it_is_up_to_date_in_the_next_run_which_reads_it_once_and_remembers(filled):
    await filled.run(job())
    assert filled.statuses() == {"master/c:1": Status.COPIED}
    assert filled.source(MASTER).tags == {"1": GRAPH.digest}
    looks = []
    for _ in range(2):
        forget(filled)
        await filled.run(job())
        assert filled.statuses() == {"master/c:1": Status.UP_TO_DATE}
        looks.append((calls(filled, "hub"), calls(filled, "master")))
    assert looks == [
        (["resolve"], ["resolve", "fetch_manifest"]),
        (["resolve"], ["resolve"]),
    ]


async def test_it_is_up_to_date_as_well_where_the_sha256_was_copied_before(filled):
    await filled.run(job(GRAPH.digest))
    await filled.run(job())
    assert filled.statuses() == {"master/c:1": Status.UP_TO_DATE}
    await filled.run(job(GRAPH.digest))
    assert filled.statuses() == {"master/c:1": Status.UP_TO_DATE}


async def test_other_bytes_are_another_image(filled):
    images.fill(filled.source(MASTER), images.image("old"), "1")
    await filled.run(job())
    assert filled.source(MASTER).tags == {"1": GRAPH.digest}


@pytest.mark.parametrize("overwrite", [Overwrite.NEVER, Overwrite.ALWAYS])
async def test_a_tag_that_is_never_moved_need_not_be(filled, overwrite):
    images.fill(filled.source(MASTER), GRAPH, "1")
    await filled.run(job(overwrite=OverwriteRule(overwrite)))
    assert filled.statuses() == {"master/c:1": Status.UP_TO_DATE}


async def test_where_nothing_is_left_out_platforms_make_no_difference(filled):
    both = PlatformRule((images.AMD64, images.ARM64))
    await filled.run(job(platforms=both))
    await filled.run(job(platforms=both))
    assert filled.statuses() == {"master/c:1": Status.UP_TO_DATE}


@pytest.mark.parametrize("late", [Late.ROOT, Late.ALL])
async def test_what_comes_to_point_to_it_later_comes_along(filled, late):
    rules = {"referrers": ReferrerRule(late=late)}
    await filled.run(job(**rules))
    subject = images.piece(CONTENT, MEDIA_TYPE).descriptor
    by_512 = Descriptor(MEDIA_TYPE, SHA512, subject.size)
    signature = images.artifact("s", subject=by_512)
    images.fill(filled.source(HUB), signature)
    await filled.run(job(**rules))
    assert signature.digest in filled.source(MASTER).manifests
