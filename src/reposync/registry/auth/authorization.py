"""Values of authorization: what a request needs, and what it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from reposync.credentials import Credentials
    from reposync.registry.auth.token_cache import CachedToken
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.auth.trial import Trial


class Authorization(NamedTuple):
    """What a request sends: the header's value, None for no header, and where it is from.

    ``who`` is None for a stranger. The lock of a ``trial`` is held; whoever sends the header
    releases it once there is an answer.
    """

    header: str | None = None
    who: Credentials | None = None
    token: CachedToken | None = None
    trial: Trial | None = None


NOTHING = Authorization()


class Need(Protocol):
    """What a request needs to be authorized for."""

    @property
    def scope(self) -> Scope:
        """The right to a repository."""
        ...

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing."""
        ...
