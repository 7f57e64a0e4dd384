"""Single flight: one call at a time per key, whose outcome all who wait for it share."""

from __future__ import annotations

import asyncio
import gc
import traceback
import weakref

import pytest

from reposync.errors import RepoSyncError, TransportError
from reposync.single_flight import SingleFlight


class Calls:
    """A call that waits until it is released, and ends as it is set to."""

    def __init__(self, *failures: Exception) -> None:
        self.count = 0
        self.released = asyncio.Event()
        self.failures = [*failures]

    async def __call__(self) -> list[int]:
        self.count += 1
        count = self.count
        await self.released.wait()
        if self.failures:
            raise self.failures.pop(0)
        return [count]


@pytest.fixture
def flight():
    return SingleFlight()


async def started(flight, call, count, key="k"):
    tasks = [asyncio.create_task(flight.run(key, call)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def errors_of(tasks):
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    errors = [each for each in ended if isinstance(each, RepoSyncError)]
    assert len(errors) == len(tasks)
    return errors


async def test_tasks_that_want_the_same_share_one_call_and_its_very_result(flight):
    call = Calls()
    tasks = await started(flight, call, 20)
    call.released.set()
    found = await asyncio.gather(*tasks)
    assert call.count == 1
    assert all(each is found[0] for each in found)


async def test_calls_for_different_keys_run_at_the_same_time(flight):
    calls = [Calls(), Calls()]
    tasks = [*await started(flight, calls[0], 1, "a"), *await started(flight, calls[1], 1, "b")]
    assert [each.count for each in calls] == [1, 1]
    for each in calls:
        each.released.set()
    await asyncio.gather(*tasks)


async def test_a_result_is_not_kept(flight):
    call = Calls()
    call.released.set()
    assert await flight.run("k", call) == [1]
    assert await flight.run("k", call) == [2]


async def test_an_error_reaches_all_who_waited_and_nobody_after_them(flight):
    call = Calls(TransportError("away", hint="wait"))
    tasks = await started(flight, call, 5)
    call.released.set()
    errors = await errors_of(tasks)
    assert [(type(each), str(each)) for each in errors] == [(TransportError, "away")] * 5
    assert [each.hint for each in errors] == ["wait"] * 5
    assert await flight.run("k", call) == [2]


async def test_each_task_raises_an_error_of_its_own_that_has_only_its_own_frames(flight):
    first = TransportError("away")
    call = Calls(first)
    tasks = await started(flight, call, 5)
    call.released.set()
    errors = await errors_of(tasks)
    assert errors[0] is first
    assert len({id(each) for each in errors}) == 5
    depths = {len(traceback.extract_tb(each.__traceback__)) for each in errors[1:]}
    assert depths == {1}
    errors[1].retryable = False
    assert errors[2].retryable


async def test_a_cancelled_leader_leaves_the_call_to_one_of_those_who_wait(flight):
    call = Calls()
    leader, *others = await started(flight, call, 5)
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    await asyncio.sleep(0)
    assert call.count == 2
    call.released.set()
    assert [*await asyncio.gather(*others)] == [[2]] * 4


async def test_a_task_that_is_cancelled_while_it_waits_disturbs_nobody(flight):
    call = Calls()
    leader, waiting, other = await started(flight, call, 3)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    call.released.set()
    assert [*await asyncio.gather(leader, other)] == [[1]] * 2
    assert call.count == 1


async def test_when_all_are_cancelled_nothing_goes_on(flight):
    call = Calls()
    tasks = await started(flight, call, 3)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert call.count == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}
    call.released.set()
    assert await flight.run("k", call) == [2]


async def test_a_bug_is_its_own_tasks_alone(flight):
    call = Calls(KeyError("bug"))
    leader, other = await started(flight, call, 2)
    call.released.set()
    with pytest.raises(KeyError):
        await leader
    assert await other == [2]


async def test_nothing_of_a_call_is_held_when_it_has_ended(flight):
    class Held:
        pass

    async def succeed():
        return Held()

    async def fail():
        raise RepoSyncError("no")

    result = weakref.ref(await flight.run("good", succeed))
    with pytest.raises(RepoSyncError):
        await flight.run("bad", fail)
    gc.collect()
    assert result() is None
    assert not flight._calls
