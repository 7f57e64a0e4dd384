from __future__ import annotations

import asyncio

from reposync.verify.once import Once


async def test_a_result_is_computed_once_for_all_who_need_it():
    once, released, calls = Once[int](), asyncio.Event(), []

    async def compute():
        calls.append(1)
        await released.wait()
        return 7

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(once.get("group", b"key", compute)) for _ in range(5)]
        await asyncio.sleep(0)
        released.set()
    assert [task.result() for task in tasks] == [7] * 5
    assert await once.get("group", b"key", compute) == 7
    assert len(calls) == 1


async def test_keys_of_other_groups_are_other_results():
    once = Once[str]()

    async def of(text):
        return text

    assert await once.get("a", b"key", lambda: of("a")) == "a"
    assert await once.get("b", b"key", lambda: of("b")) == "b"


async def test_a_waiting_task_that_is_stopped_disturbs_nobody():
    once, released = Once[int](), asyncio.Event()

    async def compute():
        await released.wait()
        return 7

    first = asyncio.create_task(once.get("group", b"key", compute))
    await asyncio.sleep(0)
    second = asyncio.create_task(once.get("group", b"key", compute))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    released.set()
    assert await first == 7
