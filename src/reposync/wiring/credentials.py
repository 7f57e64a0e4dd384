"""Who to be at each registry of a file: what its ``credentials`` key means.

``auto`` takes the first that there is: the variables that the file names, the logins of docker and
podman, the cloud whose registry it is by its name, nobody. Variables end the search, also where
they say to be anonymous; so does a cloud that the file names. One that it does not name lends
nothing for a line on which another may listen.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from reposync.cloud_names import EXTRAS, cloud_of
from reposync.clouds.optional_credentials import OptionalCredentials
from reposync.config.clouds import named_cloud
from reposync.config.credentials import credentials
from reposync.config.model import AUTO
from reposync.credentials import ANONYMOUS, First, Fixed
from reposync.oci.address import parse_address
from reposync.wiring.clouds import Clouds
from reposync.wiring.trust import is_proven

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.model import Registry
    from reposync.credentials import Credentials, CredentialSource
    from reposync.http.transport import Transport

_log = logging.getLogger("reposync.login")


class CredentialSources:
    """Makes the sources for the registries of a run, which share what is read and asked once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        from reposync.logins.logins import Logins  # noqa: PLC0415 -- a run alone needs logins

        self._environ = environ
        self.clouds = Clouds(environ)
        self._logins = Logins(environ)

    def source(self, key: str, registry: Registry, transport: Transport) -> CredentialSource:
        """Find who to be at *registry*, which the file calls *key* and *transport* reaches.

        Raises:
            LoginError: A file of the environment that holds a user or password cannot be read, or
                what a cloud takes is not installed.
        """
        host = parse_address(registry.url).host
        return Told(f"{key} ({host})", First(*self._sources(host, registry, transport)))

    def _sources(
        self, host: str, registry: Registry, transport: Transport
    ) -> Iterator[CredentialSource]:
        """Return the sources for *registry* in their order.

        A kind of credentials is a line here.
        """
        if registry.env_user is not None:
            yield Fixed(credentials(registry, self._environ))
        elif registry.credentials == AUTO:
            yield self._login(host)
            cloud = cloud_of(host)
            # What a cloud lends may open more than its registry: unasked it is shown to that alone.
            if cloud is not None and EXTRAS[cloud].is_installed and is_proven(registry):
                yield OptionalCredentials(self.clouds.source(cloud, registry, transport), host)
        elif (named := named_cloud(registry)) is not None:
            yield self.clouds.source(named, registry, transport)
        else:
            yield ANONYMOUS

    def _login(self, host: str) -> CredentialSource:
        from reposync.logins.source import LoginSource  # noqa: PLC0415 -- as above

        return LoginSource(self._logins, host)


class Told:
    """A source that tells whose credentials it gives, in debugging; each of them once."""

    def __init__(self, where: str, source: CredentialSource) -> None:
        self._where = where
        self._source = source
        self._last: Credentials | None = None
        self._told: set[str] = set()

    async def credentials(self, repository: str) -> Credentials | None:
        """See ``CredentialSource``."""
        found = await self._source.credentials(repository)
        if found is not self._last or not self._told:
            self._last = found
            self._tell(found)
        return found

    async def refused(self, credentials: Credentials) -> bool:
        """See ``CredentialSource``."""
        return await self._source.refused(credentials)

    def _tell(self, found: Credentials | None) -> None:
        origin = found.origin if found else ""
        if origin in self._told:
            return
        self._told.add(origin)
        who = f"{found.kind} from {origin}" if found else "anonymous"
        fields = {"registry": self._where, "who": who}
        _log.debug("%s: %s", self._where, who, extra={"event": "login", "fields": fields})
