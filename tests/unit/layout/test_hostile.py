"""Layouts that want to lead elsewhere: nothing outside of them is read or written."""

from __future__ import annotations

import io
import json
import os
import tarfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import images, layouts
from tests.contract.pushing import push, push_blob
from tests.layouts import REF_NAME, blob_file

from reposync.errors import ContentError, NotFoundError, RegistryError, RepoSyncError, StorageError
from reposync.layout.layout import Layout
from reposync.oci import media_type as mt
from reposync.oci.digest import Digest

IMAGE = images.image("image")
OTHER = images.image("other")
SECRET = b"the content of a file outside"
SECRET_BLOB = images.piece(SECRET, images.OCI_LAYER)


@pytest.fixture
def outside(tmp_path):
    directory = tmp_path / "outside"
    directory.mkdir()
    (directory / SECRET_BLOB.digest.encoded).write_bytes(SECRET)
    return directory


@pytest.fixture
def directory(tmp_path):
    return layouts.write_layout(tmp_path / "bundle", (IMAGE, {REF_NAME: "a:1.0"}))


def replace_by_link(path, target):
    if path.is_dir():
        path.rename(path.with_name(f"{path.name}.was"))
    else:
        path.unlink(missing_ok=True)
    path.symlink_to(target)


async def push_all(path):
    async with Layout(str(path)) as layout:
        await push(layout.repository("b", writable=True), OTHER, "1.0")


@pytest.mark.parametrize("place", ["blobs", "blobs/sha256"])
async def test_a_directory_that_is_a_link_is_neither_read_nor_written(directory, outside, place):
    replace_by_link(directory / place, outside)
    before = layouts.files_in(outside)
    source = Layout(str(directory)).repository("a")
    with pytest.raises(StorageError, match="is not a directory of the layout itself"):
        await source.fetch_manifest("1.0")
    with pytest.raises(StorageError):
        await push_all(directory)
    assert layouts.files_in(outside) == before


async def test_our_own_directory_is_not_followed_elsewhere(directory, outside):
    (directory / ".reposync").symlink_to(outside)
    before = layouts.files_in(outside)
    with pytest.raises(StorageError):
        await push_all(directory)
    assert layouts.files_in(outside) == before


async def test_the_directory_beside_a_tar_is_not_followed_elsewhere(tmp_path, outside):
    staging = tmp_path / "bundle.tar.staging"
    staging.mkdir()
    (staging / ".reposync").symlink_to(outside)
    before = layouts.files_in(outside)
    with pytest.raises(StorageError):
        await push_all(tmp_path / "bundle.tar")
    assert layouts.files_in(outside) == before


async def test_a_blob_that_is_a_link_is_not_there_and_is_replaced_by_a_push(directory, outside):
    there = outside / SECRET_BLOB.digest.encoded
    link = blob_file(directory, SECRET_BLOB.digest)
    link.symlink_to(there)
    repository = Layout(str(directory)).repository("a", writable=True)
    assert not await repository.has_blob(SECRET_BLOB.descriptor)
    with pytest.raises(NotFoundError):
        await repository.open_blob(SECRET_BLOB.descriptor).__aenter__()
    there.write_bytes(b"untouched")
    await push_blob(repository, SECRET_BLOB)
    assert there.read_bytes() == b"untouched"
    assert not link.is_symlink()
    assert link.read_bytes() == SECRET


@pytest.mark.parametrize("name", ["index.json", "oci-layout"])
async def test_a_document_that_is_a_link_is_not_read_and_not_written(directory, outside, name):
    there = outside / name
    there.write_bytes((directory / name).read_bytes())
    replace_by_link(directory / name, there)
    before = layouts.files_in(outside)
    with pytest.raises((ContentError, StorageError)):
        await Layout(str(directory)).repository("a").resolve("1.0")
    await push_all(directory)
    assert layouts.files_in(outside) == before


async def test_a_pipe_is_no_blob_and_is_not_waited_for(directory):
    pipe = blob_file(directory, SECRET_BLOB.digest)
    os.mkfifo(pipe)
    source = Layout(str(directory)).repository("a")
    with pytest.raises(NotFoundError):
        await source.open_blob(SECRET_BLOB.descriptor).__aenter__()


