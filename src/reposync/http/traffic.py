"""Traffic: what was exchanged with each host, in numbers that only grow.

Requests are counted when they are answered, bytes are those of bodies; heads, TLS and answers of a
proxy are not counted. Counting is an addition to an object that its connections share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class HostTraffic:
    """What was exchanged with one host; ``answers`` are counted by method and status."""

    __slots__ = ("answers", "read_bytes", "written_bytes")

    def __init__(self) -> None:
        self.answers: dict[tuple[str, int], int] = {}
        self.read_bytes = 0
        self.written_bytes = 0

    def answered(self, method: str, status: int) -> None:
        """Count a request that was answered."""
        key = method, status
        self.answers[key] = self.answers.get(key, 0) + 1


class Traffic:
    """What was exchanged with all hosts, by host and port; any number of transports may share it.

    Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._by_host: dict[str, HostTraffic] = {}

    @property
    def by_host(self) -> Mapping[str, HostTraffic]:
        """The hosts that were connected to."""
        return self._by_host

    def of(self, host: str) -> HostTraffic:
        """Return what is counted for *host*, the same object each time."""
        return self._by_host.setdefault(host, HostTraffic())
