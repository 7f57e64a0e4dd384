"""Every error that reposync raises on purpose.

    RepoSyncError
    ├── ConfigError             the file or the environment is wrong: all problems at once
    ├── InvalidReferenceError   a text is no repository, tag, digest or registry name
    ├── ContentError            bytes are not what their digest, size or media type says
    │   └── CorruptContentError   their digest or size is wrong; read again, they may be right
    ├── RegistryError           a registry answered, and the answer is a refusal
    │   ├── UnauthorizedError     it does not know who asks
    │   ├── DeniedError           it knows, and says no
    │   ├── NotFoundError         no such repository, manifest or blob
    │   ├── RateLimitedError      too many requests; may say when to come back
    │   │   └── HostPausedError     its host asked to wait, and nothing was sent
    │   ├── QuotaError            only the pulls that the user keeps back are left
    │   ├── UnavailableError      it is broken or overloaded at the moment
    │   ├── UnreadableError       it fails at what it has under a name
    │   ├── NoSpaceError          it has no space left, on its disk or for this account
    │   │   └── FullError           and has had none for a while
    │   ├── UploadInvalidError    it no longer knows the upload, or lost bytes of it
    │   ├── UnsupportedError      it does not have this operation, or it is switched off
    │   └── ProtocolError         the answer is not one that the specification allows
    │       └── WebPageError        a proxy or a login page answered
    ├── TransportError          no answer: name, connection, TLS, silence
    │   ├── UnreachableError      after several tries; not asked again in this run
    │   ├── CertificateError      the server's certificate is not trusted
    │   ├── ClientCertificateError  the server wants one of ours that it accepts
    │   ├── NoTLSError            the server does not speak TLS
    │   └── NoHandshakeError      the server does not answer when TLS begins
    ├── StorageError            a folder or file cannot be used: absent, in use, forbidden
    │   └── OutOfSpaceError       the disk is full, or the user's share of it
    ├── LoginError              credentials are kept somewhere, and cannot be had from there
    ├── RelayError              another program that moves images failed, for no reason above
    ├── ConflictError           two sources want to be the same tag
    └── CopyError               one image at one destination failed, with the cause

``str(error)`` is one sentence for a user; ``hint`` says what to do, where something can be done.
``retryable`` is decided here, where the knowledge is, and acted on in ``retry`` alone, which
clears it on the error of an operation that it gives up.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from reposync.diagnostic import Diagnostic

Side = Literal["source", "destination"]


class RepoSyncError(Exception):
    """Root of the tree: every error that reposync shows a user is one of these.

    ``retryable`` is of the class; an error has it False where all tries were made already.
    ``host_cause`` is set where other requests to the same host fail for the same reason: one
    sentence that is true of all of them.
    """

    retryable: bool = False
    host_cause: str | None = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Let any of them travel between processes, for every signature of its constructor."""
        return restored, (type(self), str(self), self.__dict__)

    @property
    def is_transient(self) -> bool:
        """Whether what failed may work later, also where all tries were made already."""
        return type(self).retryable

    def without_stack(self) -> Self:
        """Return a copy to raise in another task, or later.

        One error that several tasks raise would collect the frames of all of them, and what these
        hold; and what one of them changes of it would show in the others.
        """
        return copy(self)

    def drop_stack(self) -> None:
        """Let go of the frames that it came through, and of what caused it.

        They hold the bodies that were being read. A server that sends megabytes of nonsense would
        fill the memory by failing.
        """
        self.__traceback__ = self.__cause__ = self.__context__ = None


def restored(
    kind: type[RepoSyncError], message: str, fields: Mapping[str, object]
) -> RepoSyncError:
    """Return the error of class *kind* that had *message* and *fields* where it was raised."""
    error = kind.__new__(kind, message)
    error.__dict__.update(fields)
    return error


def _without_secrets(url: str) -> str:
    bare = url.partition("?")[0].partition("#")[0]
    scheme, separator, rest = bare.rpartition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"


