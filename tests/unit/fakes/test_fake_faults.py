from __future__ import annotations

import asyncio

import aiohttp
import pytest
from tests.fakes.registry import (
    Answer,
    CorruptRequest,
    CorruptResponse,
    CutAnswer,
    CutRequest,
    CutResponse,
    DropUpload,
    FakeRegistry,
    Fault,
    Interims,
    Meanwhile,
    Stall,
    StallResponse,
)
from tests.fakes.registry.storage import digest_of

CONTENT = bytes(range(256)) * 4096
DIGEST = digest_of(CONTENT)
PLACE = f"/v2/team/app/blobs/{DIGEST}"
UPLOADS = "/v2/team/app/blobs/uploads/"


async def pieces(*chunks: bytes):
    for chunk in chunks:
        yield chunk


async def begin(registry, http):
    async with http.post(registry.url + UPLOADS) as response:
        return registry.url + response.headers["Location"]


async def get(registry, http):
    async with http.get(registry.url + PLACE) as response:
        return response.status, await response.read()


async def test_a_fault_strikes_as_often_as_planned_after_those_it_skips(registry, http):
    registry.repository("team/app").add_blob(CONTENT)
    registry.fail(Fault("GET", "/blobs/", Answer(503), times=2, skip=1))
    assert [(await get(registry, http))[0] for _ in range(4)] == [200, 503, 503, 200]


async def test_faults_strike_in_the_order_of_the_plan(http):
    plan = [Fault("", "/v2/$", Answer(500)), Fault("", "/v2/$", Answer(502), times=None)]
    async with FakeRegistry(faults=plan) as registry:
        found = []
        for _ in range(3):
            async with http.get(f"{registry.url}/v2/") as response:
                found.append(response.status)
        assert found == [500, 502, 502]
        registry.behave()
        async with http.get(f"{registry.url}/v2/") as response:
            assert response.status == 200


async def test_a_planned_answer_bears_headers_and_body(registry, http):
    registry.fail(Fault("GET", "/v2/$", Answer(429, {"Retry-After": "3"}, b"slowly")))
    async with http.get(f"{registry.url}/v2/") as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "3")
        assert await response.read() == b"slowly"


async def test_the_line_can_break_before_the_answer_and_nothing_is_done(registry, http):
    registry.fail(Fault("POST", "/uploads/", CutAnswer(), times=None))
    with pytest.raises(aiohttp.ClientConnectionError):
        await begin(registry, http)
    assert registry.repository("team/app").uploads == {}
    assert registry.requests("POST")[0].status == 0


async def test_the_line_can_break_before_the_answer_though_all_is_done(registry, http):
    registry.fail(Fault("PUT", "/uploads/", CutAnswer(after_effect=True), times=None))
    location = await begin(registry, http)
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.put(f"{location}&digest={DIGEST}", data=pieces(CONTENT))
    assert registry.repository("team/app").blobs == {DIGEST}


async def test_the_line_can_break_within_the_answer(registry, http):
    registry.repository("team/app").add_blob(CONTENT)
    registry.fail(Fault("GET", "/blobs/", CutResponse(after_bytes=100_000)))
    async with http.get(registry.url + PLACE) as response:
        assert await response.content.readexactly(100_000) == CONTENT[:100_000]
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.content.read()
    assert registry.requests("GET")[0].sent_bytes == 100_000


async def test_the_line_can_break_within_a_chunk_and_the_upload_keeps_what_came(registry, http):
    registry.fail(Fault("PATCH", "/uploads/", CutRequest(after_bytes=1000)))
    location = await begin(registry, http)
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.patch(location, data=pieces(CONTENT))
    async with http.get(location) as response:
        assert response.headers["Range"] == "0-999"


async def test_the_line_can_break_within_the_last_request_of_an_upload(registry, http):
    registry.fail(Fault("PUT", "/uploads/", CutRequest(after_bytes=1000)))
    location = await begin(registry, http)
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.put(f"{location}&digest={DIGEST}", data=pieces(CONTENT))
    assert registry.repository("team/app").blobs == set()
    async with http.put(f"{location}&digest={DIGEST}", data=pieces(CONTENT)) as response:
        assert response.status == 201


async def test_a_client_that_goes_away_leaves_its_bytes_in_the_upload(registry, http):
    async def half():
        yield CONTENT[:1000]
        await registry.log.arrived("PATCH", "/uploads/")
        raise OSError

    location = await begin(registry, http)
    with pytest.raises((OSError, aiohttp.ClientError)):
        await http.patch(location, data=half())
    async with http.get(location) as response:
        assert response.status == 204
    assert registry.log.in_flight == 0


async def test_a_request_waits_until_it_is_released(registry, http):
    released = asyncio.Event()
    registry.fail(Fault("GET", "/blobs/", Stall(released)))
    registry.repository("team/app").add_blob(CONTENT)
    stalled = asyncio.create_task(get(registry, http))
    await registry.log.arrived("GET", "/blobs/")
    assert (await get(registry, http))[0] == 200
    assert not stalled.done()
    released.set()
    assert await stalled == (200, CONTENT)


async def test_interim_answers_can_come_before_the_answer(registry, http):
    registry.repository("team/app").add_blob(CONTENT)
    registry.fail(Fault("GET", "/blobs/", Interims(3)))
    assert await get(registry, http) == (200, CONTENT)


async def test_an_answer_waits_in_its_middle_until_it_is_released(registry, http):
    released = asyncio.Event()
    registry.fail(Fault("GET", "/blobs/", StallResponse(after_bytes=10, released=released)))
    registry.repository("team/app").add_blob(CONTENT)
    async with http.get(registry.url + PLACE) as response:
        assert await response.content.readexactly(10) == CONTENT[:10]
        assert registry.requests("GET")[0].sent_bytes == 10
        released.set()
        assert await response.read() == CONTENT[10:]


async def test_the_end_of_the_registry_waits_for_no_stalled_request(http):
    async with FakeRegistry(faults=[Fault("", "", Stall(asyncio.Event()))]) as registry:
        stalled = asyncio.create_task(get(registry, http))
        await registry.log.arrived("", "")
    with pytest.raises(aiohttp.ClientConnectionError):
        await stalled
    assert registry.log.in_flight == 0


async def test_a_bit_of_the_answer_can_be_wrong(registry, http):
    registry.repository("team/app").add_blob(CONTENT)
    registry.fail(Fault("GET", "/blobs/", CorruptResponse(at_byte=5)))
    _, content = await get(registry, http)
    assert content == CONTENT[:5] + b"\x04" + CONTENT[6:]


async def test_a_bit_of_what_is_sent_can_be_wrong(registry, http):
    registry.fail(Fault("PUT", "/uploads/", CorruptRequest(at_byte=5)))
    location = await begin(registry, http)
    async with http.put(f"{location}&digest={DIGEST}", data=pieces(CONTENT)) as response:
        assert (await response.json())["errors"][0]["code"] == "DIGEST_INVALID"


async def test_an_upload_can_be_forgotten(registry, http):
    registry.fail(Fault("PUT", "/uploads/", DropUpload()))
    location = await begin(registry, http)
    async with http.put(f"{location}&digest={DIGEST}", data=pieces(CONTENT)) as response:
        assert (await response.json())["errors"][0]["code"] == "BLOB_UPLOAD_UNKNOWN"


async def test_another_client_can_be_quicker_than_a_request(registry, http):
    def store():
        registry.repository("team/app").add_blob(CONTENT)

    registry.fail(Fault("GET", "/blobs/", Meanwhile(store)))
    assert await get(registry, http) == (200, CONTENT)
