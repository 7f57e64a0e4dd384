"""Registries that fail at what they have: what is pushed may take its place, and is looked up."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import UnavailableError, UnreadableError

GRAPH = images.image("looks")
BLOB = GRAPH.blobs[0]
MANIFEST = GRAPH.root_manifest


async def test_a_blob_that_a_registry_fails_at_is_not_there_and_not_asked_for_again_and_again():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("HEAD", "/blobs/", Answer(500), times=None))
        assert not await repository(client).has_blob(BLOB.descriptor)
        assert len(registry.requests("HEAD", "/blobs/")) == 3
        assert not await repository(client).has_blob(BLOB.descriptor)
        assert len(registry.requests("HEAD", "/blobs/")) == 4


async def test_a_registry_that_fails_at_a_look_once_is_asked_again():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(BLOB.content)
        registry.fail(Fault("HEAD", "/blobs/", Answer(500)))
        assert await repository(client).has_blob(BLOB.descriptor)


async def test_a_tag_that_a_registry_fails_at_is_told_as_that():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("HEAD", "/manifests/1", Answer(500), times=None))
        with pytest.raises(UnreadableError, match=r"fails at what it has under 1 \(500 ") as caught:
            await repository(client).resolve("1")
        assert "disk that was full" in (caught.value.hint or "")


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_registry_that_is_away_is_not_one_that_fails_at_what_it_has(status):
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("HEAD", "", Answer(status), times=None))
        with pytest.raises(UnavailableError):
            await repository(client).has_blob(BLOB.descriptor)
        with pytest.raises(UnavailableError):
            await repository(client).resolve("1")


async def test_what_a_registry_takes_after_it_failed_is_looked_up():
    async with FakeRegistry() as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), GRAPH)
        await repository(client).push_manifest(MANIFEST, "1")
        assert not registry.requests("HEAD", "/manifests/")
        registry.fail(Fault("HEAD", "/manifests/2", Answer(500), times=None))
        with pytest.raises(UnreadableError):
            await repository(client).resolve("2")
        with pytest.raises(UnreadableError):
            await repository(client).push_manifest(MANIFEST, "2")
        await repository(client).push_manifest(MANIFEST, "3")
        assert len(registry.requests("HEAD", "/manifests/3")) == 1


async def test_a_registry_that_fails_at_a_layer_as_a_manifest_says_that_it_cannot_read_it():
    async with FakeRegistry(Options(blob_as_manifest=500)) as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), images.buildkit_cache("looks"))
        with pytest.raises(UnreadableError):
            await repository(client).resolve(images.buildkit_cache("looks").blobs[0].digest)
