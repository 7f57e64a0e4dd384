"""Connections: kept, dropped, tried once more, and never trusted too far."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.http.scripted import OK, always, serving

from reposync.errors import TransportError
from reposync.http import pool
from reposync.http.transport import Request


async def ask(transport, url, method="GET", limit_bytes=100, **options):
    async with transport.send(Request(method, url, **options)) as response:
        return response.status, await response.read(limit_bytes)


async def test_a_connection_is_used_again(transport):
    async with serving(always(OK)) as server:
        assert [await ask(transport, server.url()) for _ in range(3)] == [(200, b"ok")] * 3
        assert server.lines == 1


async def test_an_answer_that_was_left_unread_and_is_whole_keeps_the_connection(transport):
    async with serving(always(OK)) as server:
        for _ in range(2):
            async with transport.send(Request("GET", server.url())) as response:
                assert response.headers["content-length"] == "2"
        assert server.lines == 1


async def test_an_answer_that_is_left_in_the_middle_ends_its_connection(transport):
    async def half(line):
        await line.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        await line.rest()

    async with serving(half, always(OK)) as server:
        async with transport.send(Request("GET", server.url())):
            pass
        assert await ask(transport, server.url()) == (200, b"ok")
        assert server.lines == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        OK.replace(b"1.1", b"1.0"),
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
    ],
)
async def test_a_connection_that_ends_or_says_too_much_is_not_used_again(transport, answer):
    async with serving(always(answer)) as server:
        for _ in range(2):
            assert await ask(transport, server.url()) == (200, b"ok")
        assert server.lines == 2


async def test_bytes_that_nobody_asked_for_never_become_an_answer(transport):
    async def pushy(line):
        await line.answer(OK)
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        await line.rest()

    async with serving(pushy, always(OK)) as server:
        assert await ask(transport, server.url()) == (200, b"ok")
        await asyncio.sleep(0.01)
        assert await ask(transport, server.url()) == (200, b"ok")
        assert server.lines == 2


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
async def test_a_kept_connection_that_the_server_closed_is_replaced(transport, method):
    is_closed = asyncio.Event()

    async def closing(line):
        await line.answer(OK)
        await line.closed()
        is_closed.set()

    async with serving(closing, always(OK)) as server:
        assert await ask(transport, server.url()) == (200, b"ok")
        await is_closed.wait()
        assert await ask(transport, server.url(), method, body=b"") == (200, b"ok")
        assert server.lines == 2


async def test_a_get_that_meets_a_dying_connection_is_sent_once_more(transport):
    async def dies_at_the_second(line):
        await line.answer(OK)
        await line.request()
        line.reset()

    async with serving(dies_at_the_second, always(OK)) as server:
        for _ in range(2):
            assert await ask(transport, server.url()) == (200, b"ok")
        assert (server.lines, len(server.heads)) == (2, 3)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
async def test_what_may_do_harm_twice_is_never_sent_twice(transport, method):
    async def dies_at_the_second(line):
        await line.answer(OK)
        await line.request()
        line.reset()

    async with serving(dies_at_the_second, always(OK)) as server:
        await ask(transport, server.url())
        with pytest.raises(TransportError):
            await ask(transport, server.url(), method, body=b"")
        assert len(server.heads) == 2


async def test_a_get_is_sent_once_more_and_no_oftener(transport):
    async def dies(line):
        await line.request()
        line.close()

    async def dies_at_the_second(line):
        await line.answer(OK)
        await dies(line)

    async with serving(dies_at_the_second, dies) as server:
        await ask(transport, server.url())
        with pytest.raises(TransportError, match="closed the connection without an answer"):
            await ask(transport, server.url())
        assert len(server.heads) == 3


async def test_an_answer_that_has_begun_is_never_asked_for_again(transport):
    async def dies_in_the_second(line):
        await line.answer(OK)
        await line.answer(b"HTTP/1.1 2")
        line.close()

    async with serving(dies_in_the_second) as server:
        await ask(transport, server.url())
        with pytest.raises(TransportError, match="broke off in the middle of its answer"):
            await ask(transport, server.url())
        assert len(server.heads) == 2


async def test_a_connection_that_waited_too_long_is_not_trusted(transport, monkeypatch):
    async with serving(always(OK)) as server:
        await ask(transport, server.url())
        monkeypatch.setattr(pool, "IDLE_LIMIT_S", -1.0)
        await ask(transport, server.url())
        assert server.lines == 2


async def test_as_many_connections_are_opened_as_are_asked_for_at_once(transport):
    async with serving(always(OK)) as server:
        for _ in range(2):
            await asyncio.gather(*[ask(transport, server.url()) for _ in range(8)])
        assert server.lines == 8


async def test_a_cancelled_request_ends_its_connection_and_no_other(transport):
    asked = asyncio.Event()

    async def silent(line):
        await line.request()
        asked.set()
        await line.rest()

    async with serving(silent, always(OK)) as server:
        task = asyncio.create_task(ask(transport, server.url()))
        await asked.wait()
        assert await ask(transport, server.url()) == (200, b"ok")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ask(transport, server.url()) == (200, b"ok")
        assert server.lines == 2


async def test_closing_ends_what_is_still_waited_for(transport):
    asked = asyncio.Event()

    async def silent(line):
        await line.request()
        asked.set()
        await line.rest()

    async with serving(silent) as server:
        task = asyncio.create_task(ask(transport, server.url()))
        await asked.wait()
        await transport.close()
        with pytest.raises(TransportError):
            await task
        with pytest.raises(TransportError, match="closed already"):
            await ask(transport, server.url())


async def test_a_body_longer_than_the_buffer_waits_for_its_reader(transport):
    size = 8_000_000

    async def large(line):
        await line.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 100_000):
            await line.send(b"x" * 100_000)
        await line.answer(OK)

    async with serving(large) as server:
        async with transport.send(Request("GET", server.url())) as response:
            await asyncio.sleep(0.05)
            assert response._reader.held_bytes < 1_000_000
            assert sum([len(chunk) async for chunk in response.chunks()]) == size
        assert await ask(transport, server.url()) == (200, b"ok")
        assert server.lines == 1


async def test_a_read_takes_no_more_than_its_limit_and_the_next_goes_on(transport):
    async with (
        serving(always(OK)) as server,
        transport.send(Request("GET", server.url())) as response,
    ):
        assert [await response.read(1), await response.read(9)] == [b"o", b"k"]
        assert await response.read(9) == b""


@pytest.mark.parametrize("length", [b"9", b"4"], ids=["half", "whole"])
async def test_an_answer_cannot_be_read_behind_its_context(transport, length):
    async def script(line):
        await line.answer(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\nhalf")
        await line.rest()

    async with serving(script) as server:
        async with transport.send(Request("GET", server.url())) as response:
            assert await response.read(1) == b"h"
        assert response._reader.held_bytes == 0
        with pytest.raises(TransportError):
            await response.read(9)


TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def tired(line):
    """Answer once, and the next request with what was meant for an idle connection."""
    await line.answer(OK)
    await line.answer(TIMED_OUT)
    line.close()


async def closing_unsaid(line):
    """Answer once, take the next request, and close instead of an answer."""
    await line.answer(OK)
    await line.request()
    line.close()


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", b""), ("PUT", b"xy")])
async def test_a_server_tired_of_an_idle_connection_is_asked_on_a_fresh_one(
    transport, method, body
):
    async def taking(line):
        while True:
            await line.request(len(body or b""))
            await line.send(OK)

    async with serving(tired, taking) as server:
        assert await ask(transport, server.url()) == (200, b"ok")
        assert await ask(transport, server.url(), method, body=body) == (200, b"ok")
        assert server.lines == 2


async def test_a_408_on_a_fresh_connection_is_an_answer(transport):
    async with serving(always(TIMED_OUT)) as server:
        assert await ask(transport, server.url()) == (408, b"")


async def test_where_kept_connections_die_a_push_gets_a_fresh_one_each_time(transport):
    async with serving(closing_unsaid) as server:
        assert await ask(transport, server.url()) == (200, b"ok")
        with pytest.raises(TransportError):
            await ask(transport, server.url(), "POST", body=b"")
        for tried in range(3):
            assert await ask(transport, server.url(), "POST", body=b"") == (200, b"ok")
            assert server.lines == 2 + tried


async def test_a_streamed_push_that_met_a_tired_server_is_followed_by_a_fresh_connection(transport):
    async def stream():
        yield b"x"

    async with serving(tired, tired, always(OK)) as server:
        await asyncio.gather(*[ask(transport, server.url()) for _ in range(2)])
        assert await ask(transport, server.url(), "PUT", body=stream(), body_bytes=1) == (408, b"")
        assert await ask(transport, server.url(), "PUT", body=stream(), body_bytes=1) == (
            200,
            b"ok",
        )
        assert server.lines == 3


async def test_a_server_that_closes_each_connection_soon_gets_pushes_on_fresh_ones(transport):
    async def closing_soon(line):
        await line.answer(OK)
        line.close()

    async def dying_at_the_second(line):
        await line.answer(OK)
        await closing_unsaid(line)

    async with serving(closing_soon, dying_at_the_second) as server:
        assert await ask(transport, server.url()) == (200, b"ok")
        await asyncio.gather(*[connection.gone() for connection in transport._pool._all])
        assert await ask(transport, server.url()) == (200, b"ok")
        assert await ask(transport, server.url(), "POST", body=b"") == (200, b"ok")
        assert server.lines == 3


async def test_fresh_connections_for_pushes_take_the_place_of_kept_ones(transport):
    lines = set()

    async def counting(line):
        lines.add(line)
        try:
            await always(OK)(line)
        finally:
            lines.discard(line)

    async with serving(closing_unsaid, counting) as server:
        assert await ask(transport, server.url()) == (200, b"ok")
        with pytest.raises(TransportError):
            await ask(transport, server.url(), "POST", body=b"")
        for _ in range(20):
            assert await ask(transport, server.url(), "POST", body=b"") == (200, b"ok")
        await asyncio.sleep(0.01)
        assert len(lines) == 1


async def test_kept_connections_are_trusted_again_after_a_while(transport, monkeypatch):
    monkeypatch.setattr(pool, "DISTRUST_S", 0.0)
    async with serving(closing_unsaid, always(OK)) as server:
        assert await ask(transport, server.url()) == (200, b"ok")
        with pytest.raises(TransportError):
            await ask(transport, server.url(), "POST", body=b"")
        for _ in range(3):
            assert await ask(transport, server.url(), "POST", body=b"") == (200, b"ok")
        assert server.lines == 2
