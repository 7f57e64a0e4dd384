"""The engine over memory stores: which tags images get at a destination, and what that costs."""

from __future__ import annotations

import pytest
from tests import images
from tests.unit.sync.world import place, stage

from reposync.copy.copy_rule import CopyRule
from reposync.copy.outcome import Status
from reposync.copy.overwrite import OverwriteRule
from reposync.copy.referrer_rule import ReferrerRule
from reposync.oci.referrers import cosign_tags
from reposync.selection.explain import Step
from reposync.selection.naming import groups_of
from reposync.selection.only import parse_only
from reposync.selection.parsing import parse, parse_named
from reposync.selection.pattern import parse_tag_pattern
from reposync.selection.tag_template import parse_tag_template
from reposync.sync import events
from reposync.sync.explain import explain
from reposync.sync.stages import Rule

HERE, THERE = place("hub", "a"), place("master", "b")


def rule(*lines, tag="{tag}", to=THERE, **copy):
    """Return a rule with *lines*: texts, or pairs of a tag and its names."""
    selectors = tuple(parse(it) if isinstance(it, str) else parse_named(*it) for it in lines)
    template = parse_tag_template(tag, groups_of(selectors))
    return Rule(to, selectors, CopyRule(**copy), tag_template=template)


def fill(world, *tags):
    graphs = {tag: images.image(tag) for tag in tags}
    for tag, graph in graphs.items():
        images.fill(world.source(HERE), graph, tag)
    return graphs


def forget(world):
    for registry in world.registries.values():
        registry.calls.clear()
        registry.pushes.clear()


async def test_a_named_tag_gets_the_names_that_the_line_gives_and_not_its_own(world):
    graphs = fill(world, "1.0", "latest")
    await world.run(
        stage("s", HERE, rule(("1.0", ["stable"]), ("latest", ["edge", "main"]))),
    )
    assert world.source(THERE).tags == {
        "stable": graphs["1.0"].digest,
        "edge": graphs["latest"].digest,
        "main": graphs["latest"].digest,
    }
    assert set(world.statuses()) == {"master/b:stable", "master/b:edge", "master/b:main"}


async def test_an_image_of_several_names_is_read_and_pushed_once_and_tagged_for_each(world):
    graph = images.multi_platform("m")
    images.fill(world.source(HERE), graph, "latest")
    await world.run(stage("s", HERE, rule(("latest", ["edge", "main", "next"]))))
    reads = [call for call in world.registries["hub"].calls if call.operation != "list_referrers"]
    names = [(call.operation, str(call.subject)) for call in reads]
    assert len(names) == len(set(names))
    pushes = [(push.kind, push.digest, push.tag) for push in world.registries["master"].pushes]
    assert len(pushes) == len(set(pushes))
    assert [tag for _, digest, tag in pushes if digest == graph.digest] == ["edge", "main", "next"]


async def test_names_that_are_up_to_date_cost_one_head_at_the_source_and_one_for_each(world):
    fill(world, "latest")
    only = rule(("latest", ["edge", "main"]))
    await world.run(stage("s", HERE, only))
    forget(world)
    await world.run(stage("s", HERE, only))
    assert set(world.statuses().values()) == {Status.UP_TO_DATE}
    assert [call.operation for call in world.registries["hub"].calls] == ["resolve"]
    assert [call.operation for call in world.registries["master"].calls] == ["resolve"] * 2


async def test_bytes_of_an_image_of_several_names_are_counted_once(world):
    fill(world, "latest")
    await world.run(stage("s", HERE, rule(("latest", ["edge", "main"]))))
    sent = sorted(outcome.bytes_sent for outcome in world.outcomes().values())
    assert sent[0] == 0
    assert sent[1] > 0


@pytest.mark.parametrize(
    ("lines", "template", "expected"),
    [
        ((), "{tag}-mirrored", {"v1.2.3-alpine": "v1.2.3-alpine-mirrored", "2.0": "2.0-mirrored"}),
        (("2.0",), "{tag}-mirrored", {"2.0": "2.0-mirrored"}),
        (("regex: v(?P<v>.+)",), "{v}", {"v1.2.3-alpine": "1.2.3-alpine"}),
        (
            ("glob: v*",),
            "{version.major}.{version.minor}-{variant}",
            {"v1.2.3-alpine": "1.2-alpine"},
        ),
        (
            (("2.0", ["old"]), "glob: *"),
            "m-{tag}",
            {"v1.2.3-alpine": "m-v1.2.3-alpine", "2.0": "old"},
        ),
    ],
)
async def test_a_template_names_all_tags_but_those_with_names_of_their_own(
    world, lines, template, expected
):
    graphs = fill(world, "v1.2.3-alpine", "2.0")
    await world.run(stage("s", HERE, rule(*lines, tag=template)))
    assert world.source(THERE).tags == {name: graphs[tag].digest for tag, name in expected.items()}


