"""Observations: requests with the heads of their answers, from which findings are drawn."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- msgspec reads it
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reposync.http.tls_session import TlsSession  # noqa: TC001 -- the same
from reposync.oci.challenge import Challenge  # noqa: TC001 -- the same
from reposync.oci.error_code import printable, redacted
from reposync.redacted import Redacted
from reposync.registry.buffered_response import status_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEADER_LIMIT = 200


class Observation(Redacted, frozen=True):
    """A request and the head of its answer; ``url`` has neither a query nor a user.

    ``authorization`` is the scheme of the credentials that were sent, in lower case, perhaps empty.
    ``elapsed_s`` is the time until the head was there, which for a new connection includes making
    it. ``asked_at`` is the middle of that time, by the clock of this machine.
    """

    redacted = frozenset({"headers"})

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    challenges: tuple[Challenge, ...]
    authorization: str
    elapsed_s: float
    asked_at: datetime
    tls: TlsSession | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def status_text(self) -> str:
        """The status code with its usual phrase."""
        return status_text(self.status)

    @property
    def request(self) -> str:
        """Method and path."""
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def answered(self) -> str:
        """Request and answer in words: ``GET /v2/ answered 200 OK``."""
        return f"{self.request} answered {self.status_text}"

    def header(self, name: str) -> str:
        """Return a header's value for people, shortened; empty where there is none."""
        value = self.headers.get(name, "").encode("utf-8", "replace").decode()  # no lone surrogates
        return redacted(printable(value))[:_HEADER_LIMIT]


class ObservationLog:
    """The observations of a registry and its token service, in their order."""

    def __init__(self) -> None:
        self._all: list[Observation] = []

    def add(self, observation: Observation) -> None:
        """Append *observation*."""
        self._all.append(observation)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def first(self) -> Observation | None:
        """The first one, which asks the registry's root without credentials."""
        return self._all[0] if self._all else None

    @property
    def last(self) -> Observation | None:
        """The last one of the registry itself."""
        own = (each for each in reversed(self._all) if self.is_own(each))
        return next(own, None)

    def is_own(self, observation: Observation) -> bool:
        """Return whether the registry answered, at a path of its API, and no token service."""
        path = urlsplit(observation.url).path
        return observation.origin == self._all[0].origin and path.startswith("/v2/")

    def last_answer(self) -> str:
        """Return the registry's last answer in words; empty before any."""
        return self.last.answered if self.last is not None else ""
