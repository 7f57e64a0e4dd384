"""Digest tags: tags that refer to a digest, as cosign sets them, and the fallback tag of referrers.

One list of a repository's tags finds those of all its images. What this run itself writes is added
to that, so a stage that copies from where another one wrote finds all that this brought, whenever
the list was made. A registry that gives no list is asked for the few names that each digest may
have.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.run_all import results
from reposync.errors import RegistryError
from reposync.oci.referrers import cosign_tags, fallback_tag, subject_tag
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.copy.abilities import Source
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference


class _List(Struct, eq=False):
    """The digest tags that one list of a repository had; None where it gives no list."""

    tags: frozenset[str] | None = None
    is_made: bool = False


class DigestTags:
    """The digest tags of all repositories of a run; other tags are not remembered.

    A repository is known by its name as a text: several paths may lead to it.
    """

    def __init__(self) -> None:
        self._lists: defaultdict[str, _List] = defaultdict(_List)
        self._making: SingleFlight[_List, None] = SingleFlight()
        self._written: defaultdict[str, set[str]] = defaultdict(set)

    def note(self, repository: Reference, tags: Iterable[str]) -> None:
        """Take over a list of all *tags* of *repository* that was made for another reason."""
        self._lists[repository.name] = _List(_digest_tags(tags), is_made=True)

    def note_written(self, repository: Reference, *tags: str) -> None:
        """Remember that this run wrote *tags* to *repository*."""
        if written := _digest_tags(tags):
            self._written[repository.name] |= written

    def forget_list(self, repository: Reference) -> None:
        """Have *repository* listed anew by the next question; a list on its way is not used."""
        self._lists.pop(repository.name, None)

    def knows_of_none(self, repository: Reference, subject: Digest) -> bool:
        """Return whether a list was made, and no tag that is known speaks of *subject*."""
        known = self._lists.get(repository.name)
        if known is None or known.tags is None:
            return False
        return not self._known(repository, known.tags, subject)

    async def of(self, source: Source, subject: Digest) -> tuple[str, ...]:
        """Find the tags that speak of *subject*.

        Raises:
            RepoSyncError: As ``TagLister.list_tags`` and ``Resolver.resolve``.
        """
        known = self._lists[source.reference.name]
        if not known.is_made:
            await self._making.run(known, lambda: _make(known, source))
        if known.tags is None:
            return await _probed(source, subject)
        return self._known(source.reference, known.tags, subject)

    def _known(
        self, repository: Reference, listed: frozenset[str], subject: Digest
    ) -> tuple[str, ...]:
        written = self._written.get(repository.name, ())
        if not listed and not written:
            return ()
        return tuple(tag for tag in _names(subject) if tag in listed or tag in written)


async def _make(known: _List, source: Source) -> None:
    known.tags = await _listed(source)
    known.is_made = True


async def _listed(source: Source) -> frozenset[str] | None:
    try:
        return frozenset([tag async for tag in source.list_tags() if subject_tag(tag) is not None])
    except RegistryError as error:
        if error.is_transient:
            raise
        return None


async def _probed(source: Source, subject: Digest) -> tuple[str, ...]:
    names = _names(subject)
    found = await results([source.resolve(name) for name in names])
    return tuple(name for name, there in zip(names, found, strict=True) if there)


def _digest_tags(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(tag for tag in tags if subject_tag(tag) is not None)


def _names(subject: Digest) -> tuple[str, ...]:
    return (fallback_tag(subject), *cosign_tags(subject))
