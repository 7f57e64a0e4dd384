"""Referrers over memory stores: all that points to an image comes along, and is found later."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.referrer_rule import Late, ReferrerRule
from reposync.errors import DeniedError, UnavailableError

HUB = place("hub", "a")
MASTER = place("master", "c")
SIGNATURE = "application/vnd.example.bundle"


def cosign_tag(graph, suffix="sig"):
    return f"{graph.digest.replace(':', '-')}.{suffix}"


@pytest.fixture
def family():
    """An index, two signatures on one child, an SBOM on the index, a signature on the SBOM."""
    index = images.multi_platform("m")
    child = images.manifest(index.root).manifests[0]
    signatures = [images.artifact(f"sig{n}", subject=child) for n in range(2)]
    sbom = images.artifact("sbom", subject=index.root.descriptor)
    on_sbom = images.artifact("on sbom", subject=sbom.root.descriptor)
    return [index, *signatures, sbom, on_sbom]


def mirror(*selectors, **rules):
    rules.setdefault("referrers", ReferrerRule())
    return stage("s", HUB, rule(MASTER, *selectors, **rules))


def fill(world, graphs, tag="1"):
    index, *others = graphs
    images.fill(world.source(HUB), index, tag)
    for graph in others:
        images.fill(world.source(HUB), graph)


def there(world):
    return world.source(MASTER)


async def test_all_that_points_to_an_image_comes_along_at_any_depth(world, family):
    fill(world, family)
    await world.run(mirror("1"))
    for graph in family:
        assert graph.digest in there(world).manifests
        assert {blob.digest for blob in graph.blobs} <= there(world).blobs
    assert world.outcomes()["master/c:1"].referrers_sent == 4


async def test_without_the_rule_nothing_that_points_to_an_image_is_looked_for(world, family):
    fill(world, family)
    await world.run(mirror("1", referrers=None))
    assert family[0].digest in there(world).manifests
    assert not any(graph.digest in there(world).manifests for graph in family[1:])
    assert world.registries["hub"].count("list_referrers") == 0


async def test_what_points_to_children_comes_before_the_tag_and_to_the_image_after_it(
    world, family
):
    fill(world, family)
    await world.run(mirror("1"))
    index, first, second, sbom, on_sbom = [graph.digest for graph in family]
    pushes = world.registries["master"].pushes
    order = {push.digest: at for at, push in enumerate(pushes) if push.kind == "manifest"}
    assert max(order[first], order[second]) < order[index] < order[on_sbom] < order[sbom]


async def test_an_image_that_is_up_to_date_costs_one_list_of_its_source(world):
    images.fill(world.source(HUB), images.multi_platform("m"), "1")
    await world.run(mirror("1"))
    for registry in world.registries.values():
        registry.calls.clear()
    await world.run(mirror("1"))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    called = [call.operation for call in world.registries["hub"].calls]
    assert sorted(called) == ["list_referrers", "list_tags", "resolve"]
    assert [call.operation for call in world.registries["master"].calls] == ["resolve"]


async def test_a_referrer_that_came_later_is_brought_with_its_own(world, family):
    fill(world, family[:1])
    await world.run(mirror("1"))
    fill(world, family)
    await world.run(mirror("1"))
    assert world.statuses() == {"master/c:1": Status.COPIED}
    assert {family[3].digest, family[4].digest} <= there(world).manifests.keys()
    assert world.outcomes()["master/c:1"].referrers_sent == 2


async def test_what_came_later_to_a_child_or_a_referrer_is_brought_where_all_are_looked_at(
    world, family
):
    fill(world, [family[0], family[3]])
    rules = {"referrers": ReferrerRule(late=Late.ALL)}
    await world.run(mirror("1", **rules))
    fill(world, family)
    await world.run(mirror("1", **rules))
    assert {graph.digest for graph in family} <= there(world).manifests.keys()
    await world.run(mirror("1", **rules))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}


async def test_an_image_that_is_up_to_date_can_be_left_alone(world, family):
    fill(world, family[:1])
    await world.run(mirror("1"))
    fill(world, family)
    await world.run(mirror("1", referrers=ReferrerRule(late=Late.NONE)))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert family[3].digest not in there(world).manifests


async def test_only_the_types_that_are_asked_for_come_along(world, family):
    fill(world, family)
    await world.run(mirror("1", referrers=ReferrerRule(artifact_types=("application/other",))))
    assert not any(graph.digest in there(world).manifests for graph in family[1:])
    await world.run(mirror("1", referrers=ReferrerRule(artifact_types=(SIGNATURE,), late=Late.ALL)))
    assert all(graph.digest in there(world).manifests for graph in family)


async def test_tags_of_cosign_come_along_for_an_image_and_its_children(world):
    index = images.multi_platform("m")
    child = images.manifest(index.root).manifests[0].digest
    images.fill(world.source(HUB), index, "1")
    images.fill(world.source(HUB), images.artifact("sig"), cosign_tag(index))
    images.fill(world.source(HUB), images.artifact("att"), f"{child.replace(':', '-')}.att")
    images.fill(world.source(HUB), images.artifact("x"), f"sha256-{'0' * 64}.sig")
    await world.run(mirror("1"))
    assert there(world).tags.keys() == {"1", cosign_tag(index), f"{child.replace(':', '-')}.att"}


async def test_a_tag_of_cosign_that_moved_moves_at_the_destination_too(world):
    image = images.image("i")
    images.fill(world.source(HUB), image, "1")
    images.fill(world.source(HUB), images.artifact("one"), cosign_tag(image))
    await world.run(mirror("1"))
    images.fill(world.source(HUB), images.artifact("two"), cosign_tag(image))
    await world.run(mirror("1"))
    assert there(world).tags[cosign_tag(image)] == images.artifact("two").digest
    images.fill(world.source(HUB), images.artifact("three"), cosign_tag(image))
    await world.run(mirror("1", overwrite=OverwriteRule(Overwrite.NEVER)))
    assert there(world).tags[cosign_tag(image)] == images.artifact("two").digest


async def test_where_every_tag_is_copied_those_of_cosign_are_images_like_others(world):
    image = images.image("i")
    images.fill(world.source(HUB), image, "1")
    images.fill(world.source(HUB), images.artifact("sig"), cosign_tag(image))
    await world.run(mirror())
    assert set(world.statuses()) == {"master/c:1", f"master/c:{cosign_tag(image)}"}
    assert world.registries["hub"].count("resolve", cosign_tag(image)) == 1


async def test_where_nothing_comes_along_tags_of_cosign_stay_behind_unless_they_are_named(world):
    image = images.image("i")
    images.fill(world.source(HUB), image, "1")
    images.fill(world.source(HUB), images.artifact("sig"), cosign_tag(image))
    await world.run(mirror(referrers=None))
    assert there(world).tags.keys() == {"1"}
    await world.run(mirror(cosign_tag(image), referrers=None))
    assert there(world).tags.keys() == {"1", cosign_tag(image)}


async def test_a_list_that_fails_fails_the_image_and_the_next_run_heals_it(world, family):
    fill(world, family)
    world.registries["hub"].fail(Failure("list_referrers", DeniedError("no")))
    await world.run(mirror("1"))
    assert "cannot list the referrers of" in str(world.outcomes()["master/c:1"].error)
    await world.run(mirror("1"))
    assert {graph.digest for graph in family} <= there(world).manifests.keys()


@pytest.mark.parametrize("pushes", range(8))
async def test_a_run_that_broke_off_anywhere_is_made_good_by_the_next(world, family, pushes):
    fill(world, family)
    master = world.registries["master"]
    if pushes:
        master.fail(Failure("push_manifest", times=pushes))
    master.fail(Failure("push_manifest", DeniedError("no"), times=None))
    await world.run(mirror("1"))
    master.heal()
    await world.run(mirror("1"))
    assert {graph.digest for graph in family} <= there(world).manifests.keys()
    assert there(world).tags == {"1": family[0].digest}
    await world.run(mirror("1"))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}


async def test_a_destination_that_cannot_be_read_hides_from_no_other_what_came_later(world, family):
    index, on_child, *_ = family
    rules = {"referrers": ReferrerRule(late=Late.ALL)}
    to_both = stage("s", HUB, rule(MASTER, "1", **rules), rule(place("staging", "c"), "1", **rules))
    fill(world, [index])
    await world.run(to_both)
    images.fill(world.source(HUB), on_child)
    world.registries["master"].fail(Failure("fetch_manifest", UnavailableError("broken"), times=9))
    await world.run(to_both)
    assert world.statuses()["master/c:1"] is Status.FAILED
    assert on_child.digest in world.source(place("staging", "c")).manifests
