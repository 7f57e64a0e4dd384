"""The engine, put together: what finds, decides about and copies images, over open registries."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.admission import Admission
from reposync.copy.blob_copier import BlobCopier
from reposync.copy.blob_locations import BlobLocations
from reposync.copy.budget import Budget
from reposync.copy.digest_tags import DigestTags
from reposync.copy.graph import GraphCopier
from reposync.copy.image import ImageCopier
from reposync.copy.manifest_cache import ManifestCache
from reposync.copy.referrers import ReferrerCopier
from reposync.plan.missing_referrers import MissingReferrers
from reposync.plan.planner import Planner
from reposync.retry import Retrier, RetryPolicy
from reposync.wiring.bounds import bounded_streams
from reposync.wiring.ledger import open_ledger
from reposync.wiring.open_files import raised_limit
from reposync.wiring.registries import open_registries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from reposync.config import model
    from reposync.copy.ledger_protocol import Ledger
    from reposync.sync.events import Listener
    from reposync.sync.stages import Place, Stage
    from reposync.wiring.measurements import Measurements
    from reposync.wiring.registries import OpenRegistries

_STREAMS_PER_HOST = 24
_SMALL_BLOBS_BYTES = 16 * 1024 * 1024


class Engine(Struct, frozen=True):
    """What decides and what copies, between the open registries of a run."""

    registries: OpenRegistries
    planner: Planner
    copier: ImageCopier
    digest_tags: DigestTags


@asynccontextmanager
async def opened_engine(
    registries: Mapping[str, model.Registry],
    planned: Sequence[Stage],
    environ: Mapping[str, str],
    listener: Listener,
    *,
    read_only: bool = False,
    measurements: Measurements | None = None,
) -> AsyncIterator[Engine]:
    """Open the registries of *planned* and the ledger, and make an engine between them.

    What is exchanged with the registries is counted in *measurements*.
    One that is *read_only* asks registries for the right to read alone, and records nothing.

    Raises:
        StorageError: A layout, or the ledger that the environment names, cannot be used.
    """
    keys = {place.registry_key for stage in planned for place in _places(stage)}
    opening = open_registries(
        registries, sorted(keys), environ, read_only=read_only, measurements=measurements
    )
    async with opening as opened:
        with open_ledger(environ, read_only=read_only) as ledger:
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


def _places(stage: Stage) -> list[Place]:
    return [stage.source, *(rule.destination for rule in stage.rules)]
