"""Whole images with all that points to them, between registries with and without referrers API.

What is at a destination is listed by the standard library alone, read by skopeo, and compared
with the source digest by digest.
"""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.integration.sites import KINDS, family, mirror, sync, three_platforms
from tests.layouts import digest_of, skopeo
from tests.servers.skopeo import skopeo_raw

from reposync.copy.outcome import Status

COPY_ALL = ("copy", "--all", "--preserve-digests", "--src-tls-verify=false")


every_pair = pytest.mark.parametrize(
    "sides", [(here, there) for here in KINDS for there in KINDS], indirect=True, ids="-to-".join
)


@every_pair
async def test_an_image_and_all_that_points_to_it_arrive_whole_at_any_registry(
    sides, name, tmp_path
):
    here, there = sides
    graphs = family(name)
    await here.publish(name, graphs, "1")
    ran = await sync(mirror(here, name, there, tags=("1",)))
    assert ran.only().error is None
    assert ran.only().referrers_sent == 4
    arrived = await there.family(name)
    assert arrived == await here.family(name)
    assert arrived.keys() == {each.digest for graph in graphs for each in graph.manifests}
    for digest, content in arrived.items():
        assert await asyncio.to_thread(skopeo_raw, f"{there.host}/{name}@{digest}") == content
    copied = f"oci:{tmp_path}/copied:1"
    await asyncio.to_thread(skopeo, *COPY_ALL, f"docker://{there.host}/{name}:1", copied)
    assert digest_of(copied) == graphs[0].digest


@every_pair
async def test_a_second_run_asks_for_the_tag_and_for_one_list_of_referrers_a_side(sides, name):
    here, there = sides
    graphs = family(name)
    await here.publish(name, graphs, "1")
    await sync(mirror(here, name, there, tags=("1",)))
    for each in sides:
        each.forget()
    ran = await sync(mirror(here, name, there, tags=("1",)))
    assert ran.only().status is Status.UP_TO_DATE
    digest = graphs[0].digest
    tag, by_api = f"/v2/{name}/manifests/1", f"/v2/{name}/referrers/{digest}"
    by_tag = f"/v2/{name}/manifests/{digest.replace(':', '-')}"
    for each in sides:
        lists = [("GET", by_api)] + [("GET", by_tag)] * (not each.has_api)
        tags = [("GET", f"/v2/{name}/tags/list")] if each is here else []
        assert sorted(each.asked()) == sorted([("HEAD", tag), *lists, *tags])


from_api = pytest.mark.parametrize(
    "sides", [("api", there) for there in KINDS], indirect=True, ids="-to-".join
)
from_tags = pytest.mark.parametrize(
    "sides", [("docker-registry", "api"), ("html", "docker-registry")], indirect=True
)


async def up_to_date(sides, name):
    """Bring twenty tags that nothing points to, and ask again."""
    here, there = sides
    tags = tuple(str(number) for number in range(20))
    graph = images.multi_platform(name)
    await here.publish(name, [graph], *tags)
    file = mirror(here, name, there, tags=tags)
    await sync(file)
    here.forget()
    there.forget()
    ran = await sync(file)
    assert ran.summary.count(Status.UP_TO_DATE) == len(tags)
    heads = [("HEAD", f"/v2/{name}/manifests/{tag}") for tag in tags]
    assert sorted(there.asked()) == sorted(heads)
    once = [*heads, ("GET", f"/v2/{name}/tags/list")]
    return once, ("GET", f"/v2/{name}/referrers/{graph.digest}")


@from_api
async def test_an_image_that_nothing_points_to_costs_a_head_a_side_and_one_list_at_its_source(
    sides, name
):
    once, by_api = await up_to_date(sides, name)
    assert sorted(sides[0].asked()) == sorted([*once, *[by_api] * 20])


@from_tags
async def test_where_the_source_has_no_such_list_one_image_finds_that_out_for_all(sides, name):
    once, by_api = await up_to_date(sides, name)
    assert sorted(sides[0].asked()) == sorted([*once, by_api])


@pytest.mark.parametrize("sides", [("unknown", "api")], indirect=True)
async def test_where_the_source_says_nothing_of_a_list_no_manifest_is_fetched_without_a_tag(
    sides, name
):
    once, by_api = await up_to_date(sides, name)
    assert sorted(sides[0].asked()) == sorted([*once, *[by_api] * 20])


