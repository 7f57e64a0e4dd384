"""How much a host is asked at most, by what the keys of the file say of it."""

from __future__ import annotations

import pytest

from reposync.config.model import Registry
from reposync.registry.throttle.host_limits import UNBOUNDED, Bounds
from reposync.wiring.bounds import bounded_streams, bounds_by_host

PLENTY = 65_536
"""Open files, of which there are enough."""


def at_most(url, at_once=None, per_second=None):
    return Registry(url=url, max_concurrent_requests=at_once, requests_per_second=per_second)


@pytest.mark.parametrize(
    ("registries", "expected"),
    [
        ([at_most("r.example")], UNBOUNDED),
        ([at_most("r.example", 8, 2.5)], Bounds(8, 2.5)),
        ([at_most("r.example", 8), at_most("https://R.example/team", 3)], Bounds(3)),
        ([at_most("r.example", 8, 1), at_most("r.example/a", None, 0.5)], Bounds(8, 0.5)),
        ([at_most("r.example", 8), at_most("other.example", 2, 1)], Bounds(8)),
    ],
)
def test_the_lowest_bound_of_all_keys_of_a_host_holds(registries, expected):
    for each in (registries, registries[::-1]):
        assert bounds_by_host(each, PLENTY)["r.example"] == expected


def test_the_lowest_rate_of_bytes_holds():
    keys = [Registry(url="r.example", max_bytes_per_second=text) for text in ("2MB", "1 MiB")]
    assert bounds_by_host(keys, PLENTY)["r.example"] == Bounds(bytes_per_second=1024**2)


def test_all_names_of_docker_hub_are_one_host():
    keys = [at_most(url) for url in ("docker.io", "index.docker.io", "registry-1.docker.io/team")]
    assert bounds_by_host(keys, PLENTY) == {"docker.io": UNBOUNDED}


def test_half_of_the_requests_at_a_time_are_streams():
    keys = {
        "two": at_most("two.example", 2),
        "five": at_most("five.example", 5),
        "free": at_most("free.example"),
        "bundle": at_most("oci:./bundle"),
    }
    assert bounded_streams(keys, PLENTY) == {"two.example": 1, "five.example": 2}
    assert (Bounds(5).requests, Bounds(5).streams) == (3, 2)
