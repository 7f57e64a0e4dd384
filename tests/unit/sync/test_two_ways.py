"""Two registries that copy to each other: their images are never swapped."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.referrer_rule import ReferrerRule
from reposync.errors import DeniedError
from reposync.oci.referrers import cosign_tags

HERE, THERE = place("master", "a"), place("staging", "b")
NEW, OLD = images.image("new"), images.image("old")
RULES = {"referrers": ReferrerRule()}


@pytest.fixture
def differing(world):
    """Let one tag name another image on either side, each with a signature of both."""
    for side, image in ((HERE, NEW), (THERE, OLD)):
        repository = world.source(side)
        images.fill(repository, image, "1")
        for each in (NEW, OLD):
            signature = images.artifact(f"{side.registry_key}/{each.digest}")
            images.fill(repository, signature, cosign_tags(each.digest)[0])
    return world


def there_and_back(*, after=()):
    return (
        stage("there", HERE, rule(THERE, "1", **RULES)),
        stage("back", THERE, rule(HERE, "1", **RULES), after=after),
    )


def named(world):
    return [world.source(side).tags["1"] for side in (HERE, THERE)]


async def test_a_run_moves_one_of_the_tags_alone_and_the_next_run_none(differing):
    await differing.run(*there_and_back())
    assert named(differing) == [NEW.digest] * 2
    back = differing.outcomes()["master/a:1"]
    assert back.status is Status.SKIPPED
    assert back.reason == "the tag names another image there, and this run copies from it"
    await differing.run(*there_and_back())
    assert set(differing.statuses().values()) == {Status.UP_TO_DATE}


async def test_what_could_not_be_copied_there_is_not_replaced_by_what_comes_back(differing):
    differing.registries["staging"].fail(
        Failure("push_manifest", DeniedError("no"), subject="1", times=None)
    )
    await differing.run(*there_and_back(after=("there",)))
    assert named(differing) == [NEW.digest, OLD.digest]
    assert differing.statuses() == {"staging/b:1": Status.FAILED, "master/a:1": Status.SKIPPED}


async def test_signatures_are_not_swapped_either(differing):
    tag = cosign_tags(NEW.digest)[0]
    before = differing.source(HERE).tags[tag]
    await differing.run(*there_and_back(after=("there",)))
    assert differing.source(HERE).tags[tag] == before
    assert differing.source(THERE).tags[tag] == before


async def test_what_is_missing_comes_back(world):
    images.fill(world.source(THERE), OLD, "1")
    images.fill(world.source(HERE), NEW, "2")
    await world.run(*there_and_back(after=("there",)))
    assert world.source(HERE).tags["1"] == OLD.digest


async def test_a_longer_circle_moves_nothing_back_to_where_it_came_from(world):
    middle = place("hub", "m")
    images.fill(world.source(HERE), NEW, "1")
    images.fill(world.source(THERE), OLD, "1")
    world.registries["staging"].fail(
        Failure("push_manifest", DeniedError("no"), subject="1", times=None)
    )
    await world.run(
        stage("one", HERE, rule(middle, "1")),
        stage("two", middle, rule(THERE, "1"), after=("one",)),
        stage("three", THERE, rule(HERE, "1"), after=("two",)),
    )
    assert named(world) == [NEW.digest, OLD.digest]
