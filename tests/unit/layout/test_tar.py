"""A layout as a tar: what is in it, what a run leaves, what others make of it."""

from __future__ import annotations

import hashlib
import logging
import signal
import subprocess
import sys
import tarfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests import images, layouts
from tests.contract.pushing import push, push_blob
from tests.layouts import assert_whole
from tests.servers import environment
from tests.unit.layout import writer

from reposync.errors import ContentError, StorageError
from reposync.layout.layout import Layout
from reposync.layout.packing import STEP_BYTES
from reposync.oci.digest import Digest

ROOT = Path(__file__).parents[3]
IMAGE = images.image("image")
INDEX = images.multi_platform("index")
BUNDLE = images.artifact("bundle", subject=IMAGE.root.descriptor)
LARGE = images.image("large", layers=1, layer_bytes=STEP_BYTES + 1000)


async def write(path, *pushed):
    async with Layout(str(path)) as layout:
        for name, graph, tag in pushed:
            await push(layout.repository(name, writable=True), graph, tag)


async def write_and_stop(path, pushed):
    async with Layout(str(path)) as layout:
        name, graph, tag = pushed
        await push(layout.repository(name, writable=True), graph, tag)
        raise KeyboardInterrupt


async def read(path, *pushed):
    async with Layout(str(path)) as layout:
        for name, graph, tag in pushed:
            await assert_whole(layout.repository(name), graph, tag)


