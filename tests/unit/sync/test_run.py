"""The engine over memory stores: order, sharing, and failures that stop nothing else."""

from __future__ import annotations

import pytest
from tests import images
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.sync import events

SHAPES = [
    images.image("i"),
    images.docker_image("d"),
    images.multi_platform("m"),
    images.multi_platform("l", docker=True),
    images.nested_index("n"),
    images.artifact("a"),
    images.attested("t"),
    images.buildkit_cache("b"),
    images.foreign_layer_image("f"),
]


@pytest.mark.parametrize("graph", SHAPES)
async def test_any_graph_arrives_whole_and_unchanged(world, graph):
    images.fill(world.source(place("hub", "a/b")), graph, "1")
    await world.run(stage("s", place("hub", "a/b"), rule(place("master", "c"))))
    there = world.source(place("master", "c"))
    assert there.tags == {"1": graph.digest}
    assert {piece.digest for piece in graph.manifests} == set(there.manifests)
    assert there.manifests[graph.digest].content == graph.root.content
    assert {piece.digest for piece in graph.blobs} <= there.blobs


async def test_leaves_are_pushed_before_what_points_to_them_and_the_tag_last(world):
    graph = images.nested_index("n")
    images.fill(world.source(place("hub", "a")), graph, "1")
    await world.run(stage("s", place("hub", "a"), rule(place("master", "c"))))
    order = [push.digest for push in world.registries["master"].pushes]
    assert world.registries["master"].pushes[-1].tag == "1"
    for manifest in graph.manifests:
        view = images.manifest(manifest)
        for below in (*view.manifests, *view.blobs):
            assert order.index(below.digest) < order.index(view.digest)


async def test_a_second_run_pushes_and_fetches_nothing(world):
    images.fill(world.source(place("hub", "a")), images.multi_platform("m"), "1")
    only = rule(place("master", "c"), "1")
    await world.run(stage("s", place("hub", "a"), only))
    for registry in world.registries.values():
        registry.calls.clear()
        registry.pushes.clear()
    await world.run(stage("s", place("hub", "a"), only))
    assert world.statuses() == {"master/c:1": Status.UP_TO_DATE}
    assert [call.operation for call in world.registries["hub"].calls] == ["resolve"]
    assert [call.operation for call in world.registries["master"].calls] == ["resolve"]


async def test_a_blob_is_read_once_for_all_destinations_and_images(world):
    shared = images.blob("base", 300_000)
    graphs = [images.image(seed, base=(shared,)) for seed in "abcdef"]
    for number, graph in enumerate(graphs):
        images.fill(world.source(place("hub", f"r{number}")), graph, "1")
    stages = [
        stage(
            f"s{number}",
            place("hub", f"r{number}"),
            rule(place("master", f"m{number}")),
            rule(place("staging", f"t{number}")),
        )
        for number in range(len(graphs))
    ]
    await world.run(*stages)
    assert set(world.statuses().values()) == {Status.COPIED}
    reads = world.registries["hub"].count("open_blob", shared.digest)
    assert reads == 1
    for name in ("master", "staging"):
        pushes = [p.kind for p in world.registries[name].pushes if p.digest == shared.digest]
        assert sorted(pushes) == ["blob", *["mount"] * 5]


async def test_without_mounts_the_copy_is_read_instead_of_the_source(world):
    world.registries["master"].mounts = False
    graph = images.image("x")
    for name in "pq":
        images.fill(world.source(place("hub", name)), graph, "1")
    await world.run(
        stage("p", place("hub", "p"), rule(place("master", "p"))),
        stage("q", place("hub", "q"), rule(place("master", "q")), after=("p",)),
    )
    assert set(world.statuses().values()) == {Status.COPIED}
    assert all(world.registries["hub"].count("open_blob", b.digest) == 1 for b in graph.blobs)


async def test_a_stage_starts_when_what_it_depends_on_has_ended_even_badly(world):
    images.fill(world.source(place("hub", "a")), images.image("x"), "1")
    await world.run(
        stage("late", place("master", "a"), rule(place("staging", "a")), after=("early",)),
        stage("early", place("hub", "a"), rule(place("master", "a"), "1", "none")),
    )
    order = [
        (type(event).__name__, event.stage)
        for event in world.events
        if isinstance(event, events.StageStarted | events.StageEnded)
    ]
    assert order.index(("StageEnded", "early")) < order.index(("StageStarted", "late"))
    assert world.statuses() == {
        "master/a:1": Status.COPIED,
        "master/a:none": Status.FAILED,
        "staging/a:1": Status.COPIED,
    }


async def test_a_named_tag_that_is_not_there_is_a_failure_and_stops_no_other(world):
    images.fill(world.source(place("hub", "a")), images.image("x"), "1")
    await world.run(stage("s", place("hub", "a"), rule(place("master", "a"), "9", "1")))
    outcomes = world.outcomes()
    assert outcomes["master/a:1"].status is Status.COPIED
    assert str(outcomes["master/a:9"].error) == (
        "cannot look up tag 9 at the source: hub/a has no tag 9"
    )


async def test_a_repository_that_cannot_be_listed_fails_its_stage_alone(world):
    images.fill(world.source(place("hub", "a")), images.image("x"), "1")
    await world.run(
        stage("bad", place("hub", "none"), rule(place("master", "n"))),
        stage("good", place("hub", "a"), rule(place("master", "a"))),
    )
    assert [e.stage for e in world.events if isinstance(e, events.StageFailed)] == ["bad"]
    assert world.statuses() == {"master/a:1": Status.COPIED}


async def test_the_list_is_not_fetched_when_every_tag_is_named(world):
    images.fill(world.source(place("hub", "a")), images.image("x"), "1")
    await world.run(stage("s", place("hub", "a"), rule(place("master", "a"), "1")))
    assert world.registries["hub"].count("list_tags") == 0


async def test_damaged_content_never_gets_a_tag(world):
    graph = images.image("x")
    images.fill(world.source(place("hub", "a")), graph, "1")
    world.registries["hub"].corrupt(graph.blobs[0].digest)
    await world.run(stage("s", place("hub", "a"), rule(place("master", "a"))))
    assert world.statuses() == {"master/a:1": Status.FAILED}
    assert world.source(place("master", "a")).tags == {}
    assert "at the source" in str(world.outcomes()["master/a:1"].error)


async def test_two_sources_for_one_tag_are_a_conflict_and_the_first_stands(world):
    images.fill(world.source(place("hub", "a")), images.image("x"), "1")
    images.fill(world.source(place("hub", "b")), images.image("y"), "1")
    await world.run(
        stage("a", place("hub", "a"), rule(place("master", "z"))),
        stage("b", place("hub", "b"), rule(place("master", "z")), after=("a",)),
    )
    failed = [
        outcome
        for event in world.events
        if isinstance(event, events.ImageEnded)
        for outcome in event.outcomes
        if outcome.status is Status.FAILED
    ]
    assert [str(one.error) for one in failed] == ["this run writes master/z:1 from hub/a:1 already"]


async def test_no_more_images_than_allowed_are_copied_at_once(world):
    for tag in range(20):
        images.fill(world.source(place("hub", "a")), images.image(f"x{tag}"), f"{tag}")
    await world.run(stage("s", place("hub", "a"), rule(place("master", "a"))), images_at_once=2)
    running = most = 0
    for event in world.events:
        running += isinstance(event, events.ImageStarted) - isinstance(event, events.ImageEnded)
        most = max(most, running)
    assert most == 2
