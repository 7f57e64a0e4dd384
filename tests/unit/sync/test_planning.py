"""Plans and their application over registries in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import World, place, rule, stage

from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.platforms import PlatformRule
from reposync.copy.referrer_rule import ReferrerRule
from reposync.errors import DeniedError
from reposync.oci.platform import Platform
from reposync.selection.pattern import parse_tag_pattern

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.plan.document import Plan

HUB, STAGING, PROD = place("hub", "app"), place("staging", "app"), place("master", "app")
APP, OTHER = images.image("app", layers=2), images.image("other")
ALL = ReferrerRule()
NEVER = OverwriteRule(Overwrite.NEVER)


@pytest.fixture
def world() -> World:
    return World()


def fill(world: World, registry: str, graph: images.Graph, *tags: str) -> None:
    images.fill(world.registries[registry].repository("app"), graph, *tags)


def told(plan: Plan) -> list[tuple[str, str, str]]:
    return [
        (each.stage, str(each.destination).partition("/")[2], each.action.value)
        for each in plan.decisions
    ]


def tags(world: World, registry: str) -> dict[str, Digest]:
    return dict(world.registries[registry].repository("app").tags)


async def test_decisions_are_in_the_order_of_the_file_then_by_name(world: World):
    fill(world, "hub", APP, "b", "a", "c")
    stages = (
        stage("z", HUB, rule(STAGING), rule(place("staging", "first"))),
        stage("a", HUB, rule(PROD)),
    )
    plan = await world.plan(*stages)
    assert told(plan) == [
        *(("z", f"app:{tag}", "copy") for tag in "abc"),
        *(("z", f"first:{tag}", "copy") for tag in "abc"),
        *(("a", f"app:{tag}", "copy") for tag in "abc"),
    ]


@pytest.mark.parametrize("late", ["hub", "staging"])
async def test_of_two_sides_that_fail_the_source_is_the_reason_whichever_is_later(
    world: World, late: str
):
    released = asyncio.Event()
    for name in ("hub", "staging"):
        rest = released if name == late else None
        world.registries[name].fail(Failure("resolve", DeniedError(f"{name} denies"), rest))
    asyncio.get_running_loop().call_later(0.01, released.set)
    plan = await world.plan(stage("s", HUB, rule(STAGING, "1", overwrite=NEVER)))
    assert [each.reason for each in plan.decisions] == [
        "cannot look up tag 1 at the source: hub denies"
    ]


async def test_a_stage_that_depends_on_nothing_is_planned_on_what_is_there(world: World):
    fill(world, "hub", APP, "1")
    fill(world, "staging", OTHER, "2")
    stages = stage("first", HUB, rule(STAGING)), stage("apart", STAGING, rule(PROD))
    assert told(await world.plan(*stages)) == [
        ("first", "app:1", "copy"),
        ("apart", "app:2", "copy"),
    ]


async def test_a_tag_that_somebody_moved_is_a_conflict_that_a_run_sets_and_an_application_leaves(
    world: World,
):
    fill(world, "hub", APP, "1")
    one = stage("one", HUB, rule(STAGING, "1"))
    await world.run(one)
    fill(world, "staging", OTHER, "1")
    plan = await world.plan(one)
    assert told(plan) == [("one", "app:1", "conflict")]
    await world.apply(plan, one)
    assert tags(world, "staging") == {"1": OTHER.digest}
    await world.run(one)
    assert tags(world, "staging") == {"1": APP.digest}


async def test_a_rule_of_an_immutable_tag_and_another_are_applied_from_one_image(world: World):
    """What the ledger knows of one destination is not what the other one gets."""
    immutable = OverwriteRule(Overwrite.IF_MUTABLE, (parse_tag_pattern("1"),))
    kept = rule(STAGING, "1", overwrite=immutable, referrers=ALL)
    fill(world, "hub", APP, "1")
    await world.run(stage("one", HUB, kept))
    sbom = images.artifact("sbom", subject=APP.root.descriptor)
    fill(world, "hub", sbom)
    fill(world, "hub", OTHER, "1")
    both = stage("one", HUB, kept, rule(PROD, "1"))
    plan = await world.plan(both)
    assert [action for _, _, action in told(plan)] == ["complete", "copy"]
    await world.apply(plan, both)
    assert tags(world, "staging") == {"1": APP.digest}
    assert tags(world, "master") == {"1": OTHER.digest}
    assert sbom.digest in world.registries["staging"].repository("app").manifests


async def test_a_referrer_that_a_stage_adds_to_a_stripped_chain_is_expected_after_it(world: World):
    index = images.multi_platform("index")
    fill(world, "hub", index, "1")
    amd64 = PlatformRule((Platform("linux", "amd64"),))
    late = ReferrerRule()
    stages = (
        stage("first", HUB, rule(STAGING, "1", platforms=amd64, referrers=late)),
        stage("second", STAGING, rule(PROD, "1", referrers=late), after=("first",)),
    )
    plan = await world.plan(*stages)
    assert plan.decisions[0].digest == plan.decisions[1].source_digest != index.digest
    await world.run(*stages)
    assert tags(world, "master") == {"1": plan.decisions[1].digest}


async def test_sizes_count_a_shared_blob_once_and_what_exists_not_at_all(world: World):
    base = (images.blob("base", 5000),)
    first, second = (images.image(each, layers=1, base=base) for each in "ab")
    fill(world, "hub", first, "1")
    fill(world, "hub", second, "2")
    fill(world, "master", images.image("x", base=base), "old")
    one = stage("one", HUB, rule(STAGING), rule(PROD, "1"))
    plan = await world.plan(one, sizes=True)
    sizes = {blob.digest: blob.descriptor.size for blob in (*first.blobs, *second.blobs)}
    counted = [
        (each.blobs.send, each.blobs.mount, each.blobs.exists)
        for each in plan.decisions
        if each.blobs
    ]
    own = len(first.blobs) - 1
    assert counted == [(own + 1, 0, 0), (own, 0, 1), (own, 0, 1)]
    assert sum(each.bytes or 0 for each in plan.decisions[:2]) == sum(sizes.values())
    await world.run(one)
    sent = {name: each.blobs_sent for name, each in world.outcomes().items()}
    assert sum(sent.values()) == sum(send for send, _, _ in counted)


async def test_a_plan_counts_an_image_as_a_pull_and_fetches_none(world: World):
    world.registries["hub"].counts_pulls = True
    fill(world, "hub", APP, "1", "2")
    fill(world, "hub", images.multi_platform("index"), "3")
    stages = (
        stage("first", HUB, rule(STAGING)),
        stage("second", STAGING, rule(PROD), after=("first",)),
    )
    plan = await world.plan(*stages)
    assert plan.pulls == {"hub": 2}
    assert not world.registries["hub"].count("fetch_manifest")
    sized = await world.plan(*stages, sizes=True)
    assert sized.pulls == {"hub": 3}


async def test_an_error_of_a_plan_is_a_failure_again_and_the_rest_is_applied(world: World):
    fill(world, "hub", APP, "1")
    one = stage("one", HUB, rule(STAGING, "1", "missing"))
    plan = await world.plan(one)
    assert [action for _, _, action in told(plan)] == ["copy", "error"]
    await world.apply(plan, one)
    assert {name.rpartition(":")[2]: str(each) for name, each in world.statuses().items()} == {
        "1": "copied",
        "missing": "failed",
    }
