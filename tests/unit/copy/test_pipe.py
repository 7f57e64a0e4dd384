from __future__ import annotations

import asyncio

from reposync.copy.meter import Meter
from reposync.copy.pipe import Pipe


async def test_a_writer_that_asks_for_no_more_after_the_last_byte_has_sent_all():
    reports: list[int] = []
    meter = Meter(reports.append)
    pipe = Pipe(asyncio.Event(), meter)
    pipe.add(b"x" * 10)
    pipe.add(b"y" * 20)
    chunks = pipe.chunks()
    assert [await anext(chunks), await anext(chunks)] == [b"x" * 10, b"y" * 20]
    await chunks.aclose()
    meter.flush()
    assert sum(reports) == 30
