"""The composition root: settings to clients to engine. The one file that knows all the parts."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from reposync.config.credentials import credentials
from reposync.config.inheritance import effective
from reposync.copy.admission import Admission
from reposync.copy.companions import Companions
from reposync.copy.graph import GraphCopier
from reposync.copy.image import ImageCopier
from reposync.copy.manifest_cache import ManifestCache
from reposync.copy.placement import BlobPlacer
from reposync.copy.referrers import ReferrerCopier
from reposync.copy.whereabouts import Whereabouts
from reposync.oci.reference import Reference, canonical_host, canonical_repository
from reposync.registry.aiohttp_transport import AiohttpTransport, tls_context
from reposync.registry.client import RegistryClient
from reposync.registry.repository import Repository
from reposync.retry import Retrier, RetryPolicy
from reposync.sync.plan import Place, Rule, Stage
from reposync.sync.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config import model
    from reposync.config.model import Config
    from reposync.sync.events import Listener

_STREAMS_PER_HOST = 24
_TRANSFER_TRIES = 3


async def sync(
    config: Config,
    environ: Mapping[str, str],
    *,
    parallel_sync_tasks: int,
    listener: Listener,
) -> None:
    """Run all stages of *config*, telling *listener* what happens.

    Expected failures are events. When cancelled, it closes what is open and passes that on.
    """
    async with AsyncExitStack() as stack:
        clients = {
            key: await stack.enter_async_context(_client(registry, environ))
            for key, registry in config.registries.items()
        }
        placer = BlobPlacer(
            Whereabouts(),
            Admission(_STREAMS_PER_HOST),
            # What these transfers are made of was tried again by the client already.
            Retrier(RetryPolicy(tries=_TRANSFER_TRIES)),
            listener,
        )
        graph = GraphCopier(placer, ManifestCache())
        run = Run(
            _Repositories(clients),
            ImageCopier(graph, ReferrerCopier(graph, Companions())),
            listener,
            images_at_once=parallel_sync_tasks,
        )
        await run.execute(plan(config))


def plan(config: Config) -> tuple[Stage, ...]:
    """Turn the file's stages to the run's: canonical names, and a name for each stage."""
    return tuple(
        Stage(
            name=stage.id or f"stages[{index}]",
            source=_place(config, stage.source.source, stage.source.repository),
            rules=tuple(
                Rule(
                    _place(config, rule.destination, rule.repository),
                    effective(config, stage, rule).tags,
                )
                for rule in stage.rules
            ),
            depends_on=stage.depends_on,
        )
        for index, stage in enumerate(config.stages)
    )


def _place(config: Config, key: str, repository: str) -> Place:
    host = canonical_host(config.registries[key].url)
    return Place(key, Reference(host, canonical_repository(host, repository)))


def _client(registry: model.Registry, environ: Mapping[str, str]) -> RegistryClient:
    return RegistryClient(
        canonical_host(registry.url),
        transport=AiohttpTransport(
            tls=tls_context(verify=not registry.skip_tls_verify), environ=environ
        ),
        retrier=Retrier(RetryPolicy()),
        credentials=credentials(registry, environ),
        plain_http_allowed=registry.skip_tls_verify,
    )


class _Repositories:
    """Opens repositories by the clients of their registries."""

    def __init__(self, clients: Mapping[str, RegistryClient]) -> None:
        self._clients = clients

    def source(self, place: Place) -> Repository:
        return Repository(self._clients[place.registry_key], place.reference)

    def destination(self, place: Place) -> Repository:
        return Repository(self._clients[place.registry_key], place.reference, writable=True)
