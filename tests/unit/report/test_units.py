from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reposync.report.units import binary_size, count, duration


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (99.9 * 1024, "99.9 KiB"),
        (100 * 1024, "100 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (34.5 * 1024**2, "34.5 MiB"),
        (3 * 1024**3, "3.0 GiB"),
        (5000 * 1024**5, "5000 PiB"),
    ],
)
def test_a_size_is_written_in_the_largest_binary_unit_that_leaves_one(size_bytes, text):
    assert binary_size(size_bytes) == text


@given(st.integers(min_value=0, max_value=2**60))
def test_a_size_never_takes_more_than_eight_characters(size_bytes):
    assert len(binary_size(size_bytes)) <= 8


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (4.2, "4.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (72, "1 min 12 s"),
        (3599.6, "1 h 0 min"),
        (7530, "2 h 5 min"),
    ],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 tags"), (1, "1 tag"), (2, "2 tags")])
def test_a_count_has_its_noun_in_the_right_number(number, text):
    assert count(number, "tag") == text


def test_a_count_takes_a_plural_that_is_not_made_by_an_s():
    assert count(2, "registry", "registries") == "2 registries"
