"""What can go wrong on a line, and the one place where it becomes an error of ours.

The exceptions here never leave the package. A text bears the host alone: never a URL, a header or a
proxy's password.
"""

from __future__ import annotations

import os
import ssl
from typing import ClassVar

from reposync.errors import TransportError
from reposync.http import tls_failures
from reposync.http.progress import LEAST_BYTES_PER_S


class ConnectionFailedError(Exception):
    """Something that ends an exchange; ``text`` is its sentence.

    ``silence_s`` is how long nothing happened before.
    """

    text: ClassVar[str] = ""
    silence_s: float = 0.0


class NameLookupError(ConnectionFailedError):
    """No address belongs to the name."""

    text = "the name of {host} cannot be resolved"


class ProxyUnreachableError(ConnectionFailedError):
    """There is no connection to the proxy."""

    text = "the proxy for {host} cannot be reached"


class ProxyRefusedError(ConnectionFailedError):
    """The proxy does not lead there."""

    text = "the proxy for {host} refused to connect"


class ConnectTimeoutError(ConnectionFailedError):
    """It took too long to connect."""

    text = "{host} did not accept a connection within {reason} s"

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"{limit_s:g}")
        self.silence_s = limit_s


class NoHandshakeError(ConnectionFailedError):
    """The server accepted the connection, and closed it or said nothing when TLS began."""


class SilenceError(ConnectionFailedError):
    """Nothing came, or nothing was taken, for too long."""

    text = "{host} fell silent in the middle of a request"

    def __init__(self, limit_s: float) -> None:
        super().__init__()
        self.silence_s = limit_s


class TooSlowError(ConnectionFailedError):
    """The body comes, and hardly."""

    text = f"{{host}} sends fewer than {LEAST_BYTES_PER_S} bytes per second"

    def __init__(self, window_s: float) -> None:
        super().__init__()
        self.silence_s = window_s


class NoAnswerError(ConnectionFailedError):
    """The line ended before one byte of the answer."""

    text = "{host} closed the connection without an answer"


class CutOffError(ConnectionFailedError):
    """The line ended behind the first byte of the answer and before its last."""

    text = "{host} broke off in the middle of its answer"


class NotHTTPError(ConnectionFailedError):
    """What came is no answer, or one whose end is in doubt; the argument says why."""

    text = "{host} does not answer in HTTP ({reason})"


class BadURLError(ConnectionFailedError):
    """The URL names no host, or no scheme of ours."""

    text = "{host} gave a URL that cannot be used"


class BadHeaderError(ConnectionFailedError):
    """A header would end in the middle of its value and let another begin."""

    text = "a header for {host} has a line break in it"


class BodyLengthError(ConnectionFailedError):
    """A streamed body has not the length that was announced."""

    text = "the body for {host} has not the length that was announced"


def translated(error: BaseException, host: str) -> TransportError:
    """Return what ended an exchange with *host*."""
    if isinstance(error, ConnectionFailedError):
        ended = TransportError(error.text.format(host=host, reason=error))
        ended.silence_s = error.silence_s
        return ended
    if tls_failures.wants_ours(error):
        return tls_failures.without_ours(error, host)
    return TransportError(f"the connection to {host} broke ({_reason(error)})")


def unconnected(error: Exception, host: str) -> TransportError:
    """Return why there is no connection to *host*."""
    if isinstance(error, ssl.SSLError):
        return tls_failures.without_tls(error, host)
    if isinstance(error, NoHandshakeError):
        return tls_failures.without_handshake(host, str(error))
    if isinstance(error, ConnectionFailedError):
        return translated(error, host)
    return TransportError(f"{host} cannot be reached ({_reason(error)})")


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return tls_failures.said(error)
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    if isinstance(error, ConnectionError):
        return "the connection was closed"
    return type(error).__name__
