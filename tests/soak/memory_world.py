"""A world of memory registries under the engine alone: quick, and the same in every run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Self

from tests import images
from tests.fakes.store import MemoryRegistry
from tests.soak.memory_failures import RandomFailures
from tests.soak.snapshot import Stored
from tests.soak.world import Moved, others_image, stocked

from reposync.config import model
from reposync.copy.admission import Admission
from reposync.copy.blob_copier import BlobCopier
from reposync.copy.blob_locations import BlobLocations
from reposync.copy.budget import Budget
from reposync.copy.digest_tags import DigestTags
from reposync.copy.graph import GraphCopier
from reposync.copy.image import ImageCopier
from reposync.copy.ledger_protocol import MemoryLedger
from reposync.copy.manifest_cache import ManifestCache
from reposync.copy.referrers import ReferrerCopier
from reposync.executors.local import LocalExecutor
from reposync.plan.missing_referrers import MissingReferrers
from reposync.plan.planner import Planner
from reposync.retry import Retrier, RetryPolicy
from reposync.sync.discovery import Discovery
from reposync.sync.run import Run, StageEngine
from reposync.wiring.plan import plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.store import MemoryRepository
    from tests.soak.scenario import Scenario
    from tests.soak.snapshot import Snapshot
    from tests.soak.world import Place

    from reposync.sync import plan as plans
    from reposync.sync.events import Listener

_STREAMS, _SMALL_BYTES = 2, 1000


class MemoryWorld:
    """See ``World``."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._failures: list[RandomFailures] = []
        self._ledger = MemoryLedger()
        self._registries = {
            key: MemoryRegistry(
                f"{key}.example",
                mounts=character.options["mounts"],
                referrers_api=character.referrers_api,
            )
            for key, character in scenario.characters.items()
        }

    async def __aenter__(self) -> Self:
        for shelf in stocked(self._scenario):
            repository = self._registries[shelf.registry].repository(shelf.repository)
            images.fill(repository, shelf.graph, *shelf.tags)
        return self

    async def __aexit__(self, *_: object) -> None:
        """There is nothing to close."""

    def source(self, place: plans.Place) -> MemoryRepository:
        """See ``Repositories``."""
        return self._registries[place.registry_key].repository(place.reference.repository)

    destination = source

    def catalog(self, registry_key: str) -> MemoryRegistry:
        """See ``Repositories``."""
        return self._registries[registry_key]

    async def run(self, listener: Listener) -> None:
        """See ``World``."""
        chance = random.Random(self._scenario.seed).random
        retrier = Retrier(RetryPolicy(tries=3), chance=chance)
        blob_copier = BlobCopier(
            BlobLocations(), Admission(_STREAMS), Budget(_SMALL_BYTES), retrier, listener
        )
        digest_tags = DigestTags()
        graph = GraphCopier(blob_copier, ManifestCache(), digest_tags)
        if not self._scenario.ledger:
            self._ledger = MemoryLedger()
        missing = MissingReferrers(digest_tags, graph.manifests, graph.parts)
        engine = StageEngine(
            Discovery(self, digest_tags),
            Planner(graph.manifests, self._ledger, missing),
            LocalExecutor(ImageCopier(graph, ReferrerCopier(graph), self._ledger)),
        )
        run = Run(lambda _: engine, listener, images_at_once=self._scenario.images_at_once)
        await run.execute(plan(self._config()))

    def move(self) -> None:
        """See ``World``."""
        for shelf in self._scenario.moves:
            repository = self._registries[shelf.registry].repository(shelf.repository)
            images.fill(repository, shelf.graph, *shelf.tags)

    def set_tags(self, tags: Iterable[Place]) -> None:
        """See ``World``."""
        for place in tags:
            key, repository, tag = place
            images.fill(self._registries[key].repository(repository), others_image(place), tag)

    def go_wrong(self, rng: random.Random, rate: float) -> None:
        """See ``World``."""
        for registry in self._registries.values():
            failures = RandomFailures(random.Random(rng.random()), rate)
            self._failures.append(failures)
            registry.fail_by_chance(failures)

    def heal(self) -> None:
        """See ``World``."""
        for registry in self._registries.values():
            registry.heal()
            registry.pushes.clear()
            registry.calls.clear()

    def unplug(self) -> None:
        """Do nothing: whoever is cancelled here asks for nothing more."""

    def snapshot(self) -> Snapshot:
        """See ``World``."""
        return {
            (key, name): Stored(
                {tag: str(digest) for tag, digest in repository.tags.items()},
                {str(digest): each.content for digest, each in repository.manifests.items()},
                {str(digest): registry.contents[digest] for digest in repository.blobs},
            )
            for key, registry in self._registries.items()
            for name, repository in registry.repositories.items()
        }

    def left_open(self, *, has_company: bool) -> list[str]:  # noqa: ARG002 -- see ``World``
        """There are none here."""
        return []

    def written(self) -> list[str]:
        """See ``World``."""
        return [f"{push}" for registry in self._registries.values() for push in registry.pushes]

    def sent(self) -> list[Moved]:
        """See ``World``."""
        return [
            Moved(key, push.repository, push.digest)
            for key, registry in self._registries.items()
            for push in registry.pushes
            if push.kind == "blob"
        ]

    def read(self) -> list[Moved]:
        """See ``World``."""
        return [
            Moved(key, call.repository, call.subject)
            for key in self._scenario.sources
            for call in self._registries[key].calls
            if call.operation == "open_blob"
        ]

    def struck(self) -> list[str]:
        """See ``World``."""
        return [f"{call}: {failure}" for each in self._failures for call, failure in each.struck]

    def _config(self) -> model.Config:
        registries = {key: model.Registry(url=each.host) for key, each in self._registries.items()}
        return model.Config(registries=registries, stages=self._scenario.stages)
