"""Image names on a command line.

``[https://|http://]HOST/REPOSITORY[:TAG][@DIGEST]`` is an image in a registry; if the first
component has neither a dot nor a port, the registry is Docker Hub. ``oci:PATH[:NAME]`` is an image
in an OCI image layout, where NAME is a tag, or a repository and a tag.
"""

from __future__ import annotations

import ipaddress

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.oci.digest import Digest
from reposync.oci.reference import DOCKER_HUB, canonical_host, canonical_repository, is_tag

_LAYOUT = "oci:"
_SCHEMES = ("https://", "http://")
_HOSTS_WITHOUT_DOT = frozenset({"localhost"})


class ImageName(Struct, frozen=True):
    """An image, or with neither ``tag`` nor ``digest`` a repository.

    ``url`` is the address of the registry as in a configuration file. ``repository`` is empty for
    an image of a layout whose name is only a tag.
    """

    url: str
    repository: str
    tag: str = ""
    digest: Digest | None = None

    @property
    def is_layout(self) -> bool:
        """Whether it is in an OCI image layout."""
        return self.url.startswith(_LAYOUT)

    @property
    def is_on_loopback(self) -> bool:
        """Whether the registry is on this machine, and no scheme is given."""
        return not self.is_layout and "://" not in self.url and is_loopback(self.url)


def parse_image_name(text: str, *, is_repository: bool = False) -> ImageName:
    """Parse the name of an image; with *is_repository* that of a repository, without a tag.

    Raises:
        InvalidReferenceError: *text* is not such a name.
    """
    if text.startswith(_LAYOUT):
        name = _in_layout(text.removeprefix(_LAYOUT), is_repository=is_repository)
    else:
        name = _in_registry(text)
    if is_repository and (name.tag or name.digest):
        raise InvalidReferenceError(
            f"{text!r} names one image, not a repository", hint="remove the tag and the digest"
        )
    return name


def _in_layout(rest: str, *, is_repository: bool) -> ImageName:
    path, _, name = rest.partition(":")
    if not path:
        raise InvalidReferenceError(
            "`oci:` names no layout", hint="write oci:PATH, a directory or a .tar file"
        )
    named, digest = _without_digest(name)
    repository, _, tag = (named, "", "") if is_repository else named.rpartition(":")
    if repository:
        canonical_repository("", repository)
    return ImageName(f"{_LAYOUT}{path}", repository, _checked(tag), digest)


def _in_registry(text: str) -> ImageName:
    scheme = next((each for each in _SCHEMES if text.startswith(each)), "")
    named, digest = _without_digest(text.removeprefix(scheme))
    host, slash, path = named.partition("/")
    if not scheme and (not slash or not names_host(host)):
        host, path = DOCKER_HUB, named
    repository, colon, tag = path.partition(":")
    known = canonical_host(host)
    if not repository:
        raise InvalidReferenceError(f"{text!r} has no repository", hint="write HOST/REPOSITORY:TAG")
    full_name = canonical_repository(known, repository)
    if colon and not tag:
        raise InvalidReferenceError(f"{text!r} ends with a colon", hint="write a tag after it")
    return ImageName(f"{scheme}{known}", full_name, _checked(tag), digest)


def _without_digest(text: str) -> tuple[str, Digest | None]:
    named, at, digest = text.partition("@")
    return named, Digest(digest) if at else None


def _checked(tag: str) -> str:
    if tag and not is_tag(tag):
        raise InvalidReferenceError(
            f"{tag!r} is not a tag", hint="a tag has only letters, digits and . _ -"
        )
    return tag


def names_host(first: str) -> bool:
    """Return whether the first part of a name is a host, by its look."""
    return any(char in first for char in ".:") or first in _HOSTS_WITHOUT_DOT


def is_loopback(host: str) -> bool:
    """Return whether *host*, perhaps with a port, is this machine."""
    name = _without_port(host)
    if name in _HOSTS_WITHOUT_DOT or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
