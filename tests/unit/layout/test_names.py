from __future__ import annotations

from pathlib import Path

import pytest
from tests import images, layouts
from tests.contract.pushing import push
from tests.layouts import IMAGE_NAME, REF_NAME

from reposync.errors import NotFoundError, StorageError
from reposync.layout.layout import Layout
from reposync.layout.names import entry_names
from reposync.oci.referrers import fallback_tag

ONE = images.image("one")
TWO = images.image("two")
INDEX = images.multi_platform("index")
BUNDLE = images.artifact("bundle", subject=ONE.root.descriptor)

# What is in the annotations, and the names that follow, the first one first.
NAMES = [
    ("team/app:1.0", "", ["team/app:1.0"]),
    ("1.0", "", [":1.0"]),
    ("latest", "", [":latest"]),
    ("ghcr.io/team/app:1.0", "", ["ghcr.io/team/app:1.0", "team/app:1.0"]),
    ("localhost/app:1.0", "", ["localhost/app:1.0", "app:1.0"]),
    ("localhost:5000/app:1.0", "", ["app:1.0"]),
    ("team/app:1.0", "docker.io/team/app:1.0", ["team/app:1.0", "docker.io/team/app:1.0"]),
    ("1.0", "docker.io/library/a:1.0", ["library/a:1.0", "a:1.0", "docker.io/library/a:1.0"]),
    ("1.0", "host:5000/team/app:1.0", ["team/app:1.0"]),
    ("", "docker.io/team/app:1.0", ["team/app:1.0", "docker.io/team/app:1.0"]),
    (f"team/app:1.0@{ONE.digest}", "", ["team/app:1.0"]),
    ("team/app", "", []),
    ("host:5000/app", "", []),
    ("Team/App:1.0", "", []),
    (":1.0", "", []),
    ("a:b:1.0", "", []),
    ("", "", []),
    ("1.0/x", "", []),
    (str(ONE.digest), "", []),
]  # fmt: skip


@pytest.mark.parametrize(("ref_name", "image_name", "expected"), NAMES)
def test_an_entry_is_called(ref_name, image_name, expected):
    names = entry_names(ref_name, image_name)
    found = [names.first, *names.others] if names.first else []
    assert [f"{name.repository}:{name.tag}" for name in found if name] == expected


async def tags(layout, repository, *, writable=False):
    listed = layout.repository(repository, writable=writable).list_tags()
    return [tag async for tag in listed]


async def resolved(layout, repository, tag, *, writable=False):
    found = await layout.repository(repository, writable=writable).resolve(tag)
    return found.digest if found else None


async def test_a_tag_alone_belongs_to_every_repository_without_names_of_its_own(tmp_path):
    directory = layouts.write_layout(
        tmp_path / "theirs", (ONE, {REF_NAME: "1.0"}), (TWO, {REF_NAME: "team/app:2.0"})
    )
    layout = Layout(str(directory))
    assert await tags(layout, "any/thing") == ["1.0"]
    assert await resolved(layout, "any/thing", "1.0") == ONE.digest
    assert await tags(layout, "team/app") == ["2.0"]
    assert await resolved(layout, "team/app", "1.0") is None


async def test_a_tag_alone_is_no_tag_of_a_destination(tmp_path):
    directory = layouts.write_layout(tmp_path / "theirs", (ONE, {REF_NAME: "1.0"}))
    async with Layout(str(directory)) as layout:
        assert await resolved(layout, "team/app", "1.0", writable=True) is None
        await push(layout.repository("team/app", writable=True), ONE, "1.0")
        await push(layout.repository("team/app", writable=True), TWO, "2.0")
        assert await tags(layout, "team/app") == ["1.0", "2.0"]
    assert layouts.names_in(directory) == ["1.0", "team/app:1.0", "team/app:2.0"]


async def test_a_name_of_ours_counts_before_one_that_leads_to_it(tmp_path):
    directory = layouts.write_layout(
        tmp_path / "saved", (ONE, {REF_NAME: "1.0", IMAGE_NAME: "docker.io/library/app:1.0"})
    )
    async with Layout(str(directory)) as layout:
        assert await resolved(layout, "app", "1.0", writable=True) == ONE.digest
        await push(layout.repository("app", writable=True), TWO, "1.0")
        await push(layout.repository("app", writable=True), TWO, "2.0")
        assert await tags(layout, "app") == ["1.0", "2.0"]
        assert await resolved(layout, "app", "1.0") == TWO.digest
        assert await resolved(layout, "library/app", "1.0") == ONE.digest


async def test_an_entry_without_a_name_is_found_by_digest_alone(tmp_path):
    directory = layouts.write_layout(tmp_path / "theirs", (INDEX, {}))
    layout = Layout(str(directory))
    assert await resolved(layout, "a", INDEX.digest) == INDEX.digest
    with pytest.raises(NotFoundError) as caught:
        await tags(layout, "a")
    assert caught.value.hint == "no entry of its index.json has a name: name it by digest"


async def test_a_repository_that_is_not_there_is_told_with_those_that_are(tmp_path):
    directory = layouts.write_layout(tmp_path / "theirs", (ONE, {REF_NAME: "team/app:1.0"}))
    with pytest.raises(NotFoundError, match=r"has no repository team/ap$") as caught:
        await tags(Layout(str(directory)), "team/ap")
    assert caught.value.hint == "it has team/app"


