"""The cache of manifests: each is fetched once, as long as there is room in memory."""

from __future__ import annotations

import asyncio
import json
import tracemalloc

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.fakes.store import MemoryRegistry

from reposync.copy.manifest_cache import ManifestCache
from reposync.errors import NotFoundError, UnavailableError
from reposync.oci import manifest as manifests
from reposync.oci import media_type as mt
from reposync.oci.manifest import Manifest

LIMIT_BYTES = 512 * 1024


def wide(seed, layers):
    """Write an image of many layers that nobody has."""
    entries = [
        {"mediaType": images.OCI_LAYER, "digest": f"sha256:{seed:032x}{number:032x}", "size": 1}
        for number in range(layers)
    ]
    document = {"schemaVersion": 2, "config": entries[0], "layers": entries}
    return json.dumps(document).encode()


async def test_a_manifest_is_fetched_once():
    repository = MemoryRegistry().repository("a")
    digest = repository.add_manifest(wide(0, 1), mt.OCI_MANIFEST)
    cache = ManifestCache()
    for _ in range(3):
        assert (await cache.fetch(repository, digest)).digest == digest
    assert repository.registry.count("fetch_manifest") == 1


async def test_a_manifest_that_cannot_be_fetched_is_tried_once_for_all_who_wait_for_it():
    repository = MemoryRegistry().repository("a")
    digest = repository.add_manifest(wide(0, 1), mt.OCI_MANIFEST)
    repository.registry.fail(Failure("fetch_manifest", UnavailableError("busy"), times=None))
    cache = ManifestCache()
    tries = [cache.fetch(repository, digest) for _ in range(10)]
    errors = await asyncio.gather(*tries, return_exceptions=True)
    assert [str(each) for each in errors] == ["busy"] * 10
    assert repository.registry.count("fetch_manifest") == 1


async def test_a_manifest_whose_fetch_is_cancelled_is_fetched_once_for_all_others_who_wait():
    repository, released = MemoryRegistry().repository("a"), asyncio.Event()
    digest = repository.add_manifest(wide(0, 1), mt.OCI_MANIFEST)
    repository.registry.fail(Failure("fetch_manifest", released=released))
    cache = ManifestCache()
    first, *others = [asyncio.create_task(cache.fetch(repository, digest)) for _ in range(5)]
    await repository.registry.called("fetch_manifest")
    first.cancel()
    released.set()
    found = await asyncio.gather(*others)
    assert [each.digest for each in found] == [digest] * 4
    assert first.cancelled()
    assert repository.registry.count("fetch_manifest") == 2


async def test_a_manifest_that_one_repository_fails_to_give_is_fetched_from_another():
    first, second = MemoryRegistry().repository("a"), MemoryRegistry().repository("b")
    digest = second.add_manifest(wide(0, 1), mt.OCI_MANIFEST)
    cache = ManifestCache()
    failed, fetched = await asyncio.gather(
        cache.fetch(first, digest), cache.fetch(second, digest), return_exceptions=True
    )
    assert isinstance(failed, NotFoundError)
    assert isinstance(fetched, Manifest)


async def test_what_was_used_last_is_kept():
    repository = MemoryRegistry().repository("a")
    digests = [repository.add_manifest(wide(n, 100), mt.OCI_MANIFEST) for n in range(4)]
    cache = ManifestCache(limit_bytes=130_000)
    for digest in (*digests[:2], digests[0], *digests[2:]):
        await cache.fetch(repository, digest)
    repository.registry.calls.clear()
    await cache.fetch(repository, digests[3])
    assert repository.registry.count("fetch_manifest") == 0
    await cache.fetch(repository, digests[1])
    assert repository.registry.count("fetch_manifest") == 1


@pytest.mark.parametrize(("count", "layers"), [(600, 3), (10, 600)])
def test_small_and_large_manifests_take_no_more_memory_than_they_may(count, layers):
    cache = ManifestCache(LIMIT_BYTES)
    contents = (wide(seed, layers) for seed in range(count))
    tracemalloc.start()
    for content in contents:
        cache.keep(manifests.parse(content, mt.OCI_MANIFEST))
    del content
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held_bytes < 1.1 * LIMIT_BYTES


def test_what_is_read_from_a_manifest_takes_less_than_twice_its_bytes():
    content = wide(1, 1000)
    tracemalloc.start()
    manifest = manifests.parse(content, mt.OCI_MANIFEST)
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(manifest.blobs) == 1000
    assert held_bytes < 2 * len(content)
