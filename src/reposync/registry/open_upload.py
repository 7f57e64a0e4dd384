"""An upload that a registry opened, as a value."""

from __future__ import annotations

from reposync.redacted import Redacted
from reposync.registry.auth.tokens import Scope  # noqa: TC001 -- msgspec reads it


class Upload(Redacted, frozen=True):
    """An open upload; ``location`` is an absolute URL with its query, opaque and perhaps secret.

    ``least_bytes`` is the least that a piece of it must have, but for the last one.
    """

    redacted = frozenset({"location"})

    scope: Scope
    location: str
    least_bytes: int = 0
