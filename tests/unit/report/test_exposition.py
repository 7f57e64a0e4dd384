"""Prometheus' text format: what is written is read back, by ourselves and by Prometheus' client."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from reposync.report.exposition import Family, Sample, read, written

NASTY = 'back\\slash "quoted"\nline, {x="y"} 1'


def family(*samples, kind="gauge", about="What it is."):
    return Family("reposync_x", kind, about, samples)


def test_a_family_is_written_with_its_explanation_and_each_sample_on_a_line():
    samples = (Sample(1, {"stage": "a", "result": "copied"}), Sample(2.5))
    assert written(family(*samples, about="One\nline \\ here.")) == (
        "# HELP reposync_x One\\nline \\\\ here.\n"
        "# TYPE reposync_x gauge\n"
        'reposync_x{stage="a",result="copied"} 1\n'
        "reposync_x 2.5\n"
    )


def test_a_family_without_samples_is_not_written():
    assert written(family()) == ""


@given(st.text(), st.integers(0, 10**15) | st.floats(0, 1e15))
def test_what_is_written_is_read_back(label, value):
    text = written(family(Sample(value, {"stage": label})))
    assert read(text, "reposync_x", "stage") == {label: value}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_prometheus_reads_what_is_written(label):
    text = written(family(Sample(3, {"stage": label}), about=label))
    (found,) = text_string_to_metric_families(text)
    (sample,) = found.samples
    assert (sample.name, sample.labels, sample.value) == ("reposync_x", {"stage": label}, 3)


@pytest.mark.parametrize(
    "line",
    [
        "reposync_x 1",
        'reposync_x{stage="a",other="b"} 1',
        'reposync_x{other="a"} 1',
        'reposync_xy{stage="a"} 1',
        'reposync_x{stage="a"} NaN',
        'reposync_x{stage="a"} +Inf',
        'reposync_x{stage="a"} -1',
        'reposync_x{stage="a"} 1 1700000000000',
        'reposync_x{stage="a" 1',
        'reposync_x{stage="a\\q"} 1',
        "# reposync_x",
        "\x00\xff",
    ],
)
def test_other_lines_are_not_read(line):
    text = f"{line}\n{written(family(Sample(2, {'stage': 'good'})))}"
    assert read(text, "reposync_x", "stage") == {"good": 2}


def test_large_and_small_numbers_are_those_that_were_written():
    moment = 1767323045.678
    assert written(family(Sample(moment))).endswith(" 1767323045.678\n")
    assert math.isclose(read('x{stage="a"} 1.767323045678e+09', "x", "stage")["a"], moment)
