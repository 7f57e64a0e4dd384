from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from reposync.copy.admission import Admission, fitting, split


@pytest.mark.parametrize(
    ("waiting", "running", "decisions"),
    [
        (["ab"], "", [True]),
        (["ab", "ab", "ab"], "", [True, True, False]),
        (["ab"], "aa", [False]),
        (["ab", "bc"], "aa", [False, False]),
        (["ab", "cd"], "aa", [False, True]),
        (["aaaa"], "", [True]),
        (["aaaa"], "a", [False]),
    ],
)
def test_a_transfer_gets_all_its_streams_or_none_and_nobody_is_overtaken(
    waiting, running, decisions
):
    assert fitting([Counter(need) for need in waiting], Counter(running), lambda _: 2) == decisions


@pytest.mark.parametrize(
    ("writers", "limit", "parts"),
    [
        ("abc", 2, ([0, 1, 2], [])),
        ("aabb", 2, ([0, 1, 2, 3], [])),
        ("aaab", 2, ([0, 1, 3], [2])),
        ("rab", 1, ([1, 2], [0])),
        ("rr", 1, ([0], [1])),
        ("rr", 2, ([0], [1])),
    ],
)
def test_a_transfer_has_no_more_writers_than_the_streams_of_their_hosts(writers, limit, parts):
    assert split("r", writers, lambda _: limit) == parts


async def test_crossing_transfers_never_wait_for_each_other():
    admission = Admission(1)
    ended = []

    async def transfer(hosts: str) -> None:
        async with admission.streams(hosts):
            await asyncio.sleep(0)
            ended.append(hosts)

    await asyncio.gather(*(transfer(hosts) for hosts in ["ab", "ba", "aa", "bb"] * 50))
    assert len(ended) == 200


async def test_who_is_cancelled_while_waiting_takes_nothing_along():
    admission = Admission(1)
    async with admission.streams("a"):
        waiting = asyncio.create_task(_enter(admission))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(_enter(admission), 5)


async def _enter(admission: Admission) -> None:
    async with admission.streams("a"):
        pass
