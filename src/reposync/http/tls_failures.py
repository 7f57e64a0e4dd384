"""Why TLS fails, in a sentence, and what helps: certificates of theirs and of ours, or no TLS.

With TLS 1.3 a server refuses a client's certificate, or the lack of one, when the client takes the
line for good already; so an alert is looked for behind the handshake too.
"""

from __future__ import annotations

import re
import ssl

from reposync.errors import (
    CertificateError,
    ClientCertificateError,
    NoHandshakeError,
    NoTLSError,
    TransportError,
)

_NO_TLS_REASONS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "UNKNOWN_PROTOCOL",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
    }
)
_ABOUT_OURS = (
    r"ALERT_(?:\w+_)?(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA"
    r"|ACCESS_DENIED)"
)
_PERHAPS_ABOUT_OURS = r"ALERT_(?:\w+_)?HANDSHAKE_FAILURE"
_NAME_OURS = "name client_cert_file and client_key_file of this registry in the file"

# Codes of X509_verify_cert.
_NOT_YET_VALID = 9
_EXPIRED = 10
_WRONG_NAME = frozenset({62, 64})


def wants_ours(error: BaseException) -> bool:
    """Return whether a server ended the line because it requires a certificate of ours."""
    return isinstance(error, ssl.SSLError) and bool(re.search(_ABOUT_OURS, error.reason or ""))


def without_ours(error: BaseException, host: str) -> TransportError:
    """Report that *host* wants a certificate of ours, or another than the one that was shown."""
    return ClientCertificateError(
        f"{host} wants a client's certificate, and none that it accepts was shown ({said(error)})",
        hint=_NAME_OURS,
    )


def untrusted(error: ssl.SSLCertVerificationError, host: str) -> CertificateError:
    """Return what is wrong with the certificate of *host*."""
    match error.verify_code:
        case code if code in _WRONG_NAME:
            return CertificateError(
                f"the certificate of {host} is for another name "
                f"({error.verify_message.rstrip('.').lower()})",
                hint="write a name in url that the certificate has, or have this one put into it",
            )
        case code if code in {_EXPIRED, _NOT_YET_VALID}:
            is_late = code == _EXPIRED
            return CertificateError(
                f"the certificate of {host} {'has expired' if is_late else 'is not valid yet'}",
                hint="have it renewed at the registry; is the clock of this machine right?",
            )
        case _:
            return CertificateError(
                f"the certificate of {host} is not trusted ({error.verify_message})",
                hint="name its authority in ca_file, or have it in SSL_CERT_FILE or in the "
                "system's store; or set skip-tls-verify: true",
            )


def without_tls(error: ssl.SSLError, host: str) -> TransportError:
    """Return why there is no TLS with *host*."""
    reason = error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return untrusted(error, host)
    if reason in _NO_TLS_REASONS:
        return NoTLSError(
            f"{host} does not speak TLS", hint="set skip-tls-verify: true to allow plain HTTP"
        )
    if wants_ours(error):
        return without_ours(error, host)
    is_unclear = re.search(_PERHAPS_ABOUT_OURS, reason)
    hint = f"it may want a client's certificate: {_NAME_OURS}" if is_unclear else None
    return TransportError(f"no TLS connection to {host} ({said(error)})", hint=hint)


def without_handshake(host: str, reason: str) -> TransportError:
    """Report that *host* accepts connections and does not answer when TLS begins."""
    return NoHandshakeError(
        f"{host} does not answer the TLS handshake ({reason})",
        hint="if it speaks plain HTTP, write http:// in its url, or set skip-tls-verify: true",
    )


def said(error: BaseException) -> str:
    """Return OpenSSL's word for it."""
    reason = error.reason if isinstance(error, ssl.SSLError) else ""
    return (reason or "TLS failed").replace("_", " ").lower()
