"""Runs, plans and their application, over repositories that a test opens: as wiring does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import Struct

from reposync.copy.digest_tags import DigestTags
from reposync.copy.graph import GraphCopier
from reposync.copy.image import ImageCopier
from reposync.copy.ledger_protocol import ReadOnlyLedger
from reposync.copy.manifest_cache import ManifestCache
from reposync.copy.parts import Parts
from reposync.copy.referrers import ReferrerCopier
from reposync.executors.local import LocalExecutor
from reposync.oci.digest import Digest
from reposync.plan.missing_referrers import MissingReferrers
from reposync.plan.planner import Planner
from reposync.sync.discovery import Discovery
from reposync.sync.run import Run, StageEngine
from reposync.sync.stages import narrowed
from reposync.wiring.applying import applying_engines
from reposync.wiring.engine import Engine
from reposync.wiring.planning import PlanRequest, plan_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reposync.copy.blob_copier import BlobCopier
    from reposync.copy.ledger_protocol import Ledger
    from reposync.plan.document import Plan
    from reposync.selection.only import Only
    from reposync.sync.discovery import Repositories
    from reposync.sync.events import Listener
    from reposync.sync.stages import Stage
    from reposync.wiring.registries import OpenRegistries

CONFIG_DIGEST = Digest.of(b"the file")


class Assembled(Struct):
    """What runs stages over *repositories*; *parts* bounds how many parts are under way at once.

    *registry_of* returns what references to the registry of a key begin with.
    """

    repositories: Repositories
    ledger: Ledger
    blob_copier: BlobCopier
    listener: Listener
    registry_of: Callable[[str], str]
    images_at_once: int = 100
    only: Only | None = None
    parts: Parts | None = None

    async def run(self, stages: Sequence[Stage]) -> None:
        """Run *stages*."""
        engine = self._engine(self.ledger)
        discovery = Discovery(self.repositories, engine.digest_tags, self.only)
        native = StageEngine(discovery, engine.planner, LocalExecutor(engine.copier))
        run = Run(lambda _: native, self.listener, images_at_once=self.images_at_once)
        await run.execute(stages)

    async def plan(self, stages: Sequence[Stage], *, sizes: bool = False) -> Plan:
        """Return the plan of a run of *stages*."""
        made, _ = await plan_stages(
            self._engine(ReadOnlyLedger(self.ledger)),
            stages,
            PlanRequest(CONFIG_DIGEST, only=self.only, sizes=sizes),
            registry_of=self.registry_of,
            images_at_once=self.images_at_once,
            listener=self.listener,
        )
        return made

    async def apply(self, stages: Sequence[Stage], made: Plan) -> None:
        """Do what *made*, a plan of *stages*, says."""
        engine = self._engine(self.ledger)
        executor = LocalExecutor(engine.copier)
        run = Run(
            applying_engines(engine, made, lambda _: executor),
            self.listener,
            images_at_once=self.images_at_once,
        )
        await run.execute(narrowed(stages, {each.stage for each in made.decisions}))

    def _engine(self, ledger: Ledger) -> Engine:
        digest_tags = DigestTags()
        graph = GraphCopier(self.blob_copier, ManifestCache(), digest_tags, self.parts or Parts())
        missing = MissingReferrers(digest_tags, graph.manifests, graph.parts)
        planner = Planner(graph.manifests, ledger, missing)
        copier = ImageCopier(graph, ReferrerCopier(graph), ledger)
        return Engine(cast("OpenRegistries", self.repositories), planner, copier, digest_tags)
