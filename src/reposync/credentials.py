"""Credentials: who we are at a registry, and who knows that. They show themselves to nobody."""

from __future__ import annotations

import base64
from typing import Protocol

from reposync.redacted import Redacted


class Credentials(Redacted, frozen=True):
    """User and password, or a token in their place; none of them appears in ``repr``.

    ``origin`` is for messages, such as "environment variables HUB_USER and HUB_PASSWORD".
    ``identity_token`` is shown to the token service alone, which gives tokens for it;
    ``registry_token`` is shown to the registry as it is.
    """

    redacted = frozenset({"user", "password", "identity_token", "registry_token"})

    user: str
    password: str
    origin: str = ""
    identity_token: str = ""
    registry_token: str = ""

    def basic(self) -> str:
        """Return the value of an Authorization header (RFC 7617)."""
        pair = f"{self.user}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"

    @property
    def account(self) -> str:
        """What tells one account of a registry from another: the user, or a token without one."""
        return self.user or self.identity_token or self.registry_token

    @property
    def kind(self) -> str:
        """What they are, in words."""
        if self.registry_token:
            return "registry token"
        return "identity token" if self.identity_token else "user and password"


class CredentialSource(Protocol):
    """Knows who to be at one registry."""

    async def credentials(self, repository: str) -> Credentials | None:
        """Return who to be at *repository* ("" for the registry itself); None is anonymous.

        Is asked before every request, so it answers from its own cache; it renews before expiry.

        Raises:
            LoginError: There are some, and they cannot be had.
        """
        ...

    async def refused(self, credentials: Credentials) -> bool:
        """Hear that the registry answered 401 to *credentials*, and forget them.

        Tell whether asking again can give others, as after a secret of a helper has expired. Of
        credentials that this source never gave, that is False.

        Raises:
            LoginError: There are some, and they cannot be had.
        """
        ...


class Fixed:
    """A source of the same credentials for every repository, as those of the environment are."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials

    async def credentials(self, repository: str) -> Credentials | None:
        """See ``CredentialSource``."""
        del repository
        return self._credentials

    async def refused(self, credentials: Credentials) -> bool:
        """See ``CredentialSource``: there are no others."""
        del credentials
        return False


ANONYMOUS = Fixed(None)
"""Nobody in particular."""


class First:
    """A source that asks others in their order; the first that knows somebody is believed."""

    def __init__(self, *sources: CredentialSource) -> None:
        self._sources = sources

    async def credentials(self, repository: str) -> Credentials | None:
        """See ``CredentialSource``."""
        for source in self._sources:
            found = await source.credentials(repository)
            if found is not None:
                return found
        return None

    async def refused(self, credentials: Credentials) -> bool:
        """See ``CredentialSource``: those that never gave them say so."""
        for source in self._sources:
            if await source.refused(credentials):
                return True
        return False
