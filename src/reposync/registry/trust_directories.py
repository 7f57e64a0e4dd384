"""Directories of certificates that docker and podman know: ``certs.d/HOST[:PORT]``.

``*.crt`` are authorities, ``*.cert`` a client's certificates, each with its ``*.key`` beside it.
The first directory that is there for a host counts, and no other. ``HOST_PORT`` serves where a name
can have no colon, as in Kubernetes. One that this user may not enter is as if it were not there,
since it was made for docker, which runs as root.

Spec: containers-certs.d(5); docker, "Verify repository client with certificates".
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reposync.trust import CertificateFileError, ClientPair, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SYSTEM = (Path("/etc/containers/certs.d"), Path("/etc/docker/certs.d"))


def roots(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the directories to look in, the user's own first."""
    home = environ.get("XDG_CONFIG_HOME") or (
        f"{environ['HOME']}/.config" if environ.get("HOME") else ""
    )
    return (Path(home, "containers/certs.d"), *_SYSTEM) if home else _SYSTEM


def found(host: str, among: Iterable[Path]) -> Trust:
    """Find what is kept for *host*, a canonical name with the port where there is one.

    Raises:
        CertificateFileError: A certificate has no key, or a key no certificate.
    """
    names = dict.fromkeys((host, _without_colon(host)))
    for root in among:
        for name in names:
            files = _files(root / name)
            if files is not None:
                return _trust(files)
    return Trust()


def _without_colon(host: str) -> str:
    name, _, port = host.rpartition(":")
    return f"{name}_{port}" if name and port.isdecimal() else host


def _files(directory: Path) -> list[Path] | None:
    """List the files, in the order of their names; None where there is no such directory."""
    try:
        return sorted(entry for entry in directory.iterdir() if not entry.is_dir())
    except OSError:
        return None


def _trust(files: list[Path]) -> Trust:
    certificates = [file for file in files if file.suffix == ".cert"]
    for key in (file for file in files if file.suffix == ".key"):
        if key.with_suffix(".cert") not in certificates:
            raise CertificateFileError(
                str(key), "has no certificate beside it", f"name it {key.stem}.cert"
            )
    for certificate in certificates:
        if certificate.with_suffix(".key") not in files:
            raise CertificateFileError(
                str(certificate),
                "has no key beside it",
                f"name the key {certificate.stem}.key, or the file of an authority "
                f"{certificate.stem}.crt",
            )
    return Trust(
        authorities=tuple(str(file) for file in files if file.suffix == ".crt"),
        pairs=tuple(ClientPair(str(file), str(file.with_suffix(".key"))) for file in certificates),
    )
