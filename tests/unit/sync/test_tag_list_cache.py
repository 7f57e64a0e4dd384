"""Where tags were looked for in vain, a list tells which others need not be looked for."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import World, place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.errors import DeniedError
from reposync.selection.pattern import glob_pattern

TAGS = [f"1.{number}" for number in range(24)]
FIRST = 8  # are looked for before a list is worth its request
SOURCE, TARGET = place("hub", "a"), place("master", "c")


@pytest.fixture
def filled(world: World) -> World:
    for tag in TAGS:
        images.fill(world.source(SOURCE), images.image(tag), tag)
    return world


def count(world, registry, operation, subject=""):
    return world.registries[registry].count(operation, subject)


async def mirror(world, *rules):
    await world.run(stage("s", SOURCE, *rules), images_at_once=1)


async def test_tags_that_are_not_listed_are_not_looked_for(filled):
    await mirror(filled, rule(TARGET))
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags
    assert count(filled, "master", "list_few_tags") == 1
    assert count(filled, "master", "resolve") == FIRST


async def test_what_is_wanted_for_sure_is_fetched_without_a_look(filled):
    await mirror(filled, rule(TARGET))
    assert count(filled, "hub", "resolve") == FIRST
    assert count(filled, "hub", "fetch_manifest") == len(TAGS)


async def test_what_nothing_vouches_for_is_looked_up_and_fetched_by_its_digest(filled, monkeypatch):
    async def nothing(_, __):
        return None

    monkeypatch.setattr(type(filled.source(SOURCE)), "fetch_tagged", nothing)
    await mirror(filled, rule(TARGET))
    assert count(filled, "hub", "resolve") == len(TAGS)
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags


async def test_a_source_that_counts_pulls_is_looked_at_first(filled):
    filled.registries["hub"].counts_pulls = True
    for tag in TAGS:
        filled.source(SOURCE).tags[tag] = images.image(TAGS[0]).digest
    await mirror(filled, rule(TARGET))
    assert count(filled, "hub", "resolve") == len(TAGS)
    assert count(filled, "hub", "fetch_manifest") == 1


async def test_an_image_that_one_of_two_destinations_may_have_is_looked_up(filled):
    filled.registries["staging"].tags_at_once = 0
    images.fill(filled.source(place("staging", "c")), images.image("other"), "other")
    await mirror(filled, rule(TARGET), rule(place("staging", "c")))
    assert count(filled, "master", "resolve") == FIRST
    assert count(filled, "staging", "resolve") == len(TAGS)
    assert count(filled, "hub", "resolve") == len(TAGS)
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags


async def test_a_destination_that_is_up_to_date_is_not_asked_for_its_list(filled):
    await mirror(filled, rule(TARGET))
    filled.registries["master"].calls.clear()
    await mirror(filled, rule(TARGET))
    assert set(filled.statuses().values()) == {Status.UP_TO_DATE}
    assert count(filled, "master", "list_few_tags") == 0
    assert count(filled, "master", "resolve") == len(TAGS)


async def test_a_tag_that_is_found_lets_the_list_wait(filled):
    images.fill(filled.source(TARGET), images.image(TAGS[7]), TAGS[7])
    await mirror(filled, rule(TARGET, *TAGS))
    assert count(filled, "master", "list_few_tags") == 0


async def test_tags_that_are_listed_are_looked_for(filled):
    images.fill(filled.source(TARGET), images.image(TAGS[20]), TAGS[20])
    await mirror(filled, rule(TARGET, *TAGS))
    assert count(filled, "master", "resolve") == FIRST + 1
    assert filled.statuses()[f"master/c:{TAGS[20]}"] is Status.UP_TO_DATE


async def test_few_images_are_not_worth_a_list(filled):
    await mirror(filled, rule(TARGET, *TAGS[:-1]))
    assert count(filled, "master", "list_few_tags") == 0
    assert count(filled, "master", "resolve") == len(TAGS) - 1


async def test_a_destination_that_does_not_list_gets_all_the_same(filled):
    filled.registries["master"].fail(Failure("list_few_tags", DeniedError("no"), times=None))
    await mirror(filled, rule(TARGET))
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags
    assert count(filled, "master", "resolve") == len(TAGS)


@pytest.mark.parametrize(
    "overwrite",
    [OverwriteRule(Overwrite.NEVER), OverwriteRule(immutable=(glob_pattern("1.*"),))],
    ids=["never", "immutable"],
)
async def test_a_tag_that_must_not_be_moved_is_looked_for_in_any_case(filled, overwrite):
    await mirror(filled, rule(TARGET, overwrite=overwrite))
    assert all(count(filled, "master", "resolve", tag) == 2 for tag in TAGS)  # and before the push


async def test_a_tag_that_an_old_list_lacks_is_brought_up_to_date(filled, monkeypatch):
    there = filled.source(TARGET)
    images.fill(there, images.image("old"), TAGS[20])

    async def old_list(_):
        return frozenset()

    monkeypatch.setattr(type(there), "list_few_tags", old_list)
    await mirror(filled, rule(TARGET, *TAGS))
    assert there.tags == filled.source(SOURCE).tags


async def test_an_image_that_is_named_by_a_digest_is_fetched_by_that_alone(filled, monkeypatch):
    asked = []

    async def told(_, tag):
        asked.append(tag)

    monkeypatch.setattr(type(filled.source(SOURCE)), "fetch_tagged", told)
    digests = [f"{tag}@{filled.source(SOURCE).tags[tag]}" for tag in TAGS]
    await mirror(filled, rule(TARGET, *digests))
    assert filled.source(TARGET).tags == filled.source(SOURCE).tags
    assert asked == []


async def test_a_tag_that_has_gone_from_the_source_is_told_as_ever(filled):
    await mirror(filled, rule(TARGET, *TAGS, "gone"))
    assert count(filled, "hub", "resolve", "gone") == 1  # a GET alone is not believed
    outcome = filled.outcomes()["master/c:gone"]
    assert outcome.status is Status.FAILED
    assert "hub/a has no tag gone" in str(outcome.error)
