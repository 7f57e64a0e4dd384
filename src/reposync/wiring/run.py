"""A run, put together: settings to registries to engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.config.relays import relayed
from reposync.executors.local import LocalExecutor
from reposync.sync.discovery import Discovery
from reposync.sync.run import Run, StageEngine
from reposync.sync.stages import narrowed
from reposync.wiring.engine import opened_engine
from reposync.wiring.only_check import OnlyCheck
from reposync.wiring.stages import stages_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence

    from reposync.config.model import Config
    from reposync.selection.only import Only
    from reposync.sync.events import Listener
    from reposync.sync.stages import Stage
    from reposync.wiring.engine import Engine
    from reposync.wiring.measurements import Measurements
    from reposync.wiring.one_off import OneOff


async def sync(  # noqa: PLR0913 -- what a run may need, each by its name
    config: Config,
    environ: Mapping[str, str],
    *,
    parallel_sync_tasks: int,
    listener: Listener,
    stages: Collection[str] = (),
    only: Only | None = None,
    measurements: Measurements | None = None,
) -> None:
    """Run the *stages* of these names, or all of *config*, telling *listener* what happens.

    What is exchanged with hosts is counted in *measurements*. Expected failures are events. When
    cancelled, it closes what is open and passes that on.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
        InvalidSelectorError: Nothing that the stages select is of those that *only* means.
    """
    planned = narrowed(stages_of(config), stages or config.stage_names)
    heard = OnlyCheck(listener)
    async with opened_engine(
        config.registries, planned, environ, heard, measurements=measurements
    ) as engine:
        opening = executors((config, environ, engine), planned, parallel_sync_tasks)
        async with opening as executor_of:
            discovery = Discovery(engine.registries, engine.digest_tags, only)
            # Other programs fetch by themselves.
            planner, lookup = engine.planner, replace(engine.planner, may_fetch=False)
            relayed_stages = relayed(config)
            run = Run(
                lambda stage: StageEngine(
                    discovery,
                    lookup if stage.name in relayed_stages else planner,
                    executor_of(stage),
                ),
                heard,
                images_at_once=parallel_sync_tasks,
            )
            await run.execute(planned)
    heard.check(only)


async def copy(
    one_off: OneOff,
    environ: Mapping[str, str],
    *,
    parallel_sync_tasks: int,
    listener: Listener,
    measurements: Measurements | None = None,
) -> None:
    """Run the single stage of *one_off*, telling *listener* what happens.

    What is exchanged with hosts is counted in *measurements*.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
    """
    planned = (one_off.stage,)
    async with opened_engine(
        one_off.registries, planned, environ, listener, measurements=measurements
    ) as engine:
        discovery = Discovery(engine.registries, engine.digest_tags)
        native = StageEngine(discovery, engine.planner, LocalExecutor(engine.copier))
        run = Run(lambda _: native, listener, images_at_once=parallel_sync_tasks)
        await run.execute(planned)


@asynccontextmanager
async def executors(
    around: tuple[Config, Mapping[str, str], Engine],
    stages: Sequence[Stage],
    parallel_sync_tasks: int,
) -> AsyncIterator[Callable[[Stage], LocalExecutor]]:
    """Return who carries out the decisions about each stage: this engine, or another program."""
    config, environ, engine = around
    native, wanted = LocalExecutor(engine.copier), relayed(config)
    relays = {stage.name: wanted[stage.name] for stage in stages if stage.name in wanted}
    if not relays:
        yield lambda _: native
        return
    from reposync.wiring.relays import Ways, open_relays  # noqa: PLC0415 -- few runs need them

    ways = Ways(config.registries, environ, engine.registries)
    async with open_relays(relays, ways, engine.copier, parallel_sync_tasks) as opened:
        yield lambda stage: opened.get(stage.name, native)
