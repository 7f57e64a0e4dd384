"""Slow destinations over memory stores: nobody waits for them for long, and they get all."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy import fanout
from reposync.copy.outcome import Status

LARGE = 3 * 1024 * 1024


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(fanout, "WRITER_WAIT_LIMIT_S", 0.05)


def fan_out(repository="a", *tags):
    return stage(
        repository,
        place("hub", repository),
        rule(place("master", repository), *tags),
        rule(place("staging", repository), *tags),
    )


async def test_a_destination_that_stands_still_holds_no_other_up_and_is_served_in_the_end(world):
    graph = images.image("x", layers=1, layer_bytes=LARGE)
    images.fill(world.source(place("hub", "a")), graph, "1")
    goes_on = asyncio.Event()
    world.registries["staging"].fail(
        Failure("push_blob", released=goes_on, subject=graph.blobs[1].digest, times=2)
    )
    run = asyncio.create_task(world.run(fan_out()))
    await world.registries["master"].pushed("1")
    assert world.source(place("staging", "a")).tags == {}
    goes_on.set()
    await run
    assert set(world.statuses().values()) == {Status.COPIED}
    assert world.source(place("staging", "a")).tags == {"1": graph.digest}


async def test_what_it_lacks_is_read_from_a_copy_and_not_from_the_source_again(world):
    graph = images.image("x", layers=1, layer_bytes=LARGE)
    images.fill(world.source(place("hub", "a")), graph, "1")
    goes_on = asyncio.Event()
    world.registries["staging"].fail(
        Failure("push_blob", released=goes_on, subject=graph.blobs[1].digest)
    )
    run = asyncio.create_task(world.run(fan_out()))
    await world.registries["master"].called("open_blob")
    goes_on.set()
    await run
    assert world.registries["hub"].count("open_blob", graph.blobs[1].digest) == 1
    assert set(world.statuses().values()) == {Status.COPIED}


async def test_images_that_wait_for_it_alone_keep_no_others_from_being_copied(world):
    graphs = [images.image(f"x{n}", layers=1, layer_bytes=LARGE) for n in range(4)]
    for number, graph in enumerate(graphs):
        images.fill(world.source(place("hub", "a")), graph, str(number))
    goes_on = asyncio.Event()
    world.registries["staging"].fail(Failure("push_blob", released=goes_on, times=None))
    run = asyncio.create_task(world.run(fan_out(), images_at_once=1))
    for number in range(4):
        await world.registries["master"].pushed(str(number))
    goes_on.set()
    await run
    assert set(world.statuses().values()) == {Status.COPIED}
    assert len(world.statuses()) == 8


async def test_who_is_alone_is_never_left_behind(world):
    graph = images.image("x", layers=1, layer_bytes=LARGE)
    images.fill(world.source(place("hub", "a")), graph, "1")
    goes_on = asyncio.Event()
    world.registries["master"].fail(Failure("push_blob", released=goes_on, times=None))
    run = asyncio.create_task(world.run(stage("s", place("hub", "a"), rule(place("master", "a")))))
    await asyncio.sleep(0.2)
    goes_on.set()
    await run
    assert world.registries["master"].count("push_blob", graph.blobs[1].digest) == 1
    assert world.statuses() == {"master/a:1": Status.COPIED}
