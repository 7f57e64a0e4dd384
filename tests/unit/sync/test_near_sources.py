"""A source that is near is asked behind the destinations, which tell how to ask."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import World, place, rule, stage

from reposync.copy.outcome import Status
from reposync.errors import DeniedError, TransportError

SOURCE, TARGET, OTHER = place("hub", "a"), place("master", "c"), place("staging", "c")
GRAPH = images.image("one")


@pytest.fixture
def near(world: World) -> World:
    images.fill(world.source(SOURCE), GRAPH, "1")
    world.registries["hub"].is_near = True
    return world


def count(world, registry, operation):
    return world.registries[registry].count(operation)


async def mirror(world, *rules):
    await world.run(stage("s", SOURCE, *rules))


async def test_what_is_lacking_everywhere_is_fetched_without_a_look(near):
    await mirror(near, rule(TARGET), rule(OTHER))
    assert count(near, "hub", "resolve") == 0
    assert count(near, "hub", "fetch_manifest") == 1
    assert near.source(TARGET).tags == near.source(OTHER).tags == {"1": GRAPH.digest}


async def test_what_stands_at_one_destination_is_looked_up(near):
    images.fill(near.source(TARGET), GRAPH, "1")
    await mirror(near, rule(TARGET), rule(OTHER))
    assert count(near, "hub", "resolve") == 1
    assert near.statuses() == {"master/c:1": Status.UP_TO_DATE, "staging/c:1": Status.COPIED}


async def test_what_is_up_to_date_is_not_fetched(near):
    images.fill(near.source(TARGET), GRAPH, "1")
    await mirror(near, rule(TARGET))
    assert count(near, "hub", "resolve") == 1
    assert count(near, "hub", "fetch_manifest") == 0


@pytest.mark.parametrize("error", [DeniedError("no"), TransportError("gone")])
async def test_a_look_that_fails_tells_nothing(near, error):
    near.registries["master"].fail(Failure("resolve", error, times=None))
    await mirror(near, rule(TARGET))
    assert count(near, "hub", "resolve") == 1


async def test_a_tag_that_vanished_meanwhile_is_told_as_ever(near):
    released = asyncio.Event()
    near.registries["master"].fail(Failure("resolve", released=released))
    async with asyncio.TaskGroup() as group:
        group.create_task(mirror(near, rule(TARGET)))
        await near.registries["master"].called("resolve")
        near.source(SOURCE).tags.clear()
        released.set()
    outcome = near.outcomes()["master/c:1"]
    assert outcome.status is Status.FAILED
    assert "has no tag 1" in str(outcome.error)


async def test_a_source_that_is_not_near_is_asked_at_the_same_time(near):
    near.registries["hub"].is_near = False
    released = asyncio.Event()
    near.registries["master"].fail(Failure("resolve", released=released))
    async with asyncio.TaskGroup() as group:
        group.create_task(mirror(near, rule(TARGET)))
        await near.registries["master"].called("resolve")
        await near.registries["hub"].called("resolve")
        released.set()
    assert near.statuses() == {"master/c:1": Status.COPIED}
