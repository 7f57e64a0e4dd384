"""`on_dependency_failure`: what becomes of a stage when one that it depends on failed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests import images
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.sync import events
from reposync.sync.stages import OnDependencyFailure, narrowed

HUB, MASTER, STAGING = place("hub", "a"), place("master", "a"), place("staging", "a")
LOST = place("hub", "lost")


@pytest.fixture
def filled(world):
    images.fill(world.source(HUB), images.image("x"), "1")
    return world


def skipping(planned):
    return replace(planned, on_dependency_failure=OnDependencyFailure.SKIP)


def copies(name, *tags, after=()):
    """Copy an image, and each of *tags*, which the source does not have."""
    return stage(name, HUB, rule(MASTER, "1", *tags), after=after)


def promotes(*after, name="promote"):
    return stage(name, MASTER, rule(STAGING), after=after)


def skipped(world):
    return {each.stage: each for each in world.events if isinstance(each, events.StageSkipped)}


async def test_a_stage_that_skips_is_not_run_after_an_image_of_its_dependency_failed(filled):
    await filled.run(copies("mirror", "none"), skipping(promotes("mirror")))
    assert filled.statuses() == {"master/a:1": Status.COPIED, "master/a:none": Status.FAILED}
    assert skipped(filled) == {
        "promote": events.StageSkipped(
            "promote", MASTER.reference, (STAGING.reference,), "stage mirror failed"
        )
    }
    assert not filled.registries["staging"].calls


async def test_a_stage_that_skips_is_not_run_after_its_dependency_could_not_list(filled):
    await filled.run(stage("mirror", LOST, rule(MASTER)), skipping(promotes("mirror")))
    assert skipped(filled)["promote"].reason == "stage mirror failed"


async def test_a_stage_that_skips_runs_after_a_dependency_that_succeeded(filled):
    await filled.run(copies("mirror"), skipping(promotes("mirror")))
    assert filled.statuses() == {"master/a:1": Status.COPIED, "staging/a:1": Status.COPIED}
    assert not skipped(filled)


async def test_a_skipped_stage_counts_as_failed_for_those_that_depend_on_it(filled):
    await filled.run(
        stage("mirror", LOST, rule(MASTER)),
        skipping(promotes("mirror")),
        skipping(stage("last", STAGING, rule(MASTER, "2"), after=("promote",))),
    )
    assert {name: each.reason for name, each in skipped(filled).items()} == {
        "promote": "stage mirror failed",
        "last": "stage promote was skipped",
    }


async def test_a_stage_that_continues_runs_after_one_that_was_skipped(filled):
    last = stage("last", HUB, rule(STAGING), after=("promote",))
    await filled.run(stage("mirror", LOST, rule(MASTER)), skipping(promotes("mirror")), last)
    assert filled.statuses() == {"staging/a:1": Status.COPIED}


async def test_the_reason_names_every_dependency_that_failed_once(filled):
    lost = [stage(name, LOST, rule(MASTER, "2")) for name in ("one", "two")]
    await filled.run(*lost, copies("good"), skipping(promotes("one", "good", "two", "one")))
    assert skipped(filled)["promote"].reason == "stage one failed, stage two failed"


async def test_a_dependency_that_is_not_part_of_the_run_has_not_failed(filled):
    images.fill(filled.source(MASTER), images.image("x"), "1")
    stages = (copies("mirror", "none"), skipping(promotes("mirror")))
    await filled.run(*narrowed(stages, ["promote"]))
    assert filled.statuses() == {"staging/a:1": Status.COPIED}


async def test_a_skipped_stage_neither_starts_nor_ends(filled):
    await filled.run(copies("mirror", "none"), skipping(promotes("mirror")))
    started_or_ended = [
        each.stage
        for each in filled.events
        if isinstance(each, events.StageStarted | events.StageEnded)
    ]
    assert set(started_or_ended) == {"mirror"}
