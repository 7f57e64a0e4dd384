"""Parts: as many are under way as there is room for, and none waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from reposync.copy.parts import Kind, Parts

AT_ONCE = 4
BLOB = (Kind.BLOB, 0)


class Work:
    """Counts parts that are under way, and holds them until they are released."""

    def __init__(self) -> None:
        self.ended: list[object] = []
        self.at_once = self.most = 0
        self.full, self.released = asyncio.Event(), asyncio.Event()

    async def __call__(self, part: object) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if self.at_once == AT_ONCE:
            self.full.set()
        try:
            await self.released.wait()
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        self.ended.append(part)


@pytest.fixture
def parts():
    return Parts(dict.fromkeys(Kind, AT_ONCE), limit_bytes=400)


@pytest.mark.parametrize("count", [0, 1, 2, AT_ONCE, 50])
async def test_all_parts_are_brought_and_few_at_a_time(parts, count):
    work = Work()
    work.released.set()
    await parts.for_each(BLOB, range(count), work)
    assert len(work.ended) == count
    assert set(work.ended) == {*range(count)}
    assert work.most == min(count, AT_ONCE)


async def test_the_limit_holds_for_all_images_together(parts):
    work = Work()
    async with asyncio.TaskGroup() as group:
        for image in range(3):
            items = [(image, number) for number in range(10)]
            group.create_task(parts.for_each(BLOB, items, work))
        await work.full.wait()
        work.released.set()
    assert work.most == AT_ONCE
    assert len(set(work.ended)) == 30


async def test_parts_begin_in_turn_for_each_image(parts):
    open_uploads = []

    async def begin(part):
        open_uploads.append(part[0])

    async with asyncio.TaskGroup() as group:
        for image in "ab":
            items = [(image, number) for number in range(20)]
            group.create_task(parts.for_each(BLOB, items, begin))
    assert set(open_uploads[:10]) == {"a", "b"}


async def test_large_parts_take_more_room(parts):
    work = Work()
    work.released.set()
    await parts.for_each((Kind.MANIFEST, 1), range(6), work, lambda _: 200)
    assert work.most == 2


async def test_a_part_that_is_larger_than_all_room_waits_for_all_of_it(parts):
    work = Work()
    work.released.set()
    await parts.for_each((Kind.MANIFEST, 1), range(3), work, lambda _: 10_000)
    assert work.most == 1


async def test_parts_that_wait_for_parts_below_them_all_come_to_an_end(parts):
    ended = []

    async def bring(path):
        depth = len(path)
        if depth < 4:
            below = [(*path, number) for number in range(2 * AT_ONCE)]
            await parts.for_each((Kind.MANIFEST, depth), below, bring)
        else:
            ended.append(path)

    await parts.for_each((Kind.REFERRER, 0), [(number,) for number in range(3)], bring)
    assert len(ended) == 3 * (2 * AT_ONCE) ** 3


async def test_who_is_stopped_gives_its_room_back(parts):
    work, after = Work(), Work()
    stopped = asyncio.create_task(parts.for_each(BLOB, range(50), work))
    await work.full.wait()
    stopped.cancel()
    await asyncio.wait({stopped})
    assert stopped.cancelled()
    after.released.set()
    await parts.for_each(BLOB, range(50), after)
    assert after.most == AT_ONCE


async def test_a_failure_stops_the_others_and_gives_their_room_back(parts):
    async def fail(part):
        raise ValueError(part)

    with pytest.raises(ExceptionGroup):
        await parts.for_each(BLOB, range(50), fail)
    work = Work()
    work.released.set()
    await parts.for_each(BLOB, range(50), work)
    assert work.most == AT_ONCE


async def test_a_single_part_needs_no_task_of_its_own(parts):
    tasks = []

    async def note(_):
        tasks.append(asyncio.current_task())

    await parts.for_each(BLOB, ["alone"], note)
    assert tasks == [asyncio.current_task()]
