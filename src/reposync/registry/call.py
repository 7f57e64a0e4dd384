"""Calls: requests to a registry, before it is known how to send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from reposync.redacted import Redacted
from reposync.registry.buffered_response import BODY_LIMIT_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.http.transport import Body
    from reposync.registry.auth.tokens import Scope

_READING = frozenset({"GET", "HEAD"})


class Call(Redacted, frozen=True):
    """What to ask, with what right, and which statuses are no refusal.

    ``target`` is a path, or a URL that the registry gave. ``limit_bytes`` bounds
    what is read of a good answer's body. ``late_answer_s`` is how long the answer is still waited
    for when the caller is cancelled; see ``AnsweredLateError``.
    """

    redacted = frozenset({"target", "headers", "body"})

    method: str
    target: str  # its query may bear a signature
    scope: Scope
    expected_statuses: frozenset[int] = frozenset({200})
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = None
    body_bytes: int = 0
    answer_timeout_s: float | None = None
    limit_bytes: int = BODY_LIMIT_BYTES
    late_answer_s: float = 0.0

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be sent again as it is."""
        return self.body is None or isinstance(self.body, bytes)

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing at the registry."""
        return self.method in _READING