async def test_a_template_names_a_digest_that_gets_a_tag(world):
    graph = fill(world, "x")["x"]
    pinned = rule(f"v9@{graph.digest}", graph.digest, tag="{tag}-mirrored")
    await world.run(stage("s", HERE, pinned))
    assert world.source(THERE).tags == {"v9-mirrored": graph.digest}


async def test_a_tag_without_a_version_fails_alone_and_the_others_are_copied(world):
    fill(world, "1.2.3", "latest")
    await world.run(stage("s", HERE, rule(tag="{version.major}")))
    failed = {name: one for name, one in world.outcomes().items() if one.error}
    assert world.statuses()["master/b:1"] is Status.COPIED
    assert list(failed) == ["master/b"]
    assert str(failed["master/b"].source) == "hub/a:latest"
    assert str(failed["master/b"].error) == (
        "the template `{version.major}` has no name for the tag `latest`: it is not a version"
    )


async def test_a_name_that_is_no_tag_is_an_error_with_the_tag_the_template_and_the_result(world):
    long = "x" * 120
    fill(world, long, "1.0")
    await world.run(stage("s", HERE, rule(tag="{tag}-mirrored")))
    assert str(world.outcomes()["master/b"].error) == (
        f"the template `{{tag}}-mirrored` makes `{long}-mirrored` of the tag `{long}`, which is "
        "not a valid tag"
    )
    assert world.statuses()["master/b:1.0-mirrored"] is Status.COPIED


async def test_two_images_for_one_name_are_an_error_before_anything_is_written(world):
    fill(world, "1.2.3", "1.3.0", "1.4.0", "2.0.0")
    elsewhere = place("staging", "b")
    await world.run(
        stage("s", HERE, rule(tag="{version.major}"), rule(to=elsewhere)),
    )
    (failed,) = [one for one in world.outcomes().values() if one.status is Status.FAILED]
    assert str(failed.error) == (
        "master/b:1 would get two images, hub/a:1.2.3 and hub/a:1.3.0, and 1 more like this, so "
        "nothing is copied to master/b"
    )
    assert world.registries["master"].pushes == []
    assert sorted(world.source(elsewhere).tags) == ["1.2.3", "1.3.0", "1.4.0", "2.0.0"]


async def test_a_collision_is_told_also_where_a_part_of_the_images_is_asked_for(world):
    fill(world, "1.2.3", "1.3.0", "2.0.0")
    world.only = parse_only("a:2.0.0")
    await world.run(stage("s", HERE, rule(tag="{version.major}")))
    assert set(world.statuses().values()) == {Status.FAILED}
    assert world.registries["master"].pushes == []


async def test_a_name_that_a_line_gives_and_a_selected_tag_are_two_images_too(world):
    fill(world, "latest", "edge")
    await world.run(stage("s", HERE, rule(("latest", ["edge"]), "glob: e*")))
    (failed,) = world.outcomes().values()
    assert "master/b:edge would get two images, hub/a:latest and hub/a:edge" in str(failed.error)
    assert world.source(THERE).tags == {}


@pytest.mark.parametrize("pattern", ["a:latest", "a:edge"])
async def test_a_part_is_named_by_the_tag_of_the_source_or_of_the_destination(world, pattern):
    fill(world, "latest", "1.0")
    world.only = parse_only(pattern)
    await world.run(stage("s", HERE, rule(("latest", ["edge"]), "1.0")))
    assert set(world.statuses()) == {"master/b:edge"}


async def test_two_destinations_of_a_stage_may_be_two_names_in_one_repository(world):
    graph = fill(world, "1.0")["1.0"]
    await world.run(stage("s", HERE, rule(), rule(tag="{tag}-copy")))
    assert world.source(THERE).tags == {"1.0": graph.digest, "1.0-copy": graph.digest}


async def test_digest_tags_keep_their_names_under_a_template(world):
    graph = fill(world, "1.0")["1.0"]
    signature = cosign_tags(graph.digest)[0]
    images.fill(world.source(HERE), images.image("signature"), signature)
    await world.run(stage("s", HERE, rule(tag="{tag}-m", referrers=ReferrerRule())))
    assert sorted(world.source(THERE).tags) == sorted(["1.0-m", signature])


