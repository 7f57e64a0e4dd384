"""Who sends the next request to a host, where the user bounds them all."""

from __future__ import annotations

import asyncio

from reposync.registry.throttle.host_limits import Bounds, HostLimits


async def test_streams_and_short_requests_together_are_never_more_than_the_bound():
    limits = HostLimits("host", bounds=Bounds(3))
    running = most = 0

    async def ask(held):
        nonlocal running, most
        async with held:
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    every = [limits.slot() if number % 2 else limits.beside() for number in range(100)]
    await asyncio.gather(*map(ask, every))
    assert most == 3


async def test_what_goes_beside_the_slots_goes_before_what_waits_for_one():
    limits = HostLimits("host", bounds=Bounds(2))
    sent = []

    async def ask(held, name):
        async with held:
            sent.append(name)

    async with asyncio.TaskGroup() as group, limits.beside(), limits.slot():
        for number in range(3):
            group.create_task(ask(limits.slot(), f"short {number}"))
            group.create_task(ask(limits.beside(), f"stream {number}"))
        await asyncio.sleep(0)
        assert sent == []
    assert sent[:3] == ["stream 0", "stream 1", "stream 2"]
    assert sent[3:] == ["short 0", "short 1", "short 2"]


async def test_without_a_bound_nothing_waits_beside_the_slots():
    limits = HostLimits("host")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        entered = asyncio.Barrier(500)

        async def stream():
            async with limits.beside():
                await entered.wait()

        for _ in range(500):
            group.create_task(stream())


async def test_who_is_cancelled_beside_the_slots_gives_its_place_back():
    limits = HostLimits("host", bounds=Bounds(2))

    async def ask(held):
        async with held:
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(ask(limits.beside())) for _ in range(6)]
    await asyncio.sleep(0)
    for task in tasks[1:]:
        task.cancel()
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5), limits.beside(), limits.slot():
        pass
