"""Shipments: what another program is to move, as values: one image and where it shall be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.credentials import CredentialSource
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference
    from reposync.repository_maker import RepositoryMaker
    from reposync.trust import Trust


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """How a registry is reached: whose certificates are trusted, and who to be there.

    Without ``trust.verify`` plain HTTP is used where the server speaks no TLS. ``maker``, if any,
    makes repositories that are missing there.
    """

    trust: Trust
    logins: CredentialSource = field(repr=False)
    maker: RepositoryMaker | None = None


@dataclass(frozen=True, slots=True)
class End:
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


@dataclass(frozen=True, slots=True)
class Target:
    """Where an image shall be: at an end, under a tag, or under its digest alone for ""."""

    end: End
    tag: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """One image: what ``name``, a tag or a digest, means at the source, which is ``digest``."""

    source: End
    name: str
    digest: Digest
    targets: tuple[Target, ...]
