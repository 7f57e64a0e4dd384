"""A world of memory registries under the engine alone: quick, and the same in every run."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Self

from tests import images
from tests.assembled import Assembled
from tests.fakes.store import MemoryRegistry
from tests.soak.memory_failures import RandomFailures
from tests.soak.snapshot import Stored
from tests.soak.world import Moved, others_image, stocked

from reposync.config import model
from reposync.copy.admission import Admission
from reposync.copy.blob_copier import BlobCopier
from reposync.copy.blob_locations import BlobLocations
from reposync.copy.budget import Budget
from reposync.copy.ledger_protocol import MemoryLedger
from reposync.oci.referrers import subject_tag
from reposync.retry import Retrier, RetryPolicy
from reposync.wiring.stages import stages_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.store import MemoryRepository
    from tests.soak.scenario import Scenario
    from tests.soak.snapshot import Snapshot
    from tests.soak.world import Place

    from reposync.oci.reference import Reference
    from reposync.plan.document import Plan
    from reposync.sync import stages as plans
    from reposync.sync.events import Listener

_STREAMS, _SMALL_BYTES = 2, 1000


class MemoryWorld:
    """See ``World``."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._failures: list[RandomFailures] = []
        self.ledger = MemoryLedger()
        self._registries = {
            key: MemoryRegistry(
                f"{key}.example",
                mounts=character.options["mounts"],
                referrers_api=character.referrers_api,
            )
            for key, character in scenario.characters.items()
        }

    @property
    def keeps_ledger(self) -> bool:
        """Whether the ledger of one run is that of the next."""
        return self._scenario.ledger

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
        await self._assembled(listener).run(self.stages())

    async def plan(self, listener: Listener, *, sizes: bool = False) -> Plan:
        """Plan what ``run`` would do."""
        return await self._assembled(listener).plan(self.stages(), sizes=sizes)

    async def apply(self, made: Plan, listener: Listener) -> None:
        """Do what a plan says."""
        await self._assembled(listener).apply(self.stages(), made)

    def _assembled(self, listener: Listener) -> Assembled:
        chance = random.Random(self._scenario.seed).random
        retrier = Retrier(RetryPolicy(tries=3), chance=chance)
        blob_copier = BlobCopier(
            BlobLocations(), Admission(_STREAMS), Budget(_SMALL_BYTES), retrier, listener
        )
        if not self._scenario.ledger:
            self.ledger = MemoryLedger()
        at_once = self._scenario.images_at_once
        return Assembled(
            self,
            self.ledger,
            blob_copier,
            listener,
            lambda key: self._registries[key].host,
            images_at_once=at_once,
        )

    def stages(self) -> tuple[plans.Stage, ...]:
        """Return the stages of its runs."""
        return stages_of(self._config())

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

    def registry(self, key: str) -> MemoryRegistry:
        """Return the registry of *key*."""
        return self._registries[key]

    def is_index(self, image: Reference) -> bool:
        """Return whether *image* is an index."""
        registry = self._registries[image.registry.removesuffix(".example")]
        return registry.repository(image.repository).is_index(image.tag_or_digest)

    def lose_referrers(self, rng: random.Random) -> None:
        """Take some of what refers to images away from where the stages write."""
        sources = {(shelf.registry, shelf.repository) for shelf in self._scenario.shelves}
        for key, registry in self._registries.items():
            for name, repository in sorted(registry.repositories.items()):
                if (key, name) not in sources:
                    _lose(repository, rng)

    def pulled_images(self) -> list[str]:
        """Return the image manifests that were fetched from where fetching counts as pulls."""
        return [
            f"{call}"
            for registry in self._registries.values()
            if registry.counts_pulls
            for call in registry.calls
            if call.operation == "fetch_manifest"
            and not registry.repository(call.repository).is_index(call.subject)
        ]

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


def _lose(repository: MemoryRepository, rng: random.Random) -> None:
    """Delete digest tags, and referrers that nothing else names."""
    for tag in sorted(repository.tags):
        if subject_tag(tag) is not None and rng.random() < 0.3:
            del repository.tags[tag]
    documents = {
        digest: json.loads(stored.content) for digest, stored in repository.manifests.items()
    }
    listed = {each["digest"] for one in documents.values() for each in one.get("manifests", ())}
    kept = {*repository.tags.values(), *listed}
    for digest, document in sorted(documents.items()):
        if "subject" in document and digest not in kept and rng.random() < 0.5:
            del repository.manifests[digest]
