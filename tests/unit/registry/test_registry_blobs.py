"""Whether a blob stands there, as far as a HEAD tells."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry
from tests.unit.registry.clients import opened, repository

from reposync.registry.blobs import is_whole

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
