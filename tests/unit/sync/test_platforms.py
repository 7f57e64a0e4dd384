"""Platforms over memory stores: what is left out, what takes its place, and what a run costs."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.unit.sync.world import place, rule, stage

from reposync.copy.ledger_protocol import MemoryLedger
from reposync.copy.outcome import Status
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.platforms import PLATFORMS, SOURCE_DIGEST, PlatformMode, PlatformRule
from reposync.copy.referrer_rule import Late, ReferrerRule
from reposync.oci import platform
from reposync.sync_record import SyncRecord

HUB = place("hub", "a")
MASTER = place("master", "c")
S390X = platform.parse("linux/s390x")
ARM = tuple(platform.Platform("linux", *each) for each in (("arm64", "v8"), ("arm", "v7")))


def mirror(*names, mode=PlatformMode.STRIP, **rules):
    wanted = PlatformRule(tuple(map(platform.parse, names)), mode) if names else None
    return stage("s", HUB, rule(MASTER, "1", platforms=wanted, **rules))


def three_platforms(seed="p"):
    platforms = (images.AMD64, images.ARM64, S390X)
    built = [images.image(f"{seed}/{each}", platform=each) for each in platforms]
    return images.index(*built, platforms=platforms)


def there(world):
    return world.source(MASTER)


def entries(world, at=MASTER):
    stored = world.source(at)
    document = json.loads(stored.manifests[stored.tags["1"]].content)
    return [entry["digest"] for entry in document["manifests"]]


def forget_calls(world):
    for registry in world.registries.values():
        registry.calls.clear()


def calls(world, name):
    return [call.operation for call in world.registries[name].calls]


async def test_a_stripped_index_lists_the_platforms_alone_and_says_where_it_comes_from(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/arm64", "linux/amd64"))
    amd64, arm64, s390x = [m.digest for m in images.manifest(graph.root).manifests]
    assert entries(world) == [amd64, arm64]
    assert s390x not in there(world).manifests
    stored = there(world).manifests[there(world).tags["1"]]
    assert json.loads(stored.content)["annotations"] == {
        SOURCE_DIGEST: graph.digest,
        PLATFORMS: "linux/amd64,linux/arm64",
    }
    outcome = world.outcomes()["master/c:1"]
    assert outcome.source_digest == graph.digest
    assert outcome.digest == there(world).tags["1"] != graph.digest


@pytest.mark.parametrize("docker", [False, True])
async def test_the_same_source_gives_the_same_index_in_every_run(world, docker):
    graph = images.multi_platform("m", docker=docker)
    images.fill(world.source(HUB), graph, "1")
    digests = set()
    for name in ("one", "two"):
        target = place("master", name)
        wanted = PlatformRule((images.AMD64,))
        await world.run(stage("s", HUB, rule(target, "1", platforms=wanted)))
        digests.add(world.source(target).tags["1"])
    assert len(digests) == 1


async def test_what_is_up_to_date_costs_one_look_on_either_side(world):
    images.fill(world.source(HUB), three_platforms(), "1")
    await world.run(mirror("linux/amd64"))
    forget_calls(world)
    await world.run(mirror("linux/amd64"))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert calls(world, "hub") == calls(world, "master") == ["resolve"]


async def test_without_memory_the_destination_alone_is_read_to_know_it(world):
    images.fill(world.source(HUB), three_platforms(), "1")
    await world.run(mirror("linux/amd64"))
    forget_calls(world)
    world.ledger = MemoryLedger()
    await world.run(mirror("linux/amd64"))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert calls(world, "hub") == ["resolve"]
    assert calls(world, "master") == ["resolve", "fetch_manifest"]


@pytest.mark.parametrize("remembers", [True, False])
async def test_other_platforms_make_another_index_of_the_same_source(world, remembers):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    for names, count in ((["linux/amd64"], 1), (["linux/amd64", "linux/s390x"], 2), ([], 3)):
        await world.run(mirror(*names))
        assert world.statuses() == {"master/c:1": Status.COPIED}
        assert len(entries(world)) == count
        if not remembers:
            world.ledger = MemoryLedger()
    assert there(world).tags["1"] == graph.digest


@pytest.mark.parametrize("remembers", [True, False])
async def test_an_index_that_stands_there_whole_gives_way_to_a_smaller_one(world, remembers):
    images.fill(world.source(HUB), three_platforms(), "1")
    await world.run(mirror())
    if not remembers:
        world.ledger = MemoryLedger()
    await world.run(mirror("linux/amd64"))
    assert len(entries(world)) == 1


async def test_a_sparse_index_keeps_its_digest_and_lacks_the_other_images(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64", mode=PlatformMode.SPARSE))
    children = [m.digest for m in images.manifest(graph.root).manifests]
    assert there(world).tags == {"1": graph.digest}
    assert [digest in there(world).manifests for digest in children] == [True, False, False]
    forget_calls(world)
    await world.run(mirror("linux/amd64", mode=PlatformMode.SPARSE))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert calls(world, "hub") == calls(world, "master") == ["resolve"]


@pytest.mark.parametrize("remembers", [True, False])
async def test_a_sparse_index_is_filled_up_when_more_platforms_are_asked_for(world, remembers):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64", mode=PlatformMode.SPARSE))
    if not remembers:
        world.ledger = MemoryLedger()
    more = mirror("linux/amd64", "linux/s390x", mode=PlatformMode.SPARSE)
    await world.run(more)
    assert world.statuses() == {"master/c:1": Status.COPIED}
    children = [m.digest for m in images.manifest(graph.root).manifests]
    assert [digest in there(world).manifests for digest in children] == [True, False, True]
    await world.run(more)
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    if remembers:
        await world.run(mirror())
        assert children[1] in there(world).manifests


def every(**rules):
    """Ask for all platforms where the file still says ``platform_mode: sparse``."""
    return stage("s", HUB, rule(MASTER, "1", may_be_sparse=True, **rules))


@pytest.mark.parametrize("remembers", [True, False])
async def test_a_sparse_index_becomes_whole_when_all_platforms_are_asked_for(world, remembers):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64", mode=PlatformMode.SPARSE))
    if not remembers:
        world.ledger = MemoryLedger()
    await world.run(every())
    assert world.statuses() == {"master/c:1": Status.COPIED}
    assert there(world).manifests.keys() == {each.digest for each in graph.manifests}
    forget_calls(world)
    await world.run(every())
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert calls(world, "hub") == calls(world, "master") == ["resolve"]


async def test_without_memory_a_sparse_index_is_looked_through_at_the_destination(world):
    images.fill(world.source(HUB), three_platforms(), "1")
    job = mirror("linux/amd64", "linux/s390x", mode=PlatformMode.SPARSE)
    await world.run(job)
    forget_calls(world)
    world.ledger = MemoryLedger()
    await world.run(job)
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert calls(world, "hub") == ["resolve"]
    assert calls(world, "master") == ["resolve", "fetch_manifest", "resolve", "resolve"]


async def test_an_index_without_any_of_the_platforms_is_skipped_though_it_is_there(world):
    images.fill(world.source(HUB), images.multi_platform("m"), "1")
    images.fill(there(world), images.multi_platform("m"), "1")
    await world.run(mirror("linux/s390x", mode=PlatformMode.SPARSE))
    assert world.statuses() == {"master/c:1": Status.SKIPPED}


async def test_an_index_that_may_be_sparse_is_looked_through_once(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    images.fill(there(world), graph, "1")
    await world.run(every())
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert calls(world, "hub") == ["resolve"]
    assert calls(world, "master") == ["resolve", "fetch_manifest", *["resolve"] * 3]
    forget_calls(world)
    await world.run(every())
    assert calls(world, "hub") == calls(world, "master") == ["resolve"]


async def test_a_single_image_is_never_sparse(world):
    images.fill(world.source(HUB), images.image("x"), "1")
    images.fill(there(world), images.image("x"), "1")
    await world.run(every())
    assert calls(world, "hub") == calls(world, "master") == ["resolve"]


async def test_a_sparse_index_that_may_not_move_is_filled_up_all_the_same(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64", mode=PlatformMode.SPARSE))
    world.ledger = MemoryLedger()
    await world.run(every(overwrite=OverwriteRule(Overwrite.NEVER)))
    assert world.statuses() == {"master/c:1": Status.COPIED}
    assert there(world).manifests.keys() == {each.digest for each in graph.manifests}


async def test_a_sparse_index_is_not_taken_for_one_that_needs_no_stripping(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64", mode=PlatformMode.SPARSE))
    world.ledger = MemoryLedger()
    await world.run(mirror("linux/amd64", "linux/arm64", "linux/s390x"))
    assert world.statuses() == {"master/c:1": Status.COPIED}
    assert there(world).manifests.keys() == {each.digest for each in graph.manifests}


async def test_a_sparse_index_counts_for_no_other_tag_of_the_run_as_whole(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1", "2")
    sparse = PlatformRule((images.AMD64,), PlatformMode.SPARSE)
    await world.run(
        stage("one", HUB, rule(MASTER, "1", platforms=sparse)),
        stage("two", HUB, rule(MASTER, "2"), after=("one",)),
    )
    assert there(world).manifests.keys() == {each.digest for each in graph.manifests}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm64", "linux/aarch64"),
        ("linux/arm64/8", "linux/arm64/v8"),
        ("linux/arm/7", "linux/armhf"),
    ],
)
async def test_two_names_of_a_platform_make_the_same_index(world, one, two):
    images.fill(
        world.source(HUB),
        images.index(*(images.image(str(each), platform=each) for each in ARM), platforms=ARM),
        "1",
    )
    digests = set()
    for name in (one, two):
        target = place("master", name.replace("/", "-"))
        wanted = PlatformRule((platform.parse(name),))
        await world.run(stage("s", HUB, rule(target, "1", platforms=wanted)))
        digests.add(world.source(target).tags["1"])
        assert len(entries(world, at=target)) == 1
    assert len(digests) == 1


@pytest.mark.parametrize("remembers", [True, False])
async def test_an_index_of_an_earlier_version_that_wrote_the_name_out_stays(world, remembers):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/arm64/v8"))
    made = there(world).manifests[there(world).tags["1"]]
    document = json.loads(made.content)
    document["annotations"][PLATFORMS] = "linux/arm64/v8"
    old = there(world).add_manifest(json.dumps(document).encode(), made.media_type, "1")
    world.ledger = MemoryLedger()
    if remembers:
        tag = MASTER.reference.naming("1")
        world.ledger.record(tag, SyncRecord(graph.digest, "strip:linux/arm64/v8", old))
    never = OverwriteRule(Overwrite.NEVER)
    await world.run(mirror("linux/arm64/v8", overwrite=never))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert there(world).tags["1"] == old


async def test_attestations_follow_the_image_that_they_describe(world):
    graph = images.attested("t")
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64"))
    assert there(world).tags["1"] == graph.digest
    await world.run(mirror("linux/s390x"))
    outcome = world.outcomes()["master/c:1"]
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "it has none of linux/s390x, but linux/amd64"


async def test_an_attestation_of_an_image_that_is_left_out_is_left_out_too(world):
    attested, other = images.attested("t"), images.image("o", platform=S390X)
    document = json.loads(attested.root.content)
    document["manifests"].append(
        json.loads(images.index(other, platforms=(S390X,)).root.content)["manifests"][0]
    )
    root = images.piece(json.dumps(document).encode(), attested.root.descriptor.media_type)
    images.fill(world.source(HUB), attested)
    images.fill(world.source(HUB), other)
    world.source(HUB).add_manifest(root.content, root.descriptor.media_type, "1")
    await world.run(mirror("linux/s390x"))
    assert entries(world) == [other.digest]


async def test_nothing_to_leave_out_leaves_the_index_as_it_is(world):
    graph = images.multi_platform("m")
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64", "linux/arm64/v8"))
    assert there(world).tags == {"1": graph.digest}


async def test_a_single_image_of_another_platform_is_skipped_with_a_reason(world):
    images.fill(world.source(HUB), images.image("x", platform=S390X), "1")
    await world.run(mirror("linux/amd64", "linux/arm64"))
    outcome = world.outcomes()["master/c:1"]
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "it is for linux/s390x, not linux/amd64, linux/arm64"
    assert there(world).tags == {}


@pytest.mark.parametrize("graph", [images.image("x"), images.artifact("chart")])
async def test_a_single_image_of_the_platform_and_what_is_no_image_are_copied(world, graph):
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror("linux/amd64"))
    assert there(world).tags == {"1": graph.digest}


async def test_referrers_of_the_children_come_along_and_not_those_of_what_is_not_there(world):
    graph = three_platforms()
    amd64, arm64, _ = images.manifest(graph.root).manifests
    signatures = [
        images.artifact(str(n), subject=subject)
        for n, subject in enumerate((amd64, arm64, graph.root.descriptor))
    ]
    for each in (graph, *signatures):
        images.fill(world.source(HUB), each, *("1" if each is graph else ""))
    await world.run(mirror("linux/amd64", referrers=ReferrerRule()))
    stored = there(world).manifests
    assert [each.digest in stored for each in signatures] == [True, False, False]


async def test_what_comes_late_to_point_to_an_image_that_was_left_out_stays_away(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    job = mirror("linux/amd64", mode=PlatformMode.SPARSE, referrers=ReferrerRule(late=Late.ALL))
    await world.run(job)
    amd64, arm64, _ = images.manifest(graph.root).manifests
    signatures = [images.artifact(str(n), subject=each) for n, each in enumerate((amd64, arm64))]
    for each in signatures:
        images.fill(world.source(HUB), each)
    await world.run(job)
    stored = there(world).manifests
    assert [each.digest in stored for each in signatures] == [True, False]


async def test_a_tag_that_may_not_move_is_not_stripped_afterwards(world):
    graph = three_platforms()
    images.fill(world.source(HUB), graph, "1")
    await world.run(mirror())
    await world.run(mirror("linux/amd64", overwrite=OverwriteRule(Overwrite.NEVER)))
    assert world.statuses() == {"master/c:1": Status.SKIPPED}
    assert there(world).tags == {"1": graph.digest}