def with_entries(directory, *entries):
    document = {"schemaVersion": 2, "mediaType": mt.OCI_INDEX, "manifests": [*entries]}
    (directory / "index.json").write_text(json.dumps(document))


def entry(**fields):
    named = {"annotations": {REF_NAME: "a:1.0"}}
    return {"mediaType": mt.OCI_MANIFEST, "digest": IMAGE.digest, "size": 1} | named | fields


NONSENSE = {
    "a digest that is a path": entry(digest="sha256:../../outside/secret"),
    "a digest that is absolute": entry(digest="/etc/passwd"),
    "a digest of another kind": entry(digest="md5:d41d8cd98f00b204e9800998ecf8427e"),
    "no digest": {"annotations": {REF_NAME: "a:1.0"}},
    "a size below nothing": entry(size=-1),
    "a size that is a truth": entry(size=True),
    "a size that is a text": entry(size="1"),
    "annotations that are a list": entry(annotations=["a:1.0"]),
    "a name that is a number": entry(annotations={REF_NAME: 1}),
    "a name that is a path": entry(annotations={REF_NAME: "../../a:1.0"}),
    "an absolute name": entry(annotations={REF_NAME: "/a:1.0"}),
    "a list": [],
    "nothing": None,
    "a number": 1e400,
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
async def test_an_entry_of_nonsense_names_nothing_and_harms_no_other(directory, nonsense):
    with_entries(directory, nonsense, entry(annotations={REF_NAME: "good:1.0"}))
    layout = Layout(str(directory))
    assert await layout.repository("a").resolve("1.0") is None
    resolved = await layout.repository("good").resolve("1.0")
    assert resolved is not None
    assert resolved.digest == IMAGE.digest
    assert [name async for name in layout.list_repositories()] == ["good"]


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "A", "a:b", "a//b"])
async def test_a_repository_is_asked_for_by_a_legal_name_alone(directory, name):
    with pytest.raises(RegistryError) as caught:
        await Layout(str(directory)).repository(name).resolve("1.0")
    assert caught.value.codes == ("NAME_INVALID",)


async def test_json_that_is_nested_without_end_is_damaged(directory):
    (directory / "index.json").write_text('{"manifests":' + "[" * 100_000)
    with pytest.raises(ContentError, match="damaged or was cut off"):
        await Layout(str(directory)).repository("a").resolve("1.0")
    await push_all(directory)
    assert await Layout(str(directory)).repository("b").resolve("1.0")


async def test_a_manifest_that_says_it_lists_itself_is_not_whole(directory):
    itself = Digest.of(b"circle")
    entries = [{"mediaType": mt.OCI_INDEX, "digest": itself, "size": 1}]
    document = {"schemaVersion": 2, "mediaType": mt.OCI_INDEX, "manifests": entries}
    blob_file(directory, itself).write_text(json.dumps(document))
    repository = Layout(str(directory)).repository("a", writable=True)
    assert await repository.resolve(itself) is None


def member(name, *, kind=tarfile.REGTYPE, link="", content=b""):
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, len(content)
    return made, content


def layout_members():
    document = {"manifests": [entry()]}
    yield member("oci-layout", content=b'{"imageLayoutVersion":"1.0.0"}')
    yield member("index.json", content=json.dumps(document).encode())
    for piece in (*IMAGE.blobs, *IMAGE.manifests):
        yield member(f"blobs/sha256/{piece.digest.encoded}", content=piece.content)


def write_tar(path, *extra):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as opened:
        for made, content in (*layout_members(), *extra):
            opened.addfile(made, io.BytesIO(content))
    return path


