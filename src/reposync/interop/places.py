"""Places: hosts, repositories and whole references, as other tools write them.

Spec: a name without a host is Docker Hub's, as docker has it; there a name of one word is in
``library/``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.interop.refusals import refusal
from reposync.oci.digest import Digest
from reposync.oci.reference import DOCKER_HUB, canonical_host, canonical_repository, is_tag
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.interop.node_cursor import NodeCursor

_HOST = re.compile(r"(?:[^/]*[.:][^/]*|localhost)(?=/)")


class Name(Struct, frozen=True):
    """What a reference names; ``tag`` and ``digest`` are "" where it says none."""

    host: str
    repository: str
    tag: str = ""
    digest: str = ""


def host_of(at: NodeCursor) -> str:
    """Read a registry's host.

    Raises:
        RefusalError: It is none.
    """
    return checked_host(at, at.text())


def checked_host(at: NodeCursor, text: str) -> str:
    """Check *text*, a registry's host, which *at* names.

    Raises:
        RefusalError: It is none.
    """
    try:
        canonical_host(text)
    except InvalidReferenceError as error:
        what = f"{quoted(text)} is not a registry's host" if text else "names no registry"
        raise refusal(at.path, what, error.hint or "") from None
    return text


def repository_of(at: NodeCursor, host: str, text: str) -> str:
    """Check *text*, a repository at *host*, which *at* names.

    Raises:
        RefusalError: It is none.
    """
    try:
        canonical_repository(canonical_host(host), text)
    except InvalidReferenceError as error:
        raise refusal(at.path, f"{quoted(text)} is not a repository", error.hint or "") from None
    return text


def reference_of(at: NodeCursor, text: str) -> Name:
    """Read *text*, which *at* holds, as docker reads references.

    Raises:
        RefusalError: It is none.
    """
    rest, _, digest = text.partition("@")
    host = DOCKER_HUB
    if match := _HOST.match(rest):
        host, rest = match[0], rest[match.end() + 1 :]
    repository, _, tag = rest.partition(":")
    if (tag and not is_tag(tag)) or (digest and not is_digest(digest)):
        raise refusal(at.path, f"{quoted(text)} names no image")
    checked_host(at, host)
    return Name(host, repository_of(at, host, repository), tag, digest)


def is_digest(text: str) -> bool:
    """Return whether *text* is a digest that can be checked."""
    try:
        Digest(text)
    except InvalidReferenceError:
        return False
    return True
