"""Credentials for a registry, and sources of them. Their ``repr`` shows no secret."""

from __future__ import annotations

import base64
from typing import Protocol

from reposync.redacted import Redacted


class Credentials(Redacted, frozen=True):
    """User and password, or a token in their place; none of them appears in ``repr``.

    ``origin`` is for messages, such as "environment variables HUB_USER and HUB_PASSWORD".
    ``identity_token`` is sent only to the token service, which exchanges it for access tokens;
    ``registry_token`` is sent to the registry as it is.
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
        """The identity of the account at a registry: the user, or else the token."""
        return self.user or self.identity_token or self.registry_token

    @property
    def kind(self) -> str:
        """The kind of credentials, for messages."""
        if self.registry_token:
            return "registry token"
        return "identity token" if self.identity_token else "user and password"


class CredentialSource(Protocol):
    """Returns the credentials for one registry."""

    async def credentials(self, repository: str) -> Credentials | None:
        """Return the credentials for *repository* ("" for the registry itself); None is anonymous.

        This is called before every request, so it uses a cache, and renews before expiry.

        Raises:
            LoginError: Credentials are configured, but cannot be read.
        """
        ...

    async def refused(self, credentials: Credentials) -> bool:
        """Drop *credentials*, to which the registry answered 401.

        Return whether this source may return others now, as after a secret of a helper has expired;
        False for credentials that it never returned.

        Raises:
            LoginError: Credentials are configured, but cannot be read.
        """
        ...


class Fixed:
    """A source of the same credentials for every repository, such as those of the environment."""

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
"""The source of anonymous access."""


class First:
    """A source that asks others in order, and returns the first credentials found."""

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
        """See ``CredentialSource``: sources that never returned them return False."""
        for source in self._sources:
            if await source.refused(credentials):
                return True
        return False
