"""Answers that are not quite what the specification says, and what is made of them."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import ContentError, ProtocolError, RegistryError

NAME = "team/app"
GRAPH = images.image("x", layer_bytes=200_000)
BLOB = max(GRAPH.blobs, key=lambda blob: blob.descriptor.size)


async def chunks(content):
    yield content


async def push_blob(client):
    await repository(client).push_blob(BLOB.descriptor, chunks(BLOB.content))


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_an_upload_that_ends_with_another_yes_is_believed_when_the_blob_is_there(status):
    fault = Fault("PUT", "/uploads/", Answer(status), times=None)
    async with (
        FakeRegistry(Options(whole_blobs=False), [fault]) as registry,
        opened(registry) as client,
    ):
        with pytest.raises(ProtocolError, match="and does not have it"):
            await push_blob(client)
        registry.repository(NAME).add_blob(BLOB.content)
        await push_blob(client)


@pytest.mark.parametrize("answer", [Answer(200), Answer(200, {}, b"<html>parked</html>")])
async def test_a_server_that_says_yes_to_everything_is_not_believed(fake_registry, answer):
    images.fill(fake_registry.repository(NAME), GRAPH)
    fake_registry.fail(Fault("PUT", "/manifests/", answer, times=None))
    async with opened(fake_registry) as client:
        with pytest.raises(ContentError, match="for nothing"):
            await repository(client).push_manifest(images.manifest(GRAPH.root), "1")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
async def test_a_mount_that_is_refused_for_whatever_reason_is_no_failure(fake_registry, status):
    images.fill(fake_registry.repository("team/other"), GRAPH)
    fake_registry.fail(Fault("POST", "/uploads/", Answer(status)))
    async with opened(fake_registry) as client:
        there = repository(client)
        assert not await there.mount_blob(BLOB.descriptor, "team/other")
        await push_blob(client)
        assert await there.has_blob(BLOB.descriptor)


async def test_a_redirect_keeps_method_and_body(fake_registry):
    images.fill(fake_registry.repository(NAME), GRAPH)
    manifest = images.manifest(GRAPH.root)
    async with FakeRegistry() as other:
        images.fill(other.repository(NAME), GRAPH)
        target = f"{other.url}/v2/{NAME}/manifests/1"
        fake_registry.fail(Fault("PUT", "/manifests/", Answer(307, {"Location": target})))
        async with opened(fake_registry) as client:
            await repository(client).push_manifest(manifest, "1")
        assert other.repository(NAME).tags == {"1": manifest.digest}


async def test_redirects_in_a_circle_end_in_a_sentence(fake_registry):
    async with FakeRegistry() as other:
        for here, there in ((fake_registry, other), (other, fake_registry)):
            away = Answer(302, {"Location": f"{there.url}/v2/{NAME}/manifests/1"})
            here.fail(Fault("HEAD", "/manifests/", away, times=None))
        async with opened(fake_registry) as client:
            with pytest.raises(ProtocolError, match="redirects in a circle"):
                await repository(client).resolve("1")
        assert len(fake_registry.requests("HEAD")) == 5


async def test_a_look_that_is_denied_leaves_it_to_the_push(fake_registry):
    fake_registry.fail(Fault("HEAD", "/blobs/", Answer(403), times=None))
    async with opened(fake_registry) as client:
        assert not await repository(client).has_blob(BLOB.descriptor)
        await push_blob(client)
    assert BLOB.descriptor.digest in fake_registry.repository(NAME).blobs


@pytest.mark.parametrize(
    ("status", "advice"), [(413, "limit of bodies"), (502, "behind it"), (504, "in time")]
)
async def test_what_a_proxy_says_in_front_of_a_registry_comes_with_an_advice(
    fake_registry, status, advice
):
    page = b"<html><h1>nginx</h1></html>"
    fake_registry.fail(Fault("PUT", "/manifests/", Answer(status, {}, page), times=None))
    async with opened(fake_registry) as client:
        with pytest.raises(RegistryError, match=f"answered {status} ") as caught:
            await repository(client).push_manifest(images.manifest(GRAPH.root), "1")
    assert advice in (caught.value.hint or "")
