"""Overwriting over memory stores: which tags move, which stay, and what is not asked again."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.referrer_rule import ReferrerRule
from reposync.errors import ConflictError, DeniedError
from reposync.selection.pattern import parse_tag_pattern

HUB = place("hub", "a")
MASTER = place("master", "c")
OLD, NEW = images.image("old"), images.image("new")


def mirror(*tags, mode=Overwrite.ALWAYS, immutable=(), **rules):
    patterns = tuple(map(parse_tag_pattern, immutable))
    return stage("s", HUB, rule(MASTER, *tags, overwrite=OverwriteRule(mode, patterns), **rules))


@pytest.fixture
def moved(world):
    """Let the tags 1 and v1 name other images at the source than at the destination."""
    images.fill(world.source(HUB), NEW, "1", "v1", "fresh")
    images.fill(world.source(MASTER), OLD, "1", "v1")
    return world


async def test_a_tag_moves_where_nothing_speaks_against_it(moved):
    await moved.run(mirror("1"))
    assert moved.source(MASTER).tags["1"] == NEW.digest


@pytest.mark.parametrize(
    ("mode", "immutable", "reason"),
    [
        (Overwrite.NEVER, (), "the tag names another image there, and is never overwritten"),
        (Overwrite.ALWAYS, ("v*",), "the tag names another image there, and is immutable"),
        (Overwrite.IF_MUTABLE, ("v*",), "the tag names another image there, and is immutable"),
    ],
)
async def test_a_tag_that_must_stay_is_skipped_with_the_reason(moved, mode, immutable, reason):
    await moved.run(mirror("v1", "fresh", mode=mode, immutable=immutable))
    outcome = moved.outcomes()["master/c:v1"]
    assert (outcome.status, outcome.reason) == (Status.SKIPPED, reason)
    assert moved.source(MASTER).tags["v1"] == OLD.digest
    assert moved.source(MASTER).tags["fresh"] == NEW.digest


async def test_a_tag_that_no_pattern_names_moves_where_only_immutable_ones_stay(moved):
    await moved.run(mirror("1", mode=Overwrite.IF_MUTABLE, immutable=["v*"]))
    assert moved.source(MASTER).tags["1"] == NEW.digest


async def test_an_immutable_tag_that_is_known_to_be_there_costs_nothing(moved):
    job = mirror("fresh", immutable=["fresh"])
    await moved.run(job)
    images.fill(moved.source(HUB), OLD, "fresh")
    for registry in moved.registries.values():
        registry.calls.clear()
    await moved.run(job)
    assert moved.statuses() == {"master/c:fresh": Status.UP_TO_DATE}
    assert [call for registry in moved.registries.values() for call in registry.calls] == []
    assert moved.outcomes()["master/c:fresh"].digest == NEW.digest


async def test_an_immutable_tag_in_a_layout_is_looked_at_there_alone(moved):
    moved.registries["master"].is_at_hand = True
    job = mirror("fresh", immutable=["fresh"])
    await moved.run(job)
    del moved.source(HUB).tags["fresh"]
    for registry in moved.registries.values():
        registry.calls.clear()
    await moved.run(job)
    assert moved.statuses() == {"master/c:fresh": Status.UP_TO_DATE}
    assert moved.registries["hub"].calls == []
    assert [call.operation for call in moved.registries["master"].calls] == ["resolve"]


@pytest.mark.parametrize("now", [None, OLD.digest], ids=["deleted", "moved"])
async def test_an_immutable_tag_that_a_layout_has_lost_is_brought_again(now, moved):
    moved.registries["master"].is_at_hand = True
    job = mirror("fresh", immutable=["fresh"])
    await moved.run(job)
    tags = moved.source(MASTER).tags
    if now is None:
        del tags["fresh"]
    else:
        tags["fresh"] = now
    await moved.run(job)
    lost = now is None
    assert moved.statuses() == {"master/c:fresh": Status.MOUNTED if lost else Status.SKIPPED}
    assert tags["fresh"] == (NEW.digest if lost else now)


async def test_a_layout_that_fails_at_an_immutable_tag_says_so(moved):
    moved.registries["master"].is_at_hand = True
    job = mirror("fresh", immutable=["fresh"])
    await moved.run(job)
    moved.registries["master"].fail(Failure("resolve", DeniedError("no"), times=None))
    await moved.run(job)
    assert moved.statuses() == {"master/c:fresh": Status.FAILED}


async def test_what_comes_to_point_to_an_immutable_tag_is_found_all_the_same(moved):
    job = mirror("fresh", immutable=["fresh"], referrers=ReferrerRule())
    await moved.run(job)
    signature = images.artifact("sig", subject=NEW.root.descriptor)
    images.fill(moved.source(HUB), signature)
    await moved.run(job)
    assert signature.digest in moved.source(MASTER).manifests


async def test_a_destination_that_does_not_say_what_is_there_is_not_overwritten_blindly(moved):
    master = moved.registries["master"]
    master.fail(Failure("resolve", DeniedError("no"), subject="1", times=None))
    await moved.run(mirror("1", mode=Overwrite.NEVER))
    assert moved.statuses() == {"master/c:1": Status.FAILED}
    assert moved.source(MASTER).tags["1"] == OLD.digest


async def test_a_registry_that_refuses_to_move_a_tag_is_a_conflict(moved):
    refusal = ConflictError("master refuses to move tag 1, which is immutable there")
    moved.registries["master"].fail(Failure("push_manifest", refusal, subject="1"))
    await moved.run(mirror("1"))
    assert str(moved.outcomes()["master/c:1"].error) == (
        "cannot push tag 1 at the destination: "
        "master refuses to move tag 1, which is immutable there"
    )


@pytest.mark.parametrize(
    ("mode", "immutable"), [(Overwrite.NEVER, ()), (Overwrite.ALWAYS, ("fresh",))]
)
@pytest.mark.parametrize("theirs", [OLD, NEW], ids=["another image", "the same image"])
async def test_a_tag_that_another_writer_sets_meanwhile_stays(moved, mode, immutable, theirs):
    master, released = moved.registries["master"], asyncio.Event()
    master.fail(Failure("push_blob", released=released))
    async with asyncio.TaskGroup() as group:
        group.create_task(moved.run(mirror("fresh", mode=mode, immutable=immutable)))
        await master.called("push_blob")
        images.fill(moved.source(MASTER), theirs, "fresh")
        released.set()
    outcome = moved.outcomes()["master/c:fresh"]
    assert moved.source(MASTER).tags["fresh"] == theirs.digest
    assert [push for push in master.pushes if push.tag] == []
    if theirs is OLD:
        reason = "immutable" if immutable else "never overwritten"
        assert (outcome.status, outcome.error) == (Status.SKIPPED, None)
        assert outcome.reason == f"the tag names another image there, and is {reason}"
    else:
        assert outcome.status is Status.COPIED


async def test_a_tag_that_may_move_is_not_looked_up_again_before_it_is_set(moved):
    await moved.run(mirror("fresh"))
    assert moved.registries["master"].count("resolve", "fresh") == 1


async def test_a_destination_that_fails_at_the_second_look_is_not_overwritten_blindly(moved):
    master = moved.registries["master"]
    master.fail(
        Failure("resolve", times=1, subject="fresh"),
        Failure("resolve", DeniedError("no"), subject="fresh"),
    )
    await moved.run(mirror("fresh", mode=Overwrite.NEVER))
    assert str(moved.outcomes()["master/c:fresh"].error) == (
        "cannot look up tag fresh at the destination: no"
    )
    assert "fresh" not in moved.source(MASTER).tags
