"""Failures: what another program complains of becomes one of our errors, with the side.

Decides from words, since a program gives no more: the first kind that fits counts. Its tools share
their words with all that are made of containers/image, and with Go.
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

# What is read from the source fails in the middle of what is written, so this counts first.
_AT_SOURCE = re.compile(
    r"initializing source|reading manifest|determining manifest|reading blob|fetching blob|"
    r"happened during read|partially read|reading signatures|reading config"
)
_AT_DESTINATION = re.compile(
    r"at destination|initializing destination|writing blob|writing manifest|uploading|"
    r"writing signatures|committing the finished"
)


class _Meaning(Struct, frozen=True):
    """Words, the error that they mean, and its sentence."""

    words: re.Pattern[str]
    kind: type[RepoSyncError]
    sentence: str


_MEANINGS = (
    _Meaning(re.compile(r"\bfork/exec "), RelayError, "{by} cannot start skopeo ({why})"),
    _Meaning(
        re.compile(r"x509|certificate"), CertificateError, "{by} does not trust {host} ({why})"
    ),
    _Meaning(re.compile(r"http response to https"), NoTLSError, "{host} does not speak TLS"),
    _Meaning(
        re.compile(r"no space left"), OutOfSpaceError, "there is no space left for {by} ({why})"
    ),
    _Meaning(
        re.compile(r"too ?many ?requests|\b429\b|rate limit"),
        RateLimitedError,
        "{host} wants fewer requests of {by} ({why})",
    ),
    _Meaning(
        re.compile(r"unauthorized|authentication required|invalid username/password|\b401\b"),
        UnauthorizedError,
        "{host} did not let {by} in ({why})",
    ),
    _Meaning(
        re.compile(r"denied|forbidden|\b403\b"),
        DeniedError,
        "{host} does not allow this to {by} ({why})",
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
        "{host} failed {by} ({why})",
    ),
    _Meaning(
        re.compile(r"(?:manifest|name|blob) unknown|not found|\b404\b"),
        NotFoundError,
        "{by} did not find it at {host} ({why})",
    ),
    _Meaning(
        re.compile(
            r"digests? did not match|digest mismatch|preserve digests|manifest invalid|"
            r"parsing manifest|unsupported manifest|does not match"
        ),
        ContentError,
        "{by} met other content than it was promised ({why})",
    ),
)
_HINTS: Mapping[type[RepoSyncError], str] = {
    RelayError: "let XDG_RUNTIME_DIR, or else TMPDIR, be where programs may run: without noexec",
    NoTLSError: "set skip-tls-verify: true to allow plain HTTP",
    CertificateError: "name its authority in ca_file, or set skip-tls-verify: true",
    OutOfSpaceError: "it keeps blobs in /var/tmp, or in TMPDIR, on their way",
}


class Complaint(Struct, frozen=True):
    """What the program *by* said of a shipment to one target; ``code`` is its exit code."""

    by: str
    text: str
    code: int


def failure(said: Complaint, shipment: Shipment, target: Target) -> CopyError:
    """Name what *said* means."""
    text = said.text.lower()
    hosts = (shipment.source.host, target.end.host)
    side = _side(text, *hosts)
    host = hosts[side == "destination"]
    words = _without_names(text, hosts)
    for meaning in _MEANINGS:
        if meaning.words.search(words):
            told = meaning.sentence.format(by=said.by, host=host, why=_why(said.text))
            cause = meaning.kind(told, hint=_HINTS.get(meaning.kind))
            return CopyError(f"copy by {said.by}", side, cause)
    return CopyError(f"copy by {said.by}", side, _unknown(said))


def _side(text: str, source: str, destination: str) -> Side:
    """Return which side it is: by what was done there, else by the host that is named."""
    if _AT_SOURCE.search(text):
        return "source"
    if _AT_DESTINATION.search(text):
        return "destination"
    return "source" if source in text and destination not in text else "destination"


def _without_names(text: str, hosts: tuple[str, str]) -> str:
    """Leave out repositories and tags, which may have any of the words in their names."""
    names = "|".join(re.escape(host) for host in hosts)
    return re.sub(
        rf"[\w.-]*(?:{names})[^\s\"]*|/v2/[^\s\"]*|(?<=manifest )\S+(?= (?:in|to) )", " ", text
    )


def _why(text: str) -> str:
    """Return what a chain of causes ends with."""
    *_, last = text.rsplit(": ", 1)
    return last


def _unknown(said: Complaint) -> RelayError:
    if said.code < 0:
        return RelayError(
            f"{said.by} was ended by the signal {-said.code}",
            hint="of 9 the machine may have been out of memory: use less --parallel-sync-tasks",
        )
    return RelayError(f"{said.by} says: {said.text or f'nothing, with exit code {said.code}'}")
