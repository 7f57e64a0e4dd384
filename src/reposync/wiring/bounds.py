"""Bounds: what the file lets a registry be asked at most, parted between requests and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.registry.limits import UNBOUNDED, Bounds
from reposync.wiring.plan import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config import model


def bounds(registry: model.Registry) -> Bounds:
    """Give the bounds of the requests to *registry* that are no streams."""
    at_once = registry.max_concurrent_requests
    requests = UNBOUNDED.requests if at_once is None else int(at_once) - streams(int(at_once))
    return Bounds(requests, float(registry.requests_per_second or 0))


def bounded_streams(registries: Mapping[str, model.Registry]) -> dict[str, int]:
    """Give how many streams may run, by the names of the registries that have a bound."""
    lower: dict[str, int] = {}
    for registry in registries.values():
        if registry.max_concurrent_requests is not None:
            name, most = host_of(registry), streams(int(registry.max_concurrent_requests))
            lower[name] = min(most, lower.get(name, most))
    return lower


def streams(at_once: int) -> int:
    """Tell how many of the requests *at_once* may be blobs on their way."""
    return at_once // 2
