"""Whole images with all that points to them, between registries with and without referrers API.

What stands at a destination is listed by the standard library alone, read by skopeo, and compared
with the source digest by digest.
"""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.integration.sites import KINDS, family, mirror, sync
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


@pytest.mark.xfail(
    reason="images that wait for the first answer look at their tags all the same", strict=True
)
@from_tags
async def test_where_the_source_has_no_such_list_that_is_asked_once_and_no_tag_in_its_stead(
    sides, name
):
    once, by_api = await up_to_date(sides, name)
    assert sorted(sides[0].asked()) == sorted([*once, by_api])
