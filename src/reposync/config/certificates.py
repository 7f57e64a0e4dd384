"""Certificates: what is wrong with the files that a registry's keys name.

They are looked at when a run begins, so that a key that does not fit is told before anything is
asked of a registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.finding import Finding
from reposync.config.layouts import means_layout
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.config.finding import Path
    from reposync.config.model import Config, Registry
    from reposync.trust import CertificateFileError


def unusable_files(config: Config) -> Iterator[Finding]:
    """Find the files of certificates and keys that *config* names and nobody could use."""
    for key, registry in config.registries.items():
        has_files = registry.ca_file or named_pair(registry)
        if has_files and not means_layout(registry.url):
            yield from _unusable(("registries", key), registry)


def named_pair(registry: Registry) -> tuple[str, str] | None:
    """Return the paths of certificate and key, if the file names both."""
    if not registry.client_cert_file or not registry.client_key_file:
        return None
    return registry.client_cert_file, registry.client_key_file


def _unusable(path: Path, registry: Registry) -> Iterator[Finding]:
    from reposync import trust  # noqa: PLC0415 -- it brings OpenSSL, which most files do without

    if registry.ca_file:
        try:
            trust.add_authorities(trust.bare_context(), registry.ca_file)
        except trust.CertificateFileError as error:
            yield _finding((*path, "ca_file"), error)
    pair = named_pair(registry)
    if pair is not None:
        try:
            trust.add_pair(trust.bare_context(), trust.ClientPair(*pair))
        except trust.CertificateFileError as error:
            field = "client_cert_file" if error.path == pair[0] else "client_key_file"
            yield _finding((*path, field), error)


def _finding(path: Path, error: CertificateFileError) -> Finding:
    return Finding(path, f"{quoted(error.path)} {error.why}", error.hint or "")
