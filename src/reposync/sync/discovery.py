"""Gathering: what a stage copies, asked of its source: repositories, tags, and times."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from reposync.copy.image_config import created_at
from reposync.copy.run_all import results
from reposync.errors import ConflictError, NotFoundError
from reposync.selection.choose import needs_times, wants_list
from reposync.sync.collisions import without_collisions
from reposync.sync.expand import check_tags, expanded, meeting
from reposync.sync.select import Selection, chosen, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reposync.copy.abilities import Destination, RepositoryLister, Source
    from reposync.copy.digest_tags import DigestTags
    from reposync.oci.reference import Reference
    from reposync.sync.expand import Pair
    from reposync.sync.stages import Place, Stage

_AT_ONCE = 16


class Repositories(Protocol):
    """Opens repositories; nothing is asked of a registry before it is used."""

    def source(self, place: Place) -> Source:
        """Open *place* for reading."""
        ...

    def destination(self, place: Place) -> Destination:
        """Open *place* for writing."""
        ...

    def catalog(self, registry_key: str) -> RepositoryLister:
        """Return the list of the repositories of a registry."""
        ...


class Only(Protocol):
    """A part of all images, which a user asked for."""

    def may_match(self, repository: str) -> bool:
        """Return whether any image of *repository* can be one of them."""
        ...

    def matches(self, repository: str, tag: str) -> bool:
        """Return whether an image is one of them."""
        ...


class StageDiscovery(Protocol):
    """Finds out what stages copy, or of that ``only`` a part."""

    @property
    def repositories(self) -> Repositories:
        """Where the images come from and go to."""
        ...

    @property
    def only(self) -> Only | None:
        """The part that is asked for."""
        ...

    async def pairs(self, stage: Stage) -> tuple[tuple[Pair, ...], Mapping[Reference, Selection]]:
        """Find the repositories of *stage*; see ``Discovery``."""
        ...

    async def selection(self, pair: Pair) -> Selection:
        """Choose the images of a repository; see ``Discovery``."""
        ...


class Discovery(Struct):
    """Finds out what stages copy, or of that *only* a part; *digest_tags* learn from the lists."""

    repositories: Repositories
    digest_tags: DigestTags
    only: Only | None = None

    async def pairs(self, stage: Stage) -> tuple[tuple[Pair, ...], Mapping[Reference, Selection]]:
        """Find the repositories of *stage*, and the selections that had to be made for that.

        Where it depends on others, lists of their tags from before these ended are used no more:
        what those brought may have come by another name of the registry.

        Raises:
            RepoSyncError: The source does not list its repositories, or a name that they would get
                is illegal, or two of them would write one tag.
        """
        names: list[str] = []
        if stage.pattern is not None:
            catalog = self.repositories.catalog(stage.source.registry_key)
            names = [name async for name in catalog.list_repositories()]
        pairs = [pair for pair in expanded(stage, names) if self._may_match(pair)]
        if stage.depends_on:
            for pair in pairs:
                self.digest_tags.forget_list(pair.source.reference)
        meet = meeting(pairs)
        selections = {pair.source.reference: await self.selection(pair) for pair in meet}
        check_tags(
            (source.naming(name), destination_rule.place.reference.naming(destination_rule.tag))
            for source, selection in selections.items()
            for name, destination_rules in selection.images.items()
            for destination_rule in destination_rules
            if destination_rule.tag and destination_rule.error is None
        )
        return tuple(pairs), selections

    async def selection(self, pair: Pair) -> Selection:
        """Choose the images of a repository.

        Raises:
            RepoSyncError: The source does not list its tags, or does not tell when an image was
                made.
        """
        source = self.repositories.source(pair.source)
        tags = await self._tags(source, pair)
        undecided = {
            name for rule in pair.rules for name in needs_times(rule.selectors, chosen(rule, tags))
        }
        created = await created_times(source, undecided) if undecided else None
        selection = select(pair.rules, tags, created, now=datetime.now(UTC))
        return self._narrowed(pair, without_collisions(source.reference, selection))

    async def _tags(self, source: Source, pair: Pair) -> list[str]:
        if not any(wants_list(rule.selectors) for rule in pair.rules):
            return []
        tags = [tag async for tag in source.list_tags()]
        self.digest_tags.note(source.reference, tags)
        return tags

    def _may_match(self, pair: Pair) -> bool:
        return self.only is None or self.only.may_match(pair.source.reference.repository)

    def _narrowed(self, pair: Pair, selection: Selection) -> Selection:
        if self.only is None:
            return selection
        repository, matches = pair.source.reference.repository, self.only.matches
        images = {
            name: tuple(
                each
                for each in destination_rules
                if matches(repository, name)
                or (each.tag and matches(repository, each.tag))
                or isinstance(each.error, ConflictError)
            )
            for name, destination_rules in selection.images.items()
        }
        return replace(selection, images={name: rules for name, rules in images.items() if rules})


async def created_times(source: Source, names: Iterable[str]) -> dict[str, datetime | None]:
    """Ask when images were made, a few at once; one whose tag is gone by now has no time.

    Raises:
        RepoSyncError: The source does not tell.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(name: str) -> tuple[str, datetime | None]:
        async with slots:
            try:
                return name, await created_at(source, name)
            except NotFoundError:
                return name, None

    return dict(await results([ask(name) for name in names]))
