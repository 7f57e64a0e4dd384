"""A registry's answer that was read whole, and what its status says.

What a refusal means is decided in ``refusal``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reposync.redacted import Redacted
from reposync.registry.redirects.rules import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNAVAILABLE = frozenset({408, 425, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
BODY_LIMIT_BYTES = 64 * 1024


class BufferedResponse(Redacted, frozen=True):
    """An answer, whole: the body up to the limit of whoever asked.

    URL, headers and body may bear signatures and tokens, and do not show themselves.
    """

    redacted = frozenset({"url", "headers", "body"})

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The URL without its query, which may bear a signature, and without the host."""
        return urlsplit(self.url).path

    @property
    def location(self) -> str:
        """The Location header as an absolute URL, its query kept; empty when there is none.

        One that is no URL stays what it is, for whoever follows it to refuse.
        """
        location = self.headers.get("Location", "")
        return joined(self.url, location) if location else ""

    @property
    def status_text(self) -> str:
        """The status code with its usual phrase, where it has one."""
        return status_text(self.status)

    @property
    def host(self) -> str:
        """Host and port that answered."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


def status_text(status: int) -> str:
    """Return *status* with its usual phrase, where it has one."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def is_busy(status: int) -> bool:
    """Return whether *status* says nothing but that the registry cannot answer at the moment."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status in _UNAVAILABLE