@pytest.mark.parametrize("sides", [("unknown", "api")], indirect=True)
async def test_where_the_source_says_nothing_of_a_list_its_fallback_tags_are_read(sides, name):
    here, there = sides
    graphs = family(name)
    await here.publish(name, graphs, "1")
    ran = await sync(mirror(here, name, there, tags=("1",)))
    assert ran.only().referrers_sent == 4
    assert await there.family(name) == await here.family(name)


async def test_what_others_listed_behind_a_fallback_tag_at_the_destination_stays(here, there, name):
    graphs = family(name)
    index = graphs[0]
    foreign = images.artifact(f"{name}/foreign", subject=index.root.descriptor)
    await here.publish(name, graphs, "1")
    await there.publish(name, [index, foreign], "theirs")
    ran = await sync(mirror(here, name, there, tags=("1",)))
    assert ran.only().referrers_sent == 4
    assert await there.family(name) == {
        **await here.family(name),
        foreign.digest: foreign.root.content,
    }


async def test_of_runs_at_once_that_add_to_one_list_none_loses_what_the_next_run_does_not_bring(
    here, there, name
):
    index = three_platforms(name)
    added = [images.artifact(f"{name}/{n}", subject=index.root.descriptor) for n in range(3)]
    for number, graph in enumerate(added):
        await here.publish(f"{name}/{number}", [index, graph], "1")
    files = [mirror(here, f"{name}/{n}", there, to=name, tags=("1",)) for n in range(len(added))]
    run_all = await asyncio.gather(*map(sync, files))
    again = [await sync(file) for file in files]
    assert [failure for ran in (*run_all, *again) for failure in ran.summary.failures] == []
    listed = [entry["digest"] for entry in there.reader(name).referrers(index.digest)]
    assert sorted(listed) == sorted(graph.digest for graph in added)


def cosign(graph, suffix):
    return f"{graph.digest.replace(':', '-')}.{suffix}"


async def publish_signed(site, name):
    """Push an index of which cosign signed and described all; give what each tag must name."""
    index = three_platforms(name)
    child = images.image(f"{name}/linux/amd64")
    assert child.digest == images.manifest(index.root).manifests[0].digest
    stranger = images.image(f"{name}/stranger")
    tags = {
        cosign(graph, suffix): images.artifact(f"{name}/{number}/{suffix}")
        for number, graph in enumerate((index, child))
        for suffix in ("sig", "att", "sbom")
    }
    for tag, graph in {"1": index, **tags}.items():
        await site.publish(name, [graph], tag)
    await site.publish(name, [images.artifact(f"{name}/other")], cosign(stranger, "sig"))
    return {"1": index, **tags}, cosign(stranger, "sig")


@pytest.mark.parametrize("lines", [("1",), ("glob: [0-9]", "keep: latest 1"), ("semver: 1",)])
async def test_tags_of_cosign_come_with_the_images_that_selectors_take(here, there, name, lines):
    expected, _ = await publish_signed(here, name)
    ran = await sync(mirror(here, name, there, tags=lines))
    assert ran.only().referrers_sent == len(expected) - 1
    reader = there.reader(name)
    assert {tag: reader.digest(tag) for tag in reader.tags()} == {
        tag: graph.digest for tag, graph in expected.items()
    }


async def test_where_every_tag_is_copied_those_of_cosign_are_copied_like_others(here, there, name):
    expected, stranger = await publish_signed(here, name)
    ran = await sync(mirror(here, name, there, tags=()))
    assert len(ran.outcomes) == len(expected) + 1
    reader = there.reader(name)
    assert reader.tags() == {*expected, stranger}
    assert all(reader.digest(tag) == graph.digest for tag, graph in expected.items())
    again = await sync(mirror(here, name, there, tags=()))
    assert again.summary.count(Status.UP_TO_DATE) == len(expected) + 1


@pytest.mark.parametrize("lines", [("1",), ()])
async def test_a_signature_that_comes_later_moves_its_tag_at_the_destination(
    here, there, name, lines
):
    expected, _ = await publish_signed(here, name)
    await sync(mirror(here, name, there, tags=lines))
    tag, later = cosign(expected["1"], "sig"), images.artifact(f"{name}/later")
    await here.publish(name, [later], tag)
    ran = await sync(mirror(here, name, there, tags=lines))
    assert not ran.summary.failures
    assert there.reader(name).digest(tag) == later.digest
    await there.family(name, tag)
