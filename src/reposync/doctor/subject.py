"""The subject: the registry that is examined, and what was observed so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.oci.reference import Reference
from reposync.registry.auth.tokens import Scope
from reposync.registry.repository import Repository

if TYPE_CHECKING:
    from reposync.doctor.observations import ObservationLog
    from reposync.http.transport import Transport
    from reposync.registry.client import RegistryClient


class Subject(Struct, frozen=True):
    """A registry, asked by *client* over *transport*, which records what it sends in *log*.

    ``repository`` is one that may be asked about, None if none is known. ``prefix`` precedes the
    names of all repositories. With ``verifies`` its certificate is checked.
    """

    client: RegistryClient
    transport: Transport
    log: ObservationLog
    repository: str | None = None
    prefix: str = ""
    verifies: bool = True

    def at(self, repository: str, *, writable: bool = False) -> Repository:
        """Return a repository of the registry."""
        return Repository(self.client, Reference(self.client.host, repository), writable)

    def scope(self, repository: str, actions: str = "pull") -> Scope:
        """Return the right to *actions* on a repository."""
        return Scope(self.client.full_name(repository), actions)
