from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.unit.report.script import HUB, busy_run, tagged

from reposync.cli.glyphs import Glyphs, glyphs
from reposync.cli.progress.frame import frame
from reposync.cli.progress.state import ProgressState
from reposync.cli.progress.values import Progress, Stage, Transfer
from reposync.oci.digest import Digest

MIB = 1024 * 1024
LAYER = Digest.of(b"layer")
TRANSFER = Transfer(
    image=tagged(HUB, "1.0.0"),
    digest=LAYER,
    places=1,
    sent_bytes=30 * MIB,
    total_bytes=40 * MIB,
    bytes_per_second=2.5 * MIB,
)
PROGRESS = Progress(
    images_ended=3,
    images_selected=12,
    failed=3,
    stage_count=1,
    sent_bytes=30 * MIB,
    total_bytes=120 * MIB,
    bytes_per_second=2.5 * MIB,
    eta_s=36.0,
    transfers=(TRANSFER,),
)


def drawn(progress, *, width=79, height=23, signs=None):
    return [line.plain for line in frame(progress, width, height, signs or Glyphs())]


def in_the_middle(stages=6):
    state = ProgressState()
    events = list(busy_run(images=10, stages=stages))
    for event in events[: len(events) // 2]:
        state.take(event, 0.0)
    return state.at(1.0)


@pytest.mark.parametrize("height", [1, 2, 3, 5, 10, 23, 49])
@pytest.mark.parametrize("width", [10, 29, 79, 199])
def test_a_frame_keeps_to_its_height_and_never_breaks_a_line(width, height):
    lines = drawn(in_the_middle(stages=20), width=width, height=height)
    assert 0 < len(lines) <= height
    assert max(map(len, lines)) <= width


def test_a_frame_shows_how_much_of_how_much():
    assert drawn(PROGRESS) == [
        f"images  {'━' * 4}{'─' * 15}  3 of 12, 3 failed",
        f"sent    {'━' * 4}{'─' * 15}  30.0 MiB of 120 MiB",
        "2.5 MiB/s, about 36 s left",
        f"itisfoundation/sleeper:1.0.0  {LAYER.encoded[:12]}  30.0 MiB of 40.0 MiB   2.5 MiB/s",
    ]


@pytest.mark.parametrize("width", [40, 50, 60])
def test_a_bar_takes_no_room_from_the_figures(width):
    growing = replace(PROGRESS, is_final=False, stages_undecided=1)
    assert drawn(growing, width=width)[1].endswith("30.0 MiB of at least 120 MiB")


def test_a_transfer_shows_its_image_its_blob_how_far_it_is_and_how_fast_at_any_width():
    for width in (79, 99, 199):
        line = drawn(PROGRESS, width=width)[-1]
        for words in ("sleeper:1.0.0", LAYER.encoded[:12], "30.0 MiB of 40.0 MiB", "2.5 MiB/s"):
            assert words in line
    assert str(tagged(HUB, "1.0.0")) in drawn(PROGRESS, width=199)[-1]
    assert "━━━───" in drawn(PROGRESS, width=199)[-1].replace("━━━━━━", "━━━")


def test_a_transfer_to_several_places_says_to_how_many():
    several = replace(TRANSFER, places=3, total_bytes=120 * MIB)
    assert "30.0 MiB of 120 MiB to 3" in drawn(replace(PROGRESS, transfers=(several,)))[-1]


def test_a_transfer_that_is_sent_and_not_acknowledged_is_finishing():
    sent = replace(TRANSFER, sent_bytes=40 * MIB, bytes_per_second=0.0)
    assert drawn(replace(PROGRESS, transfers=(sent,)))[-1].endswith("finishing")


@pytest.mark.parametrize("height", [23, 49])
def test_a_frame_has_as_many_transfers_as_there_is_room_for(height):
    lines = drawn(replace(PROGRESS, transfers=(TRANSFER,) * 60), height=height)
    assert len(lines) == height
    assert lines[-1] == f"and {60 - (height - 4)} more blobs"


def test_stages_leave_room_for_transfers_and_are_counted_where_they_have_none():
    stages = tuple(Stage(f"stage-{number}", 3, 1) for number in range(30))
    busy = replace(PROGRESS, stage_count=30, stages=stages, transfers=(TRANSFER,) * 30)
    lines = drawn(busy)
    assert sum(line.startswith("stage-") for line in lines) == 6
    assert lines[-1] == "and 24 more stages, 17 more blobs"
    alone = drawn(replace(busy, transfers=()))
    assert sum(line.startswith("stage-") for line in alone) == 19


def test_a_single_stage_is_the_run_and_no_line_of_its_own():
    assert drawn(replace(PROGRESS, stages=(Stage("one", 12, 3),))) == drawn(PROGRESS)


def test_a_stage_that_still_selects_has_at_least_so_many():
    stages = (Stage("one", 4, 1), Stage("two", 5, 2, is_decided=True))
    undecided = replace(PROGRESS, stage_count=3, stages_undecided=2, stages=stages, is_final=False)
    lines = drawn(undecided)
    assert lines[2].endswith("1 of at least 4")
    assert lines[3].endswith("2 of 5")
    assert lines[4] == "2.5 MiB/s, at least 36 s left, 2 stages to come"


def test_a_frame_of_nothing_can_be_drawn():
    assert drawn(Progress()) == [f"images  {'─' * 19}  0 of 0"]


def test_an_empty_blob_can_be_drawn():
    empty = replace(TRANSFER, sent_bytes=0, total_bytes=0)
    assert "0 B of 0 B" in drawn(replace(PROGRESS, transfers=(empty,)))[-1]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_knows_no_lines_gets_signs_that_it_knows(encoding):
    for line in drawn(PROGRESS, signs=glyphs(encoding)):
        line.encode(encoding)
    assert glyphs("utf-8") == Glyphs()


def test_a_name_cannot_steer_the_terminal():
    evil = replace(
        PROGRESS,
        stage_count=2,
        stages=(Stage("\x1b[2Jx"),),
        transfers=(replace(TRANSFER, image=tagged(HUB, "\x1b[2Jx")),),
    )
    assert "\x1b" not in "".join(drawn(evil))
