"""Durations and amounts of bytes."""

from __future__ import annotations

import re

import pytest

from reposync.config.quantities import BYTES_PATTERN, DURATION_PATTERN, duration_s, size_bytes
from reposync.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("30s", 30), ("2m", 120), ("1.5h", 5400), ("1d", 86400), ("0.5", 0.5)],
)
def test_a_duration_is_a_number_of_seconds_or_has_a_unit(text, seconds):
    assert re.search(DURATION_PATTERN, text)
    assert duration_s(text, 0) == seconds


@pytest.mark.parametrize(
    ("text", "count"),
    [("500000", 500000), ("10MiB", 10 * 1024**2), ("1.5 GB", 1.5e9), ("64KiB", 65536)],
)
def test_an_amount_is_a_number_of_bytes_or_has_a_unit(text, count):
    assert re.search(BYTES_PATTERN, text)
    assert size_bytes(text) == count


@pytest.mark.parametrize("text", ["", "x", "5x", "-1", "1.", "5 MiB/s", "10mib", "s"])
def test_what_is_neither_is_not_taken(text):
    assert not re.search(DURATION_PATTERN, text)
    assert not re.search(BYTES_PATTERN, text)


def test_nothing_means_the_default():
    assert duration_s(None, 15.0) == 15.0
    assert size_bytes(None) == 0.0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "max_bytes_per_second: fast",
            (
                "max_bytes_per_second: is `fast`, must be a number, or one with a unit; "
                "write, for example, `max_bytes_per_second: 10MiB`"
            ),
        ),
        (
            "stall_timeout: 5x",
            (
                "stall_timeout: is `5x`, must be a number, or one with a unit; "
                "write, for example, `stall_timeout: 2m`"
            ),
        ),
    ],
)
def test_what_is_no_quantity_is_reported_with_an_example(load_text, line, told):
    with pytest.raises(ConfigError) as raised:
        load_text(
            f"registries:\n  a:\n    url: a\n    {line}\n"
            "stages:\n  - from: {source: a, repository: b}\n"
            "    to: [{destination: a, repository: c}]\n"
        )
    assert told in str(raised.value)
