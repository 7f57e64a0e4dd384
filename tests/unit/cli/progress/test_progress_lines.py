from __future__ import annotations

import asyncio
import json
import logging

import pytest
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.report.script import HUB, MASTER, MIB, blob, tagged

from reposync.cli.progress.lines import ProgressLines, fields
from reposync.cli.progress.values import Progress
from reposync.sync.events import (
    BlobNeeded,
    BlobStarted,
    BytesSent,
    ImageRead,
    ImagesSelected,
    ImageStarted,
    RunStarted,
)

IMAGE = tagged(HUB, "1.0.0")
LAYER = blob("layer", 1000 * MIB)
BEGINNING = (
    RunStarted(("one",)),
    ImagesSelected("one", 1),
    ImageStarted("one", IMAGE),
    BlobNeeded(IMAGE, LAYER, (MASTER,)),
    ImageRead(IMAGE),
    BlobStarted(LAYER, (MASTER,)),
)


@pytest.fixture
def told(caplog):
    """Run seconds of a transfer of 10 MiB/s, then of silence, in no time, and give the lines."""

    async def run(moving_s, still_s):
        lines = ProgressLines(asyncio.get_running_loop().time)
        async with lines.written():
            for event in BEGINNING:
                lines(event)
            for _ in range(moving_s):
                await asyncio.sleep(1)
                lines(BytesSent(LAYER, MASTER, 10 * MIB))
            await asyncio.sleep(still_s)

    def lines_of(moving_s, still_s=0):
        with caplog.at_level(logging.INFO, "reposync"):
            loop = VirtualTimeLoop()
            loop.run_until_complete(run(moving_s, still_s))
            loop.close()
        return caplog.records

    return lines_of


def test_a_line_comes_every_quarter_of_a_minute_while_bytes_move(told):
    messages = [record.getMessage() for record in told(61)]
    assert len(messages) == 4
    assert messages[-1].startswith("progress: 0 of 1 images, ")
    assert messages[-1].endswith(" MiB of 1000 MiB sent, 10.0 MiB/s, about 41 s left")


def test_a_standstill_is_told_every_minute(told):
    messages = [record.getMessage() for record in told(15, 150)]
    still = [message for message in messages if "nothing has moved" in message]
    assert [message.rpartition(", ")[2] for message in still] == [
        "nothing has moved for 1 min 0 s",
        "nothing has moved for 2 min 0 s",
    ]


def test_a_short_run_has_no_line(told):
    assert told(14) == []


def test_a_line_has_its_figures_as_fields(told):
    record = told(61)[-1]
    assert record.event == "progress"
    assert record.fields["bytes_total"] == 1000 * MIB
    assert record.fields["bytes_per_second"] == pytest.approx(10 * MIB, rel=0.1)
    assert record.fields["is_final"] is True


def test_fields_are_json():
    assert json.loads(json.dumps(fields(Progress()))) == fields(Progress())
