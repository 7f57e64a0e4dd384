"""A manifest that was put under a tag is the one that the tag names then."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import (
    AlterHeaders,
    Answer,
    CorruptRequest,
    CorruptResponse,
    FakeRegistry,
    Fault,
    Options,
)
from tests.unit.registry.clients import opened, repository

from reposync.errors import ContentError, NotFoundError, RegistryError
from reposync.oci.digest import Digest
from reposync.oci.manifest import parse

GRAPH = images.image("one", layers=0)
AT_A_NAME = GRAPH.root.content.index(b"mediaType")


def shelved(registry):
    shelf = registry.repository("team/app")
    for blob in GRAPH.blobs:
        shelf.add_blob(blob.content)
    return shelf


async def push(client):
    await repository(client).push_manifest(images.manifest(GRAPH.root), "1")


async def test_a_tag_does_not_stay_with_bytes_that_were_spoilt_on_the_way():
    faults = [Fault("PUT", "/manifests/1", CorruptRequest(AT_A_NAME))]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        shelf = shelved(registry)
        await push(client)
        assert shelf.tags == {"1": GRAPH.digest}
        assert len(registry.requests("PUT")) == 2


async def test_a_digest_that_was_told_wrong_once_is_no_failure():
    lie = AlterHeaders({"Docker-Content-Digest": f"sha256:{'0' * 64}"})
    faults = [Fault("PUT", "/manifests/1", lie)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        shelved(registry)
        await push(client)


async def test_a_registry_that_changes_manifests_is_told_of_after_two_tries():
    faults = [Fault("PUT", "/manifests/1", CorruptRequest(AT_A_NAME), times=None)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        shelved(registry)
        with pytest.raises(ContentError, match=f"took {GRAPH.digest} for sha256:"):
            await push(client)
        assert len(registry.requests("PUT")) == 2


async def test_the_same_bytes_may_be_named_by_a_digest_of_another_algorithm():
    async with FakeRegistry() as registry, opened(registry) as client:
        shelf = shelved(registry)
        content, media_type = GRAPH.root.content, GRAPH.root.descriptor.media_type
        by_512 = parse(content, media_type, Digest.of(content, "sha512"))
        await repository(client).push_manifest(by_512, "1")
        assert shelf.tags == {"1": GRAPH.digest}
        told = AlterHeaders({"Docker-Content-Digest": GRAPH.digest})
        shelf.add_manifest(content, media_type, digest=by_512.digest)
        registry.fail(Fault("HEAD", "/manifests/sha512:", told))
        assert await repository(client).resolve(by_512.digest) == by_512.descriptor


async def test_what_a_tag_names_is_fetched_where_its_digest_is_told():
    async with FakeRegistry() as registry, opened(registry) as client:
        shelved(registry)
        await push(client)
        fetched = await repository(client).fetch_tagged("1")
        assert fetched == images.manifest(GRAPH.root)


@pytest.mark.parametrize(
    "fault",
    [
        CorruptResponse(AT_A_NAME),
        AlterHeaders({"Docker-Content-Digest": None}),
        AlterHeaders({"Docker-Content-Digest": f"sha256:{'0' * 64}"}),
        AlterHeaders({"Docker-Content-Digest": "nonsense"}),
    ],
    ids=["spoilt", "untold", "another", "nonsense"],
)
async def test_bytes_that_nothing_vouches_for_are_no_answer(fault):
    faults = [Fault("GET", "/manifests/1", fault)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        shelved(registry)
        await push(client)
        assert await repository(client).fetch_tagged("1") is None


async def test_a_tag_that_names_nothing_is_refused():
    async with FakeRegistry() as registry, opened(registry) as client:
        shelved(registry)
        with pytest.raises(NotFoundError):
            await repository(client).fetch_tagged("1")


async def test_a_digest_that_is_told_wrong_harms_no_look_by_get():
    lie = AlterHeaders({"Docker-Content-Digest": f"sha256:{'0' * 64}"})
    options = Options(manifest_head=False)
    async with FakeRegistry(options) as registry, opened(registry) as client:
        shelved(registry)
        await push(client)
        registry.fail(Fault("GET", "/manifests/1", lie, times=None))
        found = await repository(client).resolve("1")
        assert found is not None
        assert found.digest == GRAPH.digest


@pytest.mark.parametrize("counts", [True, False])
async def test_a_registry_counts_pulls_if_it_says_so(counts):
    told = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "99;w=21600"}
    faults = [Fault("GET", "/manifests/1", AlterHeaders(told if counts else {}))]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        shelved(registry)
        await push(client)
        assert not repository(client).counts_pulls
        await repository(client).fetch_manifest("1")
        assert repository(client).counts_pulls is counts


async def test_a_registry_that_knows_no_sha512_fails_with_the_advice_to_give_the_image_a_tag():
    content, media_type = GRAPH.root.content, GRAPH.root.descriptor.media_type
    by_512 = parse(content, media_type, Digest.of(content, "sha512"))
    body = b'{"errors": [{"code": "DIGEST_INVALID", "message": "did not match"}]}'
    faults = [Fault("PUT", "/manifests/sha512:", Answer(400, body=body), times=None)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        shelved(registry)
        with pytest.raises(ContentError) as caught:
            await repository(client).push_manifest(by_512)
        assert "tag@sha512" in (caught.value.hint or "")


FOREIGN = images.foreign_layer_image("foreign")


async def test_a_refusal_of_layers_that_are_served_elsewhere_is_told_at_once():
    async with FakeRegistry(Options(foreign_urls=False)) as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), FOREIGN)
        with pytest.raises(RegistryError, match="does not allow layer sha256:") as caught:
            await repository(client).push_manifest(FOREIGN.root_manifest, "1")
        assert "validation.manifests.urls" in (caught.value.hint or "")
        assert len(registry.requests("PUT")) == 1


async def test_a_failure_at_such_a_manifest_that_is_another_is_worth_another_try():
    async with FakeRegistry() as registry, opened(registry) as client:
        shelf = registry.repository("team/app")
        images.fill(shelf, FOREIGN)
        registry.fail(Fault("PUT", "", Answer(500), times=2))
        await repository(client).push_manifest(FOREIGN.root_manifest, "1")
        assert shelf.tags == {"1": FOREIGN.digest}
