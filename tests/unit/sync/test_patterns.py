"""Patterns of repositories over memory stores, digests, and parts of a file."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.errors import DeniedError
from reposync.selection.only import parse_only
from reposync.selection.repositories import parse_repository_pattern
from reposync.selection.template import parse_template
from reposync.sync import events
from reposync.sync.stages import SourcePattern, narrowed

IMAGE = images.image("x")


def many(pattern, template, *selectors, exclude=()):
    parsed = parse_repository_pattern(pattern)
    excluded = tuple(map(parse_repository_pattern, exclude))
    made = replace(
        rule(place("master", template), *selectors),
        template=parse_template(template, parsed.groups),
    )
    return replace(stage("s", place("hub", pattern), made), pattern=SourcePattern(parsed, excluded))


def fill(world, *repositories, tags=("1",)):
    for name in repositories:
        images.fill(world.source(place("hub", name)), images.image(name), *tags)


def failures(world):
    return [str(e.error) for e in world.events if isinstance(e, events.StageFailed)]


def empties(world):
    found = (e for e in world.events if isinstance(e, events.NothingSelected))
    return [str(e.destination) for e in found]


async def test_all_repositories_that_match_are_copied_under_the_names_of_the_template(world):
    fill(world, "team/app", "team/web", "team/old", "team/deep/er", "other/app")
    await world.run(many("team/*", "mirror/{parent}/{basename}", exclude=["team/old"]))
    assert set(world.statuses()) == {"master/mirror/team/app:1", "master/mirror/team/web:1"}
    assert set(world.statuses().values()) == {Status.COPIED}


async def test_groups_of_a_regular_expression_name_the_destination(world):
    fill(world, "team/prod-app", "team/test-web", "team/app")
    await world.run(many("regex: team/(?P<env>prod|test)-(?P<app>.+)", "{app}/{env}"))
    assert set(world.statuses()) == {"master/app/prod:1", "master/web/test:1"}


async def test_a_registry_without_a_list_of_repositories_fails_the_stage_in_a_sentence(world):
    fill(world, "team/app")
    world.registries["hub"].fail(Failure("list_repositories", DeniedError("hub keeps it secret")))
    await world.run(many("team/*", "{repository}"))
    assert failures(world) == ["hub keeps it secret"]


async def test_names_that_are_not_legal_are_told_before_anything_is_copied(world):
    fill(world, "team/app", f"team/{'x' * 240}")
    await world.run(many("team/*", "a-long-enough-prefix/{repository}"))
    assert "would write to illegal names: hub/team/xxx" in failures(world)[0]
    assert world.registries["master"].calls == []


async def test_two_sources_of_one_tag_are_told_before_anything_is_copied(world):
    fill(world, "a/app", "b/app", "b/web")
    await world.run(many("**", "{basename}"))
    assert "".join(failures(world)) == (
        "the stage would write one tag from two sources: "
        "master/app:1 from hub/a/app:1 and hub/b/app:1"
    )
    assert world.registries["master"].calls == []


async def test_two_sources_of_one_repository_with_different_tags_are_none_of_a_conflict(world):
    fill(world, "a/app", tags=["1"])
    fill(world, "b/app", tags=["2"])
    await world.run(many("**", "{basename}"))
    assert set(world.statuses()) == {"master/app:1", "master/app:2"}
    assert world.registries["hub"].count("list_tags") == 2


async def test_one_repository_that_cannot_be_listed_stops_no_other(world):
    fill(world, "team/app", "team/web")
    world.registries["hub"].fail(
        Failure("list_tags", DeniedError("no"), repository="team/app", times=None)
    )
    await world.run(many("team/*", "{repository}"))
    assert failures(world) == ["no"]
    assert set(world.statuses()) == {"master/team/web:1"}


@pytest.mark.parametrize("selectors", [(), ("glob: 7*",)])
async def test_a_destination_that_gets_nothing_is_told(world, selectors):
    fill(world, "team/app")
    if not selectors:
        await world.run(many("nobody/*", "{repository}"))
        assert empties(world) == ["master/{repository}"]
    await world.run(many("team/*", "{repository}", *selectors))
    assert empties(world) == (["master/{repository}"] if selectors else [])


async def test_only_a_part_is_copied_and_what_is_left_out_is_not_called_empty(world):
    fill(world, "team/app", "team/web", tags=["1", "2"])
    world.only = parse_only("team/app:2")
    await world.run(
        many("team/*", "{repository}"),
        stage("t", place("hub", "team/web"), rule(place("master", "z"))),
    )
    assert set(world.statuses()) == {"master/team/app:2"}
    assert empties(world) == []


def test_stages_that_are_left_out_are_not_waited_for():
    first = stage("a", place("hub", "x"), rule(place("master", "x")))
    second = stage("b", place("hub", "y"), rule(place("master", "y")), after=("a",))
    assert narrowed([first, second], ["b"]) == (replace(second, depends_on=()),)
    assert narrowed([first, second], ["b", "a"]) == (first, second)


async def test_a_digest_arrives_without_a_tag_and_a_pinned_one_with_its_tag(world):
    images.fill(world.source(place("hub", "a")), IMAGE, "1")
    other = images.image("y")
    images.fill(world.source(place("hub", "a")), other, "1")
    target = place("master", "c")
    await world.run(
        stage("s", place("hub", "a"), rule(target, str(IMAGE.digest), f"old@{IMAGE.digest}"))
    )
    assert world.source(target).tags == {"old": IMAGE.digest}
    assert set(world.statuses()) == {f"master/c@{IMAGE.digest}", "master/c:old"}
    await world.run(stage("s", place("hub", "a"), rule(target, str(IMAGE.digest))))
    assert world.statuses() == {f"master/c@{IMAGE.digest}": Status.UP_TO_DATE}


def created(seed, moment):
    image = images.image(seed)
    config = images.piece(
        json.dumps({"created": moment, "os": "linux", "architecture": "amd64"}).encode(),
        images.OCI_CONFIG,
    )
    document = json.loads(image.root.content)
    document["config"] = {
        "mediaType": images.OCI_CONFIG,
        "digest": config.digest,
        "size": config.size,
    }
    root = images.piece(json.dumps(document).encode(), image.root.descriptor.media_type)
    return images.Graph((config, *image.blobs), (root,))


async def test_what_is_old_is_not_kept_and_only_candidates_are_asked_for_their_time(world):
    source = world.source(place("hub", "a"))
    images.fill(source, created("old", "2019-01-01T00:00:00.123456789Z"), "1.0")
    images.fill(source, created("new", "2999-01-01T00:00:00Z"), "2.0")
    images.fill(source, created("none", None), "3.0")
    images.fill(source, created("older", "2019-01-01T00:00:00Z"), "named")
    images.fill(source, created("out", "2999-01-01T00:00:00Z"), "x")
    picky = rule(place("master", "c"), "named", "semver: >=1", "keep: newer 30d")
    await world.run(stage("s", place("hub", "a"), picky))
    assert set(world.statuses()) == {"master/c:2.0", "master/c:3.0", "master/c:named"}
    assert world.registries["hub"].count("fetch_manifest", "x") == 0
