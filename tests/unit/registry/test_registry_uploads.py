"""How many requests a blob takes to arrive, by the ways of its registry."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Answer, CutAnswer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import (
    ContentError,
    DeniedError,
    RegistryError,
    RepoSyncError,
    UnavailableError,
    UploadInvalidError,
)
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


@pytest.mark.parametrize("status", [500, 503])
async def test_another_try_of_a_blob_that_was_refused_whole_opens_its_upload_first(status):
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("POST", "/uploads/", Answer(status)))
        with pytest.raises(UnavailableError):
            await push(client, SMALL[0])
        await push(client, *SMALL[:2])
        assert [
            (request.method, "digest=" in request.query) for request in registry.requests("POST")
        ] == [("POST", True), ("POST", False), ("POST", True)]


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


def pieces(registry):
    return [
        (request.method, request.received_bytes)
        for request in registry.requests("", "/uploads/")
        if request.status in {201, 202} and request.received_bytes
    ]


HUGE = images.blob("huge", 3_000_000)


async def test_a_host_that_takes_no_large_bodies_gets_pieces_of_half_the_size_and_is_remembered():
    async with FakeRegistry(Options(body_limit=800_000)) as registry, opened(registry) as client:
        await push(client, HUGE)
        assert pieces(registry) == [("PATCH", 750_000)] * 4
        assert registry.contents[HUGE.digest] == HUGE.content
        refused = [request.status for request in registry.requests("", "/uploads/")].count(413)
        other = images.blob("other", 2_000_000)
        await push(client, other)
        assert registry.contents[other.digest] == other.content
        again = [request.status for request in registry.requests("", "/uploads/")].count(413)
        assert (refused, again) == (2, 2)


async def test_who_learns_of_a_limit_late_does_not_raise_it_again():
    async with FakeRegistry(Options(body_limit=800_000)) as registry, opened(registry) as client:
        await push(client, HUGE)
        limit_bytes = client.known.body_limit_bytes
        client.state.capabilities.observe_body_refused(HUGE.size)
        assert client.known.body_limit_bytes == limit_bytes == 750_000


async def test_pieces_are_as_long_as_the_registry_wants_them_at_least():
    options = Options(body_limit=1_600_000, chunk_min=1_550_000)
    async with FakeRegistry(options) as registry, opened(registry) as client:
        await push(client, HUGE)
        assert pieces(registry) == [("PATCH", 1_550_000), ("PATCH", 1_450_000)]


async def test_a_host_that_takes_next_to_nothing_is_given_up_in_a_sentence():
    async with FakeRegistry(Options(body_limit=10)) as registry, opened(registry) as client:
        with pytest.raises(RegistryError, match="413"):
            await push(client, HUGE)
        assert len(registry.requests("PATCH", "")) < 12


async def test_a_registry_that_lost_a_piece_is_noticed():
    async with FakeRegistry(Options(body_limit=800_000)) as registry, opened(registry) as client:
        short = Answer(202, {"Range": "0-99", "Location": "/v2/team/app/blobs/uploads/x"})
        registry.fail(Fault("PATCH", "/uploads/", short, skip=2))
        with pytest.raises(UploadInvalidError, match="has 100 bytes of an upload that was sent"):
            await push(client, HUGE)