async def test_an_image_that_came_by_digest_gets_an_entry_that_others_see(tmp_path):
    path = tmp_path / "bundle"
    async with Layout(str(path)) as layout:
        repository = layout.repository("a", writable=True)
        for graph, tag in ((ONE, ""), (INDEX, "multi"), (BUNDLE, "")):
            await push(repository, graph, tag)
    unnamed = [one for one in layouts.read_index(path) if "annotations" not in one]
    assert [entry["digest"] for entry in unnamed] == [ONE.digest]
    async with Layout(str(path)) as layout:
        assert await resolved(layout, "a", INDEX.manifests[0].digest, writable=True)
        await push(layout.repository("a", writable=True), ONE, "1.0")
    assert len(layouts.read_index(path)) == 4


async def test_an_image_that_stood_there_by_digest_gets_an_entry_in_a_second_run(tmp_path):
    path = tmp_path / "bundle"
    killed = Layout(str(path))
    await push(killed.repository("a", writable=True), ONE)
    assert layouts.read_index(path) == []
    async with Layout(str(path)) as layout:
        assert await resolved(layout, "a", ONE.digest, writable=True)
    assert [entry["digest"] for entry in layouts.read_index(path)] == [ONE.digest]


async def test_a_json_blob_is_no_manifest(tmp_path):
    cache = images.buildkit_cache("cache")
    sbom = images.artifact("sbom")
    directory = layouts.write_layout(tmp_path / "b", (cache, {}), (sbom, {}), (ONE, {}))
    layout = Layout(str(directory))
    for piece in (*cache.blobs, *sbom.blobs, *ONE.blobs):
        for writable in (False, True):
            assert await resolved(layout, "a", piece.digest, writable=writable) is None


async def test_referrers_are_found_as_oras_and_regclient_write_them(tmp_path):
    listing = images.piece(
        (
            b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",'
            b'"manifests":[{"mediaType":"%s","digest":"%s","size":%d}]}'
            % (
                BUNDLE.root.descriptor.media_type.encode(),
                BUNDLE.digest.encode(),
                BUNDLE.root.size,
            )
        ),
        "application/vnd.oci.image.index.v1+json",
    )
    fallback = images.Graph(BUNDLE.blobs, (*BUNDLE.manifests, listing))
    oras = layouts.write_layout(tmp_path / "oras", (ONE, {REF_NAME: "1.0"}), (BUNDLE, {}))
    regclient = layouts.write_layout(
        tmp_path / "regclient",
        (ONE, {REF_NAME: "1.0"}),
        (fallback, {REF_NAME: fallback_tag(ONE.digest)}),
    )
    for directory in (oras, regclient):
        layout = Layout(str(directory))
        listed = await layout.repository("a").list_referrers(ONE.digest)
        assert listed == (BUNDLE.root.descriptor,)
        assert await tags(layout, "a") == ["1.0"]


async def test_a_referrer_in_a_list_is_named_so_that_regclient_and_oras_find_it(tmp_path):
    path = tmp_path / "bundle"
    async with Layout(str(path)) as layout:
        await push(layout.repository("team/app", writable=True), ONE, "1.0")
        await push(layout.repository("team/app", writable=True), BUNDLE)
    (listing,) = [
        one
        for one in layouts.read_index(path)
        if one.get("annotations", {}).get(REF_NAME) == f"team/app:{fallback_tag(ONE.digest)}"
    ]
    content = layouts.blob_file(path, listing["digest"]).read_text()
    assert BUNDLE.digest in content
    assert len(layouts.read_index(path)) == 2


OTHER_PLACES = {
    "a directory of another thing": lambda path: (path.mkdir(), (path / "x").write_text("x")),
    "another version": lambda path: (
        path.mkdir(),
        (path / "oci-layout").write_text('{"imageLayoutVersion": "2.0.0"}'),
    ),
    "a file": lambda path: path.write_text("text of several words"),
}


@pytest.mark.parametrize("make", OTHER_PLACES.values(), ids=OTHER_PLACES)
async def test_what_is_no_layout_is_refused_and_left_as_it_is(tmp_path, make):
    path = tmp_path / "place"
    make(path)
    before = layouts.files_in(tmp_path)
    for writable in (False, True):
        with pytest.raises(StorageError, match="place") as caught:
            await Layout(str(path)).repository("a", writable=writable).resolve("1.0")
        assert "\n" not in str(caught.value)
    with pytest.raises(StorageError):
        await push(Layout(str(path)).repository("a", writable=True), ONE, "1.0")
    assert layouts.files_in(tmp_path) == before


@pytest.mark.parametrize("name", ["bundle", "bundle.tar"])
async def test_a_place_where_nothing_is_can_be_written_and_not_read(tmp_path, name):
    path = tmp_path / "new" / name
    layout = Layout(str(path))
    with pytest.raises(StorageError, match="there is no layout at"):
        await layout.repository("a").resolve("1.0")
    with pytest.raises(StorageError, match="there is no layout at"):
        await anext(aiter(layout.list_repositories()))
    assert await layout.repository("a", writable=True).resolve("1.0") is None
    assert not path.parent.exists()
    async with layout:
        await push(layout.repository("a", writable=True), ONE, "1.0")
    assert path.exists()


async def test_an_empty_directory_becomes_a_layout(tmp_path):
    async with Layout(str(tmp_path)) as layout:
        await push(layout.repository("a", writable=True), ONE, "1.0")
    await layouts.assert_whole(Layout(str(tmp_path)).repository("a"), ONE, "1.0")


def test_each_way_to_write_a_path_is_the_same_registry():
    here = Path.cwd()
    paths = ("./a/b", "a/b", "a//b/", "a/./b", "a/c/../b", f"{here}/a/b", f"../{here.name}/a/b")
    hosts = {Layout(path).host for path in paths}
    assert hosts == {"oci:a/b"}


async def test_what_the_system_refuses_is_a_sentence(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    layout = Layout(str(file / "bundle"))
    with pytest.raises(StorageError, match="cannot be used: not a directory"):
        await push(layout.repository("a", writable=True), ONE, "1.0")
