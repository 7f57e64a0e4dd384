"""Chains over memory stores: a stage sees all that the stages before it have written."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.fakes.store import MemoryRegistry
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.referrer_rule import ReferrerRule
from reposync.oci.referrers import cosign_tags

HUB = place("hub", "a")
MIDDLE = place("master", "b")
PROD = place("staging", "c")
ELSEWHERE = place("staging", "elsewhere")


@pytest.fixture(params=[True, False], ids=["api", "fallback tags"])
def chain(world, request):
    """Let the intermediate repository hold an old image, which another stage copies first."""
    for registry in world.registries.values():
        registry.referrers_api = request.param
    old = images.image("old")
    images.fill(world.source(MIDDLE), old, "old")
    images.fill(world.source(MIDDLE), images.artifact("old sig"), cosign_tags(old.digest)[0])
    return world


def copied(source, destination, *tags, name, after=()):
    rules = rule(destination, *tags, referrers=ReferrerRule())
    return stage(name, source, rules, after=after)


def listed_first():
    """Copy from the intermediate repository before anything is written to it."""
    return copied(MIDDLE, ELSEWHERE, "old", name="other")


def family(seed):
    """Make an index with what points to it, to a child, and to a referrer, and cosign's tags."""
    index = images.multi_platform(seed)
    child = images.manifest(index.root).manifests[0]
    sbom = images.artifact(f"{seed}/sbom", subject=index.root.descriptor)
    referrers = [
        images.artifact(f"{seed}/child", subject=child),
        sbom,
        images.artifact(f"{seed}/on sbom", subject=sbom.root.descriptor),
    ]
    tags = (*cosign_tags(index.digest), cosign_tags(child.digest)[0])
    return index, referrers, {tag: images.artifact(f"{seed}/{tag}") for tag in tags}


def publish(repository, family, tag="1"):
    """Fill a repository as if all had been pushed to it."""
    index, referrers, tagged = family
    images.fill(repository, index, tag)
    for graph in referrers:
        images.fill(repository, graph)
        if not repository.registry.referrers_api:
            repository.list_behind_the_tag(graph.root_manifest)
    for name, graph in tagged.items():
        images.fill(repository, graph, name)


def is_whole(repository, family, tag="1"):
    index, referrers, tagged = family
    named = {tag: index.digest} | {name: graph.digest for name, graph in tagged.items()}
    there = {graph.digest for graph in referrers} <= repository.manifests.keys()
    return there and named.items() <= repository.tags.items()


def add_to(family):
    """Return what came to point to an image later, as ``family`` gives what did before."""
    index, referrers, tagged = family
    later = images.artifact("later", subject=index.root.descriptor)
    signature = cosign_tags(index.digest)[0]
    return index, [*referrers, later], tagged | {signature: images.artifact("later sig")}


def mirror():
    return copied(HUB, MIDDLE, "1", name="mirror", after=("other",))


def promote():
    return copied(MIDDLE, PROD, "1", name="promote", after=("mirror",))


async def test_one_run_brings_signatures_and_referrers_to_the_end_of_a_chain(chain):
    graphs = family("m")
    publish(chain.source(HUB), graphs)
    await chain.run(listed_first(), mirror(), promote())
    assert is_whole(chain.source(PROD), graphs)


async def test_one_run_brings_what_came_later_to_the_end_of_a_chain(chain):
    graphs = family("m")
    publish(chain.source(HUB), graphs)
    await chain.run(listed_first(), mirror(), promote())
    graphs = add_to(graphs)
    publish(chain.source(HUB), graphs)
    await chain.run(listed_first(), mirror(), promote())
    assert is_whole(chain.source(PROD), graphs)
    assert chain.statuses()["staging/c:1"] is Status.COPIED
    await chain.run(listed_first(), mirror(), promote())
    assert set(chain.statuses().values()) == {Status.UP_TO_DATE}


async def test_two_stages_that_write_one_repository_are_both_seen_by_a_third(chain):
    ours, theirs = family("ours"), family("theirs")
    publish(chain.source(HUB), ours)
    publish(chain.source(place("hub", "theirs")), theirs, tag="2")
    await chain.run(
        listed_first(),
        copied(HUB, MIDDLE, "1", name="left", after=("other",)),
        copied(place("hub", "theirs"), MIDDLE, "2", name="right", after=("other",)),
        copied(MIDDLE, PROD, "1", "2", name="promote", after=("left", "right")),
    )
    assert is_whole(chain.source(PROD), ours)
    assert is_whole(chain.source(PROD), theirs, tag="2")


async def test_a_tag_that_a_stage_wrote_is_selected_by_those_that_depend_on_it(chain):
    publish(chain.source(HUB), family("m"))
    await chain.run(
        copied(MIDDLE, ELSEWHERE, "glob: *", name="other"),
        mirror(),
        copied(MIDDLE, PROD, "glob: [0-9]", name="promote", after=("mirror",)),
    )
    assert "1" in chain.source(PROD).tags


async def test_a_list_that_was_on_its_way_while_the_repository_was_written_hides_nothing(chain):
    graphs = family("m")
    publish(chain.source(HUB), graphs)
    released = asyncio.Event()
    chain.registries["master"].fail(Failure("list_tags", released=released, after_effect=True))
    beside = copied(MIDDLE, ELSEWHERE, "old", name="beside")
    async with asyncio.TaskGroup() as group:
        group.create_task(chain.run(beside, copied(HUB, MIDDLE, "1", name="mirror"), promote()))
        await chain.registries["staging"].pushed("1")
        released.set()
    assert is_whole(chain.source(PROD), graphs)


async def test_what_was_written_by_another_name_of_a_registry_is_seen_by_who_depends_on_it(chain):
    graphs = family("m")
    publish(chain.source(HUB), graphs)
    alias = chain.registries["alias"] = MemoryRegistry("alias")
    alias.contents, alias.referrers_api = chain.registries["master"].contents, False
    ours, theirs = alias.repository("b"), chain.source(MIDDLE)
    ours.blobs, ours.manifests, ours.tags = theirs.blobs, theirs.manifests, theirs.tags
    await chain.run(
        listed_first(),
        copied(HUB, place("alias", "b"), "1", name="mirror", after=("other",)),
        promote(),
    )
    assert is_whole(chain.source(PROD), graphs)


async def test_a_stage_that_depends_on_no_other_lists_no_repository_twice(chain):
    publish(chain.source(HUB), family("m"))
    stages = [copied(HUB, place("staging", f"d{n}"), "1", name=f"s{n}") for n in range(3)]
    await chain.run(*stages)
    assert chain.registries["hub"].count("list_tags") == 1
