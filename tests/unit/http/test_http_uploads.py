"""Uploads: exactly what was announced, at the server's pace, until it answers."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.http.scripted import CREATED, OK, always, serving

from reposync.errors import ContentError, TransportError
from reposync.http.transport import Request

LARGE = 40_000_000


async def put(transport, url, body, body_bytes=0):
    request = Request("PUT", url, body=body, body_bytes=body_bytes)
    async with transport.send(request) as response:
        return response.status, await response.read(100)


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def endless():
    while True:
        yield b"x" * 100_000


def taking(*bodies_bytes):
    """Make a script that takes bodies of these lengths on one line; keeps them."""
    got = []

    async def script(line):
        for body_bytes in bodies_bytes:
            got.append(await line.request(body_bytes))
            await line.send(CREATED)
        await line.rest()

    script.got = got  # type: ignore[attr-defined]
    return script


async def test_a_streamed_body_arrives_whole_and_the_connection_is_kept(transport):
    script = taking(9, 0, 300_000)
    async with serving(script) as server:
        url = server.url()
        assert await put(transport, url, stream(b"abc", b"", b"defghi"), 9) == (201, b"")
        assert await put(transport, url, stream(), 0) == (201, b"")
        assert await put(transport, url, stream(b"x" * 300_000), 300_000) == (201, b"")
        assert script.got == [b"abcdefghi", b"", b"x" * 300_000]
        assert server.lines == 1
        assert "Content-Length: 9\r\n" in server.heads[0]
        assert "chunked" not in "".join(server.heads).lower()


@pytest.mark.parametrize("body", [b"", b"hello", b"x" * 3_000_000])
async def test_a_body_of_bytes_arrives_whole(transport, body):
    script = taking(len(body))
    async with serving(script) as server:
        assert await put(transport, server.url(), body) == (201, b"")
        assert script.got == [body]


async def test_a_large_body_waits_for_a_slow_server(transport):
    async def slow(line):
        await line.request()
        await released.wait()
        await line.rest_of(LARGE)
        await line.send(CREATED)

    released = asyncio.Event()
    given = 0

    async def body():
        nonlocal given
        for _ in range(LARGE // 100_000):
            given += 100_000
            yield b"x" * 100_000

    async with serving(slow) as server:
        task = asyncio.create_task(put(transport, server.url(), body(), LARGE))
        await asyncio.sleep(0.1)
        assert given < LARGE / 2
        released.set()
        assert await task == (201, b"")


@pytest.mark.parametrize("status", [b"401 Unauthorized", b"413 Too Large", b"201 Created"])
async def test_an_answer_that_comes_in_the_middle_of_a_body_ends_it(transport, status):
    async def hasty(line):
        await line.request()
        await line.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 3\r\n\r\nwhy")
        await line.rest()

    async with serving(hasty, always(OK)) as server:
        found, why = await put(transport, server.url(), endless(), 10**12)
        assert (str(found).encode(), why) == (status[:3], b"why")
        assert (await put(transport, server.url(), b""))[0] == 200
        assert server.lines == 2


async def test_an_answer_before_a_hang_up_in_the_middle_of_a_body_is_heard(transport):
    async def rude(line):
        await line.request()
        await line.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nwhy")
        line.close()

    async with serving(rude) as server:
        for _ in range(20):
            assert await put(transport, server.url(), endless(), 10**12) == (413, b"why")


async def test_a_server_that_hangs_up_in_the_middle_of_a_body_is_told(transport):
    async def gone(line):
        await line.request()
        line.reset()

    async with serving(gone) as server:
        with pytest.raises(TransportError, match=server.host):
            await put(transport, server.url(), endless(), 10**12)


async def test_a_server_that_takes_nothing_fell_silent(impatient):
    async def full(line):
        await line.request()
        await asyncio.Event().wait()

    async with serving(full) as server:
        with pytest.raises(TransportError, match="fell silent"):
            await put(impatient, server.url(), endless(), 10**12)


async def test_the_time_that_a_body_takes_to_come_is_not_the_servers(impatient):
    async def slow():
        for piece in (b"a", b"b"):
            await asyncio.sleep(0.15)
            yield piece

    script = taking(2)
    async with serving(script) as server:
        assert await put(impatient, server.url(), slow(), 2) == (201, b"")


async def test_what_a_body_raises_passes_through_and_the_connection_is_dropped(transport):
    async def bad():
        yield b"x" * 10
        raise ContentError("no")

    async with serving(taking(100), always(OK)) as server:
        with pytest.raises(ContentError, match="no"):
            await put(transport, server.url(), bad(), 100)
        assert (await put(transport, server.url(), b""))[0] == 200
        assert server.lines == 2


@pytest.mark.parametrize("chunks", [[b"abc"], [], [b"abcd", b"efghi"], [b"x" * 9]])
async def test_a_body_of_another_length_never_passes_for_the_right_one(transport, chunks):
    async with serving(taking(5)) as server:
        with pytest.raises(TransportError, match="has not the length that was announced"):
            await put(transport, server.url(), stream(*chunks), 5)


async def test_an_upload_that_is_cancelled_ends_its_connection(transport):
    open_uploads, ended = asyncio.Event(), asyncio.Event()

    async def script(line):
        await line.request()
        open_uploads.set()
        await line.rest()
        ended.set()

    async def body():
        yield b"x"
        await asyncio.Event().wait()

    async with serving(script) as server:
        task = asyncio.create_task(put(transport, server.url(), body(), 9))
        await open_uploads.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ended.wait()


async def test_an_upload_over_tls_arrives_whole(transport, certificates):
    script = taking(LARGE)
    async with serving(script, tls=certificates.server_context()) as server:

        async def body():
            for number in range(LARGE // 200_000):
                yield bytes([number % 256]) * 200_000

        assert await put(transport, server.url(), body(), LARGE) == (201, b"")
        assert script.got[0][::200_000] == bytes(n % 256 for n in range(LARGE // 200_000))
