from __future__ import annotations

from msgspec.structs import replace

from reposync.cli.progress.values import Progress
from reposync.cli.progress.words import concurrency, sentence

GIB = 1024**3
BUSY = Progress(
    images_ended=12,
    images_selected=40,
    failed=1,
    stage_count=2,
    sent_bytes=GIB,
    total_bytes=3 * GIB,
    found_bytes=GIB // 2,
    bytes_per_second=25.0 * 1024 * 1024,
    eta_s=81.9,
)


def test_a_whole_sentence_reads_like_this():
    assert sentence(BUSY) == (
        "12 of 40 images, 1 failed, 1.0 GiB of 3.0 GiB sent, 25.0 MiB/s, about 1 min 22 s left, "
        "512 MiB already there"
    )


def test_what_may_grow_is_at_least():
    assert sentence(replace(BUSY, is_final=False, stages_undecided=1, failed=0)) == (
        "12 of at least 40 images, 1.0 GiB of at least 3.0 GiB sent, 25.0 MiB/s, "
        "at least 1 min 22 s left, 512 MiB already there"
    )


def test_what_is_not_known_is_left_out():
    assert sentence(Progress(images_selected=3)) == "0 of 3 images"


def test_a_standstill_is_said_in_the_place_of_speed_and_time():
    still = replace(BUSY, idle_s=75.0, eta_s=None, bytes_per_second=0.0)
    assert concurrency(still) == ["nothing has moved for 1 min 15 s"]
