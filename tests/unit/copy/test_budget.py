from __future__ import annotations

import asyncio

from reposync.copy.budget import Budget


async def test_no_more_is_held_than_there_is_and_nobody_is_overtaken():
    budget = Budget(10)
    held, most, order = 0, 0, []

    async def hold(count):
        nonlocal held, most
        async with budget.holding(count):
            order.append(count)
            held += count
            most = max(most, held)
            await asyncio.sleep(0)
            held -= count

    wanted = [3, 3, 3, 9, 1, 10, 2, 8] * 20
    await asyncio.gather(*map(hold, wanted))
    assert order == wanted
    assert most == 10


async def test_who_wants_more_than_there_is_gets_all():
    budget = Budget(10)
    async with budget.holding(11):
        waiting = asyncio.create_task(_hold(budget, 1))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_who_is_cancelled_while_waiting_lets_the_next_go_on():
    budget = Budget(10)
    async with budget.holding(8):
        large = asyncio.create_task(_hold(budget, 5))
        small = asyncio.create_task(_hold(budget, 2))
        await asyncio.sleep(0)
        assert not small.done()
        large.cancel()
        await asyncio.wait_for(small, 5)
    await asyncio.wait_for(_hold(budget, 10), 5)


async def _hold(budget, count):
    async with budget.holding(count):
        pass
