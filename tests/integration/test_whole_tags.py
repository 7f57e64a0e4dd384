"""What a tag names is whole, whatever the registries at either side take, refuse or fail at."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from tests import images
from tests.integration.sites import mirror, real, recorded, sync, three_platforms
from tests.servers.docker_registry import docker_registry
from tests.servers.skopeo import skopeo_digest

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.oci.digest import Digest

SPARSE: dict[str, Any] = {"platforms": ("linux/amd64",), "platform_mode": "sparse"}


async def test_a_build_cache_goes_from_one_distribution_2_to_another(here, there, name):
    cache = images.buildkit_cache(name)
    await here.publish(name, [cache], "1")
    started_s = asyncio.get_running_loop().time()
    ran = await sync(mirror(here, name, there, tags=("1",)))
    assert ran.only().error is None
    assert ran.only().blobs_sent == len(cache.blobs)
    assert asyncio.get_running_loop().time() - started_s < 5  # it once failed after 27
    assert await asyncio.to_thread(skopeo_digest, f"{there.host}/{name}:1") == cache.digest
    again = await sync(mirror(here, name, there, tags=("1",)))
    assert again.only().status is Status.UP_TO_DATE


async def test_distribution_3_refuses_a_build_cache_and_the_advice_says_what_helps(
    here, distribution3_registry, name
):
    await here.publish(name, [images.buildkit_cache(name)], "1")
    with real(distribution3_registry) as there:
        (failure,) = (await sync(mirror(here, name, there, tags=("1",)))).summary.failures
        assert there.reader(name).digest("1") is None
    assert "image-manifest=true" in (failure.hint or "")


def publish_manifests_alone(site, name, graph):
    images.push_graph(site.url, name, images.Graph((), graph.manifests))


def index_of_one(name):
    return images.index(images.image(name), platforms=(images.AMD64,))


def image_of_many_layers(name):
    return images.image(name, layers=6)


@pytest.mark.parametrize("shape", [index_of_one, image_of_many_layers])
async def test_a_manifest_without_its_blobs_gets_them_before_a_tag_names_it(
    here, careless, name, shape
):
    graph = shape(name)
    await here.publish(name, [graph], "1")
    await asyncio.to_thread(publish_manifests_alone, careless, name, graph)
    ran = await sync(mirror(here, name, careless, tags=("1",)))
    assert not ran.summary.failures
    assert (await careless.family(name)).keys() == {each.digest for each in graph.manifests}


@pytest.mark.parametrize("careless", ["olareg"], indirect=True)
async def test_a_sparse_index_becomes_whole_when_its_platforms_are_no_longer_limited(
    here, careless, name
):
    graph = three_platforms(name)
    await here.publish(name, [graph], "1")
    await sync(mirror(here, name, careless, tags=("1",), **SPARSE))
    children = [each.digest for each in graph.manifests[:-1]]
    assert [careless.reader(name).has_manifest(each) for each in children] == [True, False, False]
    ran = await sync(mirror(here, name, careless, tags=("1",), platform_mode="sparse"))
    assert ran.only().status is Status.COPIED
    assert (await careless.family(name)).keys() == {each.digest for each in graph.manifests}


async def test_a_layout_knows_without_a_ledger_that_an_index_of_its_is_sparse(here, name, tmp_path):
    graph = three_platforms(name)
    await here.publish(name, [graph], "1")
    statuses = []
    for options in (SPARSE, {}, {}):
        file = Config(
            registries={"here": here.settings, "there": Registry(url=f"oci:{tmp_path}/layout")},
            stages=(
                Stage(
                    source=Source(source="here", repository=name),
                    rules=(Rule(destination="there", repository=name, tags=("1",)),),
                    **options,
                ),
            ),
        )
        statuses.append((await sync(file)).only().status)
        blobs = tmp_path / "layout" / "blobs" / "sha256"
        held = [(blobs / each.digest.partition(":")[2]).exists() for each in graph.manifests]
        assert all(held) is (options == {})
    assert statuses == [Status.COPIED, Status.COPIED, Status.UP_TO_DATE]


async def test_an_image_that_is_named_by_a_sha512_is_up_to_date_where_it_is_known_by_a_sha256(
    olareg_registry, there, name, tmp_path
):
    graph, environ = images.image(name), {"REPOSYNC_LEDGER": str(tmp_path / "ledger.sqlite3")}
    root, sha512 = graph.root, Digest.of(graph.root.content, "sha512")
    by_512 = images.Piece(replace(root.descriptor, digest=sha512), root.content)
    images.push_graph(olareg_registry.url, name, images.Graph(graph.blobs, (by_512,)))
    with recorded(olareg_registry.url, has_api=True) as here:
        file = mirror(here, name, there, tags=(f"1@{sha512}",), referrers=False)
        ran = await sync(file, environ)
        assert ran.only().error is None
        assert there.reader(name).digest("1") == graph.digest
        looks = [("HEAD", f"/v2/{name}/manifests/1")]
        read = [("GET", f"/v2/{name}/manifests/{graph.digest}")]
        for asked in (looks + read, looks):
            here.forget()
            there.forget()
            ran = await sync(file, environ)
            assert ran.only().status is Status.UP_TO_DATE
            assert here.asked() == [("HEAD", f"/v2/{name}/manifests/{sha512}")]
            assert there.asked() == asked


async def test_a_refusal_of_layers_that_are_served_elsewhere_is_told_at_once(here, name, tmp_path):
    await here.publish(name, [images.foreign_layer_image(name)], "1")
    with docker_registry(tmp_path, foreign_urls=False) as strict, real(strict) as there:
        (failure,) = (await sync(mirror(here, name, there, tags=("1",)))).summary.failures
        pushes = [path for method, path in there.asked() if method == "PUT" and "manifests" in path]
    assert "does not allow layer sha256:" in failure.sentence
    assert "validation.manifests.urls" in (failure.hint or "")
    assert pushes == [f"/v2/{name}/manifests/1"]
