"""Fixtures for all tests: servers that live as long as the session, and a clean environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.fakes.clock import ManualClock
from tests.fakes.registry import FakeRegistry
from tests.servers import certificates as certificates_module
from tests.servers import environment
from tests.servers.docker_registry import (
    DISTRIBUTION_3,
    DockerRegistry,
    Login,
    docker_registry,
)
from tests.servers.olareg import Olareg, olareg
from tests.servers.token_server import TokenServer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.servers.certificates import Certificates

LOGIN = Login("testuser", "testpassword")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's proxies and logins out of the tests: servers are on loopback."""
    kept = environment.clean()
    for name in set(os.environ) - set(kept):
        monkeypatch.delenv(name)


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that only the test moves."""
    return ManualClock()


@pytest.fixture
async def fake_registry() -> AsyncIterator[FakeRegistry]:
    """Open a fake registry that is open to everybody and makes no mistakes."""
    async with FakeRegistry() as registry:
        yield registry


@pytest.fixture(scope="session")
def login() -> Login:
    """Return the one login that the real registries know."""
    return LOGIN


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make an authority that nobody trusts, and a certificate for loopback from it."""
    return certificates_module.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def token_server() -> Iterator[TokenServer]:
    """Run the token server that ``token_registry`` trusts."""
    with serving(TokenServer(LOGIN)) as tokens:
        yield tokens


@pytest.fixture(scope="session")
def plain_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Run a real registry that is open to everybody."""
    with docker_registry(tmp_path_factory.mktemp("plain")) as registry:
        yield registry


@pytest.fixture(scope="session")
def distribution3_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Run distribution 3, open to everybody."""
    directory = tmp_path_factory.mktemp("distribution3")
    with docker_registry(directory, distribution=DISTRIBUTION_3) as registry:
        yield registry


@pytest.fixture(scope="session")
def olareg_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olareg]:
    """Run olareg, which has the referrers API, open to everybody."""
    with olareg(tmp_path_factory.mktemp("olareg")) as registry:
        yield registry


@pytest.fixture(scope="session")
def olareg_of_a_team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olareg]:
    """Run olareg with a login that has access to ``team/*`` alone, and none to ``/v2/``."""
    directory = tmp_path_factory.mktemp("olareg-team")
    with olareg(directory, login=LOGIN, repositories="team/*") as registry:
        yield registry


@pytest.fixture(scope="session")
def htpasswd_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Run a real registry with basic authentication."""
    with docker_registry(tmp_path_factory.mktemp("htpasswd"), login=LOGIN) as registry:
        yield registry


@pytest.fixture(scope="session")
def tls_registry(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[DockerRegistry]:
    """Run a real registry with TLS and basic authentication."""
    directory = tmp_path_factory.mktemp("tls")
    with docker_registry(directory, login=LOGIN, certificates=certificates) as registry:
        yield registry


@pytest.fixture(scope="session")
def token_registry(
    tmp_path_factory: pytest.TempPathFactory, token_server: TokenServer
) -> Iterator[DockerRegistry]:
    """Run a real registry with token authentication."""
    directory = tmp_path_factory.mktemp("token")
    with docker_registry(directory, login=LOGIN, tokens=token_server) as registry:
        yield registry