@contextmanager
def stuck_process(path):
    """Run a process that has written half, until it is killed at the end of the block."""
    command = [sys.executable, "-m", "tests.unit.layout.writer", str(path), "half", "b"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment.clean(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == writer.READY
        yield
        process.send_signal(signal.SIGKILL)


@pytest.fixture
def tar(tmp_path):
    return tmp_path / "bundle.tar"


@pytest.fixture
def staging(tmp_path):
    return tmp_path / "bundle.tar.staging"


async def test_what_was_packed_is_read_without_unpacking(tar, staging, tmp_path):
    await write(tar, ("a", IMAGE, "1.0"), ("b", INDEX, "1.0"), ("a", LARGE, "2"), ("a", BUNDLE, ""))
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.tar"]
    async with Layout(str(tar)) as layout:
        for name, graph, tag in (("a", IMAGE, "1.0"), ("b", INDEX, "1.0"), ("a", LARGE, "2")):
            await assert_whole(layout.repository(name), graph, tag)
        assert [name async for name in layout.list_repositories()] == ["a", "b"]
        listed = await layout.repository("a").list_referrers(IMAGE.digest)
        assert listed == (BUNDLE.root.descriptor,)
    assert not staging.exists()


async def test_what_is_added_comes_to_what_was_there(tar):
    await write(tar, ("a", IMAGE, "1.0"), ("c", LARGE, "1.0"))
    await write(tar, ("b", INDEX, "1.0"), ("c", IMAGE, "1.0"))
    async with Layout(str(tar)) as layout:
        for name, graph in (("a", IMAGE), ("b", INDEX), ("c", IMAGE)):
            await assert_whole(layout.repository(name), graph, "1.0")


async def test_the_same_content_makes_the_same_bytes(tmp_path):
    pushed = [("a", IMAGE, "1.0"), ("b", INDEX, "1.0"), ("a", LARGE, "2")]
    await write(tmp_path / "one.tar", *pushed)
    await write(tmp_path / "two.tar", *pushed[:1])
    await write(tmp_path / "two.tar", *reversed(pushed))
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


async def test_a_tar_begins_with_what_tells_what_it_is_and_says_nothing_of_this_machine(tar):
    await write(tar, ("a", INDEX, "1.0"))
    with tarfile.open(tar) as opened:
        found = opened.getmembers()
    assert [member.name for member in found[:4]] == [
        "oci-layout",
        "index.json",
        "blobs",
        "blobs/sha256",
    ]
    assert [member.name for member in found[4:]] == sorted(member.name for member in found[4:])
    for member in found:
        assert (member.mtime, member.uid, member.gid, member.uname) == (0, 0, 0, "")


async def test_a_run_without_changes_leaves_the_tar_alone(tar, staging):
    await write(tar, ("a", IMAGE, "1.0"))
    before = tar.stat()
    async with Layout(str(tar)) as layout:
        repository = layout.repository("a", writable=True)
        assert await repository.resolve("1.0") == IMAGE.root.descriptor
        assert await repository.has_blob(IMAGE.blobs[0].descriptor)
        assert not staging.exists()
        await repository.push_manifest(IMAGE.root_manifest, "1.0")
    assert tar.stat().st_ino == before.st_ino
    assert not staging.exists()


async def test_a_run_that_fails_leaves_the_tar_and_its_work_to_the_next(tar, staging):
    await write(tar, ("a", IMAGE, "1.0"))
    before = tar.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        await write_and_stop(tar, ("b", INDEX, "1.0"))
    assert tar.read_bytes() == before
    assert staging.is_dir()
    async with Layout(str(tar)) as layout:
        assert await layout.repository("a").resolve("1.0")
        with pytest.raises(Exception, match="has no repository b"):
            await anext(aiter(layout.repository("b").list_tags()))
    async with Layout(str(tar)) as layout:
        assert await layout.repository("b", writable=True).resolve("1.0") == INDEX.root.descriptor
    assert not staging.exists()
    async with Layout(str(tar)) as layout:
        for name, graph in (("a", IMAGE), ("b", INDEX)):
            await assert_whole(layout.repository(name), graph, "1.0")


async def test_work_of_a_killed_run_comes_to_a_tar_that_was_replaced_meanwhile(tar, tmp_path):
    await write(tar, ("a", IMAGE, "1.0"))
    with pytest.raises(KeyboardInterrupt):
        await write_and_stop(tar, ("b", INDEX, "1.0"))
    await write(tmp_path / "other.tar", ("c", LARGE, "1.0"))
    (tmp_path / "other.tar").replace(tar)
    await write(tar, ("d", LARGE, "1.0"))
    async with Layout(str(tar)) as layout:
        assert [name async for name in layout.list_repositories()] == ["b", "c", "d"]
        await assert_whole(layout.repository("b"), INDEX, "1.0")


async def test_blobs_that_nothing_names_yet_stay_for_the_next_run(tar, staging):
    async with Layout(str(tar)) as layout:
        await push_blob(layout.repository("a", writable=True), IMAGE.blobs[0])
    assert not tar.exists()
    async with Layout(str(tar)) as layout:
        repository = layout.repository("a", writable=True)
        assert await repository.has_blob(IMAGE.blobs[0].descriptor)
        await push(repository, IMAGE, "1.0")
    assert not staging.exists()
    async with Layout(str(tar)) as layout:
        await assert_whole(layout.repository("a"), IMAGE, "1.0")


async def test_a_second_process_is_refused_while_the_first_writes(tar):
    await write(tar, ("a", IMAGE, "1.0"))
    before = tar.read_bytes()
    with stuck_process(tar):
        layout = Layout(str(tar))
        with pytest.raises(StorageError, match="is being written by another run"):
            await push(layout.repository("c", writable=True), INDEX, "1.0")
        assert await layout.repository("a").resolve("1.0")
        await layout.__aexit__(None, None, None)
    assert tar.read_bytes() == before
    await write(tar, ("c", INDEX, "1.0"))
    async with Layout(str(tar)) as layout:
        assert [name async for name in layout.list_repositories()] == ["a", "b", "c"]
        await assert_whole(layout.repository("b"), images.image("first"), "first")


CUTS = {"nothing": 0, "in the marker": 520, "in the index": 1600, "in a blob": -3000}


@pytest.mark.parametrize("length", CUTS.values(), ids=CUTS)
async def test_a_tar_that_was_cut_off_is_healed_and_kept(tar, length, tmp_path, caplog):
    pushed = [("a", IMAGE, "1.0"), ("a", INDEX, "2.0")]
    await write(tar, *pushed)
    whole = tar.read_bytes()
    tar.write_bytes(whole[:length])
    with pytest.raises((ContentError, StorageError), match=r"bundle\.tar"):
        await read(tar, *pushed)
    with caplog.at_level(logging.WARNING):
        await write(tar, *pushed)
    assert tar.read_bytes() == whole
    is_kept = length > 0
    assert (tmp_path / "bundle.tar.damaged-1").exists() is is_kept
    assert ("was damaged" in caplog.text) is is_kept


async def test_skopeo_reads_a_tar_of_ours_and_we_read_one_of_its(tar, tmp_path):
    await write(tar, ("team/app", IMAGE, "1.0"), ("team/app", INDEX, "2.0"))
    reference = f"oci-archive:{tar}:team/app:1.0"
    assert layouts.digest_of(reference) == IMAGE.digest
    theirs = tmp_path / "theirs.tar"
    layouts.skopeo("copy", "--preserve-digests", reference, f"oci-archive:{theirs}:by/skopeo:3.0")
    async with Layout(str(theirs)) as layout:
        await assert_whole(layout.repository("by/skopeo"), IMAGE, "3.0")


@pytest.mark.parametrize("way", ["gnu", "pax", "v7"])
@pytest.mark.parametrize("prefix", ["", "./"])
async def test_a_layout_that_tar_packed_is_read(tmp_path, way, prefix):
    long = images.image("long", layers=0, base=[sha512_blob()])
    directory = layouts.write_layout(
        tmp_path / "theirs", (IMAGE, {layouts.REF_NAME: "a:1.0"}), (long, {layouts.REF_NAME: "a:2"})
    )
    if way == "v7":  # which has no room for long names
        layouts.blob_file(directory, sha512_blob().digest).unlink()
    tar = tmp_path / "theirs.tar"
    names = ["."] if prefix else [path.name for path in directory.iterdir()]
    layouts.tar(f"--format={way}", "-C", directory, "-cf", tar, *names)
    async with Layout(str(tar)) as layout:
        await assert_whole(layout.repository("a"), IMAGE, "1.0")
        if way != "v7":
            await assert_whole(layout.repository("a"), long, "2")


def sha512_blob():
    content = b"long name"
    described = images.piece(content, images.OCI_LAYER).descriptor
    digest = Digest(f"sha512:{hashlib.sha512(content).hexdigest()}")
    return images.Piece(replace(described, digest=digest), content)


async def test_a_long_name_is_packed_so_that_tar_unpacks_it(tar, tmp_path):
    graph = images.image("long", layers=0, base=[sha512_blob()])
    await write(tar, ("a", graph, "1.0"))
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    layouts.tar("-C", unpacked, "-xf", tar)
    await assert_whole(Layout(str(unpacked)).repository("a"), graph, "1.0")


async def test_what_docker_saves_is_read_by_its_full_name(tmp_path):
    names = {layouts.REF_NAME: "1.0", layouts.IMAGE_NAME: "docker.io/library/app:1.0"}
    directory = layouts.write_layout(tmp_path / "saved", (IMAGE, names))
    (directory / "manifest.json").write_text("[]")
    (directory / "repositories").write_text("{}")
    tar = tmp_path / "saved.img"
    layouts.tar("-C", directory, "-cf", tar, ".")
    async with Layout(str(tar)) as layout:
        for name in ("app", "library/app", "docker.io/library/app"):
            await assert_whole(layout.repository(name), IMAGE, "1.0")


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "x.tar.zst"])
async def test_a_name_of_a_compressed_tar_is_refused(tmp_path, name):
    with pytest.raises(StorageError, match="would have to be compressed"):
        await write(tmp_path / name, ("a", IMAGE, "1.0"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tool", ["gzip", "xz", "bzip2"])
async def test_a_compressed_tar_is_refused_with_what_unpacks_it(tar, tool):
    await write(tar, ("a", IMAGE, "1.0"))
    layouts.compressed(tool, tar, tar.with_name("b.tar"))
    with pytest.raises(StorageError, match=r"b\.tar is compressed") as caught:
        await Layout(str(tar.with_name("b.tar"))).repository("a").resolve("1.0")
    assert "unpack it once" in (caught.value.hint or "")


OTHER_TARS = {
    "legacy": ("manifest.json", "made by docker save of a Docker before 25"),
    "wrapped": ("bundle/oci-layout", "has the layout in a directory and not at its top"),
    "another thing": ("etc/passwd", "no OCI image layout"),
}


@pytest.mark.parametrize(("name", "sentence"), OTHER_TARS.values(), ids=OTHER_TARS)
@pytest.mark.parametrize("writable", [False, True], ids=["source", "destination"])
async def test_a_tar_of_another_thing_is_refused_and_kept(tar, name, sentence, writable):
    with tarfile.open(tar, "w") as opened:
        opened.addfile(tarfile.TarInfo(name))
    before = tar.read_bytes()
    with pytest.raises(StorageError, match=sentence):
        await Layout(str(tar)).repository("a", writable=writable).resolve("1.0")
    with pytest.raises(StorageError, match=sentence):
        await write(tar, ("a", IMAGE, "1.0"))
    assert tar.read_bytes() == before
