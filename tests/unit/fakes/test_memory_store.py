from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.contract.pushing import push, push_blob
from tests.fakes.failures import Failure
from tests.fakes.store import MemoryRegistry, Push

from reposync.errors import (
    ConflictError,
    ContentError,
    NotFoundError,
    RegistryError,
    UnavailableError,
)
from reposync.oci import referrers
from reposync.oci.reference import Reference

GRAPH = images.multi_platform("memory")
BLOB = images.blob("memory", 200_000)
BUNDLE = images.artifact("bundle", subject=GRAPH.root.descriptor)


async def read(repository, blob=BLOB):
    async with repository.open_blob(blob.descriptor) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_pushes_are_in_the_journal_in_their_order():
    registry = MemoryRegistry()
    await push(registry.repository("a"), GRAPH, "1.0")
    kinds = [entry.kind for entry in registry.pushes]
    assert kinds == ["blob"] * len(GRAPH.blobs) + ["manifest"] * 3
    assert registry.pushes[-1] == Push("manifest", "a", GRAPH.digest, "1.0")


async def test_a_mount_is_in_the_journal_and_a_refused_one_is_not():
    for mounts in (True, False):
        registry = MemoryRegistry(mounts=mounts)
        registry.repository("a").add_blob(BLOB.content)
        assert await registry.repository("b").mount_blob(BLOB.descriptor, "a") is mounts
        assert registry.pushes == [Push("mount", "b", BLOB.digest)] * mounts


async def test_what_is_filled_in_is_there_and_in_no_journal():
    registry = MemoryRegistry()
    images.fill(registry.repository("a"), GRAPH, "1.0", "latest")
    assert (registry.pushes, registry.calls) == ([], [])
    for tag in ("1.0", "latest"):
        assert await registry.repository("a").resolve(tag) == GRAPH.root.descriptor


async def test_calls_are_counted_by_operation_and_subject():
    registry = MemoryRegistry()
    repository = registry.repository("a")
    for tag in ("1.0", "1.0", "2.0"):
        await repository.resolve(tag)
    assert registry.count("resolve") == 3
    assert registry.count("resolve", "1.0") == 2
    assert registry.count("fetch_manifest") == 0


async def test_a_planned_failure_strikes_as_often_as_it_should():
    registry = MemoryRegistry()
    registry.fail(Failure("resolve", UnavailableError("busy"), times=2))
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await registry.repository("a").resolve("1.0")
    assert await registry.repository("a").resolve("1.0") is None


async def test_a_failure_can_be_about_one_repository_or_one_tag():
    registry = MemoryRegistry()
    registry.fail(Failure("resolve", UnavailableError("busy"), repository="a", subject="1.0"))
    assert await registry.repository("b").resolve("1.0") is None
    assert await registry.repository("a").resolve("2.0") is None
    with pytest.raises(UnavailableError):
        await registry.repository("a").resolve("1.0")


async def test_reading_can_fail_in_the_middle_of_a_blob():
    registry = MemoryRegistry()
    registry.repository("a").add_blob(BLOB.content)
    registry.fail(Failure("open_blob", UnavailableError("busy"), after_bytes=100_000))
    received = bytearray()
    async with registry.repository("a").open_blob(BLOB.descriptor) as chunks:
        received += await anext(chunks)
        with pytest.raises(UnavailableError):
            await anext(chunks)
    assert received == BLOB.content[: len(received)]
    assert await read(registry.repository("a")) == BLOB.content


async def test_pushing_can_fail_in_the_middle_of_a_blob():
    registry = MemoryRegistry()
    registry.fail(Failure("push_blob", UnavailableError("busy"), after_bytes=100_000))
    with pytest.raises(UnavailableError):
        await push_blob(registry.repository("a"), BLOB)
    assert registry.repository("a").blobs == set()
    assert registry.pushes == []


async def test_a_call_can_be_held_until_it_is_released():
    registry = MemoryRegistry()
    released = asyncio.Event()
    registry.fail(Failure("push_blob", released=released, times=2))
    async with asyncio.TaskGroup() as group:
        for name in ("a", "b"):
            group.create_task(push_blob(registry.repository(name), BLOB))
        await registry.called("push_blob", count=2)
        assert registry.pushes == []
        released.set()
    assert len(registry.pushes) == 2
    assert registry.max_in_flight["push_blob"] == 2


async def test_a_damaged_blob_is_noticed_when_it_is_read():
    registry = MemoryRegistry()
    registry.repository("a").add_blob(BLOB.content)
    registry.corrupt(BLOB.digest)
    with pytest.raises(ContentError):
        await read(registry.repository("a"))


async def test_repositories_of_one_registry_are_told_apart_and_kept():
    registry = MemoryRegistry("other.example:5000")
    repository = registry.repository("a/b")
    assert repository is registry.repository("a/b")
    assert repository.reference == Reference("other.example:5000", "a/b")
    with pytest.raises(NotFoundError):
        await anext(registry.repository("a/c").list_tags())


@pytest.mark.parametrize("has_api", [True, False])
async def test_without_the_api_a_tag_bears_the_list_of_referrers(has_api):
    registry = MemoryRegistry(referrers_api=has_api)
    repository = registry.repository("a")
    await push(repository, BUNDLE)
    assert repository.has_referrers_api is has_api
    assert await repository.list_referrers(GRAPH.digest) == (BUNDLE.root.descriptor,)
    tag = referrers.fallback_tag(GRAPH.digest)
    assert list(repository.tags) == [tag] * (not has_api)
    manifests = [entry.tag for entry in registry.pushes if entry.kind == "manifest"]
    assert manifests == ["", tag][: len(manifests)]


async def test_an_immutable_tag_names_what_it_named_first():
    registry = MemoryRegistry(immutable=r"1\..*")
    repository = registry.repository("a")
    other = images.image("other")
    await push(repository, GRAPH, "1.0", "latest", "1.0")
    await push(repository, other, "latest")
    with pytest.raises(ConflictError):
        await push(repository, other, "1.0")
    assert repository.tags == {"1.0": GRAPH.digest, "latest": other.digest}


async def test_only_repositories_that_hold_something_are_listed():
    registry = MemoryRegistry()
    for name in ("b", "a/c"):
        registry.repository(name).add_blob(BLOB.content)
    registry.repository("empty")
    assert [name async for name in registry.list_repositories()] == ["a/c", "b"]
    assert registry.count("list_repositories") == 1


async def test_a_registry_can_have_no_list_of_repositories():
    with pytest.raises(RegistryError):
        await anext(MemoryRegistry(catalog=False).list_repositories())