WANTED = f"blobs/sha256/{SECRET_BLOB.digest.encoded}"
HOSTILE_MEMBERS = {
    "a link": member(WANTED, kind=tarfile.SYMTYPE, link="/etc/passwd"),
    "a link within": member(WANTED, kind=tarfile.LNKTYPE, link="index.json"),
    "a device": member(WANTED, kind=tarfile.CHRTYPE),
    "a pipe": member(WANTED, kind=tarfile.FIFOTYPE),
    "a directory": member(WANTED, kind=tarfile.DIRTYPE),
    "an absolute name": member(f"/{WANTED}", content=SECRET),
    "a name that climbs": member(f"x/../{WANTED}", content=SECRET),
    "a name that climbs out": member(f"../{WANTED}", content=SECRET),
    "a name with more": member(f"{WANTED}/x", content=SECRET),
    "a name with a dot in it": member(f"blobs/./sha256/{SECRET_BLOB.digest.encoded}"),
    "another index": member("./../index.json", content=b"{}"),
}


@pytest.mark.parametrize("hostile", HOSTILE_MEMBERS.values(), ids=HOSTILE_MEMBERS)
async def test_a_member_that_is_no_file_of_a_layout_is_not_there(tmp_path, hostile):
    tar = write_tar(tmp_path / "hostile.tar", hostile)
    async with Layout(str(tar)) as layout:
        await layouts.assert_whole(layout.repository("a"), IMAGE, "1.0")
        with pytest.raises(NotFoundError):
            await layout.repository("a").open_blob(SECRET_BLOB.descriptor).__aenter__()
    async with Layout(str(tar)) as layout:
        await push(layout.repository("b", writable=True), OTHER, "1.0")
    with tarfile.open(tar) as opened:
        assert all(one.isreg() or one.isdir() for one in opened.getmembers())
        assert WANTED not in opened.getnames()


async def test_of_two_members_with_one_name_the_last_counts_as_for_tar(tmp_path):
    document = json.dumps({"manifests": [entry(annotations={REF_NAME: "late:1.0"})]}).encode()
    tar = write_tar(tmp_path / "twice.tar", member("./index.json", content=document))
    async with Layout(str(tar)) as layout:
        assert [name async for name in layout.list_repositories()] == ["late"]


def patched(at, new):
    """Change the first member's header, and mend its sum."""

    def patch(content):
        block = bytearray(content[:512])
        block[at : at + len(new)] = new
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        return bytes(block) + content[512:]

    return patch


BAD_HEADERS = {
    "a size below nothing": patched(124, b"\xff" * 12),
    "a size without end": patched(124, b"\x80" + b"\xff" * 11),
    "a size that is no number": patched(124, b"nine bytes.."),
    "a size of nothing": patched(124, b"\0" * 12),
    "another kind": patched(156, b"9"),
    "a long name without end": patched(156, b"L"),
    "a description": patched(156, b"x"),
    "a wrong sum": lambda content: content[:148] + b"0000000\0" + content[156:],
    "no bytes": lambda content: content[:100],
}


@pytest.mark.parametrize("harm", BAD_HEADERS.values(), ids=BAD_HEADERS)
@pytest.mark.parametrize("writable", [False, True], ids=["source", "destination"])
async def test_a_header_that_lies_is_an_error_of_ours_or_none(tmp_path, harm, writable):
    tar = write_tar(tmp_path / "hostile.tar")
    tar.write_bytes(harm(tar.read_bytes()))
    repository = Layout(str(tar)).repository("a", writable=writable)
    with suppress(RepoSyncError):
        await repository.resolve("1.0")
        await repository.list_referrers(IMAGE.digest)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 9000), st.binary(min_size=1, max_size=16)), max_size=6))
async def test_whatever_stands_in_a_tar_reading_it_ends_and_raises_errors_of_ours(
    tmp_path, changes
):
    tar = write_tar(tmp_path / "fuzzed.tar")
    content = bytearray(tar.read_bytes())
    for at, new in changes:
        content[at : at + len(new)] = new
    tar.write_bytes(content)
    for writable in (False, True):
        layout = Layout(str(tar))
        repository = layout.repository("a", writable=writable)
        with suppress(RepoSyncError, AssertionError):
            await layouts.assert_whole(repository, IMAGE, "1.0")
        await layout.__aexit__(None, None, None)
