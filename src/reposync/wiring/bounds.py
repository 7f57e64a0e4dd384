"""Bounds: how much each host is asked at most, whichever of its keys is used.

The file bounds it, and so does the number of files that the system lets a run open: a connection
is one, and so is a blob that is written to a layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.layouts import known_place, layout_path
from reposync.config.quantities import size_bytes
from reposync.oci.address import parse_address
from reposync.registry.throttle.host_limits import UNBOUNDED, Bounds
from reposync.wiring.open_files import files_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reposync.config import model


def bounds_by_host(registries: Iterable[model.Registry], files: int) -> dict[str, Bounds]:
    """Return the bounds of all hosts and layouts of a run that may open *files*.

    Of what several keys of one host say, the lowest holds.
    """
    registries = tuple(registries)
    each = files_each(files, len({_host(registry) for registry in registries}))
    # A share that allows all that a host is asked without a bound is none.
    share = Bounds(each) if each < 2 * UNBOUNDED.requests else UNBOUNDED
    by_host: dict[str, Bounds] = {}
    for registry in registries:
        host = _host(registry)
        by_host[host] = _lowest(by_host.get(host, share), _bounds(registry))
    return by_host


def bounded_streams(registries: Mapping[str, model.Registry], files: int) -> Mapping[str, int]:
    """Return how many streams may run at the hosts and layouts that have a bound."""
    by_host = bounds_by_host(registries.values(), files)
    return {host: each.streams for host, each in by_host.items() if each.streams is not None}


def _host(registry: model.Registry) -> str:
    """Return the name of the host, or of the layout, that *registry* is at; see ``Located``."""
    if layout_path(registry.url) is None:
        return parse_address(registry.url).host
    return known_place(registry.url) or registry.url


def _bounds(registry: model.Registry) -> Bounds:
    at_once = registry.max_concurrent_requests
    rate = size_bytes(registry.max_bytes_per_second)
    return Bounds(at_once, registry.requests_per_second or 0, rate)


def _lowest(one: Bounds, other: Bounds) -> Bounds:
    at_once = [each.at_once for each in (one, other) if each.at_once is not None]
    per_second = [each.per_second for each in (one, other) if each.per_second]
    bytes_per_second = [each.bytes_per_second for each in (one, other) if each.bytes_per_second]
    return Bounds(
        min(at_once, default=None),
        min(per_second, default=0.0),
        min(bytes_per_second, default=0.0),
    )