async def test_a_signature_comes_with_an_image_of_another_name_once(world):
    graph = fill(world, "1.0")["1.0"]
    signature = cosign_tags(graph.digest)[0]
    images.fill(world.source(HERE), images.image("signature"), signature)
    await world.run(stage("s", HERE, rule(("1.0", ["stable", "prod"]), referrers=ReferrerRule())))
    assert sorted(world.source(THERE).tags) == sorted(["prod", "stable", signature])
    pushed = [push.tag for push in world.registries["master"].pushes if push.tag]
    assert pushed.count(signature) == 1


async def test_a_failure_at_one_destination_fails_all_names_there(world):
    graph = fill(world, "latest")["latest"]
    world.registries["hub"].corrupt(graph.blobs[0].digest)
    await world.run(stage("s", HERE, rule(("latest", ["edge", "main"]))))
    assert world.statuses() == {
        "master/b:edge": Status.FAILED,
        "master/b:main": Status.FAILED,
    }
    assert world.source(THERE).tags == {}


async def test_a_tag_of_the_same_repository_may_get_another_name(world):
    graph = fill(world, "latest")["latest"]
    await world.run(stage("s", HERE, rule(("latest", ["stable"]), to=HERE)))
    assert world.source(HERE).tags == {"latest": graph.digest, "stable": graph.digest}


async def test_immutable_patterns_are_compared_with_the_name_at_the_destination(world):
    fill(world, "latest")
    images.fill(world.source(THERE), images.image("old"), "v-latest")
    keeps = OverwriteRule(immutable=(parse_tag_pattern("v-*"),))
    await world.run(stage("s", HERE, rule("latest", tag="v-{tag}", overwrite=keeps)))
    assert world.statuses() == {"master/b:v-latest": Status.SKIPPED}


async def test_names_that_lead_back_to_each_other_swap_no_images(world):
    graphs = fill(world, "a", "b")
    await world.run(stage("s", HERE, rule(("a", ["b"]), ("b", ["a"]), to=HERE)))
    assert world.source(HERE).tags == {"a": graphs["a"].digest, "b": graphs["a"].digest}
    assert world.statuses()["hub/a:a"] is Status.SKIPPED


async def test_many_names_of_one_template_are_one_error(world):
    fill(world, *(f"1.{number}" for number in range(40)))
    await world.run(stage("s", HERE, rule(tag="{version.major}")))
    (failed,) = world.outcomes().values()
    assert "hub/a:1.0 and hub/a:1.1, and 38 more like this" in str(failed.error)


async def test_a_tag_of_another_name_can_be_explained(world):
    graphs = fill(world, "v1.0", "latest")
    assert graphs
    planned = stage("s", HERE, rule(("latest", ["edge"]), "regex: v(?P<v>.+)", tag="{v}-m"))
    (renamed,) = await explain(world, planned, "a", "v1.0")
    assert renamed.tags == ("1.0-m",)
    assert renamed.explanation.steps[-1] == Step(2, "names it", "its tag there is 1.0-m")
    (named,) = await explain(world, planned, "a", "latest")
    assert named.tags == ("edge",)
    (unknown,) = await explain(world, planned, "a", "edge")
    assert (unknown.tags, unknown.explanation.taken) == ((), False)


@pytest.mark.parametrize(
    ("tag", "effect"),
    [("latest", "cannot name it"), (f"sha256-{'0' * 64}.sig", "names it"), ("1.0", "names it")],
)
async def test_what_a_template_does_is_the_last_step_of_an_explanation(world, tag, effect):
    fill(world, tag)
    planned = stage("s", HERE, rule(tag="{version.major}", referrers=ReferrerRule()))
    (explained,) = await explain(world, planned, "a", tag)
    assert explained.explanation.steps[-1].effect == effect
    assert explained.explanation.steps[-1].index == 0


async def test_an_image_of_several_names_begins_and_ends_once(world):
    fill(world, "latest")
    await world.run(stage("s", HERE, rule(("latest", ["edge", "main"]))))
    begun = [each for each in world.events if isinstance(each, events.ImageStarted)]
    ended = [each for each in world.events if isinstance(each, events.ImageEnded)]
    assert (len(begun), [len(each.outcomes) for each in ended]) == (1, [2])
