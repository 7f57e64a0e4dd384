"""The repositories of a plan, as a stage will find them after those that it depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import NotFoundError
from reposync.plan.overlaid_source import overlaid

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Sequence

    from reposync.copy.abilities import Destination, RepositoryLister, Source
    from reposync.plan.overlay import Overlay
    from reposync.sync.discovery import Repositories
    from reposync.sync.stages import Place, Stage


class OverlaidRepositories(Struct, frozen=True):
    """Opens *base*'s repositories with what *stages* will write on top; see ``Repositories``.

    *registry_of* returns what references to the registry of a key begin with.
    """

    base: Repositories
    overlay: Overlay
    stages: Collection[str]
    registry_of: Callable[[str], str]

    def source(self, place: Place) -> Source:
        """See ``Repositories``."""
        writes = self.overlay.writes(place.reference, self.stages)
        return overlaid(self.base.source(place), writes)

    def destination(self, place: Place) -> Destination:
        """See ``Repositories``."""
        return self.base.destination(place)

    def catalog(self, registry_key: str) -> RepositoryLister:
        """See ``Repositories``."""
        catalog = self.base.catalog(registry_key)
        planned = self.overlay.repositories(self.registry_of(registry_key), self.stages)
        return _OverlaidCatalog(catalog, planned) if planned else catalog


class _OverlaidCatalog(Struct):
    base: RepositoryLister
    planned: Collection[str]

    async def list_repositories(self) -> AsyncGenerator[str, None]:
        """See ``RepositoryLister``."""
        left = set(self.planned)
        try:
            async for name in self.base.list_repositories():
                left.discard(name)
                yield name
        except NotFoundError:
            pass  # the first write makes it
        for name in sorted(left):
            yield name


def dependencies(stage: Stage, stages: Sequence[Stage]) -> frozenset[str]:
    """Return the names of all that *stage* waits for, directly or by others."""
    by_name = {each.name: each for each in stages}
    found: set[str] = set()
    waiting = list(stage.depends_on)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += by_name[name].depends_on
    return frozenset(found)
