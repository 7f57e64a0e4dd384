from __future__ import annotations

import asyncio

from tests.fakes.registry import FakeRegistry, Fault, Options, Stall

PING = "/v2/"


async def ping(registry, http):
    async with http.get(registry.url + PING) as response:
        await response.read()


async def test_every_request_is_noted_with_what_passed(registry, http):
    url = f"{registry.url}/v2/team/app/blobs/uploads/?digest=none&x=%26"
    async with http.post(url, data=b"content", headers={"X-Mark": "here"}) as response:
        body = await response.read()
    (request,) = registry.requests()
    assert (request.method, request.path) == ("POST", "/v2/team/app/blobs/uploads/")
    assert (request.query, request.host) == ("digest=none&x=%26", registry.host)
    assert (request.status, request.headers["X-Mark"]) == (400, "here")
    assert (request.received_bytes, request.sent_bytes) == (7, len(body))


async def test_requests_are_chosen_by_method_and_path(registry, http):
    for method, path in (("GET", "/v2/"), ("HEAD", "/v2/"), ("GET", "/v2/_catalog")):
        async with http.request(method, registry.url + path):
            pass
    assert len(registry.requests()) == 3
    assert len(registry.requests("GET")) == 2
    assert [request.method for request in registry.requests("", "/v2/$")] == ["GET", "HEAD"]


async def test_it_knows_how_many_requests_were_open_at_once(registry, http):
    released = asyncio.Event()
    registry.fail(Fault("GET", "/v2/$", Stall(released), times=3))
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(ping(registry, http))
        await registry.log.arrived("GET", "/v2/$", count=3)
        assert registry.log.in_flight == 3
        released.set()
    for _ in range(20):
        await ping(registry, http)
    assert (registry.log.in_flight, registry.log.max_in_flight) == (0, 3)


async def test_one_request_after_the_other_is_never_two(registry, http):
    registry.repository("team/app").add_blob(bytes(1024 * 1024))
    (digest,) = registry.repository("team/app").blobs
    for _ in range(20):
        async with http.get(f"{registry.url}/v2/team/app/blobs/{digest}") as response:
            await response.read()
    assert registry.log.max_in_flight == 1


async def test_it_can_be_cleared(registry, http):
    await ping(registry, http)
    registry.log.clear()
    assert (registry.requests(), registry.log.max_in_flight) == ((), 0)


async def test_headers_are_not_shown(registry, http):
    async with http.get(registry.url + PING, headers={"Authorization": "Basic c2VjcmV0"}):
        pass
    assert "c2VjcmV0" not in repr(registry.requests())


async def test_a_registry_that_is_opened_again_still_holds_its_content(http):
    registry = FakeRegistry(Options())
    async with registry:
        registry.repository("team/app").add_blob(b"content")
        await ping(registry, http)
    async with registry:
        await ping(registry, http)
        assert len(registry.repository("team/app").blobs) == 1
