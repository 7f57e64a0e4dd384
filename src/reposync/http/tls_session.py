"""TLS sessions: what a connection says of the server, for people. A pure reading."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class TlsSession(Struct, frozen=True):
    """The version of TLS, and of the server's certificate the issuer's name and the last moment.

    Of a certificate that is not verified Python tells nothing: both are None.
    """

    version: str
    issuer: str | None = None
    expires_at: datetime | None = None


def tls_session(connection: ssl.SSLObject | None) -> TlsSession | None:
    """Return what *connection* says; None for a connection without TLS."""
    if connection is None:
        return None
    certificate = connection.getpeercert() or {}
    return TlsSession(connection.version() or "", _issuer(certificate), _end(certificate))


def _issuer(certificate: Mapping[str, Any]) -> str | None:
    names = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    return names.get("commonName") or names.get("organizationName")


def _end(certificate: Mapping[str, Any]) -> datetime | None:
    text = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if text else None
