"""Who is stopped while an answer is on its way may still want to know what it says."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.http.scripted import OK, once, serving

from reposync.http.transport import AnsweredLateError, Request

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nLocation: /there\r\nContent-Length: 2\r\n\r\n"


async def stopped(transport, url, came, *, late_answer_s, released=None):
    async def ask():
        request = Request("POST", url, body=b"", late_answer_s=late_answer_s)
        async with transport.send(request) as response:
            return await response.read(100)

    task = asyncio.create_task(ask())
    await came.wait()
    task.cancel()
    if released is not None:
        await asyncio.sleep(0)
        released.set()
    try:
        await task
    except asyncio.CancelledError as error:
        return error


@pytest.fixture
def came():
    return asyncio.Event()


@pytest.fixture
def released():
    return asyncio.Event()


async def test_an_answer_that_comes_soon_is_told_with_the_cancellation(transport, came, released):
    async def slow(line):
        await line.request()
        came.set()
        await released.wait()
        await line.send(ACCEPTED, b"ok")

    async with serving(slow) as server:
        error = await stopped(
            transport, server.url("/x"), came, late_answer_s=30, released=released
        )
    assert isinstance(error, AnsweredLateError)
    assert (error.status, error.headers["location"]) == (202, "/there")
    assert error.url.endswith("/x")


async def test_one_that_has_begun_is_told_too(transport, came):
    async def half(line):
        await line.answer(ACCEPTED, b"o")
        came.set()
        await line.rest()

    async with serving(half) as server:
        error = await stopped(transport, server.url("/x"), came, late_answer_s=30)
    assert isinstance(error, AnsweredLateError)


async def test_one_that_does_not_come_is_waited_for_no_longer_than_was_said(transport, came):
    async def silent(line):
        await line.request()
        came.set()
        await line.rest()

    async with serving(silent) as server:
        error = await stopped(transport, server.url("/x"), came, late_answer_s=0.01)
    assert type(error) is asyncio.CancelledError


async def test_who_does_not_ask_for_it_waits_for_nothing(transport, came):
    async def silent(line):
        await line.request()
        came.set()
        await line.rest()

    async with serving(silent) as server, asyncio.timeout(5):
        error = await stopped(transport, server.url("/x"), came, late_answer_s=0)
    assert type(error) is asyncio.CancelledError


async def test_a_line_that_answered_late_is_not_used_again(transport, came, released):
    async def slow(line):
        await line.request()
        came.set()
        await released.wait()
        await line.send(OK)

    async with serving(slow, once(OK)) as server:
        await stopped(transport, server.url("/x"), came, late_answer_s=30, released=released)
        async with transport.send(Request("GET", server.url("/y"))) as response:
            assert await response.read(10) == b"ok"
        assert len(server.heads) == 2
