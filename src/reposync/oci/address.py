"""Addresses: what people write to say where a registry is.

A host alone is the rule. A scheme says how it is spoken to; a path stands before the names of all
its repositories, as where one registry holds those of several teams or of several others.
"""

from __future__ import annotations

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.oci.reference import canonical_host, canonical_repository

SCHEMES = ("https", "http")


class Address(Struct, frozen=True):
    """A registry's canonical ``host``; ``scheme`` and ``prefix`` are empty where none is said."""

    host: str
    scheme: str = ""
    prefix: str = ""

    @property
    def name(self) -> str:
        """What stands before a repository in a reference."""
        return f"{self.host}/{self.prefix}" if self.prefix else self.host

    def full_name(self, repository: str) -> str:
        """Return the name that *repository* has at the host."""
        return f"{self.prefix}/{repository}" if self.prefix else repository


def parse_address(url: str) -> Address:
    """Read ``[scheme://]host[:port][/prefix]``; one ``/`` at the end is ignored.

    Raises:
        InvalidReferenceError: It is none.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    elif scheme.lower() not in SCHEMES:
        raise InvalidReferenceError(f"{url!r} has another scheme than https or http")
    host, _, path = rest.partition("/")
    known = canonical_host(host)
    prefix = canonical_repository("", path.removesuffix("/")) if path else ""
    return Address(known, scheme.lower(), prefix)
