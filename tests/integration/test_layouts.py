"""Layouts that other tools write and read: what we wrote for them, what they wrote for us."""

from __future__ import annotations

import pytest
from tests import images, layouts
from tests.contract.pushing import push
from tests.integration.sites import fake, family, sync, three_platforms
from tests.layouts import REF_NAME, assert_whole, digest_of, names_in, skopeo, umoci

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.layout.layout import Layout
from reposync.oci.referrers import fallback_tag

IMAGE = images.image("image")
INDEX = images.multi_platform("index")
OTHER = images.image("other")
BUNDLE = images.artifact("bundle", subject=IMAGE.root.descriptor)


BY_DIGEST = images.image("by digest")


async def write(path, *pushed):
    async with Layout(str(path)) as layout:
        for name, graph, tag in pushed:
            await push(layout.repository(name, writable=True), graph, tag)


@pytest.fixture
async def bundle(tmp_path):
    directory = tmp_path / "bundle"
    await write(
        directory,
        ("team/app", IMAGE, "1.0"),
        ("team/app", INDEX, "multi"),
        ("team/other", OTHER, "1.0"),
        ("team/app", BUNDLE, ""),
        ("team/app", BY_DIGEST, ""),
    )
    return directory


async def test_skopeo_reads_what_we_wrote(bundle):
    assert digest_of(f"oci:{bundle}:team/app:1.0") == IMAGE.digest
    assert digest_of(f"oci:{bundle}:team/app:multi") == INDEX.digest
    assert digest_of(f"oci:{bundle}:team/other:1.0") == OTHER.digest


async def test_skopeo_copies_what_we_wrote_to_a_registry(bundle, plain_registry):
    there = f"docker://{plain_registry.host}/layouts/copied:multi"
    skopeo("copy", "--all", "--preserve-digests", "--dest-tls-verify=false",
           f"oci:{bundle}:team/app:multi", there)  # fmt: skip
    raw = skopeo("inspect", "--raw", "--tls-verify=false", there)
    assert raw == INDEX.root.content


async def test_umoci_lists_what_we_wrote_and_sweeps_none_of_it_out(bundle):
    before = layouts.files_in(bundle)
    assert umoci("ls", "--layout", str(bundle)).decode().split() == [
        "team/app:1.0",
        "team/app:multi",
        f"team/app:{fallback_tag(IMAGE.digest)}",
        "team/other:1.0",
    ]
    umoci("gc", "--layout", str(bundle))
    assert layouts.files_in(bundle) == before


@pytest.mark.parametrize("name", ["1.0", "team/app:1.0", "registry.example:5000/team/app:1.0"])
async def test_we_read_what_skopeo_wrote_under_any_name(tmp_path, plain_registry, name):
    images.push_graph(plain_registry.url, "layouts/source", INDEX, "multi")
    directory = tmp_path / "theirs"
    skopeo("copy", "--all", "--preserve-digests", "--src-tls-verify=false",
           f"docker://{plain_registry.host}/layouts/source:multi",
           f"oci:{directory}:{name}")  # fmt: skip
    source = Layout(str(directory)).repository("team/app")
    resolved = await source.resolve("1.0")
    assert resolved is not None
    assert resolved.digest == INDEX.digest
    assert [tag async for tag in source.list_tags()] == ["1.0"]
    await assert_whole(source, INDEX, "1.0")


async def test_we_read_what_umoci_wrote(tmp_path):
    directory = tmp_path / "theirs"
    umoci("init", "--layout", str(directory))
    umoci("new", "--image", f"{directory}:1.0")
    source = Layout(str(directory)).repository("any/thing")
    manifest = await source.fetch_manifest("1.0")
    assert manifest.digest == layouts.read_index(directory)[0]["digest"]
    assert manifest.digest == digest_of(f"oci:{directory}:1.0")


