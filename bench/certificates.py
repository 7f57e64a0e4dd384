"""A certificate for the registries, from an authority that only the tools under test trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme
from bench import link

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the authority, and the registries' chain and key."""

    authority: Path
    chain: Path
    key: Path


def make(folder: Path) -> Certificates:
    """Make them in *folder*, for loopback and for the far end of a link."""
    folder.mkdir()
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1", link.FAR)
    made = Certificates(folder / "authority.crt", folder / "chain.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(made.authority)
    made.chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    made.key.touch(mode=0o600)
    issued.private_key_pem.write_to_path(made.key)
    return made
