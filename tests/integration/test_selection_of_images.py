"""What a file selects, and what it leaves alone, over real registries.

What is at a destination is read by the standard library alone and by skopeo; what was asked is
told by a recorder before each registry.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading

import pytest
from tests import images
from tests.images import AMD64, ARM64
from tests.integration.sites import (
    S390X,
    Site,
    dated_image,
    fake,
    family,
    mirror,
    sync,
    three_platforms,
)
from tests.layouts import ToolError, digest_of, skopeo
from tests.servers.recorder import recording
from tests.servers.skopeo import skopeo_copy, skopeo_digest, skopeo_raw, skopeo_tags

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status

PLATFORMS = ("linux/amd64", "linux/arm64")


@pytest.fixture
def remembering(tmp_path):
    """Return an environment in which runs remember, in a file of this test."""
    return {"REPOSYNC_LEDGER": str(tmp_path / "ledger.sqlite3")}


def push(site, name, *graphs_by_tag):
    for tag, graph in graphs_by_tag:
        images.push_graph(site.url, name, graph, tag)


def at(recorder):
    return Site(recorder.url, lambda: recorder.asked, recorder.clear)


def inspect(site, name, architecture):
    """Let skopeo choose the image of *architecture* and say what it is."""
    found = skopeo(
        f"--override-arch={architecture}",
        "--override-os=linux",
        "inspect",
        "--tls-verify=false",
        f"docker://{site.host}/{name}:1",
    )
    return json.loads(found)


async def test_skopeo_finds_the_images_that_stayed_in_a_stripped_index_and_no_other(
    here, there, name, tmp_path
):
    graph = three_platforms(name)
    push(here, name, ("1", graph))
    ran = await sync(mirror(here, name, there, tags=("1",), platforms=PLATFORMS))
    raw = skopeo_raw(f"{there.host}/{name}:1")
    assert [entry["digest"] for entry in json.loads(raw)["manifests"]] == [
        images.image(f"{name}/{each}", platform=each).digest for each in (AMD64, ARM64)
    ]
    assert ran.only().digest == skopeo_digest(f"{there.host}/{name}:1")
    for architecture in ("amd64", "arm64"):
        assert inspect(there, name, architecture)["Architecture"] == architecture
        skopeo(
            f"--override-arch={architecture}",
            "copy",
            "--src-tls-verify=false",
            f"docker://{there.host}/{name}:1",
            f"dir:{tmp_path}/{architecture}",
        )
    with pytest.raises(ToolError, match="no image found"):
        inspect(there, name, "s390x")
    left_out = images.image(f"{name}/{S390X}", platform=S390X)
    assert not there.reader(name).has_manifest(left_out.digest)


async def test_a_stripped_index_has_the_same_digest_at_every_destination_and_in_every_run(
    here, there, name
):
    push(here, name, ("1", three_platforms(name)))
    digests = set()
    async with fake() as elsewhere:
        for to in (f"{name}/one", f"{name}/two"):
            file = mirror(here, name, there, elsewhere, to=to, tags=("1",), platforms=PLATFORMS)
            ran = await sync(file)
            assert not ran.summary.failures
            digests |= {there.reader(to).digest("1")}
            digests |= {await asyncio.to_thread(elsewhere.reader(to).digest, "1")}
            digests |= {outcome.digest for outcome in ran.outcomes.values()}
    assert len(digests) == 1


async def test_a_stripped_index_that_is_up_to_date_costs_one_head_a_side(
    here, there, name, remembering
):
    push(here, name, ("1", three_platforms(name)))
    file = mirror(here, name, there, tags=("1",), platforms=PLATFORMS, referrers=False)
    await sync(file, remembering)
    here.forget()
    there.forget()
    ran = await sync(file, remembering)
    assert ran.only().status is Status.UP_TO_DATE
    assert here.asked() == there.asked() == [("HEAD", f"/v2/{name}/manifests/1")]


async def test_the_source_is_not_asked_what_points_to_a_stripped_index(there, name):
    async with fake() as source:
        await source.publish(name, family(name), "1")
        file = mirror(source, name, there, tags=("1",), platforms=PLATFORMS)
        outcome = (await sync(file)).only()
        assert outcome.referrers_sent == 2
        source.forget()
        await sync(file)
        assert ("GET", f"/v2/{name}/referrers/{outcome.digest}") not in source.asked()


async def test_skopeo_finds_the_images_that_a_sparse_index_has_in_a_layout(here, name, tmp_path):
    graph = three_platforms(name)
    push(here, name, ("1", graph))
    file = Config(
        registries={"here": here.settings, "there": Registry(url=f"oci:{tmp_path}/layout")},
        stages=(
            Stage(
                source=Source(source="here", repository=name),
                rules=(Rule(destination="there", repository=name, tags=("1",)),),
                platforms=PLATFORMS,
                platform_mode="sparse",
            ),
        ),
    )
    assert (await sync(file)).only().error is None
    there = f"oci:{tmp_path}/layout:{name}:1"
    assert digest_of(there) == graph.digest
    skopeo("--override-arch=arm64", "copy", there, f"dir:{tmp_path}/arm64")
    with pytest.raises(ToolError):
        skopeo("--override-arch=s390x", "copy", there, f"dir:{tmp_path}/s390x")


async def test_a_registry_that_takes_no_sparse_index_fails_with_the_advice_to_strip_it(
    here, there, name
):
    push(here, name, ("1", three_platforms(name)))
    file = mirror(here, name, there, tags=("1",), platforms=PLATFORMS, platform_mode="sparse")
    (failure,) = (await sync(file)).summary.failures
    assert there.reader(name).digest("1") is None
    assert "platform_mode: strip" in failure.hint


async def test_selectors_take_the_tags_that_they_mean_from_a_real_registry(here, there, name):
    graphs = {
        tag: images.image(f"{name}/{tag}", layers=1)
        for tag in ("1.2.0", "1.10.0", "1.10.0-alpine", "2.0.0", "2.1.0-rc1", "latest", "edge")
    }
    push(here, name, *graphs.items())
    lines = ("latest", "semver: >=1.10 <3", "keep: !.*-rc.*", "keep: latest 1 per variant")
    ran = await sync(mirror(here, name, there, tags=lines))
    assert not ran.summary.failures
    chosen = ["1.10.0-alpine", "2.0.0", "latest"]
    assert skopeo_tags(f"{there.host}/{name}") == chosen
    assert {tag: there.reader(name).digest(tag) for tag in chosen} == {
        tag: graphs[tag].digest for tag in chosen
    }


async def test_a_digest_gets_the_tag_that_is_written_before_it(here, there, name):
    old, new = images.multi_platform(f"{name}/old"), images.image(f"{name}/new")
    push(here, name, ("1", old), ("1", new))
    line = f"stable@{old.digest}"
    await sync(mirror(here, name, there, tags=(line,)))
    assert there.reader(name).tags() == {"stable"}
    assert (await there.family(name, "stable")).keys() == {m.digest for m in old.manifests}
    ran = await sync(mirror(here, name, there, tags=(line,)))
    assert ran.only().status is Status.UP_TO_DATE


async def test_a_bare_digest_can_be_had_by_it_at_the_destination_and_bears_no_tag(
    here, there, name
):
    graph = images.multi_platform(name)
    push(here, name, ("1", graph))
    ran = await sync(mirror(here, name, there, tags=(graph.digest,)))
    assert ran.only().error is None
    assert there.reader(name).tags() == set()
    assert skopeo_digest(f"{there.host}/{name}@{graph.digest}") == graph.digest
    assert (await there.family(name, graph.digest)).keys() == {m.digest for m in graph.manifests}
    again = await sync(mirror(here, name, there, tags=(graph.digest,)))
    assert again.only().status is Status.UP_TO_DATE


async def test_what_is_older_than_keep_newer_allows_stays_behind(here, there, name):
    now = dt.datetime.now(dt.UTC)
    young, old = (now - dt.timedelta(days=days) for days in (3, 300))
    platforms = (AMD64, ARM64)
    mixed = [
        dated_image(f"{name}/{platform}", created, platform)
        for platform, created in zip(platforms, (old, young), strict=True)
    ]
    graphs = {
        "young": dated_image(f"{name}/young", young),
        "old": dated_image(f"{name}/old", old),
        "mixed": images.index(*mixed, platforms=platforms),
        "timeless": dated_image(f"{name}/timeless", None),
    }
    push(here, name, *graphs.items())
    ran = await sync(mirror(here, name, there, tags=("old", "glob: *", "keep: newer 30d")))
    assert not ran.summary.failures
    assert skopeo_tags(f"{there.host}/{name}") == ["mixed", "old", "timeless", "young"]
    await sync(mirror(here, name, there, to=f"{name}/copy", tags=("keep: newer 30d",)))
    assert skopeo_tags(f"{there.host}/{name}/copy") == ["mixed", "timeless", "young"]


async def test_a_pattern_means_the_repositories_of_a_real_registrys_catalog(here, there, name):
    graphs = {part: images.image(f"{name}/{part}") for part in ("api", "web", "web-test", "a/b")}
    for part, graph in graphs.items():
        push(here, f"{name}/{part}", ("1", graph))
    file = mirror(here, f"{name}/*", there, to="copies/{repository}", exclude=(f"{name}/*-test",))
    ran = await sync(file)
    assert set(ran.outcomes) == {f"{there.host}/copies/{name}/{part}:1" for part in ("api", "web")}
    assert not ran.summary.failures
    deep = await sync(mirror(here, f"regex: {name}/(?P<app>.+)", there, to=f"flat/{name}/{{app}}"))
    assert set(deep.outcomes) == {f"{there.host}/flat/{name}/{part}:1" for part in graphs}
    for part, graph in graphs.items():
        assert there.reader(f"flat/{name}/{part}").digest("1") == graph.digest


async def test_names_that_collide_are_told_before_the_destination_is_asked_anything(
    here, there, name
):
    for part in ("a/app", "b/app", "c/other"):
        push(here, f"{name}/{part}", ("1", images.image(f"{name}/{part}")))
    ran = await sync(mirror(here, f"{name}/**", there, to=f"{name}/{{basename}}"))
    (failure,) = ran.summary.failures
    assert f"{there.host}/{name}/app:1" in failure.sentence
    assert "would write one tag from two sources" in failure.sentence
    assert "{repository}" in failure.hint
    assert there.asked() == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"overwrite": "never"}, "is never overwritten"),
        ({"overwrite": "if_mutable", "immutable": ("v*",)}, "is immutable"),
    ],
)
async def test_a_tag_that_may_not_move_keeps_its_image_and_the_reason_is_told(
    here, there, name, options, reason, remembering
):
    first, second = (images.multi_platform(f"{name}/{each}") for each in ("first", "second"))
    file = mirror(here, name, there, tags=("v1", "edge"), **options)
    push(here, name, ("v1", first), ("edge", first))
    await sync(file)
    push(here, name, ("v1", second), ("edge", second))
    ran = await sync(file, remembering)
    outcome = ran.outcomes[f"{there.host}/{name}:v1"]
    assert outcome.status is Status.SKIPPED
    assert reason in outcome.reason
    assert there.reader(name).digest("v1") == first.digest
    edge = first if options["overwrite"] == "never" else second
    assert there.reader(name).digest("edge") == edge.digest


@pytest.mark.parametrize("options", [{"overwrite": "never"}, {"immutable": ("v*",)}])
async def test_of_two_runs_at_once_the_later_leaves_the_tags_that_the_other_set(
    here, other_registry, name, options
):
    tags = tuple(f"v{number}" for number in range(10))
    for each in ("one", "two"):
        push(here, f"{name}/{each}", *((tag, images.image(f"{each}/{tag}")) for tag in tags))
    ended, has_looked = threading.Event(), threading.Event()

    def wait_for_the_other(method, _target):
        if method == "POST":  # all tags were looked for, and found missing
            has_looked.set()
            ended.wait(30)

    with recording(other_registry.url) as quick, recording(other_registry.url) as slow:
        slow.on_asked = wait_for_the_other
        first = mirror(here, f"{name}/one", at(quick), to=name, tags=tags, **options)
        second = mirror(here, f"{name}/two", at(slow), to=name, tags=tags, **options)
        async with asyncio.TaskGroup() as group:
            late = group.create_task(sync(second))
            await asyncio.to_thread(has_looked.wait)
            ran = await sync(first)
            ended.set()
        reader = at(quick).reader(name)
        assert ran.summary.count(Status.COPIED) == len(tags)
        assert late.result().summary.count(Status.SKIPPED) == len(tags)
        assert {reader.digest(tag) for tag in tags} == {
            images.image(f"one/{tag}").digest for tag in tags
        }
        pushed = [path for method, path in slow.asked if method == "PUT" and "/manifests/v" in path]
        assert pushed == []


async def test_an_immutable_tag_that_is_known_to_be_there_costs_no_request(
    here, there, name, remembering
):
    push(here, name, ("v1", images.multi_platform(name)), ("v2", three_platforms(name)))
    file = mirror(
        here,
        name,
        there,
        tags=("v1", "v2"),
        overwrite="if_mutable",
        immutable=("v*",),
        referrers=False,
    )
    await sync(file, remembering)
    here.forget()
    there.forget()
    ran = await sync(file, remembering)
    assert ran.summary.count(Status.UP_TO_DATE) == 2
    assert here.asked() == there.asked() == []


async def test_skopeo_copies_what_was_mirrored_from_one_destination_to_the_other(here, there, name):
    graph = three_platforms(name)
    async with fake() as source:
        await source.publish(name, [graph], "1")
        file = mirror(source, name, here, there, tags=("1",))
        assert not (await sync(file)).summary.failures
    skopeo_copy(f"{here.host}/{name}:1", f"{there.host}/by/skopeo/{name}:1")
    copied = await there.family(f"by/skopeo/{name}")
    assert copied == await there.family(name) == await here.family(name)
    assert skopeo_digest(f"{there.host}/by/skopeo/{name}:1") == graph.digest
