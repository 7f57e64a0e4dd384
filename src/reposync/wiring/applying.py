"""Applying a plan, put together: a run whose images and decisions come from the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.plan.applying import PlanReader
from reposync.plan.codec import PlanError, decode
from reposync.sync.planned_images import PlannedImages
from reposync.sync.run import Run, StageEngine
from reposync.sync.stages import narrowed
from reposync.wiring.engine import opened_engine
from reposync.wiring.run import executors
from reposync.wiring.stages import host_of, stages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reposync.config.model import Config
    from reposync.decision import Decision
    from reposync.oci.digest import Digest
    from reposync.plan.document import Plan
    from reposync.sync.events import Listener
    from reposync.sync.run import Executor
    from reposync.sync.stages import Stage
    from reposync.wiring.engine import Engine
    from reposync.wiring.measurements import Measurements

_PLAN_AGAIN = "make a new plan of this file: run-reposync plan -c FILE --out PLAN.json"


def read_plan(content: bytes, config: Config, config_digest: Digest) -> Plan:
    """Read a plan that was made of *config*, whose file has *config_digest*.

    Raises:
        PlanError: It is none, was edited or cut off, or was made of another file.
    """
    registries = {host_of(config.registries, key) for key in config.registries}
    made = decode(content, registries, config_digest)
    stages = {stage.name: stage for stage in stages_of(config)}
    if not all(_is_of(stages, decision) for decision in made.decisions):
        raise PlanError("it names stages that the file does not have", hint=_PLAN_AGAIN)
    return made


def planned_stages(config: Config, made: Plan) -> tuple[str, ...]:
    """Return the names of the stages that *made* decides about, in the order of the file."""
    names = {decision.stage for decision in made.decisions}
    return tuple(name for name in config.stage_names if name in names)


async def apply(
    config: Config,
    environ: Mapping[str, str],
    made: Plan,
    *,
    parallel_sync_tasks: int,
    listener: Listener,
    measurements: Measurements | None = None,
) -> None:
    """Do what *made*, a plan of *config*, says, and nothing else.

    What is exchanged with hosts is counted in *measurements*. Expected failures are events. When
    cancelled, it closes what is open and passes that on.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
    """
    stages = narrowed(stages_of(config), planned_stages(config, made))
    async with opened_engine(
        config.registries, stages, environ, listener, measurements=measurements
    ) as engine:
        opening = executors((config, environ, engine), stages, parallel_sync_tasks)
        async with opening as executor_of:
            run = Run(
                applying_engines(engine, made, executor_of),
                listener,
                images_at_once=parallel_sync_tasks,
            )
            await run.execute(stages)


def applying_engines(
    engine: Engine, made: Plan, executor_of: Callable[[Stage], Executor]
) -> Callable[[Stage], StageEngine]:
    """Return what does for each stage what *made* says."""
    images = PlannedImages(engine.registries, made.decisions)
    reader = PlanReader.of(made.decisions, replace(engine.planner, may_fetch=False))
    return lambda stage: StageEngine(images, reader, executor_of(stage))


def _is_of(stages: Mapping[str, Stage], decision: Decision) -> bool:
    stage = stages.get(decision.stage)
    return stage is not None and 0 <= decision.rule < len(stage.rules)