class ConfigError(RepoSyncError):
    """The file cannot be used; ``problems`` holds all that is wrong, in the order of the file."""

    def __init__(self, problems: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class InvalidReferenceError(RepoSyncError):
    """A text is not a legal registry, repository, tag or digest."""


class ContentError(RepoSyncError):
    """Bytes differ from what their descriptor promised, or cannot be understood."""


class CorruptContentError(ContentError):
    """Bytes have another digest or length than was promised; read again, they may be right."""

    retryable = True


class RegistryError(RepoSyncError):
    """A registry answered with a refusal.

    ``url`` is kept without its query and user, so that no signature, token or password can leak;
    ``codes`` are the error codes of the answer's body (distribution-spec, "Error Codes"), upper
    case, perhaps none.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        url: str = "",
        status: int = 0,
        codes: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.method = method
        self.url = _without_secrets(url)
        self.status = status
        self.codes = codes


class UnauthorizedError(RegistryError):
    """The registry does not accept the credentials, or wants some."""


class DeniedError(RegistryError):
    """The registry knows who asks and does not allow it."""


class NotFoundError(RegistryError):
    """The registry has no such repository, manifest, blob or tag."""


class RateLimitedError(RegistryError):
    """The registry is rate limiting; ``retry_after_s`` is how long it asks to wait, if it does."""

    retryable = True
    retry_after_s: float | None = None


class HostPausedError(RateLimitedError):
    """The registry asked all requests to wait, for ``retry_after_s`` still; nothing was sent."""


class QuotaError(RegistryError):
    """The registry allows some more pulls, and the user keeps them back."""


class UnavailableError(RegistryError):
    """The registry fails at the moment (5xx, 408, 425); ``retry_after_s`` as it wishes."""

    retryable = True
    retry_after_s: float | None = None


class UnreadableError(RegistryError):
    """The registry fails at what it has under a name; what is pushed may take its place."""


class NoSpaceError(RegistryError):
    """The registry has no space left; what fills it at the moment may be given up."""

    retryable = True


class FullError(NoSpaceError):
    """The registry has had no space left for a while: trying again does not help."""

    retryable = False


class UploadInvalidError(RegistryError):
    """The registry lost an upload; a new one may succeed."""

    retryable = True


class UnsupportedError(RegistryError):
    """The registry does not have this operation, or it is switched off there."""


class ProtocolError(RegistryError):
    """The registry's answer is not one that the specification allows."""


class WebPageError(ProtocolError):
    """A web page came instead of a registry's answer."""


class TransportError(RepoSyncError):
    """No answer came: the name, the connection, TLS or the line failed.

    ``silence_s`` is how long nothing came, or nothing was taken, before that was given up.
    """

    retryable = True
    silence_s: float = 0.0


class UnreachableError(TransportError):
    """A registry did not answer after several tries, and is given up for the rest of the run."""

    retryable = False


class CertificateError(TransportError):
    """The server's certificate is not trusted: trying again does not help."""

    retryable = False


class ClientCertificateError(TransportError):
    """The server wants a certificate of its clients: trying again does not help."""

    retryable = False


class NoTLSError(TransportError):
    """The server does not speak TLS: plain HTTP may reach it, where the user allows that."""

    retryable = False


class NoHandshakeError(TransportError):
    """The server accepts connections and does not answer when TLS begins.

    It may speak plain HTTP alone, or be in trouble at the moment.
    """


class StorageError(RepoSyncError):
    """A folder or a file cannot be used: it is absent, in use, full, forbidden or another thing."""


class OutOfSpaceError(StorageError):
    """The disk is full, or what the user may take of it."""


class LoginError(RepoSyncError):
    """Credentials are kept in a file or by a helper, and cannot be had from there."""


class RelayError(RepoSyncError):
    """A program that moves images in our place failed, for a reason that is none of the others."""


class ConflictError(RepoSyncError):
    """A tag is written from another source already."""


class CopyError(RepoSyncError):
    """One image could not be brought to one destination.

    ``side`` tells which registry failed at ``operation``. The cause is a value from now on, and
    holds nothing of the stack that it came through.
    """

    def __init__(self, operation: str, side: Side, cause: RepoSyncError) -> None:
        super().__init__(f"cannot {operation} at the {side}: {cause}", hint=cause.hint)
        cause.drop_stack()
        self.operation = operation
        self.side = side
        self.cause = cause
