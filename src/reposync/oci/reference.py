"""References: registry, repository, tag and digest, and which of them are valid.

Docker Hub has several names, and its repositories of one component are in ``library/``.

Spec: distribution-spec v1.1.1, "Pulling manifests".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Collection

_LAYOUT = "oci:"
DOCKER_HUB = "docker.io"
_DOCKER_HUB_NAMES = frozenset(
    {"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
)

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_REPOSITORY_LIMIT = 255
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_HOST = re.compile(
    r"(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::(?P<port>[0-9]{1,5}))?"
)
_PORT_LIMIT = 65535


class Reference(Struct, frozen=True):
    """A repository of a registry, or an image in it; ``str`` returns the usual text.

    For a layout that is the text that skopeo uses: ``oci:bundle:team/app:1.0``.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: Digest | None = None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        """Registry and repository, without tag and digest."""
        if not self.repository:
            return self.registry
        separator = ":" if self.registry.startswith(_LAYOUT) else "/"
        return f"{self.registry}{separator}{self.repository}"

    @property
    def tag_or_digest(self) -> str:
        """What names an image in the repository; empty for the repository itself."""
        return self.tag or self.digest or ""

    def naming(self, tag_or_digest: str) -> Reference:
        """Return the reference of an image in this repository."""
        if ":" in tag_or_digest:
            return Reference(self.registry, self.repository, digest=Digest(tag_or_digest))
        return Reference(self.registry, self.repository, tag_or_digest)


def split_name(name: str) -> tuple[str, str]:
    """Split a reference's ``name`` into its registry, or layout, and its repository.

    The path prefix of a registry becomes part of the repository.
    """
    if name.startswith(_LAYOUT):
        registry, _, repository = name.rpartition(":")
    else:
        registry, _, repository = name.partition("/")
    return registry, repository


def parse_reference(text: str, registries: Collection[str]) -> Reference:
    """Read what ``str`` of a reference gives; *registries* are those that it may be of.

    They are needed because a registry's name may hold a path, or be that of a layout.

    Raises:
        InvalidReferenceError: It is of none of them, or names no image or repository.
    """
    for registry in sorted(registries, key=len, reverse=True):
        separator = ":" if registry.startswith(_LAYOUT) else "/"
        if text.startswith(registry + separator):
            return _named(registry, text[len(registry) + 1 :])
    raise InvalidReferenceError(f"{text!r} is of no registry of the file")


def _named(registry: str, rest: str) -> Reference:
    named, at, digest = rest.partition("@")
    repository, _, tag = named.partition(":")
    if tag and not is_tag(tag):
        raise InvalidReferenceError(f"{tag!r} is not a tag")
    return Reference(registry, repository, tag, Digest(digest) if at else None)


def canonical_host(host: str) -> str:
    """Return the canonical name of a registry: lower case, Docker Hub's names as ``docker.io``.

    Raises:
        InvalidReferenceError: *host* is not ``host`` or ``host:port``.
    """
    match = _HOST.fullmatch(host)
    if match is None or (match["port"] and not 0 < int(match["port"]) <= _PORT_LIMIT):
        raise InvalidReferenceError(
            f"{host!r} is not a registry's host", hint="write host or host:port"
        )
    lower = host.lower()
    return DOCKER_HUB if lower in _DOCKER_HUB_NAMES else lower


def canonical_repository(host: str, repository: str) -> str:
    """Return the full name of *repository* at the canonical *host*: ``library/`` for Docker Hub.

    Raises:
        InvalidReferenceError: Registries do not accept the name.
    """
    if len(repository) > _REPOSITORY_LIMIT or not _REPOSITORY.fullmatch(repository):
        raise InvalidReferenceError(
            f"{repository!r} is not a repository name",
            hint="use lower-case letters, digits and single . _ - between them, with / between "
            "the parts, and neither registry nor tag",
        )
    if host == DOCKER_HUB and "/" not in repository:
        return f"library/{repository}"
    return repository


def is_tag(text: str) -> bool:
    """Return whether *text* is a valid tag."""
    return _TAG.fullmatch(text) is not None
