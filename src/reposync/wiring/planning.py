"""A plan, put together: the same engine as a run's, which decides and writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.copy.digest_tags import DigestTags
from reposync.executors.idle import IdleExecutor
from reposync.plan.dry_planner import DryPlanner, Pulls
from reposync.plan.missing_referrers import MissingReferrers
from reposync.plan.overlay import Overlay
from reposync.plan.sizes import Sizes
from reposync.sync.discovery import Discovery
from reposync.sync.overlaid import OverlaidRepositories, dependencies
from reposync.sync.plan import narrowed
from reposync.sync.plan_builder import PlanBuilder
from reposync.sync.run import Run, StageEngine
from reposync.wiring.engine import opened_engine
from reposync.wiring.hearing import Hearing
from reposync.wiring.plan import host_of, plan

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reposync.config.model import Config
    from reposync.oci.digest import Digest
    from reposync.plan.document import Plan
    from reposync.selection.only import Only
    from reposync.sync.events import Event, Listener
    from reposync.sync.plan import Stage
    from reposync.wiring.engine import Engine


class PlanRequest(Struct, frozen=True):
    """What is to be planned: the *stages* of these names, or all; with *only*, a part of them."""

    config_digest: Digest
    stages: Collection[str] = ()
    only: Only | None = None
    sizes: bool = False


async def make_plan(
    config: Config,
    environ: Mapping[str, str],
    request: PlanRequest,
    *,
    images_at_once: int,
    listener: Listener,
) -> tuple[Plan, Mapping[str, str]]:
    """Decide what a run of *config* would do; GET and HEAD are all that is sent.

    Expected failures are ``error`` decisions.

    Returns:
        The plan, and advice for the reasons of its errors.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
        InvalidSelectorError: Nothing that the stages select is of those that *only* means.
    """
    stages = narrowed(plan(config), request.stages or config.stage_names)
    builder, overlay, pulls = PlanBuilder(), Overlay(), Pulls()
    heard = Hearing(_both(builder, listener))
    opening = opened_engine(config.registries, stages, environ, heard, read_only=True)
    async with opening as engine:
        sizes = Sizes(engine.planner.manifests) if request.sizes else None

        def engine_of(stage: Stage) -> StageEngine:
            seen = OverlaidRepositories(
                engine.registries,
                overlay,
                dependencies(stage, stages),
                lambda key: host_of(config.registries, key),
            )
            return _dry(engine, seen, request.only, (overlay, pulls, sizes))

        await Run(engine_of, heard, images_at_once=images_at_once).execute(stages)
    heard.check(request.only)
    made = builder.build(datetime.now(UTC), request.config_digest, pulls.by_host, sizes)
    return made, builder.hints


def _dry(
    engine: Engine,
    repositories: OverlaidRepositories,
    only: Only | None,
    shared: tuple[Overlay, Pulls, Sizes | None],
) -> StageEngine:
    """Return what plans a stage; what it learns of digest tags holds for its view alone."""
    digest_tags, planner = DigestTags(), engine.planner
    parts = engine.copier.graph.parts
    missing = MissingReferrers(digest_tags, planner.manifests, parts)
    looking = replace(planner, referrers=missing)
    return StageEngine(
        Discovery(repositories, digest_tags, only),
        DryPlanner(looking, planner.manifests, *shared),
        IdleExecutor(),
    )


def _both(first: Listener, second: Listener) -> Listener:
    def listen(event: Event) -> None:
        first(event)
        second(event)

    return listen
