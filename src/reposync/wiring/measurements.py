"""Measurements: what a run exchanges with its hosts, read at any moment while it goes on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reposync.errors import InvalidReferenceError
from reposync.http.traffic import Traffic
from reposync.oci.reference import canonical_host
from reposync.report.host_figures import HostFigures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.http.traffic import HostTraffic
    from reposync.registry.host_state import HostState
    from reposync.registry.throttle.pull_quota import Quotas


class Measurements:
    """The counters of a run; ``traffic`` is for its transports."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self._quotas: dict[str, Quotas] = {}

    def watch(self, state: HostState) -> None:
        """Read the pulls that a host still allows from its *state*."""
        self._quotas[state.name] = state.quotas

    def hosts(self) -> tuple[HostFigures, ...]:
        """Return the figures of all hosts that were connected to, by name.

        Docker Hub has one name here, as in references. Where several accounts pull from a host, the
        one with the fewest pulls left counts.
        """
        by_name: dict[str, list[HostTraffic]] = {}
        for host, traffic in self.traffic.by_host.items():
            by_name.setdefault(_name(host), []).append(traffic)
        return tuple(self._figures(name, by_name[name]) for name in sorted(by_name))

    def _figures(self, name: str, traffic: Sequence[HostTraffic]) -> HostFigures:
        answers: Counter[tuple[str, int]] = Counter()
        for each in traffic:
            answers.update(each.answers)
        return HostFigures(
            name,
            answers,
            read_bytes=sum(each.read_bytes for each in traffic),
            written_bytes=sum(each.written_bytes for each in traffic),
            pulls_left=self._quotas[name].pulls_left if name in self._quotas else None,
        )


def _name(host: str) -> str:
    try:
        return canonical_host(host)
    except InvalidReferenceError:  # a registry may redirect to any host
        return host
