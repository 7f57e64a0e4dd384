"""Names in a layout: what an entry of ``index.json`` is called, and in which repositories.

Reposync writes ``repository:tag``. Others write a tag alone, or a full reference with its registry;
containerd, Docker and BuildKit write the latter under a name of their own.

Spec: image-spec v1.1.1, annotations.md, "org.opencontainers.image.ref.name".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.oci.digest import Digest
from reposync.oci.reference import DOCKER_HUB, canonical_repository, is_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

_HUB_NAMESPACE = "library/"


class Name(Struct, frozen=True):
    """A tag in a repository; ``repository`` is empty where the entry does not say which."""

    repository: str
    tag: str


class EntryNames(Struct, frozen=True):
    """What one entry is called: by the name that counts first, and by others that lead to it."""

    first: Name | None = None
    others: tuple[Name, ...] = ()


def written_name(repository: str, tag: str) -> str:
    """Return the name of *tag* in *repository*; without a repository it is the tag alone."""
    return f"{repository}:{tag}" if repository else tag


def entry_names(ref_name: str, image_name: str) -> EntryNames:
    """Understand the annotations of an entry, each empty where it is not there.

    A tag alone counts for nothing where *image_name* tells the repository too.
    """
    names = dict.fromkeys((*_full(ref_name), *reversed([*_full(image_name)])))
    if names:
        first, *others = names
        return EntryNames(first, tuple(others))
    return EntryNames(Name("", ref_name)) if is_tag(ref_name) else EntryNames()


def _full(text: str) -> Iterator[Name]:
    """Return the names that a reference with repository and tag means, as it is written first."""
    repository, colon, tag = text.partition("@")[0].rpartition(":")
    if not colon or not is_tag(tag) or _is_digest(text):
        return
    if _is_repository(repository):
        yield Name(repository, tag)
    host, slash, path = repository.partition("/")
    if not slash or not _is_host(host) or not _is_repository(path):
        return
    if host == DOCKER_HUB and path.startswith(_HUB_NAMESPACE):
        yield Name(path.removeprefix(_HUB_NAMESPACE), tag)
    yield Name(path, tag)


def _is_digest(text: str) -> bool:
    try:
        return bool(Digest(text))
    except InvalidReferenceError:
        return False


def _is_host(text: str) -> bool:
    """Distinguish a registry from the first part of a repository, as Docker does."""
    return "." in text or ":" in text or text == "localhost"


def _is_repository(text: str) -> bool:
    try:
        return bool(canonical_repository("", text))
    except InvalidReferenceError:
        return False
