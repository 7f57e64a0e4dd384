"""A world of memory registries, and runs over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.assembled import Assembled
from tests.fakes.store import MemoryRegistry

from reposync.copy.admission import Admission
from reposync.copy.blob_copier import BlobCopier
from reposync.copy.blob_locations import BlobLocations
from reposync.copy.budget import Budget
from reposync.copy.copy_rule import CopyRule
from reposync.copy.ledger_protocol import MemoryLedger
from reposync.copy.parts import Parts
from reposync.oci.reference import Reference
from reposync.retry import Retrier, RetryPolicy
from reposync.selection.parsing import parse
from reposync.sync import events
from reposync.sync.stages import Place, Rule, Stage

if TYPE_CHECKING:
    from reposync.plan.document import Plan
    from reposync.selection.only import Only


class World:
    """Registries by name, and runs over them."""

    def __init__(self) -> None:
        self.registries = {name: MemoryRegistry(name) for name in ("hub", "master", "staging")}
        self.events: list[events.Event] = []
        self.ledger = MemoryLedger()
        self.only: Only | None = None
        self.parts = Parts()

    def source(self, place: Place):
        return self.registries[place.registry_key].repository(place.reference.repository)

    destination = source

    def catalog(self, registry_key: str) -> MemoryRegistry:
        return self.registries[registry_key]

    async def run(self, *stages: Stage, images_at_once: int = 100) -> None:
        self.events.clear()
        await self._assembled(images_at_once).run(stages)

    async def plan(self, *stages: Stage, sizes: bool = False) -> Plan:
        self.events.clear()
        return await self._assembled().plan(stages, sizes=sizes)

    async def apply(self, made: Plan, *stages: Stage) -> None:
        self.events.clear()
        await self._assembled().apply(stages, made)

    def _assembled(self, images_at_once: int = 100) -> Assembled:
        retrier = Retrier(RetryPolicy(tries=1))
        blob_copier = BlobCopier(
            BlobLocations(), Admission(4), Budget(4000), retrier, self.events.append
        )
        return Assembled(
            self,
            self.ledger,
            blob_copier,
            self.events.append,
            str,
            images_at_once=images_at_once,
            only=self.only,
            parts=self.parts,
        )

    def outcomes(self):
        return {
            str(outcome.destination): outcome
            for event in self.events
            if isinstance(event, events.ImageEnded)
            for outcome in event.outcomes
        }

    def statuses(self):
        return {name: outcome.status for name, outcome in self.outcomes().items()}


def place(registry: str, repository: str) -> Place:
    return Place(registry, Reference(registry, repository))


def rule(destination: Place, *selectors: str, **copy) -> Rule:
    return Rule(destination, tuple(map(parse, selectors)), CopyRule(**copy))


def stage(name: str, source: Place, *rules: Rule, after: tuple[str, ...] = ()) -> Stage:
    return Stage(name, source, rules, after)