async def test_tools_and_we_write_one_layout_in_turn(bundle, tmp_path):
    theirs = tmp_path / "theirs"
    await write(theirs, ("a", OTHER, "new"))
    skopeo("copy", f"oci:{theirs}:a:new", f"oci:{bundle}:by/skopeo:2.0")
    umoci("tag", "--image", f"{bundle}:team/app:1.0", "team/app:stable")
    await write(bundle, ("team/app", OTHER, "3.0"))
    reader = Layout(str(bundle))
    for name, tag, graph in (
        ("team/app", "1.0", IMAGE),
        ("team/app", "stable", IMAGE),
        ("team/app", "multi", INDEX),
        ("team/app", "3.0", OTHER),
        ("by/skopeo", "2.0", OTHER),
    ):
        await assert_whole(reader.repository(name), graph, tag)
        assert digest_of(f"oci:{bundle}:{name}:{tag}") == graph.digest


async def test_of_two_entries_with_one_name_we_take_the_one_that_skopeo_takes(tmp_path):
    name = {REF_NAME: "team/app:1.0"}
    directory = layouts.write_layout(tmp_path / "theirs", (IMAGE, name), (OTHER, name))
    resolved = await Layout(str(directory)).repository("team/app").resolve("1.0")
    assert resolved is not None
    assert resolved.digest == digest_of(f"oci:{directory}:team/app:1.0") == IMAGE.digest
    await write(directory, ("team/app", INDEX, "1.0"))
    assert names_in(directory) == ["team/app:1.0"]


def stage(source, destination, *, repository="team/app", registries):
    """Write a file of one stage: every tag of *repository* from one key to another."""
    return Config(
        registries=registries,
        stages=(
            Stage(
                source=Source(source=source, repository=repository),
                rules=(Rule(destination=destination, repository=repository),),
            ),
        ),
    )


@pytest.mark.parametrize("form", ["bundle", "bundle.tar"])
async def test_images_with_all_that_points_to_them_cross_an_air_gap(tmp_path, form):
    graphs = family("gap")
    async with fake() as outside, fake() as inside:
        await outside.publish("team/app", graphs, "1", "2")
        registries = {
            "outside": outside.settings,
            "bundle": Registry(url=f"oci:{tmp_path}/{form}"),
            "inside": inside.settings,
        }
        filling = stage("outside", "bundle", registries=registries)
        emptying = stage("bundle", "inside", registries=registries)
        for file in (filling, emptying):
            ran = await sync(file)
            assert not ran.summary.failed, ran.summary.failures
        assert await inside.family("team/app") == await outside.family("team/app")
        outside.forget()
        for file in (filling, emptying):
            ran = await sync(file)
            assert ran.summary.count(Status.UP_TO_DATE) == 2
        assert not [path for method, path in outside.asked() if "/blobs/" in path]


async def test_a_run_brings_what_half_a_copy_of_a_layout_lacks(tmp_path):
    graphs = family("half")
    bundle = tmp_path / "bundle"
    async with fake() as outside:
        await outside.publish("team/app", graphs, "1")
        registries = {"outside": outside.settings, "bundle": Registry(url=f"oci:{bundle}")}
        filling = stage("outside", "bundle", registries=registries)
        await sync(filling)
        whole = layouts.files_in(bundle)
        for name, content in list(whole.items())[::3]:
            (bundle / name).write_bytes(content[: len(content) // 2])
        ran = await sync(filling)
        assert not ran.summary.failed, ran.summary.failures
        after = layouts.files_in(bundle)
        assert {name: after[name] for name in whole if name != "index.json"} == {
            name: content for name, content in whole.items() if name != "index.json"
        }
        assert set(layouts.names_in(bundle)) >= {"team/app:1"}


async def test_a_sparse_index_in_a_layout_is_up_to_date_in_the_second_run(tmp_path):
    async with fake() as outside:
        await outside.publish("team/app", [three_platforms("sparse")], "1")
        rule = Rule(destination="bundle", repository="team/app", tags=("1",))
        file = Config(
            registries={
                "outside": outside.settings,
                "bundle": Registry(url=f"oci:{tmp_path}/bundle"),
            },
            stages=(
                Stage(
                    source=Source(source="outside", repository="team/app"),
                    rules=(rule,),
                    platforms=("linux/arm64",),
                    platform_mode="sparse",
                ),
            ),
        )
        first, second = await sync(file), await sync(file)
    assert first.only().status is Status.COPIED
    assert second.only().status is Status.UP_TO_DATE
