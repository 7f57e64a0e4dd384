from __future__ import annotations

import pytest
from tests.fakes.clock import ManualClock
from tests.unit.report.script import MASTER, STAGING, blob

from reposync.copy.events import BlobEnded, BlobStarted, BytesSent
from reposync.copy.meter import PERIOD_S, Meter, metered

LAYER = blob("layer", 100)


def test_bytes_are_reported_a_few_times_a_second_however_many_chunks_come():
    reports: list[int] = []
    clock = ManualClock()
    meter = Meter(reports.append, clock)
    for _ in range(1000):
        meter.add(10)
        clock.advance(PERIOD_S / 100)
    assert sum(reports) == pytest.approx(10_000, abs=1000)
    assert len(reports) <= 10


def test_what_is_not_reported_yet_is_reported_when_it_is_flushed():
    reports: list[int] = []
    meter = Meter(reports.append, ManualClock())
    meter.add(3)
    meter.add(4)
    meter.flush()
    meter.flush()
    assert reports == [7]


def test_a_transfer_says_how_much_came_to_each_place_and_where_it_arrived():
    events: list[object] = []
    with metered(LAYER, (MASTER, STAGING), events.append) as transfer:
        transfer.meters[0].add(100)
        transfer.meters[1].add(60)
        transfer.arrived = (MASTER,)
    assert events == [
        BlobStarted(LAYER, (MASTER, STAGING)),
        BytesSent(LAYER, MASTER, 100),
        BytesSent(LAYER, STAGING, 60),
        BlobEnded(LAYER, (MASTER, STAGING), (MASTER,)),
    ]


def test_a_transfer_that_is_cut_off_arrived_nowhere():
    events: list[object] = []
    with pytest.raises(KeyboardInterrupt), metered(LAYER, (MASTER,), events.append):
        raise KeyboardInterrupt
    assert events[-1] == BlobEnded(LAYER, (MASTER,), ())
