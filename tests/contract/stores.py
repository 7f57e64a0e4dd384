"""The stores that the contract suite runs on, each opened for one test.

A new store is one function here and its name in ``STORES``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest
from tests import images
from tests.contract.pushing import push
from tests.fakes.registry import Account, BlobHost, FakeRegistry, Options, TokenAuth, TokenIssuer
from tests.fakes.store import MemoryRegistry

from reposync.copy.abilities import Destination, Inspected
from reposync.credentials import Credentials, Fixed
from reposync.http.http_transport import HttpTransport
from reposync.layout.layout import Layout
from reposync.oci.reference import Reference
from reposync.registry.catalog import Catalog
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.repository import Repository as ClientRepository
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from tests.servers.docker_registry import DockerRegistry
    from tests.servers.olareg import Olareg

    from reposync.oci.digest import Digest


class Repository(Inspected, Destination, Protocol):
    """What the suite tests: both sides of a copy."""


@dataclass(frozen=True, slots=True)
class Store:
    """A registry under test: gives repositories, and can damage a blob where it lies.

    ``list_repositories`` is None where a store has no such list.
    """

    repository: Callable[[str], Repository]
    damage: Callable[[Digest], None]
    list_repositories: Callable[[], AsyncGenerator[str, None]] | None = None


Opener = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def memory(_request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the memory store."""
    registry = MemoryRegistry()
    yield Store(registry.repository, registry.corrupt, registry.list_repositories)


