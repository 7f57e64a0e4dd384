"""A run, put together: settings to registries to engine."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.config.relays import relayed
from reposync.sync.plan import narrowed
from reposync.sync.run import Run, StageEngine
from reposync.wiring.engine import opened_engine
from reposync.wiring.hearing import Hearing
from reposync.wiring.plan import plan

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from reposync.config.model import Config
    from reposync.copy.image import ImageCopier
    from reposync.executors.local import LocalExecutor
    from reposync.selection.only import Only
    from reposync.sync.events import Listener
    from reposync.sync.plan import Stage
    from reposync.wiring.one_off import OneOff
    from reposync.wiring.registries import OpenRegistries


async def sync(
    config: Config,
    environ: Mapping[str, str],
    *,
    parallel_sync_tasks: int,
    listener: Listener,
    stages: Collection[str] = (),
    only: Only | None = None,
) -> None:
    """Run the *stages* of these names, or all of *config*, telling *listener* what happens.

    Expected failures are events. When cancelled, it closes what is open and passes that on.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
        InvalidSelectorError: Nothing that the stages select is of those that *only* means.
    """
    planned = narrowed(plan(config), stages or config.stage_names)
    heard = Hearing(listener)
    async with opened_engine(config.registries, planned, environ, heard) as engine:
        around = (config, environ, engine.registries)
        async with _relays(around, planned, engine.copier, parallel_sync_tasks) as relays:
            native = engine.of_stage(only)
            lookup = replace(engine.planner, may_fetch=False)  # these programs fetch by themselves
            relayed = {
                name: StageEngine(native.discovery, lookup, executor)
                for name, executor in relays.items()
            }
            run = Run(
                lambda stage: relayed.get(stage.name, native),
                heard,
                images_at_once=parallel_sync_tasks,
            )
            await run.execute(planned)
    heard.check(only)


async def copy(
    one_off: OneOff, environ: Mapping[str, str], *, parallel_sync_tasks: int, listener: Listener
) -> None:
    """Run the single stage of *one_off*, telling *listener* what happens.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
    """
    planned = (one_off.stage,)
    async with opened_engine(one_off.registries, planned, environ, listener) as engine:
        native = engine.of_stage()
        run = Run(lambda _: native, listener, images_at_once=parallel_sync_tasks)
        await run.execute(planned)


def _relays(
    around: tuple[Config, Mapping[str, str], OpenRegistries],
    planned: Sequence[Stage],
    native: ImageCopier,
    parallel_sync_tasks: int,
) -> AbstractAsyncContextManager[Mapping[str, LocalExecutor]]:
    """Return the executors of the stages whose images another program copies, by their names."""
    config, environ, registries = around
    wanted = relayed(config)
    stages = {stage.name: wanted[stage.name] for stage in planned if stage.name in wanted}
    if not stages:
        return nullcontext({})
    from reposync.wiring.relays import Ways, open_relays  # noqa: PLC0415 -- few runs need them

    ways = Ways(config.registries, environ, registries)
    return open_relays(stages, ways, native, parallel_sync_tasks)
