"""What a killed run, or half a copy of a layout, has left, and what the next run makes of it."""

from __future__ import annotations

import json
import logging

import pytest
from msgspec.structs import replace
from tests import images, layouts
from tests.contract.pushing import push, push_blob
from tests.layouts import REF_NAME, assert_whole, blob_file, names_in

from reposync.errors import ContentError, NotFoundError, StorageError
from reposync.layout.layout import Layout
from reposync.oci.annotations import LACKING

INDEX = images.multi_platform("index")
IMAGE = images.image("image")
SUBJECT = INDEX.root.descriptor
BUNDLE = images.artifact("bundle", subject=SUBJECT)
FOREIGN = images.foreign_layer_image("foreign")
CACHE = images.buildkit_cache("cache")


@pytest.fixture
async def directory(tmp_path):
    path = tmp_path / "bundle"
    async with Layout(str(path)) as layout:
        repository = layout.repository("team/app", writable=True)
        for graph, tag in ((INDEX, "multi"), (IMAGE, "1.0"), (FOREIGN, "foreign"), (CACHE, "c")):
            await push(repository, graph, tag)
        await push(repository, BUNDLE)
    return path


def destination(path):
    return Layout(str(path)).repository("team/app", writable=True)


def source(path):
    return Layout(str(path)).repository("team/app")


PARTS = {
    "a layer": INDEX.blobs[0],
    "a configuration": INDEX.blobs[-1],
    "a child": INDEX.manifests[0],
    "the index": INDEX.root,
}


@pytest.mark.parametrize("harm", ["missing", "short", "empty"])
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
async def test_a_tag_names_nothing_where_a_part_of_it_is_not_whole(directory, part, harm):
    damage(blob_file(directory, part.digest), harm)
    there = destination(directory)
    assert await there.resolve("multi") is None
    assert await there.resolve(INDEX.digest) is None
    assert await there.resolve("1.0") == IMAGE.root.descriptor
    if part in INDEX.blobs:
        assert not await there.has_blob(part.descriptor)


@pytest.mark.parametrize("harm", ["missing", "short", "empty"])
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
async def test_pushing_again_heals(directory, part, harm):
    damage(blob_file(directory, part.digest), harm)
    async with Layout(str(directory)) as layout:
        await push(layout.repository("team/app", writable=True), INDEX, "multi")
    assert await destination(directory).resolve("multi") == INDEX.root.descriptor
    await assert_whole(source(directory), INDEX, "multi")


def damage(file, harm):
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] if harm == "short" else b"")


async def test_a_manifest_of_the_right_length_and_other_bytes_is_not_there(directory):
    file = blob_file(directory, IMAGE.digest)
    file.write_bytes(file.read_bytes()[::-1])
    assert await destination(directory).resolve("1.0") is None
    with pytest.raises(ContentError, match=IMAGE.digest.encoded):
        await source(directory).fetch_manifest("1.0")


async def test_layers_that_live_elsewhere_are_not_missed(directory):
    assert await destination(directory).resolve("foreign") == FOREIGN.root.descriptor


async def test_the_blobs_that_a_build_cache_lists_are_looked_at(directory):
    assert await destination(directory).resolve("c") == CACHE.root.descriptor
    blob_file(directory, CACHE.blobs[0].digest).unlink()
    assert await destination(directory).resolve("c") is None


async def test_a_sparse_index_is_whole_without_what_was_left_out_and_not_without_the_rest(tmp_path):
    kept, left = INDEX.manifests[:2]
    manifest = INDEX.root_manifest
    sparse = replace(manifest, manifests=manifest.manifests[:1], is_sparse=True)
    path = tmp_path / "sparse"
    async with Layout(str(path)) as layout:
        repository = layout.repository("team/app", writable=True)
        for blob in INDEX.blobs:
            await push_blob(repository, blob)
        await repository.push_manifest(images.manifest(kept))
        await repository.push_manifest(sparse, "1.0")
    there = await destination(path).resolve("1.0")
    assert there is not None
    assert there == INDEX.root.descriptor
    assert there.annotations == {LACKING: left.digest}
    assert not blob_file(path, left.digest).exists()
    blob_file(path, kept.digest).unlink()
    assert await destination(path).resolve("1.0") is None


