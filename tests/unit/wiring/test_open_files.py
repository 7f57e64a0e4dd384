from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from reposync.config.model import Registry
from reposync.wiring.bounds import bounded_streams, bounds_by_host
from reposync.wiring.open_files import files_each

PRINT = (
    "import resource; from reposync.wiring.open_files import raised_limit; "
    "print(raised_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
)


@pytest.mark.parametrize(
    ("limit", "registries", "each"),
    [(64, 2, 10), (64, 100, 4), (256, 2, 48), (1024, 4, 120), (65536, 10, 3273), (64, 0, 21)],
)
def test_open_files_are_shared_between_registries(limit, registries, each):
    assert files_each(limit, registries) == each


@pytest.mark.parametrize(
    ("files", "requests", "streams"), [(64, 11, 10), (1024, 240, 240), (65536, 256, None)]
)
def test_requests_and_streams_stay_within_the_share(files, requests, streams):
    registry = Registry(url="r.example/team")
    (bounds,) = bounds_by_host([registry], files).values()
    assert (bounds.requests, bounds.streams) == (requests, streams)


def test_a_layout_has_a_share_of_its_own(tmp_path):
    registries = {"a": Registry(url="r.example"), "b": Registry(url=f"oci:{tmp_path}/./x")}
    assert bounded_streams(registries, 64) == {"r.example": 5, f"oci:{tmp_path}/x": 5}


def test_the_file_may_bound_a_registry_further():
    registry = Registry(url="r.example", max_concurrent_requests=6)
    other_key = Registry(url="https://r.example/team")
    assert bounded_streams({"a": registry, "b": other_key}, 64) == {"r.example": 3}


@pytest.mark.parametrize(("soft", "hard", "raised"), [(64, 64, 64), (64, 128, 128)])
def test_the_limit_is_raised_as_far_as_this_user_may(soft, hard, raised):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("the limit of the tests is lower")
    said = subprocess.run(
        [
            "sh",
            "-c",
            f'ulimit -S -n {soft} && ulimit -H -n {hard} && exec "$@"',
            "sh",
            sys.executable,
            "-c",
            PRINT,
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.split() == [f"{raised}", f"{raised}"]
