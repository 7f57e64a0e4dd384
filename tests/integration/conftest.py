"""Registries for whole runs: what is in one must come from somewhere else."""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.integration.sites import real, recorded, site
from tests.servers.crane_registry import crane_registry
from tests.servers.docker_registry import docker_registry
from tests.servers.olareg import olareg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.integration.sites import Site
    from tests.servers.docker_registry import DockerRegistry


@pytest.fixture
def name() -> str:
    """Return a repository that no other test uses: real registries outlive a test."""
    return f"team/{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def other_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Run another real registry that is open to everybody."""
    with docker_registry(tmp_path_factory.mktemp("other")) as registry:
        yield registry


@pytest.fixture
def here(plain_registry: DockerRegistry) -> Iterator[Site]:
    """Return a real registry as the source."""
    with real(plain_registry) as opened:
        yield opened


@pytest.fixture
def there(other_registry: DockerRegistry) -> Iterator[Site]:
    """Return another real registry as the destination."""
    with real(other_registry) as opened:
        yield opened


@pytest.fixture(params=["olareg", "crane"])
def careless(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Return a real registry that takes manifests whose blobs are missing.

    An index whose children are missing is taken by olareg alone.
    """
    with ExitStack() as stack:
        if request.param == "crane":
            url = stack.enter_context(crane_registry())
        else:
            url = stack.enter_context(olareg(tmp_path, sparse=True)).url
        yield stack.enter_context(recorded(url, has_api=True))


@pytest.fixture
async def sides(
    request: pytest.FixtureRequest, plain_registry: DockerRegistry, other_registry: DockerRegistry
) -> AsyncIterator[tuple[Site, Site]]:
    """Open a source and a destination of the kinds that the test names."""
    source, destination = request.param
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(site(source, plain_registry)),
            await stack.enter_async_context(site(destination, other_registry)),
        )