async def test_a_sparse_index_that_was_filled_up_is_not_called_sparse(tmp_path):
    manifest = INDEX.root_manifest
    sparse = replace(manifest, manifests=manifest.manifests[:1], is_sparse=True)
    async with Layout(str(tmp_path / "sparse")) as layout:
        repository = layout.repository("team/app", writable=True)
        for blob in INDEX.blobs:
            await push_blob(repository, blob)
        await repository.push_manifest(images.manifest(INDEX.manifests[0]))
        await repository.push_manifest(sparse, "1.0")
        await repository.push_manifest(images.manifest(INDEX.manifests[1]))
        there = await repository.resolve("1.0")
    assert there is not None
    assert there.annotations == {}


async def test_a_referrer_is_there_when_it_is_whole_and_listed(directory):
    there = destination(directory)
    assert await there.resolve(BUNDLE.digest) == BUNDLE.root.descriptor
    assert await there.list_referrers(SUBJECT.digest) == (BUNDLE.root.descriptor,)
    other = Layout(str(directory)).repository("team/other", writable=True)
    assert await other.resolve(BUNDLE.digest) is None
    blob_file(directory, BUNDLE.blobs[-1].digest).unlink()
    assert await there.list_referrers(SUBJECT.digest) == ()


async def test_a_list_of_referrers_that_is_damaged_is_begun_anew(directory):
    (name,) = [name for name in names_in(directory) if "sha256-" in name]
    entry = layouts.read_index(directory)[names_in(directory).index(name)]
    blob_file(directory, entry["digest"]).write_bytes(b"")
    assert await destination(directory).list_referrers(SUBJECT.digest) == ()
    with pytest.raises(ContentError, match="a list of referrers, is missing or damaged"):
        await source(directory).list_referrers(SUBJECT.digest)
    async with Layout(str(directory)) as layout:
        await push(layout.repository("team/app", writable=True), BUNDLE)
    assert await source(directory).list_referrers(SUBJECT.digest) == (BUNDLE.root.descriptor,)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
async def test_a_source_names_the_file_that_is_missing(directory, part):
    blob_file(directory, part.digest).unlink()
    with pytest.raises((ContentError, NotFoundError)) as caught:
        await assert_whole(source(directory), INDEX, "multi")
    assert part.digest.encoded in str(caught.value) or part.digest in str(caught.value)


async def test_a_source_names_the_layer_that_was_cut_off(directory):
    layer = IMAGE.blobs[0]
    damage(blob_file(directory, layer.digest), "short")
    with pytest.raises(ContentError, match=f"{layer.digest.encoded} has {layer.size - 1} bytes"):
        await assert_whole(source(directory), IMAGE, "1.0")


BROKEN = {
    "empty": b"",
    "cut off": b'{"schemaVersion":2,"manifests":[{"mediaType":"x","size":1,"dig',
    "zeros": bytes(1000),
    "another thing": b'["manifests"]',
    "no list": b'{"manifests": {"a": 1}}',
}


@pytest.mark.parametrize("damaged", BROKEN.values(), ids=BROKEN)
async def test_a_damaged_index_is_told_by_a_source_and_healed_by_a_destination(
    directory, damaged, caplog
):
    file = directory / "index.json"
    file.write_bytes(damaged)
    with pytest.raises(ContentError, match=r"index\.json is damaged or was cut off"):
        await source(directory).resolve("1.0")
    with caplog.at_level(logging.WARNING):
        async with Layout(str(directory)) as layout:
            repository = layout.repository("team/app", writable=True)
            for graph, tag in ((INDEX, "multi"), (IMAGE, "1.0"), (CACHE, "c")):
                await push(repository, graph, tag)
    await assert_whole(source(directory), INDEX, "multi")
    if damaged:
        assert (directory / "index.json.damaged-1").read_bytes() == damaged
        assert "index.json was damaged" in caplog.text


