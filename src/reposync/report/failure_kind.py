"""Kinds of failures: what somebody has to see to, in a word.

Decides from the class of an error alone; what was being done, and where, its sentence says.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum

from reposync.errors import (
    CertificateError,
    ClientCertificateError,
    ConflictError,
    ContentError,
    CopyError,
    DeniedError,
    LoginError,
    NoSpaceError,
    NotFoundError,
    NoTLSError,
    OutOfSpaceError,
    ProtocolError,
    QuotaError,
    RateLimitedError,
    RegistryError,
    RelayError,
    RepoSyncError,
    StorageError,
    TransportError,
    UnauthorizedError,
    UnavailableError,
    UnreadableError,
    UploadInvalidError,
)


class FailureKind(StrEnum):
    """What kind of failure it is; a report and a log line name it so."""

    UNAUTHORIZED = "unauthorized"
    """The registry does not accept the credentials, or wants some; or they cannot be had."""
    DENIED = "denied"
    """The registry knows the user, and does not allow it."""
    NOT_FOUND = "not found"
    """There is no such repository, tag, manifest or blob."""
    RATE_LIMITED = "rate limited"
    """Too many requests, also after waiting; or only pulls are left that the user keeps back."""
    CONTENT_WRONG = "content wrong"
    """Bytes are not those that their digest promises, or no manifest that can be copied."""
    CONFLICT = "conflict"
    """The tag is another image's, or must not move."""
    UNAVAILABLE = "unavailable"
    """The registry is broken or overloaded, also after several tries."""
    UNREACHABLE = "unreachable"
    """No answer came, also after several tries."""
    NOT_TRUSTED = "not trusted"
    """The server's certificate is not trusted, or it speaks no TLS."""
    OUT_OF_SPACE = "out of space"
    """The disk of a layout or of a registry is full, or what the user may take of it."""
    STORAGE = "storage"
    """A layout cannot be used for another reason."""
    REFUSED = "refused"
    """The registry refused for a reason that none of the others is."""
    ANSWER_WRONG = "answer wrong"
    """The registry's answer is none that the specification allows; or it requires TLS."""
    RELAY = "relay failed"
    """Another program that moves images failed, for a reason that none of the others is."""
    CANCELLED = "cancelled"
    """The run was stopped before the image came to an end."""
    BUG = "bug"
    """It is a bug in reposync."""
    OTHER = "other"


_KINDS: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (UnauthorizedError, FailureKind.UNAUTHORIZED),
    (LoginError, FailureKind.UNAUTHORIZED),
    (DeniedError, FailureKind.DENIED),
    (NotFoundError, FailureKind.NOT_FOUND),
    (RateLimitedError, FailureKind.RATE_LIMITED),
    (QuotaError, FailureKind.RATE_LIMITED),
    (ContentError, FailureKind.CONTENT_WRONG),
    (ConflictError, FailureKind.CONFLICT),
    (UnavailableError, FailureKind.UNAVAILABLE),
    (UnreadableError, FailureKind.UNAVAILABLE),
    (UploadInvalidError, FailureKind.UNAVAILABLE),
    (NoSpaceError, FailureKind.OUT_OF_SPACE),
    (ProtocolError, FailureKind.ANSWER_WRONG),
    (RegistryError, FailureKind.REFUSED),
    (CertificateError, FailureKind.NOT_TRUSTED),
    (ClientCertificateError, FailureKind.UNAUTHORIZED),
    (NoTLSError, FailureKind.NOT_TRUSTED),
    (TransportError, FailureKind.UNREACHABLE),
    (OutOfSpaceError, FailureKind.OUT_OF_SPACE),
    (StorageError, FailureKind.STORAGE),
    (RelayError, FailureKind.RELAY),
    (RepoSyncError, FailureKind.OTHER),
    (asyncio.CancelledError, FailureKind.CANCELLED),
    (KeyboardInterrupt, FailureKind.CANCELLED),
)
"""The first that fits counts, so a class precedes those that it is derived from."""

_OF_A_HOST = frozenset({FailureKind.UNAUTHORIZED, FailureKind.UNREACHABLE, FailureKind.NOT_TRUSTED})
"""Kinds that are a host's: everything that needs it fails for the same cause."""


def kind_of(error: BaseException) -> FailureKind:
    """Report which kind *error* is, or what it was raised from."""
    cause = root_cause(error)
    return next((kind for each, kind in _KINDS if isinstance(cause, each)), FailureKind.BUG)


def host_cause(error: BaseException) -> str:
    """Return why all else that needs the same host fails too; empty where only this does."""
    cause = root_cause(error)
    if isinstance(cause, RepoSyncError) and cause.host_cause:
        return cause.host_cause
    return str(cause) if kind_of(cause) in _OF_A_HOST else ""


def root_cause(error: BaseException) -> BaseException:
    """Return what failed, without what was being done."""
    while isinstance(error, CopyError):
        error = error.cause
    return error
