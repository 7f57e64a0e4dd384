from __future__ import annotations

import pytest
from tests.unit.report.script import (
    HUB,
    MASTER,
    MIB,
    STAGING,
    blob,
    busy_run,
    ended,
    failed_stage,
    outcome,
    run_of,
)

from reposync.cli.progress import ProgressState, Rate
from reposync.copy.outcome import Status
from reposync.sync.events import (
    BlobEnded,
    BlobStarted,
    BytesRead,
    ImagesSelected,
    RunStarted,
    StageEnded,
    StageFailed,
    StageStarted,
)


@pytest.fixture
def state():
    return ProgressState()


def started(name, images=None):
    yield StageStarted(name, HUB, (MASTER, STAGING))
    if images is not None:
        yield ImagesSelected(name, images)


def take_all(state, events, at_s=0.0):
    for event in events:
        state.take(event, at_s)


def test_images_are_counted_as_the_stages_select_and_end_them(state):
    take_all(state, started("one", 3))
    take_all(state, started("two", 2))
    state.take(ended(outcome(Status.COPIED), stage="one"), 0.0)
    assert (state.images_selected, state.images_ended, state.images_left) == (5, 1, 4)
    assert (state.stages["one"].ended, state.stages["two"].ended) == (1, 0)


def test_a_stage_is_shown_from_its_start_to_its_end(state):
    take_all(state, started("one"))
    assert state.stages["one"].selected is None
    state.take(StageEnded("one", 1.0), 0.0)
    assert not state.stages


def test_stages_are_undecided_until_they_know_their_images_or_fail(state):
    state.take(RunStarted(("one", "two", "others")), 0.0)
    take_all(state, started("one", 3))
    assert state.stages_undecided == 2
    state.take(failed_stage(), 0.0)
    state.take(StageEnded("two", 0.0), 0.0)
    assert state.stages_undecided == 0


def test_failures_are_images_at_destinations_and_stages(state):
    state.take(failed_stage(), 0.0)
    state.take(ended(outcome(Status.FAILED), outcome(Status.FAILED, to=STAGING)), 0.0)
    state.take(ended(outcome(Status.COPIED)), 0.0)
    assert state.failed == 3


def test_a_blob_is_in_flight_between_its_start_and_its_end(state):
    layer = blob("layer", 10 * MIB)
    state.take(BlobStarted(layer, destinations=3), 0.0)
    state.take(BytesRead(layer, MIB), 0.0)
    state.take(BytesRead(layer, MIB), 0.0)
    (flying,) = state.blobs.values()
    assert (flying.read_bytes, flying.size_bytes, flying.destinations) == (2 * MIB, 10 * MIB, 3)
    state.take(BlobEnded(layer, complete=True), 0.0)
    assert not state.blobs
    assert state.bytes_read == 2 * MIB


def test_a_blob_that_was_given_up_begins_again_at_nothing(state):
    layer = blob("layer", 10 * MIB)
    for complete in (False, True):
        state.take(BlobStarted(layer, destinations=1), 0.0)
        assert state.blobs[layer.digest].read_bytes == 0
        state.take(BytesRead(layer, MIB), 0.0)
        state.take(BlobEnded(layer, complete), 0.0)
    assert state.bytes_read == 2 * MIB


def test_events_out_of_nowhere_do_no_harm(state):
    layer = blob("layer", MIB)
    state.take(BytesRead(layer, 1), 0.0)
    state.take(BlobEnded(layer, complete=True), 0.0)
    state.take(StageEnded("nobody", 1.0), 0.0)
    state.take(ended(outcome(Status.COPIED), stage="nobody"), 0.0)
    state.take(StageFailed("nobody", HUB, failed_stage().error), 0.0)
    assert state.images_left == 0


def test_the_time_left_follows_from_the_pace_of_the_images(state):
    take_all(state, run_of(), at_s=0.0)
    take_all(state, started("one", 30))
    for second in range(1, 11):
        state.take(ended(outcome(Status.COPIED), stage="one"), float(second))
    assert state.eta_s(10.0) == pytest.approx(18.0, rel=0.15)


def test_the_time_left_is_not_guessed_while_a_stage_is_undecided(state):
    state.take(RunStarted(("one", "two")), 0.0)
    take_all(state, started("one", 2))
    state.take(ended(outcome(Status.COPIED), stage="one"), 1.0)
    assert state.eta_s(2.0) is None


def test_the_time_left_is_not_guessed_when_no_image_ended_lately(state):
    take_all(state, started("one", 2))
    state.take(ended(outcome(Status.COPIED), stage="one"), 1.0)
    assert state.eta_s(2.0) is not None
    assert state.eta_s(100.0) is None


def test_a_whole_run_leaves_nothing_running(state):
    take_all(state, busy_run(images=6, stages=3))
    assert not state.stages
    assert state.stages_undecided == 0
    assert state.images_left == 0


def test_a_rate_is_what_came_within_its_window():
    rate = Rate(window_s=5.0)
    for tenth in range(100):
        rate.add(10, tenth / 10)
    assert rate.per_second(9.9) == pytest.approx(100, rel=0.1)
    assert rate.per_second(60.0) == 0.0


def test_a_rate_does_not_leap_in_the_first_moments():
    rate = Rate(window_s=5.0)
    rate.add(1000, 0.0)
    assert rate.per_second(0.001) == 1000


def test_a_rate_is_zero_before_anything_came():
    assert Rate(window_s=5.0).per_second(1.0) == 0.0


def test_a_rate_keeps_few_figures_however_many_came():
    rate = Rate(window_s=5.0)
    for event in range(100_000):
        rate.add(1, event / 10_000)
    assert len(rate._buckets) <= 21
