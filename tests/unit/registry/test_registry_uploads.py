"""How many requests a blob takes to arrive, by the ways of its registry."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Answer, CutAnswer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import ContentError, DeniedError, RepoSyncError
from reposync.oci.descriptor import SMALL_BYTES

SMALL = [images.blob(f"small {number}", 1000) for number in range(3)]
LARGE = images.blob("large", SMALL_BYTES + 1)


async def chunks(content):
    yield content


async def push(client, *blobs):
    for blob in blobs:
        await repository(client).push_blob(blob.descriptor, chunks(blob.content))


def asked(registry):
    return [
        (request.method, request.query.partition("=")[0], request.received_bytes)
        for request in registry.requests("", "/uploads/")
    ]


async def test_a_small_blob_comes_with_the_request_that_opens_its_upload():
    async with FakeRegistry() as registry, opened(registry) as client:
        await push(client, *SMALL)
        assert asked(registry) == [("POST", "digest", 1000)] * 3
        assert all(blob.digest in registry.repository("team/app").blobs for blob in SMALL)


async def test_a_registry_that_does_not_take_it_so_is_not_offered_another():
    async with FakeRegistry(Options(whole_blobs=False)) as registry, opened(registry) as client:
        await push(client, *SMALL)
        assert [(method, size) for method, _, size in asked(registry)] == [
            ("POST", 1000),
            ("PUT", 1000),
            ("POST", 0),
            ("PUT", 1000),
            ("POST", 0),
            ("PUT", 1000),
        ]
        assert all(blob.digest in registry.repository("team/app").blobs for blob in SMALL)


@pytest.mark.parametrize("status", [400, 405, 501])
async def test_a_registry_that_is_confused_by_it_gets_the_blob_the_usual_way(status):
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("POST", "/uploads/", Answer(status)))
        await push(client, *SMALL[:2])
        assert [(method, size) for method, _, size in asked(registry)][1:] == [
            ("POST", 0),
            ("PUT", 1000),
        ] * 2


async def test_a_registry_that_fails_at_the_moment_is_offered_it_again():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("POST", "/uploads/", Answer(503)))
        await push(client, *SMALL[:2])
        methods = [(method, size) for method, _, size in asked(registry)]
        assert methods[1:] == [("POST", 0), ("PUT", 1000), ("POST", 1000)]


async def test_a_refusal_to_let_us_push_is_told_as_it_is():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("POST", "/uploads/", Answer(403)))
        with pytest.raises(DeniedError):
            await push(client, SMALL[0])


async def test_a_large_blob_is_streamed_into_an_upload():
    async with FakeRegistry() as registry, opened(registry) as client:
        await push(client, LARGE)
        assert [(method, size) for method, _, size in asked(registry)] == [
            ("POST", 0),
            ("PUT", LARGE.size),
        ]


async def test_bytes_that_are_not_the_blob_are_not_sent():
    async with FakeRegistry() as registry, opened(registry) as client:
        with pytest.raises(ContentError):
            await repository(client).push_blob(SMALL[0].descriptor, chunks(b"short"))
        assert asked(registry) == []


async def test_an_upload_whose_answer_was_lost_is_not_sent_into_the_same_place_again():
    async with (
        FakeRegistry(Options(whole_blobs=False)) as registry,
        opened(registry) as client,
    ):
        registry.fail(Fault("PUT", "/uploads/", CutAnswer()))
        with pytest.raises(RepoSyncError):
            await push(client, SMALL[0])
        assert [method for method, _, _ in asked(registry)] == ["POST", "PUT", "DELETE"]


async def test_a_small_blob_is_checked_before_a_byte_of_it_is_given():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(SMALL[0].content)
        registry.contents[SMALL[0].digest] = bytes(1000)
        async with repository(client).open_blob(SMALL[0].descriptor) as opened_blob:
            with pytest.raises(ContentError):
                await anext(opened_blob)
