"""Where many images go to one repository, its list tells which tags need not be looked for."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import World, place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.errors import DeniedError
from reposync.selection.pattern import glob_pattern

TAGS = [f"1.{number}" for number in range(16)]
SOURCE, TARGET = place("hub", "a"), place("master", "c")


@pytest.fixture
def filled(world) -> World:
    for tag in TAGS:
        images.fill(world.source(SOURCE), images.image(tag), tag)
    return world


def count(world, registry, operation):
    return world.registries[registry].count(operation)


async def test_tags_that_are_not_listed_are_not_looked_for(filled):
    await filled.run(stage("s", SOURCE, rule(TARGET)))
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags
    assert count(filled, "master", "list_few_tags") == 1
    assert count(filled, "master", "resolve") == 0


async def test_what_is_wanted_for_sure_is_fetched_without_a_look(filled):
    await filled.run(stage("s", SOURCE, rule(TARGET)))
    assert count(filled, "hub", "resolve") == 0
    assert count(filled, "hub", "fetch_manifest") == len(TAGS)


async def test_a_source_that_counts_pulls_is_looked_at_first(filled):
    filled.registries["hub"].counts_pulls = True
    for tag in TAGS:
        filled.source(SOURCE).tags[tag] = images.image(TAGS[0]).digest
    await filled.run(stage("s", SOURCE, rule(TARGET)))
    assert count(filled, "hub", "resolve") == len(TAGS)
    assert count(filled, "hub", "fetch_manifest") == 1


async def test_an_image_that_one_of_two_destinations_may_have_is_looked_up(filled):
    filled.registries["staging"].tags_at_once = 0
    images.fill(filled.source(place("staging", "c")), images.image("other"), "other")
    await filled.run(stage("s", SOURCE, rule(TARGET), rule(place("staging", "c"))))
    assert count(filled, "master", "resolve") == 0
    assert count(filled, "staging", "resolve") == len(TAGS)
    assert count(filled, "hub", "resolve") == len(TAGS)
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags


async def test_tags_that_are_listed_are_looked_for(filled):
    await filled.run(stage("s", SOURCE, rule(TARGET)))
    filled.registries["master"].calls.clear()
    await filled.run(stage("s", SOURCE, rule(TARGET)))
    assert set(filled.statuses().values()) == {Status.UP_TO_DATE}
    assert count(filled, "master", "resolve") == len(TAGS)


async def test_few_images_are_not_worth_a_list(filled):
    await filled.run(stage("s", SOURCE, rule(TARGET, *TAGS[:15])))
    assert count(filled, "master", "list_few_tags") == 0
    assert count(filled, "master", "resolve") == 15


async def test_a_destination_that_does_not_list_gets_all_the_same(filled):
    filled.registries["master"].fail(Failure("list_few_tags", DeniedError("no"), times=None))
    await filled.run(stage("s", SOURCE, rule(TARGET)))
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags
    assert count(filled, "master", "resolve") == len(TAGS)


@pytest.mark.parametrize(
    "overwrite",
    [OverwriteRule(Overwrite.NEVER), OverwriteRule(immutable=(glob_pattern("1.*"),))],
    ids=["never", "immutable"],
)
async def test_a_tag_that_must_not_be_moved_is_looked_for_in_any_case(filled, overwrite):
    await filled.run(stage("s", SOURCE, rule(TARGET, overwrite=overwrite)))
    assert count(filled, "master", "resolve") == len(TAGS)


async def test_a_tag_that_an_old_list_lacks_is_brought_up_to_date(filled, monkeypatch):
    there = filled.source(TARGET)
    images.fill(there, images.image("old"), TAGS[0])

    async def old_list(_):
        return frozenset()

    monkeypatch.setattr(type(there), "list_few_tags", old_list)
    await filled.run(stage("s", SOURCE, rule(TARGET)))
    assert there.tags == filled.source(SOURCE).tags


async def test_a_tag_that_has_gone_from_the_source_is_told_as_ever(filled):
    await filled.run(stage("s", SOURCE, rule(TARGET, *TAGS, "gone")))
    outcome = filled.outcomes()["master/c:gone"]
    assert outcome.status is Status.FAILED
    assert "hub/a has no tag gone" in str(outcome.error)
