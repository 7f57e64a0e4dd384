"""Certificates for loopback, from an authority that nobody trusts unless told to."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the authority, and a server's chain and key for localhost, 127.0.0.1 and ::1."""

    authority: Path
    chain: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a server needs to speak TLS."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return what a client needs to trust that server."""
        return ssl.create_default_context(cafile=self.authority)


def make(directory: Path) -> Certificates:
    """Make an authority and one server's certificate in *directory*."""
    authority = trustme.CA()
    server = authority.issue_cert("localhost", "127.0.0.1", "::1")
    certificates = Certificates(
        directory / "authority.pem", directory / "chain.pem", directory / "key.pem"
    )
    authority.cert_pem.write_to_path(str(certificates.authority))
    for number, pem in enumerate(server.cert_chain_pems):
        pem.write_to_path(str(certificates.chain), append=number > 0)
    server.private_key_pem.write_to_path(str(certificates.key))
    return certificates
