"""What the engine says of bytes over memory stores: what is needed, found, sent, and lost."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy import fanout, parts
from reposync.errors import DeniedError
from reposync.sync.events import (
    BlobEnded,
    BlobFailed,
    BlobFound,
    BlobNeeded,
    BlobStarted,
    BytesSent,
    ImageEnded,
    ImageRead,
)

LARGE = 300_000
HUB, MASTER, STAGING = (place(name, "a") for name in ("hub", "master", "staging"))


def fan_out(*tags):
    return stage("s", HUB, rule(MASTER, *tags), rule(STAGING, *tags))


def of(world, kind):
    return [event for event in world.events if isinstance(event, kind)]


def sent(world):
    counts: Counter[tuple[str, str]] = Counter()
    for event in of(world, BytesSent):
        counts[event.blob.digest, str(event.place)] += event.count
    return dict(counts)


async def test_every_byte_that_is_needed_at_a_place_is_sent_there(world):
    graph = images.image("x", layer_bytes=LARGE)
    images.fill(world.source(HUB), graph, "1")
    await world.run(fan_out())
    needed = {
        (event.blob.digest, str(at)): event.blob.size
        for event in of(world, BlobNeeded)
        for at in event.places
    }
    assert needed == sent(world)
    assert needed == {
        (blob.digest, name): blob.size for blob in graph.blobs for name in ("master/a", "staging/a")
    }
    assert {str(event.image) for event in of(world, BlobNeeded)} == {"hub/a:1"}


async def test_what_exists_at_a_destination_is_found_and_not_sent_there(world):
    graph = images.image("x", layer_bytes=LARGE)
    images.fill(world.source(HUB), graph, "1")
    there = graph.blobs[1]
    world.source(MASTER).add_blob(there.content)
    await world.run(fan_out())
    found = {(event.blob.digest, str(event.place)) for event in of(world, BlobFound)}
    assert found == {(there.digest, "master/a")}
    assert (there.digest, "master/a") not in sent(world)
    assert (there.digest, "staging/a") in sent(world)


async def test_what_is_mounted_is_found(world):
    graph = images.image("x", layer_bytes=LARGE)
    images.fill(world.source(HUB), graph, "1")
    images.fill(world.source(place("master", "other")), graph, "1")
    first = stage("one", place("master", "other"), rule(place("master", "b")))
    await world.run(first)
    assert {event.blob.digest for event in of(world, BlobFound)} == {b.digest for b in graph.blobs}
    assert not of(world, BlobStarted)


async def test_a_blob_of_two_images_is_needed_by_both_and_sent_once(world):
    graph = images.image("x", layer_bytes=LARGE)
    images.fill(world.source(HUB), graph, "1", "2")
    await world.run(stage("s", HUB, rule(MASTER)))
    assert sent(world) == {(blob.digest, "master/a"): blob.size for blob in graph.blobs}
    needing = {str(event.image) for event in of(world, BlobNeeded)}
    assert needing == {"hub/a:1", "hub/a:2"}


async def test_an_image_that_is_up_to_date_is_no_word_about_bytes(world):
    images.fill(world.source(HUB), images.image("x"), "1")
    await world.run(fan_out())
    await world.run(fan_out())
    assert {type(event).__module__ for event in world.events} == {"reposync.sync.events"}


async def test_a_blob_that_is_refused_fails_at_its_place_and_arrives_at_the_others(world):
    graph = images.image("x", layer_bytes=LARGE)
    images.fill(world.source(HUB), graph, "1")
    layer = graph.blobs[1].digest
    world.registries["staging"].fail(Failure("push_blob", DeniedError("403"), subject=layer))
    await world.run(fan_out())
    failed = [(event.blob.digest, str(event.place)) for event in of(world, BlobFailed)]
    assert failed == [(layer, "staging/a")]
    (ended,) = [event for event in of(world, BlobEnded) if event.blob.digest == layer]
    assert [str(at) for at in ended.places] == ["master/a", "staging/a"]
    assert [str(at) for at in ended.arrived] == ["master/a"]


async def test_a_destination_that_is_left_behind_still_needs_its_bytes(world, monkeypatch):
    monkeypatch.setattr(fanout, "WRITER_WAIT_LIMIT_S", 0.05)
    graph = images.image("x", layers=1, layer_bytes=10 * LARGE)
    images.fill(world.source(HUB), graph, "1")
    goes_on = asyncio.Event()
    world.registries["staging"].fail(
        Failure("push_blob", released=goes_on, subject=graph.blobs[1].digest)
    )
    run = asyncio.create_task(world.run(fan_out()))
    await world.registries["master"].pushed("1")
    goes_on.set()
    await run
    assert not of(world, BlobFailed)
    assert sent(world)[graph.blobs[1].digest, "staging/a"] >= 10 * LARGE


@pytest.mark.parametrize(
    "graph",
    [
        images.image("x"),
        images.multi_platform("x"),
        images.nested_index("x"),
        images.buildkit_cache("x"),
    ],
    ids=["image", "index", "nested", "cache"],
)
async def test_an_image_is_read_once_all_its_manifests_are(world, graph):
    images.fill(world.source(HUB), graph, "1")
    await world.run(stage("s", HUB, rule(MASTER)))
    (read,) = of(world, ImageRead)
    assert str(read.image) == "hub/a:1"
    assert world.events.index(read) < world.events.index(of(world, ImageEnded)[0])


async def test_an_image_whose_children_exist_is_read_too(world):
    graph = images.multi_platform("x")
    images.fill(world.source(HUB), graph, "1")
    images.fill(world.source(MASTER), graph, "other")
    await world.run(stage("s", HUB, rule(MASTER)))
    assert len(of(world, ImageRead)) == 1
    needed = {event.blob.digest for event in of(world, BlobNeeded)}
    assert needed == {event.blob.digest for event in of(world, BlobFound)}


async def test_an_image_is_not_read_before_the_turn_of_its_last_blob(world, monkeypatch):
    monkeypatch.setitem(parts.AT_ONCE, parts.Kind.BLOB, 2)
    graph = images.image("x", layers=6)
    images.fill(world.source(HUB), graph, "1")
    goes_on = asyncio.Event()
    world.registries["master"].fail(Failure("push_blob", released=goes_on, times=None))
    run = asyncio.create_task(world.run(stage("s", HUB, rule(MASTER))))
    await world.registries["master"].called("push_blob", 2)
    assert not of(world, ImageRead)
    goes_on.set()
    await run
    assert len(of(world, ImageRead)) == 1
    needed = [event.blob.digest for event in of(world, BlobNeeded)]
    assert sorted(needed) == sorted(blob.digest for blob in graph.blobs)


async def test_an_image_is_not_read_before_its_last_manifest(world):
    graph = images.multi_platform("x")
    images.fill(world.source(HUB), graph, "1")
    goes_on = asyncio.Event()
    last = graph.root_manifest.manifests[-1].digest
    world.registries["hub"].fail(Failure("fetch_manifest", released=goes_on, subject=last))
    run = asyncio.create_task(world.run(stage("s", HUB, rule(MASTER))))
    await world.registries["master"].called("push_blob", 2)
    assert not of(world, ImageRead)
    goes_on.set()
    await run
    assert len(of(world, ImageRead)) == 1
