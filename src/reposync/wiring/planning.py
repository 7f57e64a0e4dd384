"""A plan, put together: the same engine as a run's, which decides and writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
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
from reposync.sync.listeners import to_all
from reposync.sync.overlaid import OverlaidRepositories, dependencies
from reposync.sync.plan_builder import PlanBuilder
from reposync.sync.run import Run, StageEngine
from reposync.sync.stages import narrowed
from reposync.wiring.engine import opened_engine
from reposync.wiring.only_check import OnlyCheck
from reposync.wiring.stages import host_of, stages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from reposync.config.model import Config
    from reposync.errors import RepoSyncError
    from reposync.oci.digest import Digest
    from reposync.plan.document import Plan
    from reposync.selection.only import Only
    from reposync.sync.events import Listener
    from reposync.sync.stages import Stage
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
) -> tuple[Plan, Mapping[str, RepoSyncError]]:
    """Decide what a run of *config* would do; GET and HEAD are all that is sent.

    Expected failures are ``error`` decisions.

    Returns:
        The plan, and the errors of which its reasons speak.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
        InvalidSelectorError: Nothing that the stages select is of those that *only* means.
    """
    stages = narrowed(stages_of(config), request.stages or config.stage_names)
    heard = OnlyCheck(listener)
    opening = opened_engine(config.registries, stages, environ, heard, read_only=True)
    async with opening as engine:
        made = await plan_stages(
            engine,
            stages,
            request,
            registry_of=partial(host_of, config.registries),
            images_at_once=images_at_once,
            listener=heard,
        )
    heard.check(request.only)
    return made


async def plan_stages(
    engine: Engine,
    stages: Sequence[Stage],
    request: PlanRequest,
    *,
    registry_of: Callable[[str], str],
    images_at_once: int,
    listener: Listener,
) -> tuple[Plan, Mapping[str, RepoSyncError]]:
    """Decide what a run of *stages* over a read-only *engine* would do; see ``make_plan``.

    *registry_of* returns what references to the registry of a key begin with.
    """
    builder, overlay, pulls = PlanBuilder(), Overlay(), Pulls()
    sizes = Sizes(engine.planner.manifests) if request.sizes else None

    def engine_of(stage: Stage) -> StageEngine:
        needs = dependencies(stage, stages)
        seen = OverlaidRepositories(engine.registries, overlay, needs, registry_of)
        return _dry(engine, seen, request.only, (overlay, pulls, sizes))

    run = Run(engine_of, to_all(builder, listener), images_at_once=images_at_once)
    await run.execute(stages)
    made = builder.build(datetime.now(UTC), request.config_digest, pulls.by_host, sizes)
    return made, builder.errors


def _dry(
    engine: Engine,
    repositories: OverlaidRepositories,
    only: Only | None,
    shared: tuple[Overlay, Pulls, Sizes | None],
) -> StageEngine:
    """Return what plans a stage.

    What a stage on top of others learns of digest tags holds for its view alone.
    """
    planner = engine.planner
    digest_tags = DigestTags() if repositories.stages else engine.digest_tags
    missing = MissingReferrers(digest_tags, planner.manifests, engine.copier.graph.parts)
    looking = replace(planner, referrers=missing, may_fetch=False, is_dry=True)
    return StageEngine(
        Discovery(repositories, digest_tags, only),
        DryPlanner(looking, planner.manifests, *shared),
        IdleExecutor(),
    )
