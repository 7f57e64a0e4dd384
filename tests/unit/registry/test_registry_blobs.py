"""Whether a blob is there, as far as a HEAD tells."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import (
    Answer,
    CorruptResponse,
    CutResponse,
    FakeRegistry,
    Fault,
    Options,
)
from tests.unit.registry.clients import opened, repository

from reposync.errors import CorruptContentError, ProtocolError, TransportError
from reposync.registry.blobs.download import is_whole

BLOB = images.blob("cut off", 1000)


async def test_a_blob_that_is_cut_off_does_not_stand_there():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(BLOB.content)
        assert await repository(client).has_blob(BLOB.descriptor)
        registry.contents[BLOB.digest] = BLOB.content[:500]
        assert not await repository(client).has_blob(BLOB.descriptor)


@pytest.mark.parametrize(
    ("headers", "whole"),
    [
        ({"Content-Length": "1000"}, True),
        ({"Content-Length": "01000"}, True),
        ({"Content-Length": "999"}, False),
        ({"Content-Length": "1001"}, False),
        ({"Content-Length": "0"}, True),
        ({"Content-Length": "many"}, True),
        ({}, True),
        ({"Content-Length": "500", "Content-Encoding": "gzip"}, True),
        ({"Content-Length": "500", "Content-Encoding": "identity"}, False),
    ],
)
def test_only_a_length_that_is_told_plainly_speaks_against_a_blob(headers, whole):
    assert is_whole(headers, 1000) is whole


LARGE = images.blob("large", 1_000_000)


async def read(client, blob=LARGE):
    async with repository(client).open_blob(blob.descriptor) as chunks:
        return b"".join([chunk async for chunk in chunks])


def ranges(registry):
    return [request.headers.get("Range", "") for request in registry.requests("GET", "/blobs/")]


async def test_a_download_that_breaks_off_goes_on_where_it_was():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(LARGE.content)
        registry.fail(
            Fault("GET", "/blobs/", CutResponse(300_000)),
            Fault("GET", "/blobs/", CutResponse(300_000)),
        )
        assert await read(client) == LARGE.content
        assert len(ranges(registry)) == 3
        starts = [int(one.removeprefix("bytes=").removesuffix("-")) for one in ranges(registry)[1:]]
        assert 0 < starts[0] < starts[1] < LARGE.size


async def test_a_server_that_gives_the_whole_again_is_read_past_what_is_known():
    async with FakeRegistry(Options(ranges=False)) as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(LARGE.content)
        registry.fail(Fault("GET", "/blobs/", CutResponse(700_000)))
        assert await read(client) == LARGE.content
        assert [one.sent_bytes for one in registry.requests("GET", "/blobs/")][1] == LARGE.size


async def test_a_server_that_gives_another_part_than_asked_is_not_believed():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(LARGE.content)
        other = Answer(206, {"Content-Range": "bytes 5-9/1000000"}, b"wrong")
        registry.fail(Fault("GET", "/blobs/", CutResponse(300_000)), Fault("GET", "/blobs/", other))
        with pytest.raises(ProtocolError, match="another part of a blob than asked"):
            await read(client)


async def test_a_download_that_never_comes_further_is_given_up():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(LARGE.content)
        registry.fail(
            Fault("GET", "/blobs/", CutResponse(300_000)),
            Fault("GET", "/blobs/", CutResponse(0), times=None),
        )
        with pytest.raises(TransportError):
            await read(client)
        assert len(ranges(registry)) <= 10


async def test_what_is_put_together_from_parts_is_checked_as_a_whole():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.repository("team/app").add_blob(LARGE.content)
        registry.fail(
            Fault("GET", "/blobs/", CutResponse(300_000)),
            Fault("GET", "/blobs/", CorruptResponse(100)),
        )
        with pytest.raises(CorruptContentError):
            await read(client)
