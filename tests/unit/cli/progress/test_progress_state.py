from __future__ import annotations

import pytest
from tests.unit.report.script import (
    BOTH,
    HUB,
    MASTER,
    MIB,
    STAGING,
    blob,
    busy_run,
    ended,
    failed_stage,
    outcome,
    tagged,
)

from reposync.cli.progress.state import ProgressState
from reposync.copy.outcome import Status
from reposync.sync.events import (
    BlobEnded,
    BlobFailed,
    BlobFound,
    BlobNeeded,
    BlobStarted,
    BytesSent,
    ImageRead,
    ImagesSelected,
    ImageStarted,
    RepositoriesSelected,
    RunStarted,
    StageEnded,
    StageFailed,
    StageSkipped,
    StageStarted,
)

IMAGE = tagged(HUB, "1.0.0")
LAYER = blob("layer", 100 * MIB)


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


def sending(layer, seconds, *, places=(MASTER,), bytes_per_second=MIB, since_s=0.0, state):
    """Let *layer* move to *places*; give the moment at which that much of it has."""
    state.take(BlobStarted(layer, places), since_s)
    for tick in range(1, 4 * seconds + 1):
        for place in places:
            state.take(BytesSent(layer, place, bytes_per_second // 4), since_s + tick / 4)
    return since_s + seconds


def test_images_are_counted_as_the_stages_select_and_end_them(state):
    take_all(state, started("one", 3))
    take_all(state, started("two", 2))
    state.take(ended(outcome(Status.COPIED), stage="one"), 0.0)
    progress = state.at(0.0)
    assert (progress.images_selected, progress.images_ended) == (5, 1)
    assert [(stage.name, stage.ended) for stage in progress.stages] == [("one", 1), ("two", 0)]


def test_a_stage_is_shown_from_its_start_to_its_end(state):
    take_all(state, started("one"))
    (stage,) = state.at(0.0).stages
    assert (stage.selected, stage.is_decided) == (0, False)
    state.take(StageEnded("one", 1.0), 0.0)
    assert not state.at(0.0).stages


def test_stages_are_undecided_until_they_know_their_images_or_fail(state):
    state.take(RunStarted(("one", "two", "others")), 0.0)
    take_all(state, started("one", 3))
    assert state.at(0.0).stages_undecided == 2
    state.take(failed_stage(), 0.0)
    state.take(StageEnded("two", 0.0), 0.0)
    assert state.at(0.0).stages_undecided == 0


def test_a_stage_of_many_repositories_is_undecided_until_the_last_of_them_is_known(state):
    state.take(RunStarted(("one",)), 0.0)
    take_all(state, [*started("one"), RepositoriesSelected("one", 3), ImagesSelected("one", 5)])
    state.take(StageFailed("one", HUB, failed_stage().error), 0.0)
    assert state.at(0.0).stages_undecided == 1
    state.take(ImagesSelected("one", 2), 0.0)
    progress = state.at(0.0)
    assert (progress.stages_undecided, progress.stages[0].selected) == (0, 7)
    assert progress.stages[0].is_decided


def test_a_stage_without_repositories_is_decided(state):
    take_all(state, [RunStarted(("one",)), *started("one"), RepositoriesSelected("one", 0)])
    assert state.at(0.0).stages_undecided == 0


def test_a_skipped_stage_is_decided_and_not_shown(state):
    take_all(state, [RunStarted(("a", "b")), StageSkipped("a", HUB, (MASTER,), "stage b failed")])
    assert (state.at(0.0).stages_undecided, state.at(0.0).stages) == (1, ())


def test_failures_are_images_at_destinations_and_stages(state):
    state.take(failed_stage(), 0.0)
    state.take(ended(outcome(Status.FAILED), outcome(Status.FAILED, to=STAGING)), 0.0)
    state.take(ended(outcome(Status.COPIED)), 0.0)
    assert state.at(0.0).failed == 3


def test_a_blob_counts_once_for_every_place_that_lacks_it(state):
    state.take(BlobNeeded(IMAGE, LAYER, BOTH), 0.0)
    assert state.at(0.0).total_bytes == 200 * MIB
    state.take(BlobNeeded(tagged(HUB, "2"), LAYER, BOTH), 0.0)
    assert state.at(0.0).total_bytes == 200 * MIB


def test_what_is_found_at_a_place_leaves_the_total(state):
    state.take(BlobNeeded(IMAGE, LAYER, BOTH), 0.0)
    state.take(BlobFound(LAYER, MASTER), 0.0)
    progress = state.at(0.0)
    assert (progress.total_bytes, progress.found_bytes) == (100 * MIB, 100 * MIB)


def test_what_fails_for_good_leaves_the_total_but_for_what_was_sent(state):
    state.take(BlobNeeded(IMAGE, LAYER, (MASTER,)), 0.0)
    sending(LAYER, 30, state=state)
    state.take(BlobEnded(LAYER, (MASTER,), ()), 30.0)
    assert state.at(30.0).total_bytes == 130 * MIB
    state.take(BlobFailed(LAYER, MASTER), 30.0)
    progress = state.at(30.0)
    assert (progress.sent_bytes, progress.total_bytes) == (30 * MIB, 30 * MIB)


def test_what_has_to_be_sent_again_counts_again(state):
    state.take(BlobNeeded(IMAGE, LAYER, (MASTER,)), 0.0)
    sending(LAYER, 30, state=state)
    state.take(BlobEnded(LAYER, (MASTER,), ()), 30.0)
    sending(LAYER, 100, since_s=30.0, state=state)
    state.take(BlobEnded(LAYER, (MASTER,), (MASTER,)), 130.0)
    progress = state.at(130.0)
    assert (progress.sent_bytes, progress.total_bytes) == (130 * MIB, 130 * MIB)


def test_a_blob_is_in_flight_between_its_start_and_its_end(state):
    state.take(BlobNeeded(IMAGE, LAYER, BOTH), 0.0)
    at_s = sending(LAYER, 10, places=BOTH, state=state)
    (transfer,) = state.at(at_s).transfers
    assert (transfer.image, transfer.places) == (IMAGE, 2)
    assert (transfer.sent_bytes, transfer.total_bytes) == (20 * MIB, 200 * MIB)
    assert transfer.bytes_per_second == pytest.approx(2 * MIB, rel=0.1)
    state.take(BlobEnded(LAYER, BOTH, BOTH), at_s)
    assert not state.at(at_s).transfers


def test_one_blob_may_move_to_several_places_at_different_times(state):
    state.take(BlobNeeded(IMAGE, LAYER, BOTH), 0.0)
    sending(LAYER, 10, places=(MASTER,), state=state)
    sending(LAYER, 20, places=(STAGING,), state=state)
    assert [each.sent_bytes for each in state.at(20.0).transfers] == [10 * MIB, 20 * MIB]
    state.take(BlobEnded(LAYER, (MASTER,), (MASTER,)), 20.0)
    assert [each.sent_bytes for each in state.at(20.0).transfers] == [20 * MIB]


def test_a_blob_that_was_given_up_begins_again_at_nothing(state):
    state.take(BlobNeeded(IMAGE, LAYER, (MASTER,)), 0.0)
    sending(LAYER, 10, state=state)
    state.take(BlobEnded(LAYER, (MASTER,), ()), 10.0)
    state.take(BlobStarted(LAYER, (MASTER,)), 10.0)
    assert state.at(10.0).transfers[0].sent_bytes == 0


def test_events_out_of_nowhere_do_no_harm(state):
    state.take(BytesSent(LAYER, MASTER, 1), 0.0)
    state.take(BlobEnded(LAYER, BOTH, (MASTER,)), 0.0)
    state.take(BlobFound(LAYER, STAGING), 0.0)
    state.take(StageEnded("nobody", 1.0), 0.0)
    state.take(ended(outcome(Status.COPIED), stage="nobody"), 0.0)
    state.take(StageFailed("nobody", HUB, failed_stage().error), 0.0)
    state.take(BlobStarted(blob("other", MIB), (MASTER,)), 0.0)
    progress = state.at(0.0)
    assert progress.total_bytes - progress.sent_bytes == MIB
    assert progress.transfers[0].image == MASTER


def test_totals_are_final_when_every_image_was_read(state):
    state.take(RunStarted(("one",)), 0.0)
    assert not state.at(0.0).is_final
    take_all(state, started("one", 2))
    take_all(state, [ImageStarted("one", IMAGE), ImageRead(IMAGE)])
    assert not state.at(0.0).is_final, "an image waits for its turn"
    other = tagged(HUB, "2")
    state.take(ImageStarted("one", other), 0.0)
    assert not state.at(0.0).is_final, "its manifests are not read"
    state.take(ended(outcome(Status.UP_TO_DATE, "2"), stage="one"), 0.0)
    assert state.at(0.0).is_final


def test_the_time_left_follows_from_the_bytes_and_their_speed(state):
    take_all(state, [*started("one", 1), ImageStarted("one", IMAGE)])
    state.take(BlobNeeded(IMAGE, LAYER, BOTH), 0.0)
    at_s = sending(LAYER, 20, places=BOTH, state=state)
    assert state.at(at_s).eta_s == pytest.approx(80.0, rel=0.05)


def test_two_images_with_gigabytes_to_go_are_not_a_moment(state):
    huge = blob("huge", 2400 * MIB)
    take_all(state, started("one", 40))
    for number in range(38):
        take_all(
            state,
            [
                ImageStarted("one", tagged(HUB, str(number))),
                ended(outcome(Status.COPIED, str(number)), stage="one"),
            ],
            at_s=number / 10,
        )
    take_all(state, [ImageStarted("one", IMAGE), BlobNeeded(IMAGE, huge, (MASTER,))], at_s=4.0)
    at_s = sending(huge, 10, bytes_per_second=10 * MIB, since_s=4.0, state=state)
    assert state.at(at_s).eta_s == pytest.approx(230.0, rel=0.05)


def test_the_time_left_stays_however_long_no_image_ends(state):
    take_all(state, [*started("one", 1), ImageStarted("one", IMAGE)])
    huge = blob("huge", 2400 * MIB)
    state.take(BlobNeeded(IMAGE, huge, (MASTER,)), 0.0)
    at_s = sending(huge, 120, state=state)
    assert state.at(at_s).eta_s == pytest.approx(2280.0, rel=0.05)


def test_the_time_left_is_not_guessed_in_the_first_moments(state):
    state.take(BlobNeeded(IMAGE, LAYER, (MASTER,)), 0.0)
    at_s = sending(LAYER, 2, state=state)
    assert state.at(at_s).eta_s is None
    assert state.at(at_s).bytes_per_second == pytest.approx(MIB, rel=0.2)


def test_the_time_left_is_not_guessed_when_nothing_moves(state):
    state.take(BlobNeeded(IMAGE, LAYER, (MASTER,)), 0.0)
    at_s = sending(LAYER, 20, state=state)
    progress = state.at(at_s + 30)
    assert (progress.eta_s, progress.bytes_per_second) == (None, 0.0)
    assert progress.idle_s == pytest.approx(30.0)


def test_images_that_wait_for_their_turn_take_the_time_that_others_took(state):
    take_all(state, started("one", 600))
    for number in range(200):
        image = tagged(HUB, str(number))
        state.take(ImageStarted("one", image), number / 20)
        state.take(ended(outcome(Status.UP_TO_DATE, str(number)), stage="one"), number / 20)
    assert state.at(10.0).eta_s == pytest.approx(20.0, rel=0.1)


def test_a_whole_run_leaves_nothing_running(state):
    take_all(state, busy_run(images=6, stages=3))
    progress = state.at(0.0)
    assert not progress.stages
    assert (progress.stages_undecided, progress.images_ended) == (0, 18)
    assert progress.images_selected == 18
