from __future__ import annotations

import asyncio

import pytest

from reposync.clouds.renewed_credentials import Granted, RenewedCredentials
from reposync.credentials import Credentials
from reposync.errors import LoginError, TransportError

HOUR_S = 3600.0


class Cloud:
    """Lends numbered credentials, or fails in the ways that were put before it."""

    def __init__(self, life_s: float = HOUR_S) -> None:
        self.life_s = life_s
        self.asked = 0
        self.failures: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()

    async def grant(self) -> Granted:
        self.asked += 1
        await self.open.wait()
        if self.failures:
            raise self.failures.pop(0)
        return Granted(Credentials("u", str(self.asked)), self.life_s)


async def test_however_many_want_them_one_asks(clock):
    cloud = Cloud()
    cloud.open.clear()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    waiting = [asyncio.create_task(source.credentials("r")) for _ in range(20)]
    await asyncio.sleep(0)
    cloud.open.set()
    found = await asyncio.gather(*waiting)
    assert {each.password for each in found} == {"1"}
    assert cloud.asked == 1


async def test_they_are_renewed_when_four_fifths_of_their_life_are_over(clock):
    cloud = Cloud()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    assert (await source.credentials("")).password == "1"
    clock.advance(0.8 * HOUR_S - 1)
    assert (await source.credentials("")).password == "1"
    clock.advance(1)
    assert (await source.credentials("")).password == "2"


async def test_those_that_came_expired_are_used_for_a_while_all_the_same(clock):
    cloud = Cloud(life_s=-300_000_000)
    source = RenewedCredentials(cloud.grant, now_s=clock)
    for _ in range(10):
        assert (await source.credentials("")).password == "1"
    clock.advance(60)
    assert (await source.credentials("")).password == "2"


async def test_those_that_were_refused_are_replaced_once(clock):
    cloud = Cloud()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    first = await source.credentials("")
    assert await source.refused(first)
    second = await source.credentials("")
    assert second != first
    assert not await source.refused(second)
    assert not await source.refused(second)
    assert await source.credentials("") == second
    assert cloud.asked == 2


async def test_a_refusal_long_after_the_last_is_answered_again(clock):
    cloud = Cloud()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    assert await source.refused(await source.credentials(""))
    await source.credentials("")
    clock.advance(600)
    assert await source.refused(await source.credentials(""))


async def test_a_refusal_of_what_was_renewed_meanwhile_forgets_nothing(clock):
    cloud = Cloud()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    first = await source.credentials("")
    clock.advance(HOUR_S)
    second = await source.credentials("")
    assert await source.refused(first)
    assert await source.credentials("") == second


async def test_a_refusal_of_what_another_source_gave_is_not_ours(clock):
    source = RenewedCredentials(Cloud().grant, now_s=clock)
    assert not await source.refused(Credentials("other", "other"))


@pytest.mark.parametrize("kind", [LoginError, TransportError])
async def test_a_failure_is_told_to_all_who_waited(clock, kind):
    cloud = Cloud()
    cloud.failures = [kind("it does not work")]
    cloud.open.clear()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    waiting = [asyncio.create_task(source.credentials("r")) for _ in range(5)]
    await asyncio.sleep(0)
    cloud.open.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(each) for each in found] == ["it does not work"] * 5
    assert cloud.asked == 1


async def test_a_failure_that_may_pass_is_not_told_to_who_comes_later(clock):
    cloud = Cloud()
    cloud.failures = [TransportError("away")]
    source = RenewedCredentials(cloud.grant, now_s=clock)
    with pytest.raises(TransportError):
        await source.credentials("")
    assert (await source.credentials("")).password == "2"


async def test_who_is_logged_in_nowhere_is_asked_for_once(clock):
    cloud = Cloud()
    cloud.failures = [LoginError("nobody is logged in")]
    source = RenewedCredentials(cloud.grant, now_s=clock)
    for _ in range(3):
        with pytest.raises(LoginError, match="nobody is logged in"):
            await source.credentials("")
    assert cloud.asked == 1


async def test_one_who_is_stopped_while_asking_leaves_it_to_the_next(clock):
    cloud = Cloud()
    cloud.open.clear()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    first, second = (asyncio.create_task(source.credentials("")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    cloud.open.set()
    assert (await second).password == "2"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_cloud_that_is_away_does_not_end_what_is_still_good(clock):
    cloud = Cloud()
    source = RenewedCredentials(cloud.grant, now_s=clock)
    first = await source.credentials("")
    cloud.failures = [TransportError("away"), TransportError("away")]
    clock.advance(0.9 * HOUR_S)
    assert await source.credentials("") == first
    assert await source.credentials("") == first
    assert cloud.asked == 2
    clock.advance(0.2 * HOUR_S)
    with pytest.raises(TransportError, match="away"):
        await source.credentials("")
