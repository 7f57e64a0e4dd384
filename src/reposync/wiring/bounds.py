"""Bounds: what the file lets each host be asked at most, whichever of its keys is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.layouts import layout_path
from reposync.oci.address import parse_address
from reposync.registry.limits import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reposync.config import model


def bounds_by_host(registries: Iterable[model.Registry]) -> dict[str, Bounds]:
    """Give the bounds of all hosts; of what several keys of one host say, the lowest holds."""
    by_host: dict[str, Bounds] = {}
    for registry in registries:
        if layout_path(registry.url) is None:
            host = parse_address(registry.url).host
            by_host[host] = _lowest(by_host.get(host, Bounds()), _bounds(registry))
    return by_host


def bounded_streams(registries: Mapping[str, model.Registry]) -> Mapping[str, int]:
    """Give how many streams may run at the hosts that have a bound."""
    by_host = bounds_by_host(registries.values())
    return {host: each.streams for host, each in by_host.items() if each.streams is not None}


def _bounds(registry: model.Registry) -> Bounds:
    at_once = registry.max_concurrent_requests
    return Bounds(
        None if at_once is None else int(at_once), float(registry.requests_per_second or 0)
    )


def _lowest(one: Bounds, other: Bounds) -> Bounds:
    at_once = [each.at_once for each in (one, other) if each.at_once is not None]
    per_second = [each.per_second for each in (one, other) if each.per_second]
    return Bounds(min(at_once, default=None), min(per_second, default=0.0))