@asynccontextmanager
async def memory_without_api(_request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the memory store as it is without the referrers API."""
    registry = MemoryRegistry(referrers_api=False)
    yield Store(registry.repository, registry.corrupt, registry.list_repositories)


@asynccontextmanager
async def fake(_request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the client over a fake registry with nothing special but short pages."""
    async with FakeRegistry(Options(page_size=7)) as registry, _client(registry.host) as client:
        yield _store(client, _damage_in(registry.contents))


@asynccontextmanager
async def cloud(_request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the client over a fake registry with the ways of several clouds at once."""
    issuer = TokenIssuer([Account("user", "password")], field_name="access_token")
    async with BlobHost() as blob_host:
        options = Options(
            page_size=1,
            upload_location="elsewhere",
            digest_on_head=False,
            length_required=True,
            referrers_filter=False,
            auth=TokenAuth(issuer),
            blob_host=blob_host,
        )
        async with (
            FakeRegistry(options) as registry,
            _client(registry.host, Credentials("user", "password")) as client,
        ):
            yield _store(client, _damage_in(registry.contents))


@asynccontextmanager
async def old(_request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the client over a fake registry that can do little."""
    options = Options(
        whole_blobs=False,
        manifest_head=False,
        upload_location="absolute",
        referrers_api="html",
    )
    async with FakeRegistry(options) as registry, _client(registry.host) as client:
        yield _store(client, _damage_in(registry.contents))


@asynccontextmanager
async def docker_registry(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the client over a real registry that is open to everybody."""
    registry: DockerRegistry = request.getfixturevalue("plain_registry")
    async with _client(registry.host) as client:
        yield _store(client, _damage_in_files_of(registry))


@asynccontextmanager
async def docker_registry_with_tokens(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the client over a real registry with token authentication."""
    registry: DockerRegistry = request.getfixturevalue("token_registry")
    login = request.getfixturevalue("login")
    async with _client(registry.host, Credentials(login.user, login.password)) as client:
        yield _store(client, _damage_in_files_of(registry))


@asynccontextmanager
async def distribution_3(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the client over the next version of the real registry."""
    registry: DockerRegistry = request.getfixturevalue("distribution3_registry")
    async with _client(registry.host) as client:
        yield _store(client, _damage_in_files_of(registry))


@asynccontextmanager
async def olareg(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open the client over a real registry that has the referrers API."""
    registry: Olareg = request.getfixturevalue("olareg_registry")
    async with _client(registry.host) as client:
        yield _store(client, _cannot_damage)


@asynccontextmanager
async def layout_folder(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open an image layout that is a directory, not there yet."""
    directory: Path = request.getfixturevalue("tmp_path") / "layout"
    async with Layout(str(directory)) as layout:
        yield _layout_store(layout, directory)


@asynccontextmanager
async def layout_tar(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open an image layout that is a tar, with something in it, and that is being added to."""
    tar: Path = request.getfixturevalue("tmp_path") / "layout.tar"
    async with Layout(str(tar)) as layout:
        await push(layout.repository("before", writable=True), images.image("before"), "1.0")
    async with Layout(str(tar)) as layout:
        yield _layout_store(layout, tar.with_name("layout.tar.staging"))


STORES: Mapping[str, Opener] = {
    "memory": memory,
    "memory-without-api": memory_without_api,
    "fake": fake,
    "cloud": cloud,
    "old": old,
    "docker-registry": docker_registry,
    "docker-registry-tokens": docker_registry_with_tokens,
    "distribution-3": distribution_3,
    "olareg": olareg,
    "layout-folder": layout_folder,
    "layout-tar": layout_tar,
}


DEVIATIONS: Mapping[tuple[str, str], str] = {
    ("docker-registry", "test_a_tag_is_deleted_alone"): "deletes nothing by its tag",
    ("docker-registry-tokens", "test_a_tag_is_deleted_alone"): "deletes nothing by its tag",
    ("olareg", "test_a_blob_is_deleted"): "deletes no blobs",
    ("olareg", "test_what_is_not_there_is_not_deleted"): "deletes no blobs",
    ("olareg", "test_all_repositories_are_listed"): "lists no repositories",
    ("olareg", "test_a_catalog_that_is_left_early"): "lists no repositories",
    ("olareg", "test_a_repository_that_nobody_knows"): "answers an empty list for any repository",
    (
        "olareg",
        "test_wrong_content_is_refused_and_leaves_nothing[olareg-another]",
    ): "calls an upload with another digest invalid, as it does one that it lost",
    (
        "distribution-3",
        "test_a_graph_of_any_shape_comes_back_as_it_was_pushed[distribution-3-build cache]",
    ): "refuses an index that lists layers",
}
"""What some real registry does differently: by the store, and how the name of the test begins."""


@asynccontextmanager
async def _client(
    host: str, credentials: Credentials | None = None
) -> AsyncIterator[RegistryClient]:
    """Open a client that tries once: what it needs to try again for is no guarantee's business."""
    transport = HttpTransport(tls=tls_context(Trust(verify=False)))
    try:
        yield RegistryClient(
            HostState(host),
            transport=transport,
            retrier=Retrier(RetryPolicy(tries=1)),
            credentials=Fixed(credentials),
            schemes=("https", "http"),
        )
    finally:
        await transport.close()


def _store(client: RegistryClient, damage: Callable[[Digest], None]) -> Store:
    """Return the client's repositories by name, to be read and written."""

    def repository(name: str) -> Repository:
        return ClientRepository(client, Reference(client.host, name), writable=True)

    return Store(repository, damage, Catalog(client).list_repositories)


def _damage_in(contents: dict[str, bytes]) -> Callable[[Digest], None]:
    def damage(digest: Digest) -> None:
        contents[digest] = _damaged(contents[digest])

    return damage


def _damage_in_files_of(registry: DockerRegistry) -> Callable[[Digest], None]:
    def damage(digest: Digest) -> None:
        file = registry.blob_file(digest)
        file.write_bytes(_damaged(file.read_bytes()))

    return damage


def _cannot_damage(digest: Digest) -> None:
    pytest.skip(f"olareg keeps {digest} in its memory, where no test can damage it")


def _layout_store(layout: Layout, directory: Path) -> Store:
    return Store(
        lambda name: layout.repository(name, writable=True),
        _damage_in_blobs_of(directory),
        layout.list_repositories,
    )


def _damage_in_blobs_of(directory: Path) -> Callable[[Digest], None]:
    def damage(digest: Digest) -> None:
        file = directory / "blobs" / digest.algorithm / digest.encoded
        file.write_bytes(_damaged(file.read_bytes()))

    return damage


def _damaged(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])
