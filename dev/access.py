"""What the development registries let in by: an htpasswd file and a certificate of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bcrypt
import trustme
from dev.settings import HOST, PASSWORD, USER

if TYPE_CHECKING:
    from pathlib import Path

_BCRYPT_COST: Final = 4  # the least that there is: the password is public, and every request pays


def write_htpasswd(path: Path) -> None:
    """Write the one user that the registries know, unless the file is there."""
    if path.exists():
        return
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(_BCRYPT_COST))
    path.write_text(f"{USER}:{hashed.decode()}\n")


def write_certificate(certificate: Path, key: Path, authority: Path) -> None:
    """Write a certificate for this machine, and the authority that signed it, unless there."""
    if certificate.exists() and key.exists():
        return
    issuer = trustme.CA()
    issued = issuer.issue_cert(HOST, "localhost")
    key.touch(mode=0o600)
    issued.private_key_pem.write_to_path(key)
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    certificate.write_bytes(chain)
    issuer.cert_pem.write_to_path(authority)
