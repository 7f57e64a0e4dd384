"""A source that is near is asked behind the destinations, which tell how to ask."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import World, place, rule, stage

from reposync.copy.outcome import Status
from reposync.errors import DeniedError, NotFoundError, TransportError

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


@pytest.mark.parametrize("character", [{"is_near": False}, {"counts_pulls": True}])
async def test_where_it_gains_nothing_the_source_waits_for_no_look(near, character):
    vars(near.registries["hub"]).update(character)
    released = asyncio.Event()
    near.registries["master"].fail(Failure("resolve", released=released))
    async with asyncio.TaskGroup() as group:
        group.create_task(mirror(near, rule(TARGET)))
        await near.registries["hub"].called("resolve")
        released.set()
    assert near.statuses() == {"master/c:1": Status.COPIED}


async def test_where_a_tag_was_found_the_source_waits_for_no_look(near):
    images.fill(near.source(SOURCE), images.image("two"), "2")
    images.fill(near.source(TARGET), GRAPH, "1")
    released = asyncio.Event()
    near.registries["master"].fail(Failure("resolve", subject="2", released=released))
    async with asyncio.TaskGroup() as group:
        group.create_task(near.run(stage("s", SOURCE, rule(TARGET)), images_at_once=1))
        await near.registries["master"].called("resolve", 2)
        await near.registries["hub"].called("resolve", 2)
        released.set()
    assert near.statuses() == {"master/c:1": Status.UP_TO_DATE, "master/c:2": Status.COPIED}


async def test_a_source_that_gives_no_tags_is_asked_for_the_digest(near, monkeypatch):
    async def denied(_, __):
        raise NotFoundError("no such tag")

    monkeypatch.setattr(type(near.source(SOURCE)), "fetch_tagged", denied)
    await mirror(near, rule(TARGET))
    assert near.statuses() == {"master/c:1": Status.COPIED}
