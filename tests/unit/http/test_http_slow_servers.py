"""Servers that are never silent and never done, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.http.scripted import always, serving

from reposync.errors import TransportError
from reposync.http.http_transport import HttpTransport
from reposync.http.timeouts import Timeouts
from reposync.http.transport import Request
from reposync.trust import Trust, tls_context

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
GIVEN_UP_WITHIN_S = 240.0


def dribbling(head, piece, pause_s):
    """Make a script that sends *head*, and then *piece* again and again."""

    async def script(line):
        await line.answer(*head)
        while True:
            await asyncio.sleep(pause_s)
            await line.send(piece)

    return script


def in_virtual_time(script, use, method="GET", **options):
    """Run *use* against *script*; return what it raised, and how long that took."""

    async def main():
        loop = asyncio.get_running_loop()
        async with serving(script) as server:
            transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
            request = Request(method, server.url(), **options)
            began_s = loop.time()
            with pytest.raises(TransportError) as raised:
                async with transport.send(request) as response:
                    await use(response)
            await transport.close()
            return str(raised.value), loop.time() - began_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


async def read_whole(response):
    await response.read(1 << 20)


async def read_as_stream(response):
    async for _ in response.chunks():
        pass


async def nothing(_response):
    raise AssertionError


@pytest.mark.parametrize("use", [read_whole, read_as_stream])
@pytest.mark.parametrize("pause_s", [0.1, 2.0, 50.0])
def test_a_body_that_comes_byte_by_byte_is_given_up(use, pause_s):
    why, took_s = in_virtual_time(dribbling([HEAD], b"x", pause_s), use)
    assert "sends fewer than 256 bytes per second" in why
    assert took_s <= GIVEN_UP_WITHIN_S


def test_a_head_that_comes_byte_by_byte_is_given_up():
    start = b"HTTP/1.1 200 OK\r\nX: "
    _, took_s = in_virtual_time(dribbling([start], b"x", 2.0), nothing)
    assert took_s <= GIVEN_UP_WITHIN_S


def test_interim_answers_prolong_the_wait_for_the_last_and_not_for_ever():
    interim = b"HTTP/1.1 102 Processing\r\n\r\n"
    _, took_s = in_virtual_time(dribbling([interim], interim, 50.0), nothing)
    assert 60.0 < took_s <= GIVEN_UP_WITHIN_S


async def endless():
    while True:
        yield b"x" * 100_000


@pytest.mark.parametrize(
    "piece", [b"X", b"HTTP/1.1 102 Processing\r\n\r\n"], ids=["head", "interim answers"]
)
def test_a_server_that_takes_nothing_and_dribbles_an_answer_is_given_up(piece):
    start = b"" if piece.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\nX: "
    _, took_s = in_virtual_time(
        dribbling([start], piece, 20.0), nothing, "PUT", body=endless(), body_bytes=10**12
    )
    assert took_s <= GIVEN_UP_WITHIN_S


def test_a_server_that_takes_a_few_bytes_now_and_then_is_given_up():
    async def sipping(line):
        await line.request()
        line._writer.transport.pause_reading()
        sock = line._writer.get_extra_info("socket")
        while True:
            await asyncio.sleep(10.0)
            sock._sock.recv(1000)

    _, took_s = in_virtual_time(sipping, nothing, "PUT", body=endless(), body_bytes=10**12)
    assert took_s <= GIVEN_UP_WITHIN_S


def test_a_pause_that_the_stall_timeout_allows_ends_no_body():
    async def main():
        async def pausing(line):
            await line.answer(HEAD, b"x" * 1000)
            await asyncio.sleep(250.0)
            await line.send(b"x" * 1000)
            await asyncio.sleep(250.0)
            await line.send(b"x" * 98_000)
            await line.rest()

        async with serving(pausing) as server:
            transport = HttpTransport(
                tls=tls_context(Trust(verify=False)), environ={}, timeouts=Timeouts(stall_s=600.0)
            )
            async with transport.send(Request("GET", server.url())) as response:
                assert len(await response.read(1 << 20)) == 100_000
            await transport.close()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


def received(script, pause_s=0.0):
    """Return the body of an answer, which is processed for *pause_s* after each chunk."""

    async def main():
        async with serving(script) as server:
            transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
            body = b""
            async with transport.send(Request("GET", server.url())) as response:
                async for chunk in response.chunks():
                    body += chunk
                    await asyncio.sleep(pause_s)
            await transport.close()
            return body

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


def test_a_body_that_comes_in_bursts_is_read_however_slowly_it_is_processed():
    async def bursting(line):
        await line.answer(HEAD)
        for _ in range(10):
            await asyncio.sleep(30.0)
            await line.send(b"x")
            await asyncio.sleep(1.0)
            await line.send(b"x" * 9999)
        await line.rest()

    assert received(bursting, pause_s=5.0) == b"x" * 100_000


def test_a_short_answer_that_came_whole_is_never_too_slow():
    async def hesitating(line):
        await line.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        for _ in range(2):
            await asyncio.sleep(40.0)
            await line.send(b"x")
        await line.rest()

    assert received(hesitating) == b"xx"


def test_a_slow_body_that_comes_steadily_is_read():
    async def main():
        body = b"x" * 100_000

        async def steady(line):
            await line.answer(HEAD)
            for start in range(0, len(body), 1000):
                await asyncio.sleep(2.0)
                await line.send(body[start : start + 1000])
            await line.rest()

        async with serving(steady, always(HEAD)) as server:
            transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
            async with transport.send(Request("GET", server.url())) as response:
                assert await response.read(1 << 20) == body
            await transport.close()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())
