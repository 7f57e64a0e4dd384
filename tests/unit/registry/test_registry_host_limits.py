"""How many requests a host gets at a time, and that none is lost on the way."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.registry.clients import opened, repository

from reposync.errors import RateLimitedError
from reposync.registry.throttle.adaptive_concurrency import FIRST, LEAST, MOST, AdaptiveConcurrency
from reposync.registry.throttle.host_limits import Bounds, HostLimits
from reposync.registry.throttle.rate_limiter import FIRST_PER_S, LEAST_PER_S, RateLimiter


def answers(concurrency, count, took_s, *, in_flight=None):
    for number in range(count):
        used = int(concurrency.limit) if in_flight is None else in_flight
        concurrency.answered(took_s, in_flight=used, at_s=number * took_s)


def test_more_are_let_out_as_long_as_answers_come_as_quickly():
    concurrency = AdaptiveConcurrency()
    answers(concurrency, 200_000, 0.02)
    assert int(concurrency.limit) == MOST


def test_what_is_not_used_up_is_not_raised():
    concurrency = AdaptiveConcurrency()
    answers(concurrency, 10_000, 0.02, in_flight=3)
    assert concurrency.limit == FIRST


def test_fewer_are_let_out_when_answers_take_much_longer():
    concurrency = AdaptiveConcurrency()
    answers(concurrency, 100, 0.02)
    answers(concurrency, 200, 0.5)
    assert LEAST <= concurrency.limit < FIRST


def test_slow_answers_from_the_beginning_are_the_hosts_own_and_no_queue():
    concurrency = AdaptiveConcurrency()
    answers(concurrency, 1000, 0.8)
    assert concurrency.limit > FIRST


def test_a_push_back_halves_once_however_many_answers_bring_it():
    concurrency = AdaptiveConcurrency()
    for _ in range(50):
        concurrency.pushed_back(10.0)
    assert concurrency.limit == FIRST / 2
    for at_s in range(11, 100):
        concurrency.pushed_back(float(at_s))
    assert concurrency.limit == LEAST


async def test_no_more_than_the_limit_are_in_flight_and_the_first_comes_first():
    limits = HostLimits("host")
    started, running, most = [], 0, 0

    async def ask(number):
        nonlocal running, most
        async with limits.slot():
            started.append(number)
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(ask(number) for number in range(5 * FIRST)))
    assert FIRST <= most <= FIRST + 5
    assert started == sorted(started)


async def test_who_is_cancelled_while_waiting_or_working_gives_its_slot_back():
    limits = HostLimits("host")

    async def ask():
        async with limits.slot():
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(ask()) for _ in range(3 * FIRST)]
    await asyncio.sleep(0)
    for task in tasks[FIRST - 1 :]:
        task.cancel()
    await asyncio.sleep(0)
    for task in tasks[: FIRST - 1]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        for _ in range(2 * FIRST):
            async with limits.slot():
                pass


async def test_a_request_that_fails_gives_its_slot_back():
    limits = HostLimits("host")
    for _ in range(2 * FIRST):
        with pytest.raises(ValueError, match="no"):
            async with limits.slot():
                raise ValueError("no")


async def test_what_an_answer_takes_tells_only_where_it_is_timed():
    now_s = 0.0
    limits = HostLimits("host", now_s=lambda: now_s)
    for took_s, is_timed in ((1.0, False), (3.0, True), (2.0, True)):
        async with limits.slot() as slot:
            slot.is_timed = is_timed
            now_s += took_s
    assert limits.quickest_s == 2.0


async def test_a_pause_holds_for_all():
    now_s, slept = 0.0, []

    async def sleep(seconds):
        nonlocal now_s
        slept.append(seconds)
        now_s += seconds

    limits = HostLimits("host", now_s=lambda: now_s, sleep=sleep)
    limits.pause(3)
    limits.pause(2)
    async with limits.slot():
        assert slept == [3]


async def test_a_pause_that_many_answers_ask_for_is_told_once_and_one_that_is_much_longer_again(
    clock, caplog
):
    limits = HostLimits("r.example", now_s=clock)
    for _ in range(20):
        limits.pause(1)
        clock.advance(0.01)
    limits.pause(30)
    clock.advance(30)
    limits.pause(1)
    assert [record.getMessage().rpartition(" for ")[2] for record in caplog.records] == [
        "1 s",
        "30 s",
        "1 s",
    ]


async def begun_at(limits, count):
    """Let *count* requests begin; tells when each did."""
    times = []
    now_s = asyncio.get_running_loop().time

    async def begin():
        await limits.opened()
        times.append(now_s())

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(begin())
    return times


def test_who_waits_for_a_turn_as_a_pause_begins_gets_another_behind_it():
    async def paused():
        limits = HostLimits("r.example", bounds=Bounds(per_second=20))
        asyncio.get_running_loop().call_later(0.07, limits.pause, 10)
        return await begun_at(limits, 5)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        first, *others = runner.run(paused())
        assert [round(at - first, 2) for at in others] == [0.05, 10.07, 10.12, 10.17]


def test_after_a_refusal_requests_begin_apart_and_not_before():
    async def refused():
        limits = HostLimits("r.example")
        limits.slow_down(is_refused=False)
        assert len(set(await begun_at(limits, 10))) == 1
        limits.slow_down(is_refused=True)
        return await begun_at(limits, 11)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        times = runner.run(refused())
        assert times[-1] - times[0] == pytest.approx(10 / FIRST_PER_S)


def test_a_rate_goes_down_with_each_second_of_refusals_and_up_without():
    spacing = RateLimiter()
    assert spacing.apart_s(0) == 0
    for _ in range(100):
        spacing.refused(0)
    assert spacing.apart_s(0) == 1 / FIRST_PER_S
    for second in range(1, 100):
        spacing.refused(second)
    assert 1 / LEAST_PER_S / 1.2 <= spacing.apart_s(99) <= 1 / LEAST_PER_S
    assert spacing.apart_s(105) < spacing.apart_s(99)
    assert spacing.apart_s(10**6) == 0
    spacing.refused(10**6)
    assert spacing.apart_s(10**6) == 1 / FIRST_PER_S


def test_requests_are_never_nearer_than_the_user_wants():
    spacing = RateLimiter(0.5)
    assert spacing.apart_s(0) == 0.5
    spacing.refused(0)
    assert spacing.apart_s(0) == 0.5


async def test_a_pause_that_nobody_would_wait_for_fails_what_comes_before_its_end():
    now_s = 0.0
    limits = HostLimits("host", now_s=lambda: now_s)
    limits.pause(5000)
    for _ in range(2 * FIRST):
        with pytest.raises(RateLimitedError, match="no request in the next 5000 s") as caught:
            async with limits.slot():
                pass
        assert caught.value.retry_after_s == 5000
    now_s = 5000.0
    async with limits.slot():
        pass


async def test_no_more_begin_in_a_second_than_the_bounds_say():
    now_s, began_s = 100.0, []

    async def sleep(seconds):
        nonlocal now_s
        now_s += seconds

    limits = HostLimits("host", bounds=Bounds(per_second=4), now_s=lambda: now_s, sleep=sleep)
    for _ in range(9):
        await limits.opened()
        began_s.append(now_s)
    assert began_s == [100 + number / 4 for number in range(9)]


def test_a_pace_is_never_above_its_bound():
    concurrency = AdaptiveConcurrency(5, 5)
    answers(concurrency, 10_000, 0.02)
    assert concurrency.limit == 5


async def test_a_host_is_timed_by_what_is_brief_and_not_by_the_bytes_of_blobs():
    blob = images.blob("not brief", 100_000)
    async with FakeRegistry() as registry, opened(registry) as client:
        there = repository(client)
        await there.push_blob(blob.descriptor, chunks(blob.content))
        async with there.open_blob(blob.descriptor) as read:
            assert b"".join([chunk async for chunk in read]) == blob.content
        assert client.quickest_s == float("inf")
        assert await there.has_blob(blob.descriptor)
        assert client.quickest_s < 10


async def test_a_source_is_near_when_it_is_known_to_answer_soon(monkeypatch):
    async with FakeRegistry() as registry, opened(registry) as client:
        there = repository(client)
        assert not there.is_near
        for _ in range(50):  # one of them comes soon, whatever else is going on
            await there.resolve("1")
        assert repository(client).is_near
        monkeypatch.setattr(type(client), "quickest_s", 0.021)
        assert not repository(client).is_near


async def chunks(content):
    yield content
