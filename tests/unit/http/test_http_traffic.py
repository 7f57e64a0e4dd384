"""Traffic: every answered request and every byte of a body is counted for its host, once."""

from __future__ import annotations

import pytest
from tests.unit.http.scripted import CREATED, OK, serving

from reposync.errors import TransportError
from reposync.http.http_transport import HttpTransport
from reposync.http.traffic import Traffic
from reposync.http.transport import Request
from reposync.trust import Trust, tls_context

MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone!"


@pytest.fixture
def traffic():
    return Traffic()


@pytest.fixture
async def transport(traffic):
    opened = HttpTransport(tls=tls_context(Trust(verify=False)), environ={}, traffic=traffic)
    yield opened
    await opened.close()


async def ask(transport, method, url, body=None, body_bytes=0):
    async with transport.send(Request(method, url, body=body, body_bytes=body_bytes)) as response:
        await response.read(1000)


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def answering(line):
    await line.answer(OK)
    await line.answer(OK)
    await line.answer(MISSING)
    await line.request(5)
    await line.send(CREATED)
    await line.request(7)
    await line.send(CREATED)
    await line.rest()


async def test_requests_are_counted_by_method_and_status_and_bodies_by_direction(
    transport, traffic
):
    async with serving(answering) as server:
        await ask(transport, "GET", server.url())
        await ask(transport, "GET", server.url())
        await ask(transport, "GET", server.url())
        await ask(transport, "PUT", server.url(), b"bytes")
        await ask(transport, "PATCH", server.url(), stream(b"in", b"parts"), 7)
    there = traffic.by_host[server.host]
    assert there.answers == {("GET", 200): 2, ("GET", 404): 1, ("PUT", 201): 1, ("PATCH", 201): 1}
    assert (there.read_bytes, there.written_bytes) == (2 + 2 + 5, 5 + 7)


async def test_each_host_is_counted_by_itself(transport, traffic):
    async with (
        serving(lambda line: line.answer(OK)) as one,
        serving(lambda line: line.answer(MISSING)) as other,
    ):
        await ask(transport, "GET", one.url())
        await ask(transport, "GET", other.url())
    assert {host: each.answers for host, each in traffic.by_host.items()} == {
        one.host: {("GET", 200): 1},
        other.host: {("GET", 404): 1},
    }


async def test_a_request_that_is_not_answered_is_not_counted(transport, traffic):
    async def silent(line):
        await line.request()

    async with serving(silent) as server:
        with pytest.raises(TransportError):
            await ask(transport, "GET", server.url())
    assert traffic.by_host[server.host].answers == {}
