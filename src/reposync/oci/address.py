"""Addresses: the text that names a registry in a configuration file.

Usually it is a host. A scheme selects the protocol. A path is a prefix of all repository names, for
a registry that serves several teams or proxies several other registries.
"""

from __future__ import annotations

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.oci.reference import canonical_host, canonical_repository

SCHEMES = ("https", "http")


class Address(Struct, frozen=True):
    """A registry's canonical ``host``; ``scheme`` and ``prefix`` are empty if not given."""

    host: str
    scheme: str = ""
    prefix: str = ""

    @property
    def name(self) -> str:
        """The part of a reference before the repository."""
        return f"{self.host}/{self.prefix}" if self.prefix else self.host

    def full_name(self, repository: str) -> str:
        """Return the name of *repository* at the host, with the prefix."""
        return f"{self.prefix}/{repository}" if self.prefix else repository


def parse_address(url: str) -> Address:
    """Parse ``[scheme://]host[:port][/prefix]``; one ``/`` at the end is ignored.

    Raises:
        InvalidReferenceError: *url* is not an address.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    elif scheme.lower() not in SCHEMES:
        raise InvalidReferenceError(f"the scheme of {url!r} is neither https nor http")
    host, _, path = rest.partition("/")
    known = canonical_host(host)
    prefix = canonical_repository("", path.removesuffix("/")) if path else ""
    return Address(known, scheme.lower(), prefix)
