"""Companions: tags that speak of a digest, as cosign sets them, and the fallback tag of referrers.

One list of a repository's tags finds those of all its images. A registry that gives no list is
asked for the few names that each digest may have.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from reposync.copy.together import results
from reposync.errors import RegistryError
from reposync.oci.referrers import companion_tags, fallback_tag, subject_tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.copy.abilities import Source
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference

_Tags = dict[str, list[str]]
"""Tags by the fallback tag of the digest that they speak of."""


class Companions:
    """The companion tags of all source repositories of a run; other tags are not remembered."""

    def __init__(self) -> None:
        self._known: dict[Reference, _Tags | None] = {}
        self._locks: defaultdict[Reference, asyncio.Lock] = defaultdict(asyncio.Lock)

    def note(self, repository: Reference, tags: Iterable[str]) -> None:
        """Take over a list of all *tags* of *repository* that was made for another reason."""
        found: _Tags = {}
        for tag in tags:
            subject = subject_tag(tag)
            if subject is not None:
                found.setdefault(subject, []).append(tag)
        self._known[repository] = found

    def knows_of_none(self, repository: Reference, subject: Digest) -> bool:
        """Tell whether a list was made, and no tag in it speaks of *subject*."""
        known = self._known.get(repository)
        return known is not None and fallback_tag(subject) not in known

    async def of(self, source: Source, subject: Digest) -> tuple[str, ...]:
        """Find the tags that speak of *subject*.

        Raises:
            RepoSyncError: As ``TagLister.list_tags`` and ``Resolver.resolve``.
        """
        place = source.reference
        async with self._locks[place]:
            if place not in self._known:
                await self._list(source)
        known = self._known[place]
        if known is not None:
            return tuple(known.get(fallback_tag(subject), ()))
        return await self._probed(source, subject)

    async def _list(self, source: Source) -> None:
        try:
            tags = [tag async for tag in source.list_tags() if subject_tag(tag) is not None]
        except RegistryError as error:
            if error.is_transient:
                raise
            self._known[source.reference] = None
            return
        self.note(source.reference, tags)

    async def _probed(self, source: Source, subject: Digest) -> tuple[str, ...]:
        names = (fallback_tag(subject), *companion_tags(subject))
        found = await results([source.resolve(name) for name in names])
        return tuple(name for name, there in zip(names, found, strict=True) if there)
