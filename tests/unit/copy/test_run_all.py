"""Steps side by side: none of them outlives the call, however it ends."""

from __future__ import annotations

import asyncio

import pytest

from reposync.copy.run_all import results
from reposync.errors import UnavailableError


class Slow:
    """Steps that wait for ever, and take their time to clean up when they are stopped."""

    def __init__(self):
        self.open_uploads = self.ended = 0
        self.all_begun = asyncio.Event()

    async def step(self):
        self.open_uploads += 1
        if self.open_uploads == 3:
            self.all_begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(self.open_uploads):  # one later than the other
                await asyncio.sleep(0)
            self.ended += 1


async def gives(value):
    await asyncio.sleep(0)
    return value


async def fails():
    await asyncio.sleep(0)
    raise UnavailableError("busy")


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_results_come_in_the_order_of_their_steps(count):
    assert await results([gives(number) for number in range(count)]) == list(range(count))


async def test_a_failure_is_raised_as_it_is_when_the_others_have_ended():
    slow = Slow()
    with pytest.raises(UnavailableError, match="busy"):
        await results([slow.step(), fails(), slow.step()])
    assert slow.ended == slow.open_uploads == 2


async def test_who_is_stopped_waits_for_all_that_it_began():
    slow = Slow()
    steps = [slow.step() for _ in range(3)]
    task = asyncio.create_task(results(steps))
    await slow.all_begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slow.ended == 3