async def test_what_can_be_read_of_an_index_that_was_cut_off_stays(directory):
    names = names_in(directory)
    file = directory / "index.json"
    file.write_bytes(file.read_bytes()[:-30])
    async with Layout(str(directory)) as layout:
        await push(layout.repository("zzz", writable=True), IMAGE, "new")
    assert names_in(directory) == [*names[:-1], "zzz:new"]


async def test_an_index_that_is_missing_is_told_by_a_source_and_written_by_a_destination(directory):
    (directory / "index.json").unlink()
    with pytest.raises(ContentError, match=r"index\.json is missing"):
        await source(directory).resolve("1.0")
    assert await destination(directory).resolve("1.0") is None
    async with Layout(str(directory)) as layout:
        await push(layout.repository("team/app", writable=True), IMAGE, "1.0")
    assert names_in(directory) == ["team/app:1.0"]


@pytest.mark.parametrize("content", [None, b"", b'{"imageLayo'], ids=["missing", "empty", "cut"])
async def test_a_marker_that_did_not_arrive_is_written_again(directory, content):
    marker = directory / "oci-layout"
    marker.unlink()
    if content is not None:
        marker.write_bytes(content)
    with pytest.raises(StorageError, match="oci-layout"):
        await source(directory).resolve("1.0")
    async with Layout(str(directory)) as layout:
        repository = layout.repository("team/app", writable=True)
        assert await repository.resolve("1.0") == IMAGE.root.descriptor
        await push(repository, IMAGE, "2.0")
    assert json.loads(marker.read_bytes()) == {"imageLayoutVersion": "1.0.0"}


async def test_what_others_wrote_into_the_index_stays(directory):
    file = directory / "index.json"
    document = json.loads(file.read_bytes())
    document["annotations"] = {"made": "by others"}
    foreign = [
        {"mediaType": "application/xml", "size": 7, "digest": "sha256:what", "x": [1]},
        "not even an object",
        {**document["manifests"][0], "platform": {"os": "plan9"}, "annotations": {REF_NAME: "z"}},
    ]
    document["manifests"] = foreign + document["manifests"]
    file.write_text(json.dumps(document))
    async with Layout(str(directory)) as layout:
        await push(layout.repository("new", writable=True), IMAGE, "1.0")
    after = json.loads(file.read_bytes())
    assert after["annotations"] == {"made": "by others"}
    assert [entry for entry in after["manifests"] if entry in foreign] == foreign
    kept = [entry for entry in after["manifests"] if entry in document["manifests"]]
    assert kept == document["manifests"]


async def test_a_run_leaves_nothing_of_its_own(tmp_path):
    path = tmp_path / "bundle"
    async with Layout(str(path)) as layout:
        repository = layout.repository("a", writable=True)
        with pytest.raises(ContentError):
            await push_blob(repository, images.Piece(IMAGE.blobs[0].descriptor, b"wrong"))
        await push(repository, IMAGE, "1.0")
    assert sorted(item.name for item in path.iterdir()) == ["blobs", "index.json", "oci-layout"]
    found = {name.rpartition("/")[2] for name in layouts.files_in(path / "blobs")}
    assert found == {piece.digest.encoded for piece in (*IMAGE.blobs, *IMAGE.manifests)}


async def test_a_run_that_changes_nothing_writes_nothing(directory):
    stamp = (directory / "index.json").stat().st_mtime_ns
    async with Layout(str(directory)) as layout:
        repository = layout.repository("team/app", writable=True)
        assert await repository.resolve("1.0")
        await push(repository, IMAGE, "1.0")
    assert (directory / "index.json").stat().st_mtime_ns == stamp
