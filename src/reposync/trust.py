"""Trust: the TLS context for a registry, with its CAs and client certificates.

The CAs of the system, or those in ``SSL_CERT_FILE``, are always trusted; others are added. Errors
in certificate files are reported here, with the file's name, before any request.
"""

from __future__ import annotations

import os
import ssl
from functools import lru_cache

from msgspec import Struct

from reposync.errors import StorageError

_CONTEXTS_KEPT = 64
_WRONG_KEY = "KEY_VALUES_MISMATCH"


class ClientPair(Struct, frozen=True):
    """Files of a client certificate, followed by its chain, and of its key; both PEM."""

    certificate: str
    key: str


class Trust(Struct, frozen=True):
    """The TLS settings of one registry; equal values share a context.

    Without ``verify`` no certificate is checked. Of several ``pairs`` with keys of one type, the
    first is used.
    """

    verify: bool = True
    authorities: tuple[str, ...] = ()
    pairs: tuple[ClientPair, ...] = ()


class CertificateFileError(StorageError):
    """A certificate or key file cannot be used; ``path`` is the file."""

    def __init__(self, path: str, why: str, hint: str) -> None:
        super().__init__(f"{path} {why}", hint=hint)
        self.path = path
        self.why = why


class _LockedKeyError(Exception):
    """A key is encrypted with a password."""


@lru_cache(_CONTEXTS_KEPT)
def tls_context(trust: Trust) -> ssl.SSLContext:
    """Return the context for *trust*, TLS 1.2 and newer; cached, as creating one takes 50 ms.

    Raises:
        CertificateFileError: One of its files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The same with every Python, and as in Go: Python 3.13 began to refuse private CAs without key
    # identifiers, and to accept an intermediate CA without its root.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if trust.verify:
        context.load_default_certs()
        for path in trust.authorities:
            add_authorities(context, path)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for pair in reversed(trust.pairs):  # of two with keys of one type, OpenSSL keeps the last
        add_pair(context, pair)
    return context


def bare_context() -> ssl.SSLContext:
    """Return a context without any CA, to test files with."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def add_authorities(context: ssl.SSLContext, path: str) -> None:
    """Add the CAs in the file at *path* to *context*.

    Raises:
        CertificateFileError: The file cannot be used.
    """
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise _no_certificate(path) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def add_pair(context: ssl.SSLContext, pair: ClientPair) -> None:
    """Add the client certificate *pair* to *context*.

    Raises:
        CertificateFileError: A file cannot be used, or the key belongs to another certificate.
    """
    _check_certificate(pair.certificate)
    _check_readable(pair.key)
    try:
        context.load_cert_chain(pair.certificate, pair.key, password=_no_password)
    except _LockedKeyError as error:
        raise CertificateFileError(
            pair.key,
            "is encrypted with a password",
            "decrypt it into a file that only this user can read: `openssl pkey -in KEY -out NEW`",
        ) from error
    except (ssl.SSLError, OSError, ValueError) as error:
        if isinstance(error, ssl.SSLError) and error.reason == _WRONG_KEY:
            raise CertificateFileError(
                pair.key,
                f"is not the key of the certificate in {pair.certificate}",
                "name the two that belong together",
            ) from error
        raise CertificateFileError(
            pair.key, "holds no key in PEM form", "name a file with a BEGIN PRIVATE KEY in it"
        ) from error


def _check_certificate(path: str) -> None:
    """Raise an error if the file holds no certificate; OpenSSL would report a bad key."""
    add_authorities(bare_context(), path)


def _check_readable(path: str) -> None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- messages show the path as it was written
            file.read(1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _no_password() -> str:
    """Raise an error where OpenSSL would ask for a password on the terminal."""
    raise _LockedKeyError


def _no_certificate(path: str) -> CertificateFileError:
    return CertificateFileError(
        path,
        "holds no certificate in PEM form",
        "name a file with a BEGIN CERTIFICATE in it; "
        "`openssl x509 -inform der` makes one of a file in DER form",
    )


def _unreadable(path: str, error: OSError | ValueError) -> CertificateFileError:
    match error:
        case FileNotFoundError():
            return CertificateFileError(path, "is not there", "check the path")
        case PermissionError():
            return CertificateFileError(path, "may not be read", "check its permissions")
        case IsADirectoryError():
            return CertificateFileError(path, "is a directory", "name a file in it")
        case OSError(errno=int(number)):
            return CertificateFileError(path, "cannot be read", os.strerror(number).lower())
        case _:
            return CertificateFileError(path, "is not a path", "name a file")
