"""A run, put together: settings to registries to engine."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.config.relays import relayed
from reposync.copy.admission import Admission
from reposync.copy.blob_copier import BlobCopier
from reposync.copy.blob_locations import BlobLocations
from reposync.copy.budget import Budget
from reposync.copy.digest_tags import DigestTags
from reposync.copy.graph import GraphCopier
from reposync.copy.image import ImageCopier
from reposync.copy.manifest_cache import ManifestCache
from reposync.copy.referrers import ReferrerCopier
from reposync.executors.local import LocalExecutor
from reposync.plan.missing_referrers import MissingReferrers
from reposync.plan.planner import Planner
from reposync.retry import Retrier, RetryPolicy
from reposync.selection.errors import InvalidSelectorError
from reposync.sync import events
from reposync.sync.discovery import Discovery
from reposync.sync.plan import narrowed
from reposync.sync.run import Run, StageEngine
from reposync.wiring.bounds import bounded_streams
from reposync.wiring.ledger import open_ledger
from reposync.wiring.open_files import raised_limit
from reposync.wiring.plan import plan
from reposync.wiring.registries import open_registries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from reposync.config import model
    from reposync.config.model import Config
    from reposync.copy.ledger_protocol import Ledger
    from reposync.selection.only import Only
    from reposync.sync.events import Listener
    from reposync.sync.plan import Place, Stage
    from reposync.wiring.one_off import OneOff
    from reposync.wiring.registries import OpenRegistries

_STREAMS_PER_HOST = 24
_SMALL_BLOBS_BYTES = 16 * 1024 * 1024


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
    heard = _Hearing(listener)
    async with _opened(config.registries, planned, environ, heard) as engine:
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
    if only is not None and not heard.anything:
        raise InvalidSelectorError(
            f"nothing that the file asks for is {only.text}",
            hint="--only wants the name of a repository at its source, or repository:tag",
        )


async def copy(
    one_off: OneOff, environ: Mapping[str, str], *, parallel_sync_tasks: int, listener: Listener
) -> None:
    """Run the single stage of *one_off*, telling *listener* what happens.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
    """
    planned = (one_off.stage,)
    async with _opened(one_off.registries, planned, environ, listener) as engine:
        native = engine.of_stage()
        run = Run(lambda _: native, listener, images_at_once=parallel_sync_tasks)
        await run.execute(planned)


class Engine(Struct, frozen=True):
    """What decides and what copies, between the open registries of a run."""

    registries: OpenRegistries
    planner: Planner
    copier: ImageCopier
    digest_tags: DigestTags

    def of_stage(self, only: Only | None = None) -> StageEngine:
        """Return what works on any stage whose images no other program copies."""
        discovery = Discovery(self.registries, self.digest_tags, only)
        return StageEngine(discovery, self.planner, LocalExecutor(self.copier))


@asynccontextmanager
async def _opened(
    registries: Mapping[str, model.Registry],
    planned: Sequence[Stage],
    environ: Mapping[str, str],
    listener: Listener,
) -> AsyncIterator[Engine]:
    """Open the registries of *planned* and the ledger, and make an engine between them."""
    keys = {place.registry_key for stage in planned for place in _places(stage)}
    async with open_registries(registries, sorted(keys), environ) as opened:
        with open_ledger(environ, planned) as ledger:
            lower = bounded_streams(registries, raised_limit())
            yield _engine(opened, ledger, listener, lower)


def _engine(
    registries: OpenRegistries, ledger: Ledger, listener: Listener, lower: Mapping[str, int]
) -> Engine:
    blob_copier = BlobCopier(
        BlobLocations(),
        Admission(_STREAMS_PER_HOST, lower),
        Budget(_SMALL_BLOBS_BYTES),
        Retrier(RetryPolicy()),
        listener,
    )
    digest_tags = DigestTags()
    graph = GraphCopier(blob_copier, ManifestCache(), digest_tags)
    missing = MissingReferrers(digest_tags, graph.manifests, graph.parts)
    planner = Planner(graph.manifests, ledger, missing)
    copier = ImageCopier(graph, ReferrerCopier(graph), ledger)
    return Engine(registries, planner, copier, digest_tags)


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


class _Hearing:
    """A listener that knows whether anything was selected, or could not be."""

    def __init__(self, listener: Listener) -> None:
        self.anything = False
        self._listener = listener

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.ImagesSelected(count=count):
                self.anything = self.anything or count > 0
            case events.StageFailed():
                self.anything = True
            case _:
                pass
        self._listener(event)


def _places(stage: Stage) -> list[Place]:
    return [stage.source, *(rule.destination for rule in stage.rules)]
