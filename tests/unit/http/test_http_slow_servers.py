"""Servers that are never silent and never done, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.http.scripted import always, serving

from reposync.errors import TransportError
from reposync.http.http_transport import HttpTransport
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


def in_virtual_time(script, use):
    """Run *use* against *script*; return what it raised, and how long that took."""

    async def main():
        loop = asyncio.get_running_loop()
        async with serving(script) as server:
            transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
            began_s = loop.time()
            with pytest.raises(TransportError) as raised:
                async with transport.send(Request("GET", server.url())) as response:
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
