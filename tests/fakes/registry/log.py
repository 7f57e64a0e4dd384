"""The log: every request that came, in the order of arrival, and how many were open at once."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``status`` is 0 as long as, or if ever, no answer was begun.

    ``host`` is the host and port that it was sent to, ``query`` the raw text behind the question
    mark, ``received_bytes`` and ``sent_bytes`` are what passed of the two bodies. ``peer_port`` is
    the client's port, which tells connections apart.
    """

    method: str
    path: str
    query: str
    host: str
    headers: Mapping[str, str] = field(repr=False)
    status: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    peer_port: int = 0

    def matches(self, method: str, path_regex: str) -> bool:
        """Return whether it is of *method* (empty for any) and its path has *path_regex*."""
        return method in {"", self.method} and re.search(path_regex, self.path) is not None


class RequestLog:
    """Requests by the number that they got when they came."""

    def __init__(self) -> None:
        self._requests: dict[int, Request] = {}
        self._open: set[int] = set()
        self._count = 0
        self._arrival = asyncio.Event()
        self.max_in_flight = 0

    @property
    def in_flight(self) -> int:
        """How many requests have come and not yet got the end of their answer."""
        return len(self._open)

    def arrive(self, request: Request) -> int:
        """Note a request that has just come; give its number."""
        self._count += 1
        self._requests[self._count] = request
        self._open.add(self._count)
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self._arrival.set()
        self._arrival = asyncio.Event()
        return self._count

    def leave(self, number: int) -> None:
        """Note that a request is over, well or badly; harmless when that is known."""
        self._open.discard(number)

    def received(self, number: int, count: int) -> None:
        """Note *count* more bytes of a request's body."""
        request = self._requests.get(number)
        if request is not None:
            bytes_so_far = request.received_bytes + count
            self._requests[number] = replace(request, received_bytes=bytes_so_far)

    def answered(self, number: int, status: int) -> None:
        """Note that an answer is begun."""
        request = self._requests.get(number)
        if request is not None:
            self._requests[number] = replace(request, status=status)

    def sent(self, number: int, count: int) -> None:
        """Note *count* more bytes of a response's body."""
        request = self._requests.get(number)
        if request is not None:
            self._requests[number] = replace(request, sent_bytes=request.sent_bytes + count)

    def requests(self, method: str = "", path_regex: str = "") -> tuple[Request, ...]:
        """Return the requests that match, in the order of arrival."""
        every = self._requests.values()
        return tuple(request for request in every if request.matches(method, path_regex))

    async def arrived(self, method: str, path_regex: str, count: int = 1) -> None:
        """Wait until *count* requests that match have come."""
        while len(self.requests(method, path_regex)) < count:
            await self._arrival.wait()

    def clear(self) -> None:
        """Forget all requests and begin to measure anew."""
        self._requests.clear()
        self.max_in_flight = self.in_flight
