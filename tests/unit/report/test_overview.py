from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reposync.copy.outcome import Status
from reposync.report.overview import overview
from reposync.report.shortening import shortened
from reposync.report.summary import Summary, Tally

LIBRARY = ("alpine", "nginx", "postgres")


def tally(source, destination, stage="mirror", **counts):
    numbers = {Status(name.replace("_", " ")): number for name, number in counts.items()}
    return Tally(stage, source, destination, numbers or {Status.COPIED: 1}, 1024, 1)


def lines_of(*tallies, width=None):
    summary = Summary(tallies, (), 0, 1.0, interrupted=False)
    return [line.text for line in overview(summary, width)]


def test_repositories_of_a_stage_stand_under_one_heading_which_names_the_registries():
    mirrored = [tally(f"docker.io/library/{name}", f"a.example/hub/{name}") for name in LIBRARY]
    promoted = tally("a.example/hub/nginx", "b.example:5000/nginx", stage="promote")
    assert lines_of(*mirrored, promoted) == [
        "  source            destination   copied  up to date  failed     sent",
        "mirror: docker.io -> a.example",
        "  library/alpine    hub/alpine         1           0       0  1.0 KiB",
        "  library/nginx     hub/nginx          1           0       0  1.0 KiB",
        "  library/postgres  hub/postgres       1           0       0  1.0 KiB",
        "promote: a.example -> b.example:5000",
        "  hub/nginx         nginx              1           0       0  1.0 KiB",
    ]


def test_a_stage_with_several_registries_has_a_heading_for_each_with_all_its_repositories():
    both = [
        tally(f"docker.io/library/{name}", f"{host}/hub/{name}")
        for name in LIBRARY
        for host in ("a.example", "b.example")
    ]
    lines = lines_of(*both)
    assert [line for line in lines if line.startswith("mirror")] == [
        "mirror: docker.io -> a.example",
        "mirror: docker.io -> b.example",
    ]
    assert len(lines) == 1 + 2 + 6


def test_the_name_of_a_layout_may_hold_slashes_and_colons():
    lines = lines_of(tally("oci:/media/a:b/bundle.tar:team/app", "a.example/prefix/team/app"))
    assert lines[1:] == [
        "mirror: oci:/media/a:b/bundle.tar -> a.example",
        "  team/app  prefix/team/app       1           0       0  1.0 KiB",
    ]


LONG = "a-team-with-a-name/and-a-product-of-theirs/and-a-part-of-it"


def test_in_eighty_columns_long_names_lose_their_middle_and_figures_nothing():
    lines = lines_of(tally(f"docker.io/{LONG}", f"mirror.example.com/hub/{LONG}"), width=80)
    assert lines == [
        "                                                          up to",
        "  source                  destination             copied   date  failed     sent",
        "mirror: docker.io -> mirror.example.com",
        "  a-team-wit…-part-of-it  hub/a-team…-part-of-it       1      0       0  1.0 KiB",
    ]


def test_fourteen_repositories_take_seventeen_lines_of_eighty_columns():
    names = [f"library/some-image-{number}" for number in range(14)]
    mirrored = [tally(f"docker.io/{each}", f"mirror.example.com:5000/{each}") for each in names]
    lines = lines_of(*mirrored, width=80)
    assert len(lines) == 17
    assert max(map(len, lines)) <= 80


def test_a_short_name_leaves_its_room_to_a_long_one():
    lines = lines_of(tally("docker.io/library/nginx", f"mirror.example.com/hub/{LONG}"), width=80)
    assert lines[-1].startswith("  library/nginx  hub/a-team-wi")
    assert len(lines[-1]) == 80


@pytest.mark.parametrize("width", [1, 20, 40])
def test_a_terminal_that_is_too_narrow_for_anything_gets_the_figures_all_the_same(width):
    lines = lines_of(tally(f"docker.io/{LONG}", f"a.example/{LONG}"), width=width)
    assert lines[-1].endswith("1      0       0  1.0 KiB")


def test_a_run_without_repositories_has_no_table():
    assert lines_of() == []


@given(st.text(max_size=40), st.integers(1, 50))
def test_what_is_shortened_fits_and_keeps_both_ends(text, width):
    short = shortened(text, width)
    assert len(short) <= width
    assert short == text or "…" in short
    if len(text) > width > 2:
        assert (short[0], short[-1]) == (text[0], text[-1])
