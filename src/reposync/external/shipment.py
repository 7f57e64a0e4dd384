"""Shipments: one image, and where another program copies it to, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.redacted import Redacted

if TYPE_CHECKING:
    from reposync.credentials import CredentialSource
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.repository_creator import RepositoryCreator
    from reposync.trust import Trust


class Access(Redacted, frozen=True, eq=False):
    """How a registry is accessed: which certificates are trusted, and with which credentials.

    Without ``trust.verify`` plain HTTP is used if the server does not use TLS. ``creator``, if any,
    creates missing repositories.
    """

    redacted = frozenset({"logins"})

    trust: Trust
    logins: CredentialSource
    creator: RepositoryCreator | None = None

    __hash__ = object.__hash__


class End(Struct, frozen=True):
    """One end of a shipment: a repository, and how its registry is accessed."""

    access: Access
    repository: Reference

    @property
    def host(self) -> str:
        """Host and port, without the path prefix of the registry."""
        return self.repository.name.partition("/")[0]

    @property
    def path(self) -> str:
        """The name of the repository at the host."""
        return self.repository.name.partition("/")[2]


class Target(Struct, frozen=True):
    """Where an image goes: a repository and a tag; "" to push it by its digest only."""

    end: End
    tag: str


class Shipment(Struct, frozen=True):
    """One image: ``name`` is its tag or digest at the source, which resolves to ``digest``."""

    source: End
    name: str
    digest: Digest
    targets: tuple[Target, ...]
