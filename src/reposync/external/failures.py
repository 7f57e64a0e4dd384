"""Failures: translates the error output of another program to our errors, with the side.

Decides by the text, as the programs report nothing else; the first match counts. The texts are
those of containers/image and of Go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import (
    CertificateError,
    ContentError,
    CopyError,
    DeniedError,
    NotFoundError,
    NoTLSError,
    OutOfSpaceError,
    RateLimitedError,
    RelayError,
    RepoSyncError,
    TransportError,
    UnauthorizedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.errors import Side
    from reposync.external.shipment import Shipment, Target

# A read from the source fails within a write, so this is checked first.
_AT_SOURCE = re.compile(
    r"initializing source|reading manifest|determining manifest|reading blob|fetching blob|"
    r"happened during read|partially read|reading signatures|reading config"
)
_AT_DESTINATION = re.compile(
    r"at destination|initializing destination|writing blob|writing manifest|uploading|"
    r"writing signatures|committing the finished"
)


class _Meaning(Struct, frozen=True):
    """A pattern, the error that it stands for, and its message."""

    words: re.Pattern[str]
    kind: type[RepoSyncError]
    sentence: str


_MEANINGS = (
    _Meaning(re.compile(r"\bfork/exec "), RelayError, "{by} cannot start skopeo ({why})"),
    _Meaning(
        re.compile(r"x509|certificate"), CertificateError, "{by} does not trust {host} ({why})"
    ),
    _Meaning(re.compile(r"http response to https"), NoTLSError, "{host} does not speak TLS"),
    _Meaning(re.compile(r"no space left"), OutOfSpaceError, "no space left for {by} ({why})"),
    _Meaning(
        re.compile(r"too ?many ?requests|\b429\b|rate limit"),
        RateLimitedError,
        "{host} is rate limiting {by} ({why})",
    ),
    _Meaning(
        re.compile(r"unauthorized|authentication required|invalid username/password|\b401\b"),
        UnauthorizedError,
        "{host} did not accept the login of {by} ({why})",
    ),
    _Meaning(
        re.compile(r"denied|forbidden|\b403\b"),
        DeniedError,
        "{host} denied access to {by} ({why})",
    ),
    _Meaning(
        re.compile(
            r"no such host|refused|connection reset|broken pipe|timeout|timed out|"
            r"deadline exceeded|unreachable|no route to host|\beof\b|connection closed|tls:"
        ),
        TransportError,
        "{by} cannot reach {host} ({why})",
    ),
    _Meaning(
        re.compile(r"\b50[0234]\b|unavailable|bad gateway|internal server error"),
        UnavailableError,
        "{host} failed to serve {by} ({why})",
    ),
    _Meaning(
        re.compile(r"(?:manifest|name|blob) unknown|not found|\b404\b"),
        NotFoundError,
        "{by} did not find the image at {host} ({why})",
    ),
    _Meaning(
        re.compile(
            r"digests? did not match|digest mismatch|preserve digests|manifest invalid|"
            r"parsing manifest|unsupported manifest|does not match"
        ),
        ContentError,
        "{by} received other content than expected ({why})",
    ),
)
_HINTS: Mapping[type[RepoSyncError], str] = {
    RelayError: "set XDG_RUNTIME_DIR or TMPDIR to a directory without noexec",
    NoTLSError: "set skip-tls-verify: true to allow plain HTTP",
    CertificateError: "name its CA in ca_file, or set skip-tls-verify: true",
    OutOfSpaceError: "it stores blobs in /var/tmp or TMPDIR while copying",
}


class ProgramFailure(Struct, frozen=True):
    """The error output of the program *by* for one target; ``code`` is its exit code."""

    by: str
    text: str
    code: int


def failure(reported: ProgramFailure, shipment: Shipment, target: Target) -> CopyError:
    """Return the error that *reported* stands for."""
    text = reported.text.lower()
    hosts = (shipment.source.host, target.end.host)
    side = _side(text, *hosts)
    host = hosts[side == "destination"]
    words = _without_names(text, hosts)
    for meaning in _MEANINGS:
        if meaning.words.search(words):
            sentence = meaning.sentence.format(by=reported.by, host=host, why=_why(reported.text))
            cause = meaning.kind(sentence, hint=_HINTS.get(meaning.kind))
            return CopyError(f"copy by {reported.by}", side, cause)
    return CopyError(f"copy by {reported.by}", side, _unknown(reported))


def _side(text: str, source: str, destination: str) -> Side:
    """Return the side that failed: by the operation, else by the host in *text*."""
    if _AT_SOURCE.search(text):
        return "source"
    if _AT_DESTINATION.search(text):
        return "destination"
    return "source" if source in text and destination not in text else "destination"


def _without_names(text: str, hosts: tuple[str, str]) -> str:
    """Remove names of repositories and tags, which may contain any of the words."""
    names = "|".join(re.escape(host) for host in hosts)
    return re.sub(
        rf"[\w.-]*(?:{names})[^\s\"]*|/v2/[^\s\"]*|(?<=manifest )\S+(?= (?:in|to) )", " ", text
    )


def _why(text: str) -> str:
    """Return the last cause of a chain."""
    *_, last = text.rsplit(": ", 1)
    return last


def _unknown(reported: ProgramFailure) -> RelayError:
    if reported.code < 0:
        return RelayError(
            f"{reported.by} was killed by signal {-reported.code}",
            hint="signal 9 may mean that memory ran out: lower --parallel-sync-tasks",
        )
    return RelayError(f"{reported.by} {reported_error(reported.text, reported.code)}")


def reported_error(text: str, code: int) -> str:
    """Return the end of a sentence that begins with a program's name: its error, if any."""
    return f"reported: {text}" if text else f"failed without an error message (exit code {code})"
