from __future__ import annotations

import pytest
from tests.fakes.registry import BlobHost, FakeRegistry, Options
from tests.fakes.registry.storage import digest_of
from yarl import URL

CONTENT = b"0123456789"
PLACE = f"/v2/team/app/blobs/{digest_of(CONTENT)}"


async def test_head_says_how_long_a_blob_is_and_sends_none_of_it(registry, http):
    registry.repository("team/app").add_blob(CONTENT)
    async with http.head(registry.url + PLACE) as response:
        assert response.headers["Content-Length"] == "10"
    assert registry.requests("HEAD", "/blobs/")[0].sent_bytes == 0


@pytest.mark.parametrize(
    ("wanted", "given", "content"),
    [("bytes=4-", "bytes 4-9/10", b"456789"), ("bytes=2-3", "bytes 2-3/10", b"23")],
)
async def test_a_range_of_a_blob_comes_alone(registry, http, wanted, given, content):
    registry.repository("team/app").add_blob(CONTENT)
    async with http.get(registry.url + PLACE, headers={"Range": wanted}) as response:
        assert (response.status, response.headers["Content-Range"]) == (206, given)
        assert await response.read() == content


async def test_a_range_behind_the_end_is_refused(registry, http):
    registry.repository("team/app").add_blob(CONTENT)
    async with http.get(registry.url + PLACE, headers={"Range": "bytes=10-"}) as response:
        assert (response.status, response.headers["Content-Range"]) == (416, "bytes */10")


async def test_a_blob_is_only_in_the_repositories_that_got_it(registry, http):
    registry.repository("team/other").add_blob(CONTENT)
    async with http.get(registry.url + PLACE) as response:
        assert response.status == 404


async def test_a_deleted_blob_is_gone_from_its_repository_alone(registry, http):
    for name in ("team/app", "team/other"):
        registry.repository(name).add_blob(CONTENT)
    async with http.delete(registry.url + PLACE) as response:
        assert response.status == 202
    assert registry.repository("team/app").blobs == set()
    assert registry.repository("team/other").blobs == {digest_of(CONTENT)}


async def test_a_blob_host_serves_what_the_registry_sends_clients_for(http):
    async with BlobHost() as host, FakeRegistry(Options(blob_host=host)) as registry:
        registry.repository("team/app").add_blob(CONTENT)
        async with http.get(registry.url + PLACE, allow_redirects=False) as response:
            assert response.status == 307
            location = URL(response.headers["Location"], encoded=True)
        async with http.get(location) as response:
            assert await response.read() == CONTENT
        assert registry.requests("GET", "/blobs/")[0].sent_bytes == 0


async def test_a_blob_host_refuses_credentials_and_urls_that_were_touched(http):
    async with BlobHost() as host:
        location = URL(host.offer("sha256:0", CONTENT), encoded=True)
        async with http.get(location, headers={"Authorization": "Bearer leaked"}) as response:
            assert response.status == 400
        for touched in (location.with_query(None), location.with_query(location.query)):
            async with http.get(touched) as response:
                assert response.status == 403
        assert "Authorization" in host.requests()[0].headers
