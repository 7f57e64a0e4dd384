"""Clients over a fake registry; they wait for nothing between their tries."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reposync.credentials import Credentials, Fixed
from reposync.http.http_transport import HttpTransport
from reposync.oci.reference import Reference
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.repository import Repository
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.registry import FakeRegistry

    from reposync.credentials import CredentialSource
    from reposync.repository_creator import RepositoryCreator


async def _no_sleep(_seconds: float) -> None:
    pass


@asynccontextmanager
async def opened(
    registry: FakeRegistry,
    credentials: Credentials | CredentialSource | None = None,
    *,
    tries: int = 3,
    creator: RepositoryCreator | None = None,
    prefix: str = "",
    state: HostState | None = None,
) -> AsyncIterator[RegistryClient]:
    """Open a client of *registry*, as one account or as whom a source says.

    Clients with one *state* are of one host.
    """
    if credentials is None or isinstance(credentials, Credentials):
        credentials = Fixed(credentials)
    transport = HttpTransport(tls=tls_context(Trust(verify=False)))
    try:
        yield RegistryClient(
            state or HostState(registry.host),
            transport=transport,
            retrier=Retrier(RetryPolicy(tries=tries), sleep=_no_sleep),
            credentials=credentials,
            schemes=("https", "http"),
            creator=creator,
            prefix=prefix,
        )
    finally:
        await transport.close()


def repository(client: RegistryClient, name: str = "team/app") -> Repository:
    """Return one of its repositories, to be read and written."""
    return Repository(client, Reference(client.host, name), writable=True)
