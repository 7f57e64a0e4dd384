"""The registries of a file, opened: a client or a layout for each key."""

from __future__ import annotations

import os.path
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.config.layouts import layout_path
from reposync.oci.address import parse_address
from reposync.registry.blobs import upload_sessions
from reposync.registry.catalog import Catalog
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.repository import Repository
from reposync.retry import Retrier
from reposync.wiring.bounds import bounds_by_host
from reposync.wiring.credentials import CredentialSources
from reposync.wiring.measurements import Measurements
from reposync.wiring.open_files import raised_limit
from reposync.wiring.trust import Transports, retry_policy, schemes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from reposync.config import model
    from reposync.copy.abilities import Destination, Inspected, RepositoryLister, Source
    from reposync.http.transport import Transport
    from reposync.layout.layout import Layout
    from reposync.layout.repository import LayoutRepository
    from reposync.sync.stages import Place


_FIRST_CONTACT_TRIES = 5
"""Fewer than for a registry that has answered: that may be restarted just now."""


class OpenRegistries:
    """Gives repositories by the registry that they are reached by; see ``Repositories``.

    With *read_only*, a destination asks its registry for the right to read alone.
    """

    def __init__(
        self, opened: Mapping[str, RegistryClient | Layout], *, read_only: bool = False
    ) -> None:
        self._opened = opened
        self._read_only = read_only

    def source(self, place: Place) -> Source:
        """See ``Repositories``."""
        return self._repository(place, writable=False)

    def inspected(self, place: Place) -> Inspected:
        """See ``verify.run.Repositories``."""
        return self._repository(place, writable=False)

    def destination(self, place: Place) -> Destination:
        """See ``Repositories``."""
        return self._repository(place, writable=True)

    def catalog(self, registry_key: str) -> RepositoryLister:
        """See ``Repositories``."""
        opened = self._opened[registry_key]
        return Catalog(opened) if isinstance(opened, RegistryClient) else opened

    def key_of(self, client: RegistryClient) -> str:
        """Return the key of the file that *client* was opened for."""
        return next(key for key, opened in self._opened.items() if opened is client)

    def _repository(self, place: Place, *, writable: bool) -> Repository | LayoutRepository:
        opened = self._opened[place.registry_key]
        if isinstance(opened, RegistryClient):
            is_written = writable and not self._read_only
            return Repository(opened, place.reference, writable=is_written)
        return opened.at(place.reference, writable=writable)


@asynccontextmanager
async def open_registries(
    registries: Mapping[str, model.Registry],
    keys: Iterable[str],
    environ: Mapping[str, str],
    *,
    read_only: bool = False,
    measurements: Measurements | None = None,
) -> AsyncIterator[OpenRegistries]:
    """Open the registries of *keys*; a layout that several of them name is opened once.

    What is exchanged with them is counted in *measurements*. Nothing is asked of a registry yet.
    What is open is closed at the end; a layout's archive is written then, when all went well.

    Raises:
        StorageError: A layout cannot be used, or a certificate or key in certs.d.
        LoginError: A file that holds a user or password cannot be read, or what a cloud takes is
            not installed.
    """
    async with AsyncExitStack() as stack:
        layouts: dict[str, Layout] = {}
        opened: dict[str, RegistryClient | Layout] = {}
        clients = Clients(registries, environ, measurements=measurements)
        for key in keys:
            path = layout_path(registries[key].url)
            if path is None:
                opened[key] = clients.open(key)
                continue
            real = _real(path)
            if real not in layouts:
                layouts[real] = await stack.enter_async_context(_layout(path))
            opened[key] = layouts[real]
        stack.push_async_callback(clients.close)
        yield OpenRegistries(opened, read_only=read_only)


def _as_it_is(transport: Transport) -> Transport:
    return transport


class Clients:
    """Makes the clients of a run; those of one host share its state, and connections.

    *observed* may put something in front of a transport.
    """

    def __init__(
        self,
        registries: Mapping[str, model.Registry],
        environ: Mapping[str, str],
        *,
        observed: Callable[[Transport], Transport] = _as_it_is,
        measurements: Measurements | None = None,
    ) -> None:
        self._observed = observed
        self._registries = registries
        self._bounds = bounds_by_host(registries.values(), raised_limit())
        self._hosts: dict[str, HostState] = {}
        self._measurements = measurements or Measurements()
        self._transports = Transports(environ, self._measurements.traffic)
        self._sources = CredentialSources(environ)
        self._opened: list[RegistryClient] = []

    def open(self, key: str) -> RegistryClient:
        """Make the client for *key*."""
        registry = self._registries[key]
        address = parse_address(registry.url)
        transport = self._observed(self._transports.to(registry))
        policy = retry_policy(registry)
        client = RegistryClient(
            self._host(address.host),
            transport=transport,
            retrier=Retrier(policy),
            first_contact=Retrier(replace(policy, tries=min(policy.tries, _FIRST_CONTACT_TRIES))),
            credentials=self._sources.source(key, registry, transport),
            schemes=schemes(registry),
            prefix=address.prefix,
            hub_reserve=registry.hub_reserve or 0,
            creator=self._sources.clouds.creator(registry),
        )
        self._opened.append(client)
        return client

    async def close(self) -> None:
        """Return up what is open at the registries, and close all connections."""
        try:
            await upload_sessions.give_all_up(self._opened)
        finally:
            await self._transports.close()

    def _host(self, name: str) -> HostState:
        if name not in self._hosts:
            self._hosts[name] = HostState(name, bounds=self._bounds[name])
            self._measurements.watch(self._hosts[name])
        return self._hosts[name]


def _layout(path: str) -> Layout:
    from reposync.layout.layout import Layout  # noqa: PLC0415 -- most runs need none

    return Layout(path)


def _real(path: str) -> str:
    return os.path.realpath(path)
