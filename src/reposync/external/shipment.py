"""Shipments: what another program is to move, as values: one image and where it goes."""

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
    """How a registry is reached: whose certificates are trusted, and who to be there.

    Without ``trust.verify`` plain HTTP is used where the server speaks no TLS. ``creator``, if any,
    makes repositories that are missing there.
    """

    redacted = frozenset({"logins"})

    trust: Trust
    logins: CredentialSource
    creator: RepositoryCreator | None = None

    __hash__ = object.__hash__


class End(Struct, frozen=True):
    """One end of a shipment: a repository, and how its registry is reached."""

    access: Access
    repository: Reference

    @property
    def host(self) -> str:
        """Host and port, without a path that stands before all repositories there."""
        return self.repository.name.partition("/")[0]

    @property
    def path(self) -> str:
        """The name by which the host knows the repository."""
        return self.repository.name.partition("/")[2]


class Target(Struct, frozen=True):
    """Where an image goes: to an end, under a tag, or under its digest alone for ""."""

    end: End
    tag: str


class Shipment(Struct, frozen=True):
    """One image: what ``name``, a tag or a digest, means at the source, which is ``digest``."""

    source: End
    name: str
    digest: Digest
    targets: tuple[Target, ...]
