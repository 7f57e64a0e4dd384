"""Relays, put together: who copies for the stages whose images another program moves.

The engine decides as ever what is to be moved, and only what it found missing is handed on.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from reposync.executors.local import LocalExecutor
from reposync.external.dregsy import DregsyCopier, Tools
from reposync.external.private import private_directory
from reposync.external.programs import Programs, at_once, program
from reposync.external.shipment import Access, End, Shipment, Target
from reposync.external.skopeo import SkopeoCopier
from reposync.registry.repository import Repository
from reposync.retry import Retrier, RetryPolicy
from reposync.wiring.trust import schemes, trust_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from reposync.config import model
    from reposync.copy.abilities import Located, Source
    from reposync.copy.copy_state import CopyState
    from reposync.copy.image import ImageCopier
    from reposync.errors import CopyError
    from reposync.oci.descriptor import Descriptor
    from reposync.wiring.registries import OpenRegistries

_TRIES = 3
"""Each is a process, and skopeo tries some things again by itself."""


class Relay(Protocol):
    """Moves images by another program."""

    async def bring(self, shipment: Shipment) -> tuple[CopyError | None, ...]:
        """Bring an image to its targets; tell of each what failed, None for nothing known."""
        ...


@asynccontextmanager
async def open_relays(
    relays: Mapping[str, str], ways: Ways, native: ImageCopier, parallel_sync_tasks: int
) -> AsyncIterator[Mapping[str, LocalExecutor]]:
    """Return an executor for each stage that *relays* names, which copies as *native* else does.

    At the end their files are gone, and none of their programs runs any more.

    Raises:
        StorageError: There is no place for their files.
    """
    environ = ways.environ
    with private_directory(environ) as directory:
        programs = Programs(environ, at_once(parallel_sync_tasks))
        retrier = Retrier(RetryPolicy(tries=_TRIES))
        skopeo = SkopeoCopier(programs, _path("skopeo", environ), directory, retrier)
        tools = Tools(_path("dregsy", environ), skopeo.path)
        async with asyncio.TaskGroup() as group:
            executors: dict[str, LocalExecutor] = {}
            for stage, relay in relays.items():
                if relay == "skopeo":
                    copier = replace(native, external_copier=_ExternalCopier(skopeo, ways))
                    executors[stage] = LocalExecutor(copier)
                else:
                    dregsy = DregsyCopier(programs, tools, directory, group)
                    copier = replace(native, external_copier=_ExternalCopier(dregsy, ways))
                    executors[stage] = LocalExecutor(copier, dregsy.under_way)
            yield executors


class Ways:
    """How the registries of a run are reached, found by the clients that the engine has.

    One host may have several keys in the file, so its name alone does not tell.
    """

    def __init__(
        self,
        registries: Mapping[str, model.Registry],
        environ: Mapping[str, str],
        opened: OpenRegistries,
    ) -> None:
        self.environ = environ
        self._registries = registries
        self._opened = opened
        self._known: dict[str, Access] = {}

    def to(self, place: Located) -> Access:
        """Return the way to the registry of *place*."""
        assert isinstance(place, Repository)  # noqa: S101 -- the file's check lets no layout pass
        client = place.client
        key = self._opened.key_of(client)
        if key not in self._known:
            registry = self._registries[key]
            trust = trust_in(registry, self.environ)
            if schemes(registry) == ("http",):
                trust = replace(trust, verify=False)  # so these programs use plain HTTP
            self._known[key] = Access(trust, client.credentials, client.creator)
        return self._known[key]


class _ExternalCopier(Struct):
    """A relay, as the engine knows it; see ``ExternalCopier``."""

    relay: Relay
    ways: Ways

    async def carry(
        self, source: Source, image: tuple[str, Descriptor], states: Sequence[CopyState]
    ) -> Sequence[CopyError | None]:
        """See ``ExternalCopier``."""
        name, root = image
        targets = tuple(
            Target(End(self.ways.to(one.destination), one.place), one.tag) for one in states
        )
        start = End(self.ways.to(source), source.reference)
        return await self.relay.bring(Shipment(start, name, root.digest, targets))


def _path(name: str, environ: Mapping[str, str]) -> str:
    """Find a program; one that is gone since the file was checked fails when it is called."""
    return program(name, environ) or name
